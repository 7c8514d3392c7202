# SPDX-License-Identifier: Apache-2.0
"""The fleet: two machines with one key, device history, events without gaps, commands, keys, releases."""

from __future__ import annotations

import base64
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from central_platform.api.access import access_token
from central_platform.policy import PlatformPolicy
from central_platform.storage.fleet import TerminalEvent
from central_platform.storage.models import Alarm, Terminal
from central_platform.testing import running_platform
from kiosk.platform_client.enrolment import enrol
from kiosk.platform_client.port import UnauthorizedError
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.configuration import CONFIGURATION_PURPOSE, QueueQuotas, TerminalConfiguration
from kiosk.protocol.fleet import RELEASE_PURPOSE, Release, SlotReport, SupplyReport, key_proof
from kiosk.protocol.messages import DeviceReport, Heartbeat, HeartbeatAnswer
from kiosk.protocol.wire import Signed
from tests.support.platform_asking import asking, staff, terminal

RUN_A, RUN_B = "run-aaaaaaaa", "run-bbbbbbbb"
RELEASE = {
    "version": "0.2.0",
    "url": "https://updates.example/hall24_0.2.0.deb",
    "size": 123,
    "sha256": "a" * 64,
    "notes": {"zh": "更新", "en": "An update"},
}


def beat(run: str, number: int, *, idle: bool = False, **devices: str) -> Heartbeat:
    reports = tuple(DeviceReport(slot=slot, condition=state) for slot, state in devices.items())
    return Heartbeat(software="0.1", queued=0, run_id=run, beat=number, idle=idle, devices=reports)


def alarms(desk: Any) -> list[str]:
    with desk.running.context.database.read() as session:
        return list(session.scalars(select(Alarm.code)))


# --- two machines with one key ------------------------------------------------------------------


def test_a_terminal_that_starts_again_is_no_second_one(desk: Any, hall_clock: Any) -> None:
    desk.client.heartbeat(beat(RUN_A, 1))
    desk.client.heartbeat(beat(RUN_A, 1))  # the answer was lost
    desk.client.heartbeat(beat(RUN_A, 7))
    desk.client.heartbeat(beat(RUN_B, 1))
    desk.client.heartbeat(beat(RUN_A, 8))  # was on its way while the program started anew
    hall_clock.go(minutes=5)
    assert desk.client.heartbeat(beat(RUN_B, 2)).now == hall_clock()
    assert alarms(desk) == []


@pytest.mark.parametrize(
    "second", [[(RUN_B, 1), (RUN_A, 9)], [(RUN_A, 3)]], ids=["old run beats on", "counts back"]
)
def test_two_machines_with_one_key_are_both_refused_until_somebody_looked(
    desk: Any, hall_clock: Any, expected_logs: Any, second: list[tuple[str, int]]
) -> None:
    expected_logs("alarm terminal.cloned")
    desk.client.heartbeat(beat(RUN_A, 8))
    *before, last = second
    for run, number in before:
        desk.client.heartbeat(beat(run, number))
        hall_clock.go(minutes=2)
    with pytest.raises(UnauthorizedError) as refused:
        desk.client.heartbeat(beat(*last))
    assert refused.value.code == "terminal.cloned"
    with pytest.raises(UnauthorizedError) as refused:
        with_key(desk, desk.enrolled.private_key)  # a fresh token neither
    assert refused.value.code == "terminal.cloned"
    assert alarms(desk) == ["terminal.cloned"]
    operator = staff(desk)
    (shown,) = operator("GET", "/operations/terminals").json()
    assert (shown["health"], shown["suspended_for"]) == ("refused", "terminal.cloned")
    resumed = operator("POST", f"/operations/terminals/{desk.enrolled.terminal}/resume")
    assert resumed.status_code == 204
    # Whichever machine stayed is heard again.
    assert desk.client.heartbeat(beat(RUN_A, 10)).now == hall_clock()


