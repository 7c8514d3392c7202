# SPDX-License-Identifier: Apache-2.0
"""The host of all devices: one thread, one process a slot, and the only door to both."""

from __future__ import annotations

import itertools
import logging
import os
import random
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from drivers.core import (
    Command,
    DeviceInfo,
    MisconfiguredError,
    Progress,
    Role,
    Status,
)
from drivers.host.announcer import Announcer
from drivers.host.job import Job
from drivers.host.launch import RunningProcess, launch
from drivers.host.policy import Backoff, HostPolicy
from drivers.host.registry import DRIVERS, NOT_FITTED, DriverEntry
from drivers.host.supervision import SlotConfig, SupervisedSlot

_log = logging.getLogger("hall24.devices")
_LONGEST_SLEEP_S = 3600.0


class DeviceHost:
    """Starts, watches, restarts and asks the devices of a terminal.

    ``on_status`` and the callbacks of jobs run on the device thread and must return soon. All methods
    may be called from any thread; none of them waits for a device but ``stop``.
    Raises ``MisconfiguredError`` on construction for an unknown driver or one of another role.
    """

    def __init__(
        self,
        slots: Iterable[SlotConfig],
        *,
        on_status: Callable[[str, Status], None],
        policy: HostPolicy = HostPolicy(),  # noqa: B008 - frozen
        simulated: frozenset[str] = frozenset(),
        registry: Mapping[str, DriverEntry] = DRIVERS,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        rng: Callable[[], float] = random.random,
        launcher: Callable[[], RunningProcess] = launch,
    ) -> None:
        self._clock = clock
        self._policy = policy
        self._simulated = simulated
        self._slots: Mapping[str, SupervisedSlot] = MappingProxyType(
            {
                config.slot: SupervisedSlot(
                    config,
                    target=_target_of(config, registry),
                    policy=policy,
                    clock=clock,
                    backoff=Backoff(policy, rng),
                    announcer=Announcer(config.slot, on_status, wall_clock),
                    launch=launcher,
                )
                for config in slots
            }
        )
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._requests: deque[Callable[[], None]] = deque()
        self._wake_read, self._wake_write = -1, -1
        self._thread: threading.Thread | None = None
        self._stopping = False

    # --- life -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the device thread and, from there, every process. Returns at once."""
        with self._lock:
            if self._thread is not None:
                return
            self._stopping = False
            self._wake_read, self._wake_write = os.pipe()
            os.set_blocking(self._wake_write, False)
            self._thread = threading.Thread(target=self._run, name="devices", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Let every driver close its device, kill what does not obey, end the thread.

        Every open command ends: those that had not begun with ``NotReadyError``, the others as their
        driver says or with ``ProcessLostError``.
        """
        with self._lock:
            thread = self._thread
        if thread is None:
            return
        self._post(self._begin_to_stop)
        thread.join()
        with self._lock:
            self._thread = None
            os.close(self._wake_read)
            os.close(self._wake_write)
            late = list(self._requests)
            self._requests.clear()
        for request in late:
            request()

    # --- questions --------------------------------------------------------------------------------

    def statuses(self) -> Mapping[str, Status]:
        """Return what was last published of every slot, in the order of the configuration."""
        return {name: slot.announcer.current for name, slot in self._slots.items()}

    def status(self, slot: str) -> Status:
        """Return what was last published of a slot. Raises ``MisconfiguredError``."""
        return self._slot(slot).announcer.current

    def info(self, slot: str) -> DeviceInfo:
        """Return what the device says of itself, as far as known. Raises ``MisconfiguredError``."""
        info = self._slot(slot).info
        return replace(info, simulated=True) if slot in self._simulated else info

    def slot_of(self, role: Role) -> str | None:
        """Return the first slot of that role, fitted ones first; ``None`` when there is none."""
        candidates = [slot.config for slot in self._slots.values() if slot.config.role is role]
        candidates.sort(key=lambda config: config.driver == NOT_FITTED)
        return candidates[0].slot if candidates else None

    def process_id(self, slot: str) -> int | None:
        """Return the id of the slot's process, ``None`` while there is none."""
        process = self._slot(slot).process
        return process.pid if process is not None else None

    # --- commands ---------------------------------------------------------------------------------

    def submit(
        self,
        slot: str,
        command: Command,
        *,
        deadline_s: float,
        on_progress: Callable[[Progress], None] | None = None,
        on_done: Callable[[Job], None] | None = None,
    ) -> Job:
        """Queue a command; it ends exactly once, also when nothing works.

        ``deadline_s`` counts from now and includes the time in the queue: a command that has not begun
        by then ends with ``NotReadyError`` (``dev.not_begun``) and did nothing.
        Raises ``MisconfiguredError`` for a slot that does not exist.
        """
        supervised = self._slot(slot)
        job = Job(
            next(self._numbers),
            slot,
            command,
            self._clock() + deadline_s,
            request_cancel=lambda job: self._post(lambda: supervised.cancel(job)),
            on_progress=on_progress,
            on_done=on_done,
        )
        self._post(lambda: supervised.enqueue(job))
        return job

    def kill(self, slot: str) -> None:
        """Kill the process of a slot, as a fault would. Its command ends with ``ProcessLostError``."""
        self._post(self._slot(slot).kill)

    # --- the device thread ------------------------------------------------------------------------

    def _slot(self, name: str) -> SupervisedSlot:
        try:
            return self._slots[name]
        except KeyError:
            raise MisconfiguredError.because("dev.no_such_slot", slot=name) from None

    def _post(self, request: Callable[[], None]) -> None:
        with self._lock:
            if self._thread is None and self._stopping:
                # After the end, too, a job ends; never inside ``submit``, whose caller may hold a lock.
                threading.Thread(target=request, name="devices-late", daemon=True).start()
                return
            self._requests.append(request)
            if self._thread is None:
                return
            try:
                os.write(self._wake_write, b".")
            except BlockingIOError:
                # The pipe is full of wake-ups: it will wake.
                return

    def _run(self) -> None:
        for slot in self._slots.values():
            slot.begin()
        while not self._stopping:
            self._turn()
        until = self._clock() + self._policy.stop_s
        while self._clock() < until and any(slot.process for slot in self._slots.values()):
            self._turn(until)
        for slot in self._slots.values():
            slot.end()

    def _turn(self, until: float | None = None) -> None:
        """Wait for something to happen, then let it happen."""
        poller = select.poll()
        poller.register(self._wake_read, select.POLLIN)
        by_fd: dict[int, SupervisedSlot] = {}
        for slot in self._slots.values():
            if slot.process is not None:
                channel = slot.process.channel
                by_fd[channel.fileno()] = slot
                wanted = select.POLLIN | (select.POLLOUT if channel.wants_to_write else 0)
                poller.register(channel, wanted)
        for fd, event in poller.poll(self._sleep_ms(until)):
            if fd == self._wake_read:
                os.read(self._wake_read, 4096)
                continue
            if event & select.POLLOUT:
                by_fd[fd].write()
            if event & ~select.POLLOUT:
                by_fd[fd].read()
        self._serve_requests()
        for slot in self._slots.values():
            slot.tick()

    def _sleep_ms(self, until: float | None) -> float:
        times = [slot.next_time() for slot in self._slots.values()]
        if until is not None:
            times.append(until)
        wait_s = min(times, default=_LONGEST_SLEEP_S) - self._clock()
        return max(0.0, min(wait_s, _LONGEST_SLEEP_S)) * 1000

    def _serve_requests(self) -> None:
        while True:
            with self._lock:
                if not self._requests:
                    return
                request = self._requests.popleft()
            request()

    def _begin_to_stop(self) -> None:
        self._stopping = True
        for slot in self._slots.values():
            slot.ask_to_stop()


def _target_of(config: SlotConfig, registry: Mapping[str, DriverEntry]) -> str | None:
    if config.driver == NOT_FITTED:
        return None
    entry = registry.get(config.driver)
    if entry is None:
        raise MisconfiguredError.because(
            "dev.no_such_driver", slot=config.slot, driver=config.driver
        )
    if entry.role is not config.role:
        raise MisconfiguredError.because(
            "dev.wrong_role", slot=config.slot, driver=config.driver, role=config.role.value
        )
    return entry.target
