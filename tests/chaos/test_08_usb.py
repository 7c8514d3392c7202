# SPDX-License-Identifier: Apache-2.0
"""Gate 8: the stick is pulled out at fifty points, imported twice, and the link comes back as well."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from kiosk.platform_client.bundles import AcknowledgementError
from kiosk.protocol.bundle import LIST_NAMES
from offline_cache import ExportError, State, StickDisk
from tests.chaos.record import Record
from tests.chaos.stick_rig import PULLS, Killed, Offline, PulledStick, offline_terminal

COMMAND = "./test --chaos -k test_08_usb"
POINTS = 50


def _pull_at_every_point(rig: Offline, points: int, seed: int, import_every: int) -> list[str]:
    """Export again and again, the stick pulled a little later each time; return the fault log."""
    before = {entry.id: entry.state for entry in rig.cache.outbox.entries()}
    log = []
    for point in range(points):
        kind = PULLS[point % len(PULLS)]
        if point % 5 == 4:  # another stick: begin anew; the other four go on with what is there
            shutil.rmtree(rig.stick_dir)
            rig.stick_dir.mkdir()
        operations = _operations_left(rig)
        stick = PulledStick(seed * 1000 + point)
        stick.arm(1 + point * (operations - 1) // points, kind)
        with pytest.raises((ExportError, Killed)):
            rig.export(stick)
        log.append(f"point {point}: {kind} at operation {stick.pull_at} of {operations}")
        # What a resident was promised waits here as before: nothing is called exported too early.
        assert {entry.id: entry.state for entry in rig.cache.outbox.entries()} == before
        if point % import_every == import_every - 1:
            (told,) = rig.imported()
            assert {found.code for found in told.findings} <= {
                "bundle.list_missing",
                "bundle.unknown_terminal",
            }
    return log


def _operations_left(rig: Offline) -> int:
    """Count what it takes to end the export: the same queue on a copy of the stick, nothing marked."""
    stick = PulledStick(0)
    real = rig.stick_dir
    rig.stick_dir = real.parent / "count"
    shutil.copytree(real, rig.stick_dir)
    record, rig.cache.outbox.record_export = rig.cache.outbox.record_export, lambda *_: None  # type: ignore[method-assign,assignment,return-value]
    try:
        rig.export(stick)
    finally:
        rig.cache.outbox.record_export = record  # type: ignore[method-assign]
        shutil.rmtree(rig.stick_dir)
        rig.stick_dir = real
    return stick.operations


def _whole_story(folder: Path, record: Record, count: int, seed: int, part: str) -> None:
    with offline_terminal(folder) as rig:
        rig.submit(count, size=20_000 if count > 100 else 2_000, seed=seed)
        log = _pull_at_every_point(rig, POINTS, seed, import_every=10)
        done = rig.export()
        assert (done.resumed, len(done.written), done.damaged) == (True, count, ())
        first, second = rig.imported(), rig.imported()
        for (told,) in (first, second):
            assert (told.stored, told.findings) == (count, ())
        # The link comes back before the acknowledgement does: everything is sent as well.
        assert rig.cache.outbox.counts()[State.EXPORTED] == count
        rig.sync()
        (told,) = second
        assert told.acknowledgement is not None
        answer = rig.acknowledge(told.acknowledgement)
        assert (len(answer.known_already), answer.rejected, answer.refused) == (count, (), ())
        verdict = rig.judge()
        assert verdict.kept, str(verdict)
        assert len(rig.records()) == count
        record.keep(
            "08-usb",
            {
                "submissions": count,
                "stick pulled, filled, torn or process killed": POINTS,
                "imports": 2 + POINTS // 10,
                "records": len(rig.records()),
                "lost": len(verdict.lost),
                "doubled": len(verdict.doubled),
                "altered": len(verdict.altered),
            },
            command=COMMAND,
            seed=seed,
            faults=log,
            part=part,
        )


def test_a_stick_pulled_at_fifty_points_imported_twice_and_synced_is_one_record_each(
    tmp_path: Path, record: Record
) -> None:
    _whole_story(tmp_path, record, count=40, seed=8, part="pulled-quick")


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [81, 82])
def test_five_hundred_of_five_hundred(tmp_path: Path, record: Record, seed: int) -> None:
    _whole_story(tmp_path, record, count=500, seed=seed, part=f"pulled-{seed}")


def test_the_acknowledgement_alone_ends_the_waiting_and_twice_is_no_harm(tmp_path: Path) -> None:
    with offline_terminal(tmp_path) as rig:
        rig.submit(5)
        rig.export()
        ((told,), _again) = rig.imported(), rig.imported()
        assert told.acknowledgement is not None
        answer = rig.acknowledge(told.acknowledgement)
        assert (len(answer.received), answer.known_already) == (5, ())
        assert rig.cache.outbox.waiting() == 0
        assert len(rig.acknowledge(told.acknowledgement).known_already) == 5
        for entry in rig.cache.outbox.entries():
            assert (entry.state, bool(entry.case_number)) == (State.RECEIVED, True)
            rig.cache.outbox.settle(entry.id, 0.0)
        assert rig.judge().kept


def test_several_bundles_side_by_side_each_get_their_answer(tmp_path: Path) -> None:
    with offline_terminal(tmp_path) as rig:
        rig.submit(3)
        first = rig.export()
        rig.submit(2, seed=2)
        second = rig.export()
        assert (len(first.written), len(second.written), second.resumed) == (3, 5, False)
        told = rig.imported()
        assert [one.stored for one in told] == [3, 5]
        received = [rig.acknowledge(one.acknowledgement).received for one in told]  # type: ignore[arg-type]
        assert [len(one) for one in received] == [3, 2]
        assert rig.judge().kept


def test_room_is_looked_for_before_anything_is_written(tmp_path: Path) -> None:
    with offline_terminal(tmp_path) as rig:
        rig.submit(3)
        stick = PulledStick(1)
        stick.room = 10_000
        with pytest.raises(ExportError) as error:
            rig.export(stick)
        assert error.value.code == "export.full"
        assert stick.operations == 0


def test_a_stick_that_does_not_give_back_what_was_written_is_told(tmp_path: Path) -> None:
    class Lying(StickDisk):
        def read(self, path: Path) -> bytes:  # type: ignore[override]
            return path.read_bytes()[:-1] + b"\x00"

    with offline_terminal(tmp_path) as rig:
        rig.submit(2)
        with pytest.raises(ExportError) as error:
            rig.export(Lying())
        assert error.value.code == "export.not_kept"
        assert rig.cache.outbox.counts()[State.QUEUED] == 2


def _flip(path: Path, source: random.Random) -> None:
    data = bytearray(path.read_bytes())
    place = source.randrange(len(data))
    data[place] ^= 1 << source.randrange(8)
    path.write_bytes(data)


def _flips(  # noqa: PLR0917 - the facts of one run
    folder: Path, record: Record, count: int, rounds: int, seed: int, part: str
) -> None:
    source = random.Random(seed)  # noqa: S311 - repeatable
    flips = 0
    log = []
    with offline_terminal(folder) as rig:
        rig.submit(count, seed=seed)
        whole = rig.export().directory
        assert whole is not None
        files = sorted(path.name for path in whole.glob("*.item"))
        for turn in range(rounds):
            stick = folder / f"flipped-{turn}"
            bundle = stick / whole.name
            shutil.copytree(whole, bundle)
            # Every fourth time the list goes too, once both of its copies.
            lists = list(LIST_NAMES[: (turn // 4) % 2 + 1]) if turn % 4 == 0 and turn else []
            hit = sorted(source.sample(files, count // 4))
            for name in [*hit, *lists]:
                _flip(bundle / name, source)
            flips += len(hit) + len(lists)
            (told,) = rig.imported(stick)
            named = sorted(found.file for found in told.findings if found.file in files)
            assert named == hit
            assert told.stored == count - len(hit)
            others = {found.code for found in told.findings if found.file not in files}
            expected = {0: set(), 1: {"bundle.list_copy_damaged"}, 2: {"bundle.list_damaged"}}
            assert others == expected[len(lists)]
            log.append(f"round {turn}: {len(hit)} items, {len(lists)} lists, all named")
            assert told.acknowledgement is not None
            answer = rig.acknowledge(told.acknowledgement)
            assert len(answer.received) + len(answer.known_already) == told.stored
            assert sorted(one.file for one in answer.refused) == hit
            _flip(told.acknowledgement, source)
            flips += 1
            with pytest.raises(AcknowledgementError):
                rig.acknowledge(told.acknowledgement)
            shutil.rmtree(stick)
        verdict = rig.judge()
        assert verdict.kept, str(verdict)
        record.keep(
            "07-bit-flips",
            {"flips in bundles and acknowledgements": flips, "detected": flips, "lost": 0},
            command="./test --chaos -k test_08_usb",
            seed=seed,
            faults=log,
            part=part,
        )


def test_every_flipped_bit_in_a_bundle_names_its_item_and_spares_the_others(
    tmp_path: Path, record: Record
) -> None:
    _flips(tmp_path, record, count=20, rounds=12, seed=70, part="exports-quick")


@pytest.mark.chaos
@pytest.mark.timeout(1800)
def test_a_thousand_flipped_bits_in_bundles(tmp_path: Path, record: Record) -> None:
    _flips(tmp_path, record, count=60, rounds=70, seed=71, part="exports")
