# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
import functools
import io
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

import kiosk.cli.outbox_sync
import kiosk.platform_client.v1
from kiosk.cli import main
from kiosk.documents.numbers import is_valid
from kiosk.platform_client.port import (
    ConflictError,
    LinkError,
    RefusedError,
    UnauthorizedError,
)
from kiosk.protocol.configuration import (
    CONFIGURATION_PURPOSE,
    QueueQuotas,
    TerminalConfiguration,
)
from kiosk.protocol.envelope import Manifest, Payload, open_submission
from kiosk.protocol.messages import (
    RECEIPT_PURPOSE,
    Enrolment,
    PlaceProfile,
    PlatformKeys,
    PlatformReceipt,
)
from kiosk.protocol.wire import Signed, Text
from offline_cache import OfflineCache, Policy, SyncEngine, verify

ITEM = "old-age-allowance"
LIST_KEYS = [
    "id",
    "receipt",
    "item",
    "state",
    "created_at",
    "attempts",
    "next_attempt_at",
    "last_error",
    "case_number",
]


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


@dataclass(frozen=True)
class PlatformSecrets:
    """The platform's side of an enrolment."""

    sealing: X25519PrivateKey
    signing: Ed25519PrivateKey


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """Work in memory where there is a place for it: a flush is asked for all the same, and costs nothing."""
    memory = Path("/dev/shm")  # noqa: S108 - a fresh directory of our own in it
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="hall24-test-") as directory:
        yield Path(directory)


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PlatformSecrets:
    """Enrol a terminal in ``tmp_path/data``, as ``kiosk enrol`` leaves it."""
    made = PlatformSecrets(X25519PrivateKey.generate(), Ed25519PrivateKey.generate())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(made.signing.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=9999))
        .sign(made.signing, None)
    )
    enrolment = Enrolment(
        terminal="T-0001",
        keys=PlatformKeys(
            sealing=text(made.sealing.public_key().public_bytes_raw()),
            signing=text(made.signing.public_key().public_bytes_raw()),
            seal_certificate=certificate.public_bytes(Encoding.PEM).decode("ascii"),
        ),
        profile=PlaceProfile(place=Text(zh="测试大厅", en="Test hall"), region="360702"),
    )
    data = tmp_path / "data"
    data.mkdir()
    stored = {
        "platform_url": "http://127.0.0.1:9",
        "private_key": text(Ed25519PrivateKey.generate().private_bytes_raw()),
        "enrolment": enrolment.model_dump(mode="json"),
    }
    (data / "enrolment.json").write_text(json.dumps(stored), "utf-8")
    monkeypatch.setenv("KIOSK_DATA_DIR", str(data))
    monkeypatch.chdir(tmp_path)
    return made


class Platform:
    """The port ``Platform`` in this process: stores by id, cuts answers, refuses as told."""

    def __init__(self, secrets: PlatformSecrets) -> None:
        self.secrets = secrets
        self.stored: dict[UUID, tuple[Manifest, Payload, dict[str, bytes]]] = {}
        self.commits: Counter[UUID] = Counter()
        self.cut: set[UUID] | None = set()
        self.refuse: dict[UUID, Exception] = {}
        self.failure: Exception | None = None

    def deliver(
        self,
        manifest: Manifest,
        open_part: Callable[[str], bytes],
        on_progress: Callable[[int, int], None],
    ) -> Signed:
        if self.failure:
            raise self.failure
        if manifest.id in self.refuse:
            raise self.refuse[manifest.id]
        if manifest.id not in self.stored:
            parts = {part.name: open_part(part.name) for part in manifest.parts}
            on_progress(1, 1)
            payload, plain = open_submission(manifest, parts, [self.secrets.sealing])
            self.stored[manifest.id] = (manifest, payload, plain)
            self.commits[manifest.id] += 1
            if self.cut is not None and manifest.id not in self.cut:
                self.cut.add(manifest.id)
                raise LinkError("link.cut")
        receipt = PlatformReceipt(
            id=manifest.id,
            terminal=manifest.terminal,
            manifest_sha256=manifest.sha256,
            case_number=f"CASE-{manifest.sequence}",
            received_at=datetime(2026, 11, 21, tzinfo=UTC),
        )
        return Signed.sign(RECEIPT_PURPOSE, receipt.canonical(), self.secrets.signing)

    heard_at = (1_800_000_000.0, 7_200.0)
    """Two hours ahead of this machine."""

    def close(self) -> None:
        """Close nothing: there is no connection."""


