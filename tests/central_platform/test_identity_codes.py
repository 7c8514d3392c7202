# SPDX-License-Identifier: Apache-2.0
"""Log-in by a code that a telephone shows (once, not for long, hashed at rest) and by social card."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from central_platform.identity_codes import NoSuchResidentError, new_identity_code
from kiosk.platform_client.port import RefusedError
from kiosk.protocol.messages import (
    CardIdentity,
    ConsentAct,
    FaceCheck,
    IdentityGrant,
    SocialCardIdentity,
)

ELDER = "36070219380312002X"


def code_of(desk: Any, resident: str = ELDER, **lifetime: float) -> str:
    span = timedelta(**lifetime) if lifetime else timedelta(minutes=2)
    return new_identity_code(desk.running.context, resident, span)[0]


def refusal(desk: Any, code: str) -> str:
    with pytest.raises(RefusedError) as refused:
        desk.client.identify_code(code)
    return refused.value.code


def test_a_code_tells_who_it_is_and_what_that_is_worth(desk: Any) -> None:
    grant = desk.client.identify_code(code_of(desk))
    assert (grant.assurance, grant.display_name) == ("code", "王*苗")
    assert grant.holder is not None
    assert (grant.holder.name, grant.holder.number) == ("王苗苗", ELDER)
    assert "王苗苗" not in repr(grant)
    consent = desk.consent("old-age-allowance", "allowance-prefill")
    assert desk.client.prefill(grant.grant, "old-age-allowance", consent).values["phone"]


def test_after_a_card_the_platform_does_not_repeat_who_it_is(desk: Any) -> None:
    card = CardIdentity(card_type="resident", name="王苗苗", number=ELDER)
    assert desk.client.identify_card(card).holder is None


def test_a_code_works_once(desk: Any) -> None:
    code = code_of(desk)
    desk.client.identify_code(code)
    assert refusal(desk, code) == "identity.code_used"
    assert desk.client.identify_code(code_of(desk)).assurance == "code"


def test_a_code_ends_by_time_and_what_nobody_made_is_unknown(desk: Any, hall_clock: Any) -> None:
    code = code_of(desk, seconds=90)
    hall_clock.go(seconds=90)
    assert refusal(desk, code) == "identity.code_expired"
    assert refusal(desk, "https://example.test/any-other-code") == "identity.code_unknown"


def test_of_many_that_show_one_code_at_once_one_gets_in(desk: Any) -> None:
    code = code_of(desk)
    answers: list[str] = []
    barrier = threading.Barrier(4)

    def show() -> None:
        barrier.wait()
        try:
            answers.append(desk.client.identify_code(code).assurance)
        except RefusedError as refused:
            answers.append(refused.code)

    threads = [threading.Thread(target=show) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["code", *["identity.code_used"] * 3]


def test_the_code_is_stored_as_a_hash_and_logged_nowhere(
    desk: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    code = code_of(desk)
    desk.client.identify_code(code)
    refusal(desk, code)
    assert code not in caplog.text
    kept = [path for path in (tmp_path / "platform").rglob("*") if path.is_file()]
    assert kept
    assert [path.name for path in kept if code.encode() in path.read_bytes()] == []


def test_nobody_gets_no_code(desk: Any) -> None:
    with pytest.raises(NoSuchResidentError):
        code_of(desk, "张三")
    assert desk.client.identify_code(code_of(desk, "李测试")).display_name == "李*试"


def social(name: str, number: str, card_number: str) -> SocialCardIdentity:
    return SocialCardIdentity(name=name, number=number, card_number=card_number)


def test_a_social_card_tells_who_it_is(desk: Any) -> None:
    grant = desk.client.identify_social_card(social("王苗苗", ELDER, "S19380312"))
    assert grant.assurance == "social_card"
    assert grant.holder is not None
    assert grant.holder.number == ELDER


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (social("李测试", ELDER, "S19380312"), "identity.unknown"),
        (social("王苗苗", ELDER, "S00000000"), "identity.card_replaced"),
        (social("孙演示", "360702193402150068", "S19340215"), "identity.card_lost"),
        (social("黄样例", "810000199211030026", "S19921103"), "identity.card_replaced"),
    ],
)
def test_a_social_card_that_is_not_the_holders_own_now_is_refused(
    desk: Any, card: SocialCardIdentity, code: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        desk.client.identify_social_card(card)
    assert refused.value.code == code


def log_in_with_face(desk: Any, **findings: Any) -> IdentityGrant:
    consent = ConsentAct(
        code="face-check", version="1.0", text_sha256="0" * 64, given=True, at=desk.clock()
    )
    facts: dict[str, Any] = {
        "consent": consent,
        "liveness_by": "a",
        "comparison_by": "b",
        **findings,
    }
    card = CardIdentity(card_type="resident", name="王苗苗", number=ELDER, face=FaceCheck(**facts))
    grant: IdentityGrant = desk.client.identify_card(card)
    return grant


CERTIFIED = {"liveness_assurance": "certified", "comparison_assurance": "certified"}


@pytest.mark.parametrize(
    ("findings", "worth"),
    [
        ({}, "card"),
        ({"alive": True, "same": True}, "card"),
        ({"alive": True, "same": True, **CERTIFIED}, "card+face"),
        ({"alive": None, "same": True, **CERTIFIED}, "card"),
        ({"alive": True, "same": True, "comparison_assurance": "certified"}, "card"),
        ({"alive": True, "same": False, "comparison_assurance": "declared_by_vendor"}, "card"),
    ],
)
def test_a_face_counts_only_where_certified_products_said_yes_to_both(
    desk: Any, findings: dict[str, Any], worth: str
) -> None:
    assert log_in_with_face(desk, **findings).assurance == worth


def test_a_certified_no_to_the_face_ends_the_log_in(desk: Any) -> None:
    with pytest.raises(RefusedError) as refused:
        log_in_with_face(desk, alive=True, same=False, **CERTIFIED)
    assert refused.value.code == "identity.other_face"


def test_an_item_that_asks_for_more_gives_nothing_to_a_lesser_log_in(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = desk.consent("old-age-allowance", "allowance-prefill")
    catalogue = desk.running.context.published.catalogue
    item = catalogue.item("old-age-allowance")
    strict = item.model_copy(
        update={"requires": item.requires.model_copy(update={"assurance": "card"})}
    )
    monkeypatch.setattr(type(catalogue), "item", lambda _self, _code: strict)
    by_code = desk.client.identify_code(code_of(desk)).grant
    with pytest.raises(RefusedError) as refused:
        desk.client.prefill(by_code, "old-age-allowance", consent)
    assert refused.value.code == "identity.not_enough"
    assert desk.client.prefill(desk.log_in(), "old-age-allowance", consent).values