def test_where_the_policy_is_to_alarm_the_terminal_goes_on(
    tmp_path: Path, fresh_platform: Path, hall_clock: Any, expected_logs: Any
) -> None:
    expected_logs("alarm terminal.cloned")
    shutil.copytree(fresh_platform, tmp_path / "platform")
    lenient = PlatformPolicy(on_clone="alarm")
    with running_platform(tmp_path / "platform", now=hall_clock, policy=lenient) as running:
        enrolled = enrol(running.url, running.enrolment_token(), tmp_path / "terminal")
        client = PlatformV1(enrolled, wall=lambda: hall_clock().timestamp())
        try:
            for number in (8, 2, 9):
                client.heartbeat(beat(RUN_A, number))
        finally:
            client.close()
        with running.context.database.read() as session:
            assert session.scalars(select(Alarm.code)).all() == ["terminal.cloned"]


def test_a_beat_of_a_second_machine_changes_nothing_that_is_shown(
    desk: Any, hall_clock: Any, expected_logs: Any
) -> None:
    expected_logs("alarm terminal.cloned")
    desk.client.heartbeat(beat(RUN_A, 5, printer="online"))
    hall_clock.go(minutes=1)
    with pytest.raises(UnauthorizedError):
        desk.client.heartbeat(beat(RUN_A, 4, printer="hardware_error"))
    detail = staff(desk)("GET", f"/operations/terminals/{desk.enrolled.terminal}").json()
    assert [span["condition"] for span in detail["history"]] == ["online"]


def test_an_old_terminal_gets_an_answer_it_understands(desk: Any) -> None:
    answer = terminal(desk)("POST", "/heartbeat", json={"software": "0.1", "queued": 0})
    assert set(answer.json()) == {"now"}


# --- devices ------------------------------------------------------------------------------------


def test_levels_and_counters_are_shown_with_the_devices(desk: Any) -> None:
    level = SupplyReport(kind="roll", unit="mm", left=61_200, origin="counted", days_left=12)
    report = SlotReport(slot="printer", counters={"slips": 3, "paper_mm": 450}, levels=(level,))
    desk.client.heartbeat(
        beat(RUN_A, 1, printer="online").model_copy(update={"supplies": (report,)})
    )
    detail = staff(desk)("GET", f"/operations/terminals/{desk.enrolled.terminal}").json()
    (shown,) = detail["supplies"]
    assert SlotReport.model_validate(shown) == report


def test_device_states_are_kept_as_history_with_their_times(desk: Any, hall_clock: Any) -> None:
    start = hall_clock()
    desk.client.heartbeat(beat(RUN_A, 1, printer="online", card="online"))
    hall_clock.go(minutes=1)
    desk.client.heartbeat(beat(RUN_A, 2, printer="hardware_error", card="online"))
    broken = hall_clock()
    hall_clock.go(minutes=1)
    desk.client.heartbeat(beat(RUN_A, 3, printer="hardware_error", card="online"))
    operator = staff(desk)
    (shown,) = operator("GET", "/operations/terminals").json()
    assert (shown["health"], shown["faults"]) == ("impaired", ["printer"])
    assert shown["since"] == broken.isoformat().replace("+00:00", "Z")
    detail = operator("GET", f"/operations/terminals/{desk.enrolled.terminal}").json()
    spans = {(span["slot"], span["condition"]): span for span in detail["history"]}
    assert len(spans) == 3
    assert spans["printer", "online"]["at"] == start.isoformat().replace("+00:00", "Z")
    assert spans["printer", "online"]["until"] == broken.isoformat().replace("+00:00", "Z")
    assert spans["card", "online"]["until"] is None
    desk.client.heartbeat(beat(RUN_A, 4, card="online"))  # the printer was taken away
    assert operator("GET", "/operations/terminals").json()[0]["health"] == "working"
    hall_clock.go(minutes=4)
    assert operator("GET", "/operations/terminals").json()[0]["health"] == "down"


