# SPDX-License-Identifier: Apache-2.0
"""Who may ask: enrolment once, assertions once, tokens for a while."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_platform.storage.models import Terminal
from kiosk.platform_client.enrolment import enrol
from kiosk.platform_client.port import RefusedError, UnauthorizedError
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.assertion import sign_token
from kiosk.protocol.messages import ASSERTION_TYPE, Heartbeat

BEAT = Heartbeat(software="0.1", queued=0)


def claims_of(desk: Any, **changes: object) -> dict[str, object]:
    now = int(desk.clock().timestamp())
    return {
        "iss": desk.enrolled.terminal,
        "sub": desk.enrolled.terminal,
        "aud": list(desk.enrolled.signing_keys),
        "jti": "once",
        "iat": now,
        "exp": now + 60,
        **changes,
    }


def ask_token(desk: Any, assertion: str, **changes: str) -> requests.Response:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        **changes,
    }
    return requests.post(f"{desk.running.url}/v1/token", data=form, timeout=60)


def test_an_enrolment_token_works_for_one_terminal(desk: Any, tmp_path: Path) -> None:
    token = desk.running.enrolment_token()
    first = enrol(desk.running.url, token, tmp_path / "one")
    with pytest.raises(RefusedError) as refused:
        enrol(desk.running.url, token, tmp_path / "two")
    assert refused.value.code == "enrolment.token"
    assert first.profile.place.zh == "赣州市章贡区便民服务中心"


def test_the_same_token_and_key_give_the_same_answer_after_a_lost_one(desk: Any) -> None:
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    body = {
        "token": desk.running.enrolment_token(),
        "public_key": base64.b64encode(key).decode(),
    }
    url = f"{desk.running.url}/v1/terminals/enrol"
    assert requests.post(url, json=body, timeout=60).json() == (
        requests.post(url, json=body, timeout=60).json()
    )


def test_unknown_and_ended_tokens_are_refused(desk: Any, hall_clock: Any, tmp_path: Path) -> None:
    late = desk.running.enrolment_token()
    hall_clock.go(hours=73)
    for token in ("never given out", "", "x" * 5000, late):
        with pytest.raises(RefusedError) as refused:
            enrol(desk.running.url, token, tmp_path / "other")
        assert refused.value.code == "enrolment.token"


def test_a_key_cannot_become_two_terminals(desk: Any) -> None:
    url = f"{desk.running.url}/v1/terminals/enrol"
    public = desk.enrolled.private_key.public_key().public_bytes_raw()
    body = {
        "token": desk.running.enrolment_token(),
        "public_key": base64.b64encode(public).decode(),
    }
    assert requests.post(url, json=body, timeout=60).json()["code"] == "enrolment.key"
    body["public_key"] = "AAAA"
    assert requests.post(url, json=body, timeout=60).json()["code"] == "enrolment.key"


def test_an_assertion_is_good_once(desk: Any) -> None:
    assertion = sign_token(claims_of(desk), desk.enrolled.private_key)
    assert ask_token(desk, assertion).status_code == 200
    again = ask_token(desk, assertion)
    assert (again.status_code, again.json()["code"]) == (401, "token.replayed")


def test_wrong_assertions_are_refused(desk: Any) -> None:
    for changes in (
        {"aud": "another platform"},
        {"sub": "T360702-NOBODY"},
        {"iss": "T360702-NOBODY"},
        {"jti": ""},
        {"jti": "x" * 65},
        {"jti": 5},
        {"exp": "soon"},
        {"exp": 10**14},
    ):
        assertion = sign_token(claims_of(desk, **changes), desk.enrolled.private_key)
        assert ask_token(desk, assertion).status_code == 401, changes


def test_another_key_another_algorithm_and_nonsense_are_refused(desk: Any) -> None:
    assert (
        ask_token(desk, sign_token(claims_of(desk), Ed25519PrivateKey.generate())).status_code
        == 401
    )
    good = sign_token(claims_of(desk), desk.enrolled.private_key)
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    assert ask_token(desk, f"{none}.{good.split('.')[1]}.").status_code == 401
    for nonsense in ("", "a.b", "a.b.c", "é.é.é", good + "x"):
        assert ask_token(desk, nonsense).status_code == 401
    assert ask_token(desk, good, grant_type="password").status_code == 400
    assert ask_token(desk, good, client_assertion_type="other").status_code == 400


def test_without_a_token_nothing_is_told(desk: Any) -> None:
    for path in ("/v1/catalogue", "/v1/submissions/0198b5f5-0000-7000-8000-000000000000"):
        answer = requests.get(desk.running.url + path, timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (401, "platform.unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_ended_access_token_is_renewed_without_a_word(desk: Any, hall_clock: Any) -> None:
    desk.client.heartbeat(BEAT)
    hall_clock.go(hours=1)
    assert desk.client.heartbeat(BEAT).now == hall_clock()


def test_a_revoked_terminal_is_unauthorized_at_once(desk: Any) -> None:
    desk.client.heartbeat(BEAT)
    with desk.running.context.database.write() as session:
        session.get_one(Terminal, desk.enrolled.terminal).revoked_at = desk.clock()
    with pytest.raises(UnauthorizedError):
        desk.client.heartbeat(BEAT)


def test_a_terminal_whose_clock_is_years_away_still_gets_through(desk: Any) -> None:
    for off_s in (-10 * 365 * 86400, -7200, 7200, 10 * 365 * 86400):
        client = PlatformV1(
            desk.enrolled, wall=lambda off_s=off_s: desk.clock().timestamp() + off_s
        )
        try:
            assert client.heartbeat(BEAT).now == desk.clock()
        finally:
            client.close()
