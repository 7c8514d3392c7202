# SPDX-License-Identifier: Apache-2.0
"""The device process: one driver, run as ``python -m drivers.host.process --fd N``.

The main thread carries out verbs and polls, one after the other. The control thread reads the pipe: it
answers pings, cancels, and thereby proves that the process is alive while a verb takes its time. The
process dies with the host: the kernel kills it, and the end of the pipe ends it too.
"""

from __future__ import annotations

import argparse
import ctypes
import logging
import os
import queue
import signal
import socket
import sys
import threading
import traceback
from dataclasses import dataclass, field
from typing import Final

from drivers.core import (
    Command,
    CommandContext,
    Device,
    DeviceError,
    Diagnose,
    Progress,
    Recovery,
    ResetDevice,
    SelfTest,
    Status,
    UnsupportedError,
)
from drivers.host.channel import ChannelClosedError, ProcessEnd
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
from drivers.host.registry import build_driver

_PR_SET_PDEATHSIG: Final = 1


@dataclass(slots=True)
class _Work:
    """What the main thread does now or next."""

    task: Run | Poll
    cancelled: threading.Event = field(default_factory=threading.Event)


class DeviceProcess:
    """The two threads around one driver."""

    def __init__(self, channel: ProcessEnd) -> None:
        self._channel = channel
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open_work: list[_Work] = []

    def serve(self) -> int:
        """Build the driver and work until told to stop; return the exit status."""
        begin = self._channel.receive()
        if not isinstance(begin, Begin):
            return 2
        try:
            driver = build_driver(begin.target, begin.slot, begin.options)
        except DeviceError as error:
            self._channel.send(Unable(error))
            return 0
        self._channel.send(Ready(driver.info))
        threading.Thread(target=self._control, name="control", daemon=True).start()
        while (work := self._work.get()) is not None:
            match work.task:
                case Run():
                    self._run(driver, work, work.task)
                case Poll():
                    self._poll(driver, work, work.task)
            with self._lock:
                self._open_work.remove(work)
        driver.close()
        return 0

    # --- the control thread -----------------------------------------------------------------------

    def _control(self) -> None:
        try:
            while True:
                match self._channel.receive():
                    case Ping(number=number):
                        self._channel.send(Pong(number))
                    case Run() as run:
                        self._cancel_polls()
                        self._enqueue(run)
                    case Poll() as poll:
                        self._enqueue(poll)
                    case Cancel(job=job):
                        self._cancel_job(job)
                    case Stop():
                        self._cancel_everything()
                        self._work.put(None)
        except ChannelClosedError:
            # The host is gone: nobody can use a result, and the port has to be free for the next.
            os._exit(0)

    def _enqueue(self, task: Run | Poll) -> None:
        work = _Work(task)
        with self._lock:
            self._open_work.append(work)
        self._work.put(work)

    def _cancel_polls(self) -> None:
        with self._lock:
            for work in self._open_work:
                if isinstance(work.task, Poll):
                    work.cancelled.set()

    def _cancel_job(self, job: int) -> None:
        with self._lock:
            for work in self._open_work:
                if isinstance(work.task, Run) and work.task.job == job:
                    work.cancelled.set()

    def _cancel_everything(self) -> None:
        with self._lock:
            for work in self._open_work:
                work.cancelled.set()

    # --- the main thread --------------------------------------------------------------------------

    def _run(self, driver: Device, work: _Work, run: Run) -> None:
        def step(progress: Progress) -> None:
            self._channel.send(Stepped(run.job, progress))

        context = CommandContext.within(run.deadline_s)
        context = CommandContext(
            context.deadline, context.clock, cancelled=work.cancelled, on_progress=step
        )
        try:
            result = perform(driver, run.command, context)
        except DeviceError as error:
            self._channel.send(Ended(run.job, driver.info, error=error))
        except ChannelClosedError:
            raise
        except Exception as error:  # noqa: BLE001 - any mistake of a driver must reach the core as one
            self._say_mistake(error)
            self._channel.send(Ended(run.job, driver.info, error=_mistake(error)))
        else:
            self._channel.send(Ended(run.job, driver.info, result=result))

    def _poll(self, driver: Device, work: _Work, poll: Poll) -> None:
        status: Status | None = None
        if not work.cancelled.is_set():
            context = CommandContext.within(poll.deadline_s)
            context = CommandContext(context.deadline, context.clock, cancelled=work.cancelled)
            try:
                status = driver.status(context)
            except DeviceError:
                # Contrary to the contract; the next poll or command tells more.
                status = None
            except Exception as error:  # noqa: BLE001 - see _run
                self._say_mistake(error)
        if work.cancelled.is_set():
            # It was cut short, so it says nothing about the device.
            status = None
        self._channel.send(Reported(driver.info, status))

    def _say_mistake(self, error: Exception) -> None:
        """Log where it happened, not with what: arguments may be a resident's."""
        places = traceback.extract_tb(error.__traceback__)
        where = " < ".join(f"{place.name}:{place.lineno}" for place in reversed(places[-4:]))
        self._channel.send(
            Said(logging.ERROR, f"mistake in the driver: {type(error).__name__} {where}")
        )


def perform(driver: Device, command: Command, context: CommandContext) -> object:
    """Call the verb of a command. Raises ``DeviceError``."""
    context.check()
    match command:
        case ResetDevice():
            driver.reset(context)
            return None
        case SelfTest():
            return tuple(driver.self_test(context))
        case Diagnose():
            return tuple(driver.diagnose(context))
    verb = getattr(driver, command.verb, None) if command.verb else None
    if verb is None:
        raise UnsupportedError.because("dev.unsupported", verb=command.verb)
    result: object = verb(command, context)
    return result


def _mistake(error: Exception) -> DeviceError:
    return DeviceError(
        "dev.software", recovery=Recovery.SOFTWARE, params={"kind": type(error).__name__}
    )


def _die_with_the_host() -> None:
    """Let the kernel kill us when the thread that started us ends (it lives as long as the host)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main(arguments: list[str] | None = None) -> int:
    """Serve the host at the other end of the inherited descriptor."""
    parser = argparse.ArgumentParser(description="One device, for the host that starts this.")
    parser.add_argument("--fd", type=int, required=True)
    fd = parser.parse_args(arguments).fd
    _die_with_the_host()
    channel = ProcessEnd(socket.socket(fileno=fd))
    try:
        return DeviceProcess(channel).serve()
    except ChannelClosedError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