def test_a_host_sees_its_own_terminals_and_no_others(desk: Any, tmp_path: Any) -> None:
    other = enrol(desk.running.url, desk.running.enrolment_token(), tmp_path / "other")
    host = staff(desk, "host", desk.enrolled.terminal)
    assert [row["id"] for row in host("GET", "/operations/terminals").json()] == [
        desk.enrolled.terminal
    ]
    assert host("GET", f"/operations/terminals/{other.terminal}").status_code == 404
    assert len(staff(desk, "auditor")("GET", "/operations/terminals").json()) == 2
    assert staff(desk, "host")("GET", "/operations/terminals").json() == []


# --- configuration ------------------------------------------------------------------------------


def test_the_configuration_is_signed_and_has_an_etag(desk: Any) -> None:
    ask = terminal(desk)
    first = ask("GET", "/configuration")
    body = Signed.model_validate_json(first.content).verified_body(
        CONFIGURATION_PURPOSE, desk.enrolled.signing_keys
    )
    held = TerminalConfiguration.model_validate_json(body)
    assert (held.terminal, held.heartbeat_s, held.items) == (desk.enrolled.terminal, 30, None)
    etag = first.headers["ETag"]
    assert ask("GET", "/configuration", headers={"If-None-Match": etag}).status_code == 304
    assert desk.client.heartbeat(beat(RUN_A, 1)).configuration == etag
    operator = staff(desk)
    address = f"/operations/terminals/{desk.enrolled.terminal}/configuration"
    settings = {"heartbeat_s": 60, "items": ["old-age-allowance"]}
    assert operator("PUT", address, json=settings).json()["heartbeat_s"] == 60
    changed = desk.client.heartbeat(beat(RUN_A, 2)).configuration
    assert changed != etag
    assert ask("GET", "/configuration", headers={"If-None-Match": etag}).status_code == 200
    wrong = operator("PUT", address, json={"items": ["no-such-item"]})
    assert (wrong.status_code, wrong.json()["missing"]) == (422, ["no-such-item"])
    assert operator("PUT", address, json={"heartbeat_s": 0}).status_code == 422
    assert held.quotas == QueueQuotas()
    assert operator("PUT", address, json={"quotas": {"items": 500}}).status_code == 200
    fetched = desk.client.configuration(etag)
    assert fetched is not None
    assert fetched[2].quotas == QueueQuotas(items=500)
    assert desk.client.configuration(fetched[0]) is None
    assert operator("PUT", address, json={"quotas": {"items": 0}}).status_code == 422
    assert operator("PUT", address, json={}).json()["heartbeat_s"] == 30


# --- events -------------------------------------------------------------------------------------


def some_events(first: int, count: int, kind: str = "session.started") -> dict[str, Any]:
    return {
        "events": [
            {"sequence": number, "kind": kind, "at": "2026-11-24T01:00:00Z"}
            for number in range(first, first + count)
        ]
    }


def test_events_are_kept_without_gaps_and_without_doubles(desk: Any) -> None:
    ask = terminal(desk)
    assert desk.client.heartbeat(beat(RUN_A, 1)).next_event == 1
    assert ask("POST", "/events", json=some_events(1, 3)).json() == {"next": 4, "stored": 3}
    assert ask("POST", "/events", json=some_events(1, 3)).json() == {"next": 4, "stored": 0}
    assert ask("POST", "/events", json=some_events(2, 4)).json() == {"next": 6, "stored": 2}
    gap = ask("POST", "/events", json=some_events(9, 1))
    assert (gap.status_code, gap.json()["code"]) == (409, "events.gap")
    assert gap.headers["Hall24-Next-Event"] == "6"
    shuffled = some_events(6, 3)
    shuffled["events"].reverse()
    assert ask("POST", "/events", json=shuffled).status_code == 409
    assert desk.client.heartbeat(beat(RUN_A, 2)).next_event == 6
    with desk.running.context.database.read() as session:
        numbers = session.scalars(select(TerminalEvent.sequence).order_by("sequence")).all()
    assert numbers == [1, 2, 3, 4, 5]


