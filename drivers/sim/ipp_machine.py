# SPDX-License-Identifier: Apache-2.0
"""The inside of a simulated A4 printer: a tray, toner, a cover, a paper path, a list of jobs, a counter.

It knows nothing of IPP or networks. One thread prints sheet after sheet; everything that is done to it
takes effect between two sheets, as in a real one.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from drivers.page_printer.ipp_message import JobState, PrinterState

CAPACITY: Final = 250
"""Sheets that go into the tray."""

LOW: Final = 10
"""Sheets, and percent of toner, from which on it says that they run low."""

A4: Final = "iso_a4_210x297mm"
LETTER: Final = "na_letter_8.5x11in"
_PAGE: Final = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
_TONER_PER_SHEET: Final = 0.1


class Stop(StrEnum):
    """What keeps it from printing, as RFC 8011 words it."""

    JAM = "media-jam-error"
    COVER = "cover-open-error"
    PAPER = "media-empty-error"
    WRONG_MEDIA = "media-needed-error"
    TONER = "toner-empty-error"
    TRAY = "input-tray-missing-error"
    OUTPUT = "output-area-full-error"
    HOT = "fuser-over-temp-error"
    DEFECT = "opc-life-over-error"
    PAUSED = "paused"


@dataclass(slots=True)
class SimulatedJob:
    """One document and how far it is."""

    number: int
    name: str
    document: bytes
    sides: int
    media: str
    """What the client asked for, or the printer's own default, which is Letter."""
    state: JobState = JobState.PENDING
    reasons: tuple[str, ...] = ("none",)
    done: int = 0
    begun_at: int | None = None

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more happens to it."""
        return self.state in {JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED}


@dataclass(slots=True)
class _Plan:
    """Faults that wait for a sheet to come out."""

    jam_after: int | None = None
    die_after: int | None = None
    abort_after: int | None = None


@dataclass(slots=True)
class PrinterMachine:
    """See the module. All methods may be called from any thread. ``sheet_s``: seconds a sheet takes."""

    sheet_s: float = 0.05
    sheets: int = CAPACITY
    media: str = A4
    toner: float = 80.0
    printed: int = 1000
    """Sides printed in its life; survives a power cut."""
    accepts: bool = True
    died: threading.Event = field(default_factory=threading.Event)
    """Set when a planned power cut has come."""
    _stops: set[Stop] = field(default_factory=set)
    _jobs: list[SimulatedJob] = field(default_factory=list)
    _numbers: int = 0
    _plan: _Plan = field(default_factory=_Plan)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None
    _ends: bool = False

    # --- life -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Switch it on: no jobs, everything else as it was left."""
        with self._changed:
            if self._thread is not None:
                return
            self._ends = False
            self._jobs.clear()
            self.died.clear()
            self._thread = threading.Thread(target=self._run, name="sim-engine", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Switch it off in the middle of whatever it does."""
        with self._changed:
            thread, self._thread = self._thread, None
            self._ends = True
            self._changed.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    # --- what is done to it -----------------------------------------------------------------------

    def load(self, sheets: int = CAPACITY, media: str = A4) -> None:
        """Put so much of that paper into the tray, in place of what lay there."""
        with self._changed:
            self.sheets, self.media = sheets, media
            self._changed.notify_all()

    def fill_toner(self, percent: float) -> None:
        """Fit a cartridge that is so full."""
        with self._changed:
            self.toner = percent
            self._changed.notify_all()

    def set_stop(self, stop: Stop, *, on: bool) -> None:
        """Open the cover, pause it, take a jam out …."""
        with self._changed:
            (self._stops.add if on else self._stops.discard)(stop)
            self._changed.notify_all()

    def plan(
        self,
        *,
        jam_after: int | None = None,
        die_after: int | None = None,
        abort_after: int | None = None,
    ) -> None:
        """Let that happen once so many more sheets are out; ``None`` leaves a plan as it is."""
        with self._changed:
            for name, value in (
                ("jam_after", jam_after),
                ("die_after", die_after),
                ("abort_after", abort_after),
            ):
                if value is not None:
                    setattr(self._plan, name, value)
            self._changed.notify_all()

    # --- jobs -------------------------------------------------------------------------------------

    def take(self, name: str, document: bytes, *, copies: int, media: str) -> SimulatedJob:
        """Take a job into the list."""
        with self._changed:
            self._numbers += 1
            sides = max(1, len(_PAGE.findall(document))) * copies
            job = SimulatedJob(self._numbers, name, document, sides, media)
            self._jobs.append(job)
            self._changed.notify_all()
            return job

    def job(self, number: int) -> SimulatedJob | None:
        """Return the job of that number, if it is known."""
        with self._changed:
            return next((job for job in self._jobs if job.number == number), None)

    def jobs(self) -> list[SimulatedJob]:
        """Return all jobs since it was switched on, oldest first."""
        with self._changed:
            return list(self._jobs)

    def cancel(self, number: int) -> bool:
        """Cancel a job; a sheet on its way still comes out. Tells whether there was something to cancel."""
        with self._changed:
            job = next((job for job in self._jobs if job.number == number), None)
            if job is None or job.is_over:
                return False
            if job.state is JobState.PENDING or self.stops():
                job.state, job.reasons = JobState.CANCELED, ("job-canceled-by-user",)
            else:
                job.reasons = ("processing-to-stop-point",)
            self._changed.notify_all()
            return True

    # --- how it is --------------------------------------------------------------------------------

    def stops(self) -> frozenset[Stop]:
        """Return what keeps it from printing now."""
        with self._changed:
            found = set(self._stops)
            if not self.sheets:
                found.add(Stop.PAPER)
            elif self.media != A4 and self._next() is not None:
                found.add(Stop.WRONG_MEDIA)
            if self.toner <= 0:
                found.add(Stop.TONER)
            return frozenset(found)

    def warnings(self) -> tuple[str, ...]:
        """Return what will keep it from printing soon."""
        with self._changed:
            low = ["media-low-warning"] if 0 < self.sheets <= LOW else []
            return (*low, *(["toner-low-warning"] if 0 < self.toner <= LOW else []))

    def state(self) -> PrinterState:
        """Return whether it is idle, at work, or stands still."""
        with self._changed:
            if self.stops():
                return PrinterState.STOPPED
            return PrinterState.IDLE if self._next() is None else PrinterState.PROCESSING

    # --- the engine -------------------------------------------------------------------------------

    def _next(self) -> SimulatedJob | None:
        return next((job for job in self._jobs if not job.is_over), None)

    def _run(self) -> None:
        with self._changed:
            while not self._ends:
                job = self._next()
                if job is None or self._cannot_go_on(job):
                    self._changed.wait()
                    continue
                if job.state is JobState.PENDING:
                    job.state, job.reasons = JobState.PROCESSING, ("job-printing",)
                    job.begun_at = int(time.monotonic())
                if self._ended_early(job):
                    continue
                self._feed_a_sheet()
                self._put_out_a_sheet(job)

    def _feed_a_sheet(self) -> None:
        """Take as long as a sheet takes; what is done to it meanwhile takes effect at once if it stops it."""
        end = time.monotonic() + self.sheet_s
        while not self._ends and not self.stops() and (left := end - time.monotonic()) > 0:
            self._changed.wait(left)

    def _cannot_go_on(self, job: SimulatedJob) -> bool:
        if not self.stops():
            return False
        if job.state is JobState.PROCESSING:
            job.reasons = ("printer-stopped",)
        return True

    def _ended_early(self, job: SimulatedJob) -> bool:
        if "processing-to-stop-point" in job.reasons:
            job.state, job.reasons = JobState.CANCELED, ("job-canceled-by-user",)
            return True
        if self._plan.abort_after == 0:
            self._plan.abort_after = None
            job.state, job.reasons = JobState.ABORTED, ("aborted-by-system",)
            return True
        if self._plan.jam_after == 0:
            self._plan.jam_after = None
            self._stops.add(Stop.JAM)
            return True
        if self._plan.die_after == 0:
            self._plan.die_after = None
            self._ends = True
            self._jobs.clear()
            self._thread = None
            self.died.set()
            return True
        return False

    def _put_out_a_sheet(self, job: SimulatedJob) -> None:
        """Let the sheet in hand come out, unless something came up meanwhile."""
        if self._ends or job.is_over or self._cannot_go_on(job):
            return
        self.sheets -= 1
        self.toner = max(0.0, self.toner - _TONER_PER_SHEET)
        self.printed += 1
        job.done += 1
        for name in ("jam_after", "die_after", "abort_after"):
            left = getattr(self._plan, name)
            if left is not None:
                setattr(self._plan, name, left - 1)
        if "processing-to-stop-point" in job.reasons:
            return
        if job.done == job.sides:
            job.state, job.reasons = JobState.COMPLETED, ("job-completed-successfully",)
        else:
            job.reasons = ("job-printing",)
