# SPDX-License-Identifier: Apache-2.0
"""A terminal that is never online, by its commands alone: enrolled, emptied and retired with a stick."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import typer.testing

import central_platform.cli
from central_platform.testing import running_platform
from kiosk.audit import read_events
from kiosk.audit import verify as verify_chain
from kiosk.cli import main
from kiosk.documents.numbers import number
from kiosk.platform_client.enrolment import load_enrolment
from offline_cache import DeliveryReceipt, OfflineCache, State


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def kiosk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    monkeypatch.setenv("KIOSK_DATA_DIR", str(tmp_path / "terminal"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "form.json").write_text('{"item": "old-age-allowance", "form": {"n": 1}}', "utf-8")
    (tmp_path / "stick").mkdir()

    def run(*arguments: str) -> Ran:
        with pytest.raises(SystemExit) as end:
            main([str(one) for one in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(int(end.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def platform(tmp_path: Path) -> Callable[..., Ran]:
    def run(*arguments: str) -> Ran:
        where = ["--data-dir", str(tmp_path / "platform")]
        told = typer.testing.CliRunner().invoke(central_platform.cli.app, [*arguments, *where])
        return Ran(told.exit_code, told.stdout, told.stderr)

    return run


@pytest.fixture
def village(kiosk: Callable[..., Ran], platform: Callable[..., Ran]) -> str:
    """Enrol a terminal from a file; return its name."""
    made = platform("enrolment-file", "stick/enrolment.json", "--place", "测试村", "--json").json
    taken = kiosk("enrol", "--from", "stick/enrolment.json", "--json")
    assert taken.status == 0, taken.err
    assert (taken.json["terminal"], taken.json["platform_key"]) == (
        made["terminal"],
        made["platform_key"],
    )
    return str(made["terminal"])


def submitted(kiosk: Callable[..., Ran], count: int = 1) -> list[str]:
    return [kiosk("outbox", "submit", "form.json").json["receipt"] for _ in range(count)]


def events(tmp_path: Path) -> list[tuple[str, dict[str, Any]]]:
    directory = tmp_path / "terminal" / "audit"
    assert verify_chain(directory).intact
    return [(event.event, dict(event.fields)) for event in read_events(directory)]


def opened(tmp_path: Path) -> OfflineCache:
    return OfflineCache(tmp_path / "terminal", number=lambda s, w: number(s, w, "T"))


def test_a_terminal_never_online_is_emptied_by_stick_and_retired(
    kiosk: Callable[..., Ran], platform: Callable[..., Ran], village: str, tmp_path: Path
) -> None:
    receipts = submitted(kiosk, 3)
    assert kiosk("outbox", "verify", "--empty").err == "kiosk: not empty: 3 queued\n"
    assert "3 queued" in kiosk("retire", "--who", "host7").err
    done = kiosk("outbox", "export", "stick", "--who", "host7", "--why", "no-link", "--json")
    assert (done.status, done.json["exported"], done.json["resumed"]) == (0, 3, False)
    # Exported is not delivered: the stick may be lost on its way.
    assert kiosk("retire", "--who", "host7").status == 1
    assert {row["state"] for row in kiosk("outbox", "list", "--json").json} == {"exported"}
    shown = kiosk("outbox", "show", receipts[0], "--json").json
    assert shown["meaning"]["zh"] == "已写入U盘，等待平台回执"

    taken = platform("import-bundle", "stick", "--json")
    assert taken.status == 0, taken.err
    assert [(one["stored"], one["terminal"]) for one in taken.json] == [(3, village)]
    assert platform("import-bundle", "stick").status == 0
    assert len(platform("submissions", "--json").json) == 3

    answered = kiosk("outbox", "import-ack", "stick", "--who", "host7", "--json")
    assert answered.status == 0, answered.err
    assert sorted(answered.json[0]["received"]) == sorted(receipts)
    assert kiosk("outbox", "verify", "--empty").status == 0
    retired = kiosk("retire", "--who", "host7", "--json")
    assert (retired.status, retired.json["submissions"]) == (0, 3)
    assert not (tmp_path / "terminal" / "enrolment.json").exists()
    assert {row["state"] for row in kiosk("outbox", "list", "--json").json} == {"settled"}
    assert "not enrolled" in kiosk("outbox", "submit", "form.json").err
    told = events(tmp_path)
    assert [name for name, _ in told if not name.endswith("begun")] == [
        "outbox.exported",
        "outbox.acknowledged",
        "terminal.retired",
    ]
    assert all(fields["account"] == "host7" for _, fields in told)
    assert platform("revoke", village).status == 0


def test_a_bundle_of_a_revoked_terminal_is_taken_only_when_asked_for(
    kiosk: Callable[..., Ran], platform: Callable[..., Ran], village: str
) -> None:
    submitted(kiosk)
    assert kiosk("outbox", "export", "stick").status == 0
    assert platform("import-bundle", "stick").status == 0
    submitted(kiosk)
    assert platform("revoke", village).status == 0
    shutil.rmtree(next(Path("stick").glob(f"hall24-{village}-*[0-9a-f]")))
    assert kiosk("outbox", "export", "stick").status == 0
    refused = platform("import-bundle", "stick")
    assert refused.status == 1
    assert "access was ended" in refused.err
    assert platform("import-bundle", "stick", "--also-revoked").status == 0
    assert len(platform("submissions", "--json").json) == 2
    assert platform("revoke", "T000000-NOBODY").status == 1


def test_the_link_comes_after_all_and_the_terminal_introduces_itself(
    kiosk: Callable[..., Ran], village: str, tmp_path: Path
) -> None:
    submitted(kiosk, 2)
    key = load_enrolment(tmp_path / "terminal").private_key.private_bytes_raw()
    with running_platform(tmp_path / "platform") as running:
        refused = kiosk("outbox", "sync", "--platform", running.url)
        assert "refuses this terminal" in refused.err
        assert kiosk("enrol", "--platform", running.url, "--json").json["terminal"] == village
        known = load_enrolment(tmp_path / "terminal")
        assert known.private_key.private_bytes_raw() == key
        assert kiosk("outbox", "sync").status == 0
        # A new key, twice; what was exported under an old one is still good.
        submitted(kiosk)
        assert kiosk("outbox", "export", "stick").status == 0
        for _ in range(2):
            assert kiosk("enrol", "--new-key").status == 0
        assert load_enrolment(tmp_path / "terminal").private_key.private_bytes_raw() != key
        assert kiosk("outbox", "sync").status == 0
    assert not (tmp_path / "terminal" / "enrolment.pending").exists()


def test_a_key_change_whose_answer_is_lost_ends_with_the_next_try(
    kiosk: Callable[..., Ran], village: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import kiosk.platform_client.key_change as under_test  # noqa: PLC0415 - the fixture has that name

    assert village
    with running_platform(tmp_path / "platform") as running:
        assert kiosk("enrol", "--platform", running.url).status == 0

        def power_fails(*_: object) -> None:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patched:
            patched.setattr(under_test, "store_key", power_fails)
            assert kiosk("enrol", "--new-key").status == 1
        submitted(kiosk)
        assert kiosk("outbox", "sync").status == 1  # the platform knows only the new key now
        assert kiosk("enrol", "--new-key").status == 0
        assert kiosk("outbox", "sync").status == 0


def test_export_says_in_one_line_what_is_wrong_with_the_stick(
    kiosk: Callable[..., Ran], village: str
) -> None:
    assert village
    assert kiosk("outbox", "export", "stick").out == "nothing waits: nothing was written\n"
    submitted(kiosk)
    ran = kiosk("outbox", "export", "nowhere")
    assert (ran.status, ran.err) == (1, "kiosk: nowhere: not a directory; is the stick mounted?\n")
    assert kiosk("outbox", "export", "stick", "--why", "because").status == 2
    assert kiosk("outbox", "export", "stick", "--who", "王苗苗").status == 2
    ran = kiosk("outbox", "import-ack", "stick")
    assert "no acknowledgement" in ran.err
    Path("stick/x.ack.json").write_text("{}", "ascii")
    ran = kiosk("outbox", "import-ack", "stick/x.ack.json")
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "nothing was changed" in ran.err


@pytest.mark.expected_logs("not exported")
def test_a_damaged_submission_is_set_aside_and_the_others_are_exported(
    kiosk: Callable[..., Ran], platform: Callable[..., Ran], village: str, tmp_path: Path
) -> None:
    assert village
    Path("scan.png").write_bytes(os.urandom(30_000))
    good = submitted(kiosk, 2)
    bad = kiosk("outbox", "submit", "form.json", "--attach", "scan.png").json["receipt"]
    (blob,) = (path for path in (tmp_path / "terminal" / "blobs").glob("??/*") if path.is_file())
    blob.write_bytes(blob.read_bytes()[:-1] + b"!")
    ran = kiosk("outbox", "export", "stick", "--json")
    assert (ran.status, ran.json["exported"]) == (1, 2)
    assert bad in ran.err
    assert "本机保存的资料有损坏" in kiosk("outbox", "list").out
    stays = kiosk("outbox", "release", bad)
    assert (stays.status, "stays aside" in stays.out) == (1, True)
    assert platform("import-bundle", "stick").status == 0
    assert {row["receipt"] for row in platform("submissions", "--json").json} == set(good)


def test_staff_release_hand_over_retry_and_note_and_each_act_is_in_the_chain(
    kiosk: Callable[..., Ran], village: str, tmp_path: Path
) -> None:
    assert village
    aside, waits, away = submitted(kiosk, 3)
    with opened(tmp_path) as cache:
        ids = {entry.receipt: entry.id for entry in cache.outbox.entries()}
        cache.outbox.quarantine(ids[aside], "submission.unopenable")
        cache.outbox.claim_next(1e9)
        cache.outbox.record_attempt(ids[waits], code="link.refused", now=1e9, next_attempt_at=9e9)
        taken = cache.outbox.claim_next(1e9, after=2)
        assert taken is not None
        cache.outbox.mark(ids[away], State.RESIDENT_MUST_RETURN, "submission.photo")
    listed = kiosk("outbox", "list").out
    assert "平台打不开这一件" in listed
    assert "平台没有应答" in listed
    assert kiosk("outbox", "release", waits).status == 1
    assert kiosk("outbox", "retry").status == 2
    why = ("--who", "tech.li", "--why", "technician-checked")
    assert kiosk("outbox", "retry", "--all", *why).status == 0
    assert kiosk("outbox", "export", "stick", "--quarantined", *why).status == 0
    with opened(tmp_path) as cache:
        assert cache.outbox.entry(ids[aside]).state is State.EXPORTED
        cache.outbox.quarantine(ids[aside], "submission.unopenable")
    assert kiosk("outbox", "release", aside, *why).status == 0
    assert "1 resident_must_return" in kiosk("outbox", "verify", "--empty").err
    assert kiosk("outbox", "handled", away, "--who", "clerk.9").status == 0
    assert "resident_must_return" not in kiosk("outbox", "verify", "--empty").err
    assert kiosk("outbox", "handled", aside).status == 1
    acts = [
        (name, fields["account"], fields.get("reason"))
        for name, fields in events(tmp_path)
        if name in {"outbox.retry", "outbox.exported", "outbox.release", "outbox.handled"}
    ]
    assert acts == [
        ("outbox.retry", "tech.li", "technician-checked"),
        ("outbox.exported", "tech.li", "technician-checked"),
        ("outbox.release", "tech.li", "technician-checked"),
        ("outbox.handled", "clerk.9", "resident-came"),
    ]


def test_a_handled_submission_with_a_receipt_is_settled(
    kiosk: Callable[..., Ran], village: str, tmp_path: Path
) -> None:
    assert village
    (receipt,) = submitted(kiosk)
    with opened(tmp_path) as cache:
        entry = cache.outbox.by_receipt(receipt)
        cache.outbox.record_receipt(entry.id, DeliveryReceipt("CASE-1", b"{}"), 0.0)
        cache.outbox.mark(entry.id, State.RESIDENT_MUST_RETURN, "submission.photo")
    assert kiosk("outbox", "handled", receipt).status == 0
    with opened(tmp_path) as cache:
        assert cache.outbox.entry(UUID(str(entry.id))).state is State.SETTLED


def test_a_terminal_with_a_queue_takes_no_other_name(
    kiosk: Callable[..., Ran], platform: Callable[..., Ran], village: str, tmp_path: Path
) -> None:
    submitted(kiosk)
    assert platform("enrolment-file", "stick/other.json").status == 0
    ran = kiosk("enrol", "--from", "stick/other.json")
    assert (ran.status, "queue is not empty" in ran.err) == (1, True)
    assert load_enrolment(tmp_path / "terminal").terminal == village
    ran = kiosk("enrol", "--platform", "http://127.0.0.1:9", "--token", "t")
    assert (ran.status, "queue is not empty" in ran.err) == (1, True)


@pytest.mark.parametrize("damage", ["flip", "cut", "forged", "late"])
def test_an_enrolment_file_that_is_damaged_forged_or_expired_changes_nothing(
    kiosk: Callable[..., Ran],
    platform: Callable[..., Ran],
    tmp_path: Path,
    damage: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert platform("enrolment-file", "stick/e.json", "--days", "1").status == 0
    path = tmp_path / "stick" / "e.json"
    data = path.read_bytes()
    if damage == "late":
        monkeypatch.setattr("kiosk.cli.enrol.time.time", lambda: 4e9)
    elif damage == "forged":
        path.write_bytes(data.replace(b"enrolment-file/1", b"receipt/1"))
    else:
        path.write_bytes(data[:-9] if damage == "cut" else data[:200] + b"A" + data[201:])
    ran = kiosk("enrol", "--from", str(path))
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert not (tmp_path / "terminal" / "enrolment.json").exists()


def test_every_state_and_every_code_of_the_queue_has_words() -> None:
    from kiosk.cli.outbox_reasons import reason, state_words  # noqa: PLC0415 - words load late

    for state in State:
        assert state_words(state)["zh"]
    codes = [
        "local.part_corrupt",
        "local.row_corrupt",
        "link.no_route",
        "platform.http_500",
        "submission.other_hash",
        "sync.unexpected",
        "store.full",
        "terminal.clock",
    ]
    other = reason("something.new")
    assert other is not None
    for code in codes:
        assert reason(code) not in (None, other)
    assert reason(None) is None