def test_events_sent_by_many_at_once_are_stored_once(desk: Any) -> None:
    ask = terminal(desk)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: ask("POST", "/events", json=some_events(1, 50)), range(8))
        )
    assert [answer.status_code for answer in answers] == [200] * 8
    assert sum(answer.json()["stored"] for answer in answers) == 50


def test_a_number_with_other_content_is_a_sign_of_a_second_machine(
    desk: Any, expected_logs: Any
) -> None:
    expected_logs("alarm terminal.cloned")
    ask = terminal(desk)
    ask("POST", "/events", json=some_events(1, 3))
    forked = ask("POST", "/events", json=some_events(2, 4, "session.ended"))
    assert (forked.status_code, forked.json()["code"]) == (409, "events.forked")
    assert alarms(desk) == ["terminal.cloned"]
    assert ask("POST", "/events", json=some_events(4, 1)).status_code == 401
    with desk.running.context.database.read() as session:
        assert session.get_one(Terminal, desk.enrolled.terminal).next_event == 4


def test_an_event_takes_nothing_that_could_be_a_person(desk: Any) -> None:
    ask = terminal(desk)
    for extra in ({"name": "x"}, {"code": "王苗苗"}, {"item": "36070219380312002X"}):
        batch = some_events(1, 1)
        batch["events"][0].update(extra)
        assert ask("POST", "/events", json=batch).status_code == 422


# --- commands -----------------------------------------------------------------------------------


def order(desk: Any, **wanted: Any) -> str:
    address = f"/operations/terminals/{desk.enrolled.terminal}/commands"
    answer = staff(desk)("POST", address, json=wanted)
    assert answer.status_code == 201
    return str(answer.json()["id"])


def result(outcome: str = "done", code: str = "") -> dict[str, str]:
    return {"outcome": outcome, "code": code, "at": "2026-11-24T01:00:00Z"}


def test_a_command_is_handed_over_when_idle_until_it_is_acknowledged_once(desk: Any) -> None:
    command = order(desk, kind="self_test", slot="printer")
    assert desk.client.heartbeat(beat(RUN_A, 1)).commands == ()
    for number in (2, 3):  # an answer may be lost
        (handed,) = desk.client.heartbeat(beat(RUN_A, number, idle=True)).commands
        assert (str(handed.id), handed.kind, handed.slot) == (command, "self_test", "printer")
    ask = terminal(desk)
    address = f"/commands/{command}/result"
    assert ask("PUT", address, json=result()).json() == {"id": command, "outcome": "done"}
    assert ask("PUT", address, json=result()).status_code == 200
    other = ask("PUT", address, json=result("failed", "dev.no_device"))
    assert (other.status_code, other.json()["code"]) == (409, "command.ended")
    assert desk.client.heartbeat(beat(RUN_A, 4, idle=True)).commands == ()
    detail = staff(desk)("GET", f"/operations/terminals/{desk.enrolled.terminal}").json()
    assert detail["commands"][0]["outcome"] == "done"


def test_a_command_of_another_terminal_is_unknown(desk: Any, tmp_path: Any) -> None:
    command = order(desk, kind="out_of_service")
    other = enrol(desk.running.url, desk.running.enrolment_token(), tmp_path / "other")
    ask = asking(desk.running.url, access_token(desk.running.context, other.terminal))
    for name in (command, str(uuid4())):
        assert ask("PUT", f"/commands/{name}/result", json=result()).status_code == 404


def test_an_old_command_is_not_done_any_more(desk: Any, hall_clock: Any) -> None:
    order(desk, kind="in_service")
    hall_clock.go(hours=25)
    assert desk.client.heartbeat(beat(RUN_A, 1, idle=True)).commands == ()
    detail = staff(desk)("GET", f"/operations/terminals/{desk.enrolled.terminal}").json()
    assert detail["commands"][0]["code"] == "command.expired"


