# SPDX-License-Identifier: Apache-2.0
"""One slot: its process, its queue, its watchdog. Everything here happens on the device thread.

::

    start → starting → ready ⇄ at work
              ↑          │ lost: exited, frozen, overran, killed
              └─ pause ──┘ (full jitter)
            given up: the configuration can never work
"""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from drivers.core import (
    USABLE,
    CancelledError,
    Condition,
    DeviceError,
    DeviceInfo,
    Diagnose,
    NotPresentError,
    NotReadyError,
    ProcessLostError,
    Recovery,
    Role,
    Status,
)
from drivers.host.announcer import Announcer
from drivers.host.channel import ChannelClosedError
from drivers.host.job import Job
from drivers.host.launch import RunningProcess
from drivers.host.messages import (
    Begin,
    Cancel,
    Ended,
    Ping,
    Poll,
    Pong,
    Ready,
    Reported,
    Run,
    Said,
    Stepped,
    Stop,
    Unable,
)
from drivers.host.policy import Backoff, HostPolicy
from drivers.host.registry import NOT_FITTED, OptionValue

_log = logging.getLogger("hall24.devices")


@dataclass(frozen=True, slots=True)
class SlotConfig:
    """One slot of the configuration. ``driver`` is a name of the registry."""

    slot: str
    role: Role
    driver: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)


class Phase(Enum):
    """Where the process of a slot is."""

    PAUSED = "paused"
    STARTING = "starting"
    READY = "ready"
    OVER = "over"
    """Not fitted, given up or stopped: there is no process and there will be none."""


