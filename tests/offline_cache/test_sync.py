# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_cache import (
    Attempt,
    ConflictError,
    DeliveryReceipt,
    Entry,
    LaneClosedError,
    Link,
    LinkDownError,
    LinkState,
    OfflineCache,
    OpenPart,
    PoisonError,
    Policy,
    State,
    SyncEngine,
    TransientError,
)


class Platform:
    """Stores for ever by id; fails as scripted per submission, cuts answers after storing."""

    def __init__(self) -> None:
        self.calls: list[UUID] = []
        self.stored: Counter[UUID] = Counter()
        self.parts: dict[UUID, list[bytes]] = {}
        self.down = False
        self.closed = False
        self.script: dict[UUID, list[Exception]] = {}
        self.cut_after_commit: set[UUID] = set()
        self.names: tuple[str, ...] = ("p0",)

    def deliver(self, entry: Entry, open_part: OpenPart) -> DeliveryReceipt:
        self.calls.append(entry.id)
        if self.down:
            raise LinkDownError("link.refused")
        if self.closed:
            raise LaneClosedError("platform.unauthorized")
        if self.script.get(entry.id):
            raise self.script[entry.id].pop(0)
        parts = [open_part(name) for name in self.names]
        if entry.id not in self.stored:
            self.stored[entry.id] += 1
            self.parts[entry.id] = parts
        if entry.id in self.cut_after_commit:
            self.cut_after_commit.discard(entry.id)
            raise LinkDownError("link.cut")
        return DeliveryReceipt(f"C-{entry.sequence}", b"signed")


class Lane:
    """An engine with everything around it."""

    def __init__(self, cache: OfflineCache, clock: Any, policy: Policy, seed: int = 3) -> None:
        self.outbox = cache.outbox
        self.clock = clock
        self.platform = Platform()
        self.attempts: list[Attempt] = []
        self.states: list[LinkState] = []
        self.engine = SyncEngine(
            cache.outbox,
            self.platform.deliver,
            clock=clock,
            monotonic=clock.monotonic,
            rng=random.Random(seed),  # noqa: S311 - a test's dice
            on_change=self.states.append,
            on_attempt=self.attempts.append,
            policy=policy,
        )

    def drain(self) -> float | None:
        """Step until the engine wants to wait; return for how long."""
        while (wait_s := self.engine.step()) == 0.0:
            pass
        return wait_s

    def run(self, until: Callable[[], bool], steps: int = 500) -> None:
        """Step, letting exactly the asked time pass."""
        for _ in range(steps):
            if until():
                return
            self.clock.wall += self.engine.step() or 0.0
        pytest.fail("did not come to an end")

    def all_delivered(self) -> bool:
        return self.outbox.waiting() == 0


@pytest.fixture
def lane(cache: OfflineCache, still_clock: Any) -> Lane:
    return Lane(cache, still_clock, Policy())


@pytest.fixture
def queued(cache: OfflineCache, sealing: Any) -> Callable[[int], list[Entry]]:
    def make(count: int) -> list[Entry]:
        return [
            cache.outbox.finalize(kind="application", item="x", seal=sealing(50))
            for _ in range(count)
        ]

    return make


def test_everything_is_delivered_once_in_the_order_of_acceptance(lane: Lane, queued: Any) -> None:
    entries = queued(5)
    assert lane.engine.link == LinkState()  # not tried is not known
    assert lane.drain() is None
    assert lane.platform.calls == [e.id for e in entries]
    assert [a.code for a in lane.attempts] == [""] * 5
    assert lane.engine.link == LinkState(Link.ONLINE, "", lane.clock.wall, 0)
    assert lane.outbox.entry(entries[2].id).case_number == "C-3"
    assert lane.outbox.entry(entries[2].id).receipt_document == b"signed"


def test_every_first_answer_cut_after_the_commit_still_makes_one_record_each(
    lane: Lane, queued: Any
) -> None:
    entries = queued(40)
    lane.platform.cut_after_commit = {e.id for e in entries}
    lane.run(lane.all_delivered)
    assert lane.platform.stored == Counter({e.id: 1 for e in entries})
    assert {e.state for e in lane.outbox.entries()} == {State.RECEIVED}