@pytest.fixture
def platform(secrets: PlatformSecrets, monkeypatch: pytest.MonkeyPatch) -> Platform:
    made = Platform(secrets)
    monkeypatch.setattr(kiosk.platform_client.v1, "PlatformV1", lambda *_, **_settings: made)
    return made


@dataclass(frozen=True)
class Ran:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Kiosk(Protocol):
    def __call__(self, *arguments: str, stdin: str = "") -> Ran: ...


@pytest.fixture
def kiosk_outbox(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kiosk:
    def run(*arguments: str, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode("utf-8"))))
        with pytest.raises(SystemExit) as end:
            main(["outbox", *arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(int(end.value.code or 0), said.out, said.err)

    return run


def line(number: int = 1, **more: Any) -> str:
    return json.dumps({"item": ITEM, "form": {"n": number, "reason": "高龄"}, **more}) + "\n"


def test_each_line_is_answered_with_id_and_receipt_and_arrives_as_it_was(
    platform: Platform, kiosk_outbox: Kiosk, tmp_path: Path
) -> None:
    (tmp_path / "scan.png").write_bytes(b"\x89PNG" + bytes(50_000))
    (tmp_path / "note").write_bytes(b"")
    ran = kiosk_outbox(
        "submit", "--stdin", stdin=line(1) + line(2, attachments=["scan.png", "note"])
    )
    assert (ran.status, ran.err) == (0, "")
    assert [set(answer) for answer in ran.lines] == [{"id", "receipt"}] * 2
    assert all(is_valid(answer["receipt"]) for answer in ran.lines)
    platform.cut = None
    assert kiosk_outbox("sync").status == 0
    manifest, payload, plain = platform.stored[UUID(ran.lines[1]["id"])]
    assert (manifest.item, manifest.sequence, manifest.terminal) == (ITEM, 2, "T-0001")
    assert manifest.receipt == ran.lines[1]["receipt"]
    assert payload.form == {"n": 2, "reason": "高龄"}
    assert [(a.name, a.media_type) for a in payload.attachments] == [
        ("scan.png", "image/png"),
        ("note", "application/octet-stream"),
    ]
    assert plain["a1"] == b"\x89PNG" + bytes(50_000)


def test_a_file_and_its_attachments_are_one_submission(
    secrets: PlatformSecrets, kiosk_outbox: Kiosk, tmp_path: Path
) -> None:
    (tmp_path / "form.json").write_text(line(), "utf-8")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-")
    ran = kiosk_outbox("submit", "form.json", "--attach", "a.pdf", "--attach", "form.json")
    assert ran.status == 0
    shown = kiosk_outbox("show", ran.json["id"], "--json").json
    assert [part["name"] for part in shown["parts"]] == ["payload", "a1", "a2"]
    assert kiosk_outbox("show", ran.json["receipt"], "--json").json == shown
    assert [h["state"] for h in shown["history"]] == ["queued"]
    assert ran.json["id"] in kiosk_outbox("show", ran.json["id"]).out
    assert secrets is not None


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("not json 王苗苗", "not JSON"),
        ('{"form": {}}', "item is missing"),
        ('{"item": "no spaces here"}', "item is not a code"),
        ('{"item": "x", "fom": {"name": "王苗苗"}}', "there is a field besides"),
        ('{"item": "x", "form": []}', "form: "),
        ('{"item": "x", "form": {"n": 1e400}}', "no exact JSON form"),
        ('{"item": "x", "attachments": ["absent-file"]}', "attachment absent-file: cannot be read"),
        ('{"item": "x", "attachments": ["\\u0000"]}', "not the name of a file"),
        ("[]", "submission: "),
        ("\xff\xfe", "not JSON"),
    ],
)
def test_a_bad_line_is_named_without_its_content_and_loses_no_other(
    secrets: PlatformSecrets, kiosk_outbox: Kiosk, bad: str, says: str
) -> None:
    ran = kiosk_outbox("submit", "--stdin", stdin=line(1) + "\n" + bad + "\n" + line(2))
    assert ran.status == 1
    assert len(ran.lines) == 2
    assert ran.err.startswith("kiosk: line 3: ")
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert "王苗苗" not in ran.err
    assert [e["receipt"] for e in kiosk_outbox("list", "--json").json] == [
        answer["receipt"] for answer in ran.lines
    ]
    assert secrets is not None


def test_wrong_usage_is_exit_2(secrets: PlatformSecrets, kiosk_outbox: Kiosk) -> None:
    assert kiosk_outbox("submit").status == 2
    assert kiosk_outbox("submit", "x.json", "--stdin").status == 2
    assert kiosk_outbox("submit", "--stdin", "--attach", "x").status == 2
    assert kiosk_outbox("sync", "--timeout", "-1").status == 2
    assert secrets is not None