class SupervisedSlot:
    """The process of one slot and the commands for it."""

    def __init__(
        self,
        config: SlotConfig,
        *,
        target: str | None,
        policy: HostPolicy,
        clock: Callable[[], float],
        backoff: Backoff,
        announcer: Announcer,
        launch: Callable[[], RunningProcess],
    ) -> None:
        self.config = config
        self.announcer = announcer
        self.info = DeviceInfo()
        self.process: RunningProcess | None = None
        self._target = target
        self._policy = policy
        self._clock = clock
        self._backoff = backoff
        self._launch = launch
        self._phase = Phase.OVER
        self._why_over: DeviceError = NotReadyError()
        self._observed = Status(Condition.STARTING)
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
        self._poll_until: float | None = None
        self._looked = False
        """Whether this process has reported yet: until then the status is of the one before."""
        self._next_poll_at = 0.0
        self._start_at = 0.0
        self._started_at = 0.0
        self._heard_at = 0.0
        self._ticked_at = 0.0
        self._pings = 0
        self._next_ping_at = 0.0

    # --- life -------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Say where the slot stands and start its process."""
        if self.config.driver == NOT_FITTED:
            self._why_over = NotPresentError("dev.not_fitted", recovery=Recovery.NONE)
            self.announcer.say(Status(Condition.NOT_FITTED))
            return
        self.announcer.say(Status(Condition.STARTING))
        self._phase = Phase.PAUSED
        self._start_at = self._clock()

    def ask_to_stop(self) -> None:
        """Let the driver close its device; commands that have not begun end now."""
        self._phase = Phase.OVER
        self._why_over = NotReadyError("dev.stopping")
        self._drop_waiting(self._why_over)
        self._send(Stop())

    def end(self) -> None:
        """Kill what is still there."""
        self._release(ProcessLostError.because("dev.process_lost", reason="stopped"))

    def kill(self) -> None:
        """Kill the process as a fault would; it is started again."""
        if self.process is not None:
            self._lose("killed")

    # --- commands ---------------------------------------------------------------------------------

    def enqueue(self, job: Job) -> None:
        """Take a command; a diagnosis passes those that wait."""
        if self._phase is Phase.OVER:
            job.end(error=self._why_over)
        elif isinstance(job.command, Diagnose):
            self._waiting.appendleft(job)
        else:
            self._waiting.append(job)

    def cancel(self, job: Job) -> None:
        """End a waiting command; tell the driver about a running one."""
        if job is self._running:
            self._send(Cancel(job.number))
        elif job in self._waiting:
            self._waiting.remove(job)
            job.end(error=CancelledError())

    # --- the process speaks -----------------------------------------------------------------------

    def read(self) -> None:
        """Take what came from the process."""
        if self.process is None:
            return
        try:
            messages = self.process.channel.receive()
        except ChannelClosedError:
            if self._phase is Phase.OVER:
                self.end()
            else:
                self._lose("exited")
            return
        self._heard_at = self._clock()
        for message in messages:
            self._take(message)

    def write(self) -> None:
        """Send what waited for the process to read."""
        if self.process is not None:
            try:
                self.process.channel.flush()
            except ChannelClosedError:
                self._lose("exited")

    def _take(self, message: object) -> None:
        match message:
            case Pong():
                return
            case Ready(info=info) if self._phase is Phase.STARTING:
                self.info = info
                self._phase = Phase.READY
                self._looked = False
                self._next_poll_at = self._clock()
            case Unable(error=error):
                self._give_up(error)
            case Stepped(job=number, progress=progress):
                if self._running is not None and self._running.number == number:
                    self._running.step(progress)
            case Ended():
                self._complete(message)
            case Reported(info=info, status=status):
                self.info = info
                self._poll_until = None
                self._looked = True
                self._schedule_poll()
                if status is not None:
                    self._observed = status
                self._owes_a_look = status is None
                self._announce()
            case Said(level=level, text=text):
                _log.log(level, "slot=%s %s", self.config.slot, text)

    def _complete(self, ended: Ended) -> None:
        self.info = ended.info
        job, self._running = self._running, None
        # What the command did to the device is worth knowing now, not at the next round.
        self._next_poll_at = self._clock()
        # A command cuts a look short, but not two in a row: a printer that fell silent would stay "online"
        # for as long as somebody presses 打印 again.
        self._looked = not self._owes_a_look
        if job is not None:
            job.end(ended.result, ended.error)
        if not self._waiting:
            self._announce()

    # --- time passes ------------------------------------------------------------------------------

    def tick(self) -> None:
        """Do what is due."""
        now = self._clock()
        if now - self._ticked_at > self._policy.silence_s / 2:
            # We ourselves did not get to run; that is no fault of the process.
            self._heard_at = now
        self._ticked_at = now
        self._drop_overdue(now)
        match self._phase:
            case Phase.PAUSED if now >= self._start_at:
                self._start(now)
            case Phase.STARTING if now >= self._started_at + self._policy.start_s:
                self._lose("never started")
            case Phase.READY:
                self._watch(now)
        if self._phase is Phase.READY:
            self._give_work(now)

    def next_time(self) -> float:
        """Return when :meth:`tick` has something to do again."""
        times = [job.deadline for job in self._waiting]
        match self._phase:
            case Phase.PAUSED:
                times.append(self._start_at)
            case Phase.STARTING:
                times.append(self._started_at + self._policy.start_s)
            case Phase.READY:
                times += (
                    self._next_ping_at,
                    self._heard_at + self._policy.silence_s,
                    self._must_end_by(),
                )
                if self._running is None and self._poll_until is None:
                    times.append(self._next_poll_at)
        return min(times, default=math.inf)

    def _start(self, now: float) -> None:
        if self._target is None:  # pragma: no cover - such slots never leave OVER
            return
        self._started_at = self._heard_at = now
        try:
            self.process = self._launch()
        except OSError as failure:
            _log.error("slot=%s process not started: errno=%s", self.config.slot, failure.errno)
            self._pause()
            return
        self._phase = Phase.STARTING
        self._next_ping_at = now
        self._send(Begin(self.config.slot, self._target, dict(self.config.options)))

    def _watch(self, now: float) -> None:
        """Find out whether the process is frozen or a verb hangs."""
        if now >= self._next_ping_at:
            self._pings += 1
            self._next_ping_at = now + self._policy.ping_every_s
            self._send(Ping(self._pings))
        if now >= self._heard_at + self._policy.silence_s:
            self._lose("frozen")
        elif now >= self._must_end_by():
            self._lose("overran")
        elif now - self._started_at > self._policy.healthy_s:
            self._backoff.start_anew()

    def _must_end_by(self) -> float:
        """Return when what the driver is doing is called hung."""
        ends = [self._poll_until, self._running.deadline if self._running is not None else None]
        return min((end for end in ends if end is not None), default=math.inf) + (
            self._policy.overrun_s
        )

    def _give_work(self, now: float) -> None:
        if self._running is not None:
            return
        if self._waiting and self._looked:
            job = self._running = self._waiting.popleft()
            # A poll on its way is cut short by the process, and takes until then.
            self._poll_until = None
            self._send(Run(job.number, job.command, job.deadline - now))
            self._announce()
        elif self._poll_until is None and now >= self._next_poll_at:
            self._poll_until = now + self._policy.poll_deadline_s
            self._send(Poll(self._policy.poll_deadline_s))

    def _schedule_poll(self) -> None:
        usable = self._observed.condition in USABLE
        every_s = self._policy.poll_every_s if usable else self._policy.poll_absent_every_s
        self._next_poll_at = self._clock() + every_s

    # --- endings ----------------------------------------------------------------------------------

    def _lose(self, reason: str) -> None:
        error = ProcessLostError.because("dev.process_lost", reason=reason)
        self._observed = Status(
            Condition.OFFLINE,
            code=error.code,
            recovery=error.recovery,
            details={"reason": reason},
        )
        self._pause()
        self._release(error)
        self._announce()

    def _pause(self) -> None:
        self._phase = Phase.PAUSED
        self._start_at = self._clock() + self._backoff.next_delay_s()

    def _give_up(self, error: DeviceError) -> None:
        self._phase = Phase.OVER
        self._why_over = error
        self._observed = Status(
            Condition.NO_DEVICE,
            code=error.code,
            recovery=error.recovery,
            details={name: str(value) for name, value in error.params.items()},
        )
        self._release(error)
        self._drop_waiting(error)
        self._announce()

    def _release(self, error: DeviceError) -> None:
        process, self.process = self.process, None
        self._poll_until = None
        if process is not None:
            process.kill()
        job, self._running = self._running, None
        if job is not None:
            job.end(error=error)

    def _drop_waiting(self, error: DeviceError) -> None:
        while self._waiting:
            self._waiting.popleft().end(error=error)

    def _drop_overdue(self, now: float) -> None:
        for job in [job for job in self._waiting if now >= job.deadline]:
            self._waiting.remove(job)
            # Not a deadline of the verb: the driver never began, so nothing happened.
            job.end(error=NotReadyError.because("dev.not_begun", slot=self.config.slot))

    def _send(self, message: object) -> None:
        if self.process is not None:
            try:
                self.process.channel.send(message)
            except ChannelClosedError:
                # The end of the pipe is read next and tells it all.
                return

    def _announce(self) -> None:
        busy = self._running is not None and self._observed.condition is Condition.ONLINE
        self.announcer.say(
            replace(self._observed, condition=Condition.BUSY) if busy else self._observed
        )
