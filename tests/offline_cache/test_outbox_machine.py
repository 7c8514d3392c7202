# SPDX-License-Identifier: Apache-2.0
"""The outbox against a model of a dozen lines, through crashes and clean restarts."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from offline_cache import (
    ClockReading,
    DeliveryReceipt,
    OfflineCache,
    Reservation,
    Sealed,
    State,
    verify,
)
from offline_cache.errors import OutboxError

SIZES = st.lists(st.sampled_from([0, 10, 16 * 1024, 16 * 1024 + 1, 50_000]), max_size=3)


@dataclass
class Known:
    """What the model knows of one submission."""

    sequence: int
    parts: dict[str, bytes]
    state: State = State.QUEUED
    before: State = State.QUEUED
    attempts: int = 0
    due: float | None = None
    purged: bool = False
    history: list[str] = field(default_factory=lambda: ["queued"])

    def become(self, state: State) -> None:
        self.state = state
        self.history.append(state.value)


class OutboxMachine(RuleBasedStateMachine):
    """Everything that may be done to an outbox, in any order."""

    def __init__(self) -> None:
        super().__init__()
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - our own below
        self.root = Path(tempfile.mkdtemp(prefix="hall24-machine-", dir=memory))
        self.generation = 0
        self.now = 1_000.0
        self.known: dict[UUID, Known] = {}
        self.made = 0
        self.open_cache()

    def read(self) -> ClockReading:
        return ClockReading(self.now, 1.0, "boot")

    def open_cache(self) -> None:
        self.cache = OfflineCache(
            self.root / str(self.generation),
            number=lambda sequence, _wall: f"N{sequence}",
            clock=self,
        )
        self.cache.start()

    def teardown(self) -> None:
        self.cache.stop()
        shutil.rmtree(self.root)

    # --- what happens ---------------------------------------------------------------------------

    @rule(sizes=SIZES)
    def finalize(self, sizes: list[int]) -> None:
        parts = {}
        for position, size in enumerate(sizes):
            self.made += 1
            parts[f"p{position}"] = hashlib.shake_128(b"%d" % self.made).digest(size)
        manifest = b"manifest %d" % len(self.known)
        digest = hashlib.sha256(manifest).hexdigest()
        entry = self.cache.outbox.finalize(
            kind="application", item="x", seal=lambda _r: Sealed(manifest, digest, parts)
        )
        assert entry.sequence == len(self.known) + 1
        self.known[entry.id] = Known(entry.sequence, parts)

    @rule()
    def finalize_fails(self) -> None:
        def fails(_reservation: Reservation) -> Sealed:
            raise OutboxError

        try:
            self.cache.outbox.finalize(kind="application", item="x", seal=fails)
        except OutboxError:
            return
        raise AssertionError("the failure of sealing was swallowed")

    @rule()
    def claim(self) -> None:
        ready = [
            (known.sequence, submission)
            for submission, known in self.known.items()
            if known.state in {State.QUEUED, State.RESEND_ASKED}
            and (known.due is None or known.due <= self.now)
        ]
        entry = self.cache.outbox.claim_next(self.now)
        assert (entry.id if entry else None) == (min(ready)[1] if ready else None)
        if entry:
            known = self.known[entry.id]
            known.before, known.state = known.state, State.SENDING

    @rule(data=st.data(), wait_s=st.sampled_from([None, 1.0, 900.0]))
    def attempt_fails(self, data: st.DataObject, wait_s: float | None) -> None:
        for submission in self.some(data, State.SENDING):
            due = None if wait_s is None else self.now + wait_s
            self.cache.outbox.record_attempt(
                submission, code="x", now=self.now, next_attempt_at=due
            )
            known = self.known[submission]
            known.state, known.due = known.before, due
            known.attempts += 1

    @rule(data=st.data())
    def delivered(self, data: st.DataObject) -> None:
        for submission in self.some(data, State.SENDING):
            self.cache.outbox.record_receipt(submission, DeliveryReceipt("C", b"r"), self.now)
            self.known[submission].attempts += 1
            self.known[submission].due = None
            self.known[submission].become(State.RECEIVED)

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        for submission in self.some(data, State.RECEIVED, State.RESIDENT_MUST_RETURN):
            if self.known[submission].purged:
                continue
            self.cache.outbox.settle(submission, self.now)
            self.known[submission].purged = True
            self.known[submission].become(State.SETTLED)

    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        for submission in self.some(data, State.RECEIVED):
            self.cache.outbox.mark(submission, State.RESEND_ASKED, "x")
            self.known[submission].due = None
            self.known[submission].become(State.RESEND_ASKED)

    @rule(data=st.data())
    def quarantine(self, data: st.DataObject) -> None:
        for submission in self.some(data, State.QUEUED, State.SENDING, State.RESEND_ASKED):
            self.cache.outbox.quarantine(submission, "x")
            self.known[submission].become(State.QUARANTINED)

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        for submission in self.some(data, State.QUARANTINED):
            self.cache.outbox.release(submission)
            self.known[submission].due = None
            self.known[submission].become(State.QUEUED)

    @rule()
    def hurry(self) -> None:
        self.cache.outbox.hurry()
        for known in self.known.values():
            if known.state in {State.QUEUED, State.RESEND_ASKED}:
                known.due = None

    @rule(seconds=st.sampled_from([0.5, 10.0, 1_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: self.generation < 6)
    @rule(clean=st.booleans())
    def restart(self, *, clean: bool) -> None:
        before = self.root / str(self.generation)
        self.generation += 1
        if clean:
            self.cache.stop()
            before.rename(self.root / str(self.generation))
        else:
            # What a killed process leaves: the files as they are, nothing said, nothing closed.
            shutil.copytree(before, self.root / str(self.generation))
            self.cache.stop()
        self.open_cache()
        for known in self.known.values():
            if known.state is State.SENDING:
                known.state = known.before

    def some(self, data: st.DataObject, *states: State) -> list[UUID]:
        found = [s for s, known in self.known.items() if known.state in states]
        return [data.draw(st.sampled_from(found))] if found else []

    # --- what always holds ----------------------------------------------------------------------

    @invariant()
    def nothing_is_lost_doubled_or_out_of_order(self) -> None:
        entries = self.cache.outbox.entries()
        assert [e.id for e in entries] == list(self.known)
        assert [e.sequence for e in entries] == list(range(1, len(entries) + 1))
        for entry in entries:
            known = self.known[entry.id]
            assert (entry.state, entry.attempts) == (known.state, known.attempts)
            assert (entry.purged_at is not None) == known.purged

    @invariant()
    def counts_agree(self) -> None:
        waiting = {State.QUEUED, State.SENDING, State.RESEND_ASKED}
        expected = sum(known.state in waiting for known in self.known.values())
        assert self.cache.outbox.waiting() == expected

    @rule()
    def everything_reads_back(self) -> None:
        assert list(verify(self.cache.store, self.cache.outbox)) == []
        needed = set()
        for submission, known in self.known.items():
            lines = [line.state for line in self.cache.outbox.history(submission)]
            assert lines == known.history
            if known.purged:
                continue
            for name, data in known.parts.items():
                assert self.cache.outbox.read_part(submission, name) == data
                if len(data) > 16 * 1024:
                    needed.add(hashlib.sha256(data).hexdigest())
        blobs = self.root / str(self.generation) / "blobs"
        assert {p.name for p in blobs.glob("??/*")} == needed
        assert self.cache.outbox.orphans() == []


TestOutboxMachine = OutboxMachine.TestCase
TestOutboxMachine.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, print_blob=True
)