def test_a_dead_link_is_probed_within_seconds_by_one_submission_and_delivers_in_order(
    lane: Lane, queued: Any
) -> None:
    entries = queued(50)
    lane.platform.down = True
    waits = []
    for _ in range(60):
        while (wait_s := lane.engine.step()) == 0.0:
            pass
        assert wait_s is not None
        waits.append(wait_s)
        lane.clock.wall += wait_s
    assert max(waits) <= Policy().lane_cap_s
    assert len(lane.platform.calls) <= 61
    assert lane.engine.link.link is Link.OFFLINE
    assert lane.engine.link.code == "link.refused"
    assert lane.engine.link.last_contact_at is None
    assert lane.engine.link.waiting == 50
    lane.platform.down = False
    before = lane.clock.wall
    lane.run(lambda: bool(lane.platform.stored))
    assert lane.clock.wall - before <= 10.0
    lane.run(lane.all_delivered)
    assert lane.platform.stored == Counter({e.id: 1 for e in entries})
    order = [call for call in lane.platform.calls if call in lane.platform.stored][-49:]
    assert order == sorted(order, key=[e.id for e in entries].index)


def test_a_submission_that_itself_breaks_the_link_does_not_hold_the_others(
    lane: Lane, queued: Any
) -> None:
    bad, *others = queued(20)
    lane.platform.script[bad.id] = [LinkDownError("link.timeout") for _ in range(10_000)]
    lane.run(lambda: len(lane.platform.stored) == len(others))
    assert set(lane.platform.stored) == {e.id for e in others}
    assert lane.outbox.entry(bad.id).state is State.QUEUED
    tries = lane.platform.calls.count(bad.id)
    start = lane.clock.wall
    for _ in range(300):
        lane.clock.wall += lane.engine.step() or 0.0
    # It is tried for ever, alone: the lane's own seconds bound how often.
    assert lane.platform.calls.count(bad.id) > tries
    assert lane.clock.wall > start


@pytest.mark.expected_logs("submission set aside")
def test_poison_is_set_aside_with_its_code_and_blocks_nobody(lane: Lane, queued: Any) -> None:
    entries = queued(30)
    poison = {e.id for e in entries[::3]}
    for submission in poison:
        lane.platform.script[submission] = [PoisonError("submission.unopenable")]
    assert lane.drain() is None
    assert set(lane.platform.stored) == {e.id for e in entries} - poison
    aside = lane.outbox.entries({State.QUARANTINED})
    assert {e.id for e in aside} == poison
    assert {e.last_error for e in aside} == {"submission.unopenable"}
    assert not any(a.alarm for a in lane.attempts)


@pytest.mark.expected_logs("ERROR hall24.sync: submission set aside")
def test_the_same_id_with_another_hash_is_set_aside_with_an_alarm(lane: Lane, queued: Any) -> None:
    (entry,) = queued(1)
    lane.platform.script[entry.id] = [ConflictError("submission.other_hash")]
    assert lane.drain() is None
    assert lane.outbox.entry(entry.id).state is State.QUARANTINED
    assert [(a.code, a.alarm) for a in lane.attempts] == [("submission.other_hash", True)]


def test_a_refused_terminal_pauses_the_lane_and_drops_nothing(lane: Lane, queued: Any) -> None:
    entries = queued(5)
    lane.platform.closed = True
    wait_s = lane.drain()
    assert wait_s is not None
    assert 450.0 <= wait_s <= 900.0
    assert len(lane.platform.calls) == 1
    assert lane.engine.link.link is Link.PAUSED
    assert lane.engine.link.code == "platform.unauthorized"
    assert {e.state for e in lane.outbox.entries()} == {State.QUEUED}
    lane.clock.wall += wait_s - 1
    assert lane.drain() is not None
    assert len(lane.platform.calls) == 1
    lane.platform.closed = False
    lane.engine.kick()  # staff pressed "try now"
    assert lane.drain() is None
    assert set(lane.platform.stored) == {e.id for e in entries}
    assert lane.engine.link.link is Link.ONLINE


def test_retry_after_is_obeyed_for_the_submission_and_the_lane(lane: Lane, queued: Any) -> None:
    first, _second = queued(2)
    lane.platform.script[first.id] = [TransientError("platform.busy", retry_after_s=300.0)]
    wait_s = lane.drain()
    assert wait_s is not None
    assert 300.0 <= wait_s <= 302.0
    assert lane.platform.calls == [first.id]
    entry = lane.outbox.entry(first.id)
    assert entry.next_attempt_at is not None
    assert 300.0 <= entry.next_attempt_at - lane.clock.wall <= 302.0
    lane.clock.wall += 299.0
    left_s = lane.drain()
    assert left_s == pytest.approx(wait_s - 299.0)
    lane.run(lane.all_delivered)
    assert len(lane.platform.stored) == 2