def test_a_command_names_a_device_where_it_needs_one(desk: Any) -> None:
    address = f"/operations/terminals/{desk.enrolled.terminal}/commands"
    operator = staff(desk)
    for wanted in (
        {"kind": "self_test"},
        {"kind": "out_of_service", "slot": "printer"},
        {"kind": "format_disk"},
    ):
        assert operator("POST", address, json=wanted).status_code == 422
    nowhere = operator("POST", "/operations/terminals/T0/commands", json={"kind": "in_service"})
    assert nowhere.status_code == 404


# --- keys, revocation, releases -----------------------------------------------------------------


def rotation(desk: Any, key: Ed25519PrivateKey, *, of: str | None = None) -> dict[str, str]:
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    proof = key.sign(key_proof(of or desk.enrolled.terminal, public))
    return {"public_key": public, "proof": base64.b64encode(proof).decode()}


def with_key(desk: Any, key: Ed25519PrivateKey) -> HeartbeatAnswer:
    client = PlatformV1(
        replace(desk.enrolled, private_key=key), wall=lambda: desk.clock().timestamp()
    )
    try:
        return client.heartbeat(Heartbeat(software="0.1", queued=0))
    finally:
        client.close()


def test_a_new_key_takes_over_with_its_first_use(desk: Any) -> None:
    old, new = desk.enrolled.private_key, Ed25519PrivateKey.generate()
    ask = terminal(desk)
    for _ in range(2):  # the answer may be lost
        assert ask("POST", "/terminals/key", json=rotation(desk, new)).status_code == 200
    with_key(desk, old)  # still holds
    with_key(desk, new)
    with pytest.raises(UnauthorizedError):
        with_key(desk, old)
    with_key(desk, new)
    back = ask("POST", "/terminals/key", json=rotation(desk, old))
    assert (back.status_code, back.json()["code"]) == (409, "enrolment.key")


def test_a_key_needs_a_proof_made_for_this_terminal(desk: Any) -> None:
    ask = terminal(desk)
    new = Ed25519PrivateKey.generate()
    wrong = rotation(desk, new, of="T360702-OTHER")
    assert ask("POST", "/terminals/key", json=wrong).json()["code"] == "enrolment.key"
    nonsense = {"public_key": "A" * 44, "proof": "A" * 88}
    assert ask("POST", "/terminals/key", json=nonsense).status_code == 422


def test_a_revoked_terminal_stays_out(desk: Any) -> None:
    operator = staff(desk)
    address = f"/operations/terminals/{desk.enrolled.terminal}/revoke"
    assert operator("POST", address).status_code == 204
    with pytest.raises(UnauthorizedError):
        desk.client.heartbeat(beat(RUN_A, 1))
    assert operator("GET", "/operations/terminals").json() == []


def test_the_newest_release_of_a_channel_is_offered_signed(desk: Any, hall_clock: Any) -> None:
    ask, operator = terminal(desk), staff(desk)
    assert ask("GET", "/releases/latest").json()["code"] == "release.none"
    assert operator("POST", "/operations/releases", json=RELEASE).status_code == 204
    assert operator("POST", "/operations/releases", json=RELEASE).status_code == 204
    other = operator("POST", "/operations/releases", json={**RELEASE, "sha256": "b" * 64})
    assert other.status_code == 409
    hall_clock.go(minutes=10)
    newer = {**RELEASE, "version": "0.3.0"}
    operator("POST", "/operations/releases", json=newer)

    def offered() -> str:
        signed = Signed.model_validate_json(ask("GET", "/releases/latest").content)
        body = signed.verified_body(RELEASE_PURPOSE, desk.enrolled.signing_keys)
        return Release.model_validate_json(body).version

    assert offered() == "0.3.0"
    assert operator("POST", "/operations/releases/stable/0.3.0/withdraw").status_code == 204
    assert offered() == "0.2.0"
    assert operator("POST", "/operations/releases/stable/9/withdraw").status_code == 404
    insecure = {**RELEASE, "version": "0.4.0", "url": "http://updates.example/x"}
    assert operator("POST", "/operations/releases", json=insecure).status_code == 422