def test_without_enrolment_one_line_says_how(
    tmp_path: Path, kiosk_outbox: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_DATA_DIR", str(tmp_path / "nothing"))
    for arguments in (("submit", "--stdin"), ("sync",)):
        ran = kiosk_outbox(*arguments, stdin=line())
        assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
        assert "kiosk enrol --platform URL --token T" in ran.err


def test_list_has_exactly_the_promised_keys(secrets: PlatformSecrets, kiosk_outbox: Kiosk) -> None:
    answer = kiosk_outbox("submit", "--stdin", stdin=line()).json
    (entry,) = kiosk_outbox("list", "--json").json
    assert list(entry) == LIST_KEYS
    assert entry["id"] == answer["id"]
    assert entry["state"] == "queued"
    assert datetime.fromisoformat(entry["created_at"]).tzinfo is not None
    assert entry["attempts"] == 0
    assert entry["next_attempt_at"] is entry["last_error"] is entry["case_number"] is None
    assert answer["receipt"] in kiosk_outbox("list").out
    assert secrets is not None


def test_an_answer_cut_after_the_commit_is_still_one_record(
    platform: Platform, kiosk_outbox: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = Policy(base_s=0.01, lane_base_s=0.01)
    monkeypatch.setattr(
        kiosk.cli.outbox_sync, "SyncEngine", functools.partial(SyncEngine, policy=hasty)
    )
    answers = kiosk_outbox("submit", "--stdin", stdin=line() * 6).lines
    first = kiosk_outbox("sync", "--json")
    assert first.status == 1
    assert "link.cut" in first.err
    ran = kiosk_outbox("sync", "--until-empty", "--timeout", "60", "--json")
    assert (ran.status, ran.err) == (0, "")
    assert ran.json["waiting"] == ran.json["quarantined"] == 0
    assert platform.commits == Counter({UUID(answer["id"]): 1 for answer in answers})
    listed = kiosk_outbox("list", "--json").json
    assert [e["case_number"] for e in listed] == [f"CASE-{n}" for n in range(1, 7)]
    shown = kiosk_outbox("show", answers[0]["id"], "--json").json
    assert shown["platform_receipt"]["case_number"] == "CASE-1"
    again = kiosk_outbox("sync", "--until-empty", "--json")
    assert (again.status, again.json["delivered"]) == (0, 0)


@pytest.mark.expected_logs("submission set aside")
def test_a_refused_submission_is_set_aside_and_the_others_arrive(
    platform: Platform, kiosk_outbox: Kiosk
) -> None:
    platform.cut = None
    answers = kiosk_outbox("submit", "--stdin", stdin=line() * 3).lines
    refused, conflict, good = (UUID(answer["id"]) for answer in answers)
    platform.refuse[refused] = RefusedError("item.unknown")
    platform.refuse[conflict] = ConflictError("submission.other_hash")
    ran = kiosk_outbox("sync", "--until-empty", "--json")
    assert (ran.status, ran.json) == (1, {"delivered": 1, "waiting": 0, "quarantined": 2})
    assert "item.unknown, submission.other_hash" in ran.err
    assert set(platform.stored) == {good}
    states = [e["state"] for e in kiosk_outbox("list", "--json").json]
    assert states == ["quarantined", "quarantined", "received"]


def test_a_refused_terminal_ends_the_run_at_once_and_keeps_everything(
    platform: Platform, kiosk_outbox: Kiosk
) -> None:
    kiosk_outbox("submit", "--stdin", stdin=line() * 2)
    platform.failure = UnauthorizedError("platform.unauthorized")
    ran = kiosk_outbox("sync", "--until-empty")
    assert ran.status == 1
    assert "the platform refuses this terminal; platform.unauthorized; 2 wait" in ran.err
    assert {e["state"] for e in kiosk_outbox("list", "--json").json} == {"queued"}


def test_list_and_sync_say_what_waits_and_that_the_clock_is_wrong(
    platform: Platform, kiosk_outbox: Kiosk
) -> None:
    kiosk_outbox("submit", "--stdin", stdin=line() * 2)
    assert kiosk_outbox("list").out.splitlines()[-1].endswith("last contact never")
    platform.failure = LinkError("link.captive")
    ran = kiosk_outbox("sync")
    assert "a log-in page answers; link.captive" in ran.err
    told = kiosk_outbox("list").out.splitlines()[-1]
    for words in (told, ran.err.strip()):
        assert "2 wait, the first for 0:00:0" in words
        assert "last contact 2027-01-15T08:00:00+00:00" in words
        assert "this clock was 2:00:00 behind the platform's" in words


def test_sync_gives_up_in_time_when_nobody_answers(platform: Platform, kiosk_outbox: Kiosk) -> None:
    kiosk_outbox("submit", "--stdin", stdin=line())
    platform.failure = LinkError("link.refused")
    ran = kiosk_outbox("sync", "--until-empty", "--timeout", "0.2")
    assert ran.status == 1
    assert "time is up; 1 wait (nobody answers at the platform's address; link.refused)" in ran.err


@pytest.mark.parametrize(
    "address", ["garbage", "ftp://127.0.0.1", "http://", "http://[", "http://h:x"]
)
def test_an_address_that_cannot_be_one_is_wrong_usage(kiosk_outbox: Kiosk, address: str) -> None:
    ran = kiosk_outbox("sync", "--platform", address)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"kiosk: --platform {address}: http://HOST[:PORT] or https://…\n"


def test_verify_finds_a_flipped_bit_and_names_the_submission(
    platform: Platform, kiosk_outbox: Kiosk, tmp_path: Path
) -> None:
    (tmp_path / "scan").write_bytes(bytes(50_000))
    answer = kiosk_outbox("submit", "--stdin", stdin=line(attachments=["scan"])).json
    assert kiosk_outbox("verify", "--json").json == {
        "ok": True,
        "submissions": 1,
        "orphans": 0,
        "findings": [],
    }
    (blob,) = (tmp_path / "data" / "blobs").glob("??/*")
    data = bytearray(blob.read_bytes())
    data[777] ^= 4
    blob.write_bytes(data)
    ran = kiosk_outbox("verify", "--json")
    assert ran.status == 1
    (finding,) = ran.json["findings"]
    assert finding["code"] == "local.part_corrupt"
    assert finding["receipt"] == answer["receipt"]
    assert answer["receipt"] in kiosk_outbox("verify").out
    assert platform.stored == {}


@pytest.mark.parametrize(
    "damage",
    [
        "case_number = 'CASE-7'",
        "receipt_document = CAST(replace(CAST(receipt_document AS TEXT), 'ey', 'eY') AS BLOB)",
        "receipt_document = x'00'",
        "receipt_document = (SELECT receipt_document FROM entry WHERE sequence = 2)",
    ],
)
def test_verify_reads_the_receipts_of_the_platform_too(
    platform: Platform, kiosk_outbox: Kiosk, tmp_path: Path, damage: str
) -> None:
    answers = kiosk_outbox("submit", "--stdin", stdin=line(1) + line(2)).out.splitlines()
    platform.cut = None
    assert kiosk_outbox("sync").status == 0
    assert kiosk_outbox("verify").status == 0
    with closing(sqlite3.connect(tmp_path / "data" / "outbox.sqlite3")) as database, database:
        changed = database.execute(f"UPDATE entry SET {damage} WHERE sequence = 1")  # noqa: S608
        assert changed.rowcount == 1
    ran = kiosk_outbox("verify", "--json")
    assert ran.status == 1
    (finding,) = ran.json["findings"]
    assert finding["code"] == "local.receipt_corrupt"
    assert finding["receipt"] == json.loads(answers[0])["receipt"]


def test_receipts_of_an_earlier_enrolment_are_no_finding(
    platform: Platform, kiosk_outbox: Kiosk, tmp_path: Path
) -> None:
    kiosk_outbox("submit", "--stdin", stdin=line())
    platform.cut = None
    assert kiosk_outbox("sync").status == 0
    enrolment = tmp_path / "data" / "enrolment.json"
    now = json.loads(enrolment.read_text("utf-8"))
    other = Ed25519PrivateKey.generate().public_key()
    now["enrolment"]["keys"]["signing"] = text(other.public_bytes_raw())
    enrolment.write_text(json.dumps(now), "utf-8")
    assert kiosk_outbox("verify").status == 0
    enrolment.unlink()
    assert kiosk_outbox("verify").status == 0


def test_while_another_process_holds_the_outbox_every_command_is_one_clear_line(
    secrets: PlatformSecrets, kiosk_outbox: Kiosk, tmp_path: Path
) -> None:
    with OfflineCache(tmp_path / "data", number=lambda s, _w: str(s)):
        for arguments in (("list",), ("submit", "--stdin"), ("verify",), ("show", "1")):
            ran = kiosk_outbox(*arguments, stdin=line())
            assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
            assert "is in use by process" in ran.err
    assert secrets is not None


def test_past_the_signed_quotas_nothing_is_taken_and_the_list_says_so(
    secrets: PlatformSecrets, kiosk_outbox: Kiosk, tmp_path: Path
) -> None:
    configuration = TerminalConfiguration(
        terminal="T-0001",
        profile=PlaceProfile(place=Text(zh="测试大厅", en="Test hall"), region="360702"),
        heartbeat_s=30,
        event_days=30,
        items=None,
        notice=None,
        quotas=QueueQuotas(items=2),
    )
    signed = Signed.sign(CONFIGURATION_PURPOSE, configuration.canonical(), secrets.signing)
    with OfflineCache(tmp_path / "data", number=lambda s, _w: str(s)) as cache:
        cache.shelf.put("configuration", '"1"', signed.canonical(), 1_800_000_000.0)
    assert kiosk_outbox("submit", "--stdin", stdin=line(1) + line(2)).status == 0
    assert "(quota.items)" in kiosk_outbox("list").out
    refused = kiosk_outbox("submit", "--stdin", stdin=line(3))
    assert (refused.status, refused.out, refused.err.count("\n")) == (1, "", 1)
    assert "line 1: not kept (quota.items)" in refused.err
    assert len(json.loads(kiosk_outbox("list", "--json").out)) == 2


def test_a_full_disk_acknowledges_nothing_and_says_so(
    secrets: PlatformSecrets, tmp_path: Path
) -> None:
    """The real process with a real limit on what it may write."""
    (tmp_path / "big").write_bytes(bytes(3_000_000))
    stdin = line(1) + line(2, attachments=["big"]) + line(3)
    ran = subprocess.run(
        ["bash", "-c", 'ulimit -f 1000; exec "$0" -m kiosk outbox submit --stdin', sys.executable],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={"KIOSK_DATA_DIR": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"},
        cwd=tmp_path,
    )
    assert ran.returncode == 1
    assert len(ran.stdout.splitlines()) == 1
    assert ran.stderr.splitlines() == [
        f"kiosk: line 2: not kept (store.full): {tmp_path / 'data'}: no room on the disk"
    ]
    with OfflineCache(tmp_path / "data", number=lambda s, _w: str(s)) as cache:
        assert len(cache.outbox.entries()) == 1
        assert list(verify(cache.store, cache.outbox)) == []
    assert secrets is not None


@pytest.mark.parametrize(
    "rounds", [25, pytest.param(1000, marks=[pytest.mark.chaos, pytest.mark.timeout(1200)])]
)
def test_what_was_acknowledged_survives_kill_9_and_arrives_exactly_once(
    platform: Platform, kiosk_outbox: Kiosk, tmp_path: Path, rounds: int
) -> None:
    (tmp_path / "scan").write_bytes(bytes(range(256)) * 200)
    lines = tmp_path / "lines"
    lines.write_text((line(1) + line(2, attachments=["scan", "scan"])) * 50, "utf-8")
    data = tmp_path / "data"
    driver = Path(__file__).with_name("outbox_crash_driver.py")
    subprocess.run(
        [sys.executable, str(driver), str(data), str(lines), str(rounds), "20261121"],
        check=True,
        cwd=tmp_path,
        timeout=580,
    )
    said = (data / "acknowledged").read_bytes()
    acknowledged = [json.loads(one) for one in said.splitlines()]
    assert len(acknowledged) >= rounds
    assert len({one["id"] for one in acknowledged}) == len(acknowledged)

    listed = kiosk_outbox("list", "--json").json
    kept = Counter(entry["id"] for entry in listed)
    receipts = {entry["id"]: entry["receipt"] for entry in listed}
    for one in acknowledged:
        assert kept[one["id"]] == 1
        assert receipts[one["id"]] == one["receipt"]
    assert len(listed) - len(acknowledged) <= rounds  # at most the one in hand at each kill
    checked = kiosk_outbox("verify", "--json")
    assert checked.json["ok"], checked.out  # no gap, no half record, every part whole

    platform.cut = None
    assert kiosk_outbox("sync", "--until-empty", "--timeout", "500").status == 0
    assert platform.commits == Counter({UUID(entry["id"]): 1 for entry in listed})


def test_nothing_waits_in_a_thread_after_a_command(platform: Platform, kiosk_outbox: Kiosk) -> None:
    before = threading.active_count()
    kiosk_outbox("submit", "--stdin", stdin=line())
    kiosk_outbox("sync")
    assert threading.active_count() == before
    assert platform.stored