def test_a_platform_that_asks_for_a_century_is_asked_again_tomorrow(
    lane: Lane, queued: Any
) -> None:
    (entry,) = queued(1)
    lane.platform.script[entry.id] = [TransientError("platform.busy", retry_after_s=3e9)]
    wait_s = lane.drain()
    assert wait_s is not None
    assert wait_s <= 86_402.0


@pytest.mark.parametrize("years", [-56, -10, -0.001, 0.001, 10])
def test_a_clock_that_is_set_neither_stops_the_lane_nor_shortens_what_the_platform_asked(
    lane: Lane, queued: Any, years: float
) -> None:
    entries = queued(2)
    lane.platform.script[entries[0].id] = [TransientError("platform.busy", retry_after_s=300.0)]
    lane.drain()
    calls = len(lane.platform.calls)
    lane.clock.put(max(0.0, lane.clock.wall + years * 365 * 86_400.0))
    wait_s = lane.drain()
    assert wait_s is not None
    assert 300.0 <= wait_s <= 302.0
    assert len(lane.platform.calls) == calls
    lane.clock.wall += wait_s
    while (wait_s := lane.drain()) is not None:
        assert wait_s <= 2.0
        lane.clock.wall += wait_s
    assert len(lane.platform.stored) == 2


def test_a_clock_set_back_makes_planned_retries_due(lane: Lane, queued: Any) -> None:
    bad, good = queued(2)
    lane.platform.script[bad.id] = [TransientError("platform.error") for _ in range(12)]
    for _ in range(10):
        lane.outbox.hurry()
        lane.drain()
    assert good.id in lane.platform.stored
    lane.clock.put(lane.clock.wall - 3_600.0)
    calls = len(lane.platform.calls)
    lane.drain()
    assert len(lane.platform.calls) == calls + 1


def test_a_person_may_try_although_the_platform_asked_for_time(lane: Lane, queued: Any) -> None:
    (entry,) = queued(1)
    lane.platform.script[entry.id] = [TransientError("platform.busy", retry_after_s=3_000.0)]
    lane.drain()
    lane.engine.kick()  # the link came back by itself: the wish is still obeyed
    wait_s = lane.drain()
    assert wait_s is not None
    assert wait_s >= 3_000.0
    lane.engine.kick(by_hand=True)
    assert lane.drain() is None
    assert entry.id in lane.platform.stored


def test_transient_trouble_of_one_submission_waits_by_itself_and_never_gives_up(
    lane: Lane, queued: Any
) -> None:
    bad, *others = queued(4)
    lane.platform.script[bad.id] = [TransientError("platform.error") for _ in range(100)]
    wait_s = lane.drain()
    assert wait_s is not None
    assert set(lane.platform.stored) == {e.id for e in others}
    lane.run(lane.all_delivered)
    assert lane.outbox.entry(bad.id).attempts == 101


@given(seed=st.integers(0, 2**32), failures=st.integers(0, 10_000))
def test_jitter_is_full_and_capped(seed: int, failures: int) -> None:
    class Nobody:
        def subscribe(self, _listener: object) -> None:
            """Take the engine's listener; nothing will change."""

    engine = SyncEngine(
        Nobody(),  # type: ignore[arg-type]  # only its dice are thrown
        lambda _entry, _open: DeliveryReceipt(None, b""),
        rng=random.Random(seed),  # noqa: S311 - a test's dice
    )
    ceiling = min(900.0, 2.0 * 2.0 ** min(failures, 40))
    assert 0.0 <= engine._jitter(2.0, failures, 900.0) <= ceiling


def test_jitter_spreads_over_the_whole_range(lane: Lane) -> None:
    thrown = [lane.engine._jitter(2.0, 30, 900.0) for _ in range(400)]
    assert min(thrown) < 45.0
    assert max(thrown) > 855.0
    assert 380.0 < sum(thrown) / len(thrown) < 520.0


@pytest.mark.expected_logs("submission set aside")
def test_damage_found_while_sending_sets_aside_even_when_the_deliverer_hides_it(
    lane: Lane, queued: Any, cache: OfflineCache
) -> None:
    entries = queued(3)
    cache.store.call(
        lambda c: c.execute("UPDATE part SET inline = zeroblob(50) WHERE sequence = 2").rowcount
    )
    honest = lane.platform.deliver

    def hides(entry: Entry, open_part: OpenPart) -> DeliveryReceipt:
        try:
            return honest(entry, open_part)
        except Exception:  # noqa: BLE001 - as a careless library would
            raise LinkDownError("link.cut") from None

    lane.engine._deliver = hides
    assert lane.drain() is None
    assert set(lane.platform.stored) == {entries[0].id, entries[2].id}
    aside = lane.outbox.entry(entries[1].id)
    assert (aside.state, aside.last_error) == (State.QUARANTINED, "local.part_corrupt")


@pytest.mark.expected_logs("delivery failed unexpectedly")
def test_a_bug_in_the_deliverer_delays_one_submission_only(lane: Lane, queued: Any) -> None:
    bad, good = queued(2)
    lane.platform.script[bad.id] = [ZeroDivisionError()]
    lane.drain()
    assert lane.outbox.entry(bad.id).last_error == "sync.unexpected"
    assert good.id in lane.platform.stored
    lane.run(lane.all_delivered)


def test_payloads_are_purged_when_the_receipt_is_old_enough(
    cache: OfflineCache, still_clock: Any, queued: Any
) -> None:
    lane = Lane(cache, still_clock, Policy(keep_received_s=100.0))
    (entry,) = queued(1)
    lane.drain()
    lane.drain()
    assert lane.outbox.entry(entry.id).state is State.RECEIVED
    still_clock.wall += 100.0
    lane.drain()
    assert lane.outbox.entry(entry.id).state is State.SETTLED


def test_a_delivery_whose_end_could_not_be_stored_is_tried_again_without_a_restart(
    lane: Lane, queued: Any, cache: OfflineCache
) -> None:
    from offline_cache.errors import StoreFullError  # noqa: PLC0415 - used here only

    (entry,) = queued(1)
    real = cache.outbox.record_receipt

    def full(*_arguments: object) -> Entry:
        raise StoreFullError

    cache.outbox.record_receipt = full  # type: ignore[method-assign]  # one fault
    with pytest.raises(StoreFullError):
        lane.engine.step()
    assert lane.outbox.entry(entry.id).state is State.SENDING
    cache.outbox.record_receipt = real  # type: ignore[method-assign]  # mended
    assert lane.drain() is None
    assert lane.platform.stored == Counter({entry.id: 1})
    assert lane.outbox.entry(entry.id).state is State.RECEIVED


def test_the_thread_wakes_for_new_work_and_stops(
    cache: OfflineCache, queued: Any, eventually: Any
) -> None:
    platform = Platform()
    engine = SyncEngine(cache.outbox, platform.deliver)
    engine.start()
    try:
        (entry,) = queued(1)  # nobody calls kick: the outbox says so itself
        eventually(lambda: cache.outbox.entry(entry.id).state is State.RECEIVED)
        (other,) = queued(1)
        eventually(lambda: cache.outbox.entry(other.id).state is State.RECEIVED)
    finally:
        assert engine.stop()


def test_stopping_abandons_the_running_delivery_at_its_next_part(
    cache: OfflineCache, queued: Any
) -> None:
    begun, stopping = threading.Event(), threading.Event()

    def slow(entry: Entry, open_part: OpenPart) -> DeliveryReceipt:
        begun.set()
        assert stopping.wait(60)
        open_part("p0")
        raise AssertionError(entry)

    (entry,) = queued(1)
    engine = SyncEngine(cache.outbox, slow)
    engine.start()
    assert begun.wait(60)
    assert not engine.stop(timeout_s=0.0)
    stopping.set()
    assert engine.stop()
    assert cache.outbox.entry(entry.id).state is State.QUEUED


@pytest.mark.expected_logs("outbox unavailable")
def test_a_store_that_is_gone_does_not_end_the_thread(
    cache: OfflineCache, eventually: Any, caplog: pytest.LogCaptureFixture
) -> None:
    engine = SyncEngine(cache.outbox, Platform().deliver)
    cache.stop()
    engine.start()
    eventually(lambda: "outbox unavailable" in caplog.text)
    engine.wake()
    assert engine._thread is not None
    assert engine._thread.is_alive()
    assert engine.stop()
