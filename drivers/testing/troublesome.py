# SPDX-License-Identifier: Apache-2.0
"""A driver that does on request what drivers must not do, to test the supervision."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from drivers.core import (
    Check,
    Command,
    CommandContext,
    Condition,
    Device,
    DeviceInfo,
    NotPresentError,
    Progress,
    Status,
    Verdict,
)


class Deed(StrEnum):
    """What the device is asked to do."""

    ECHO = "echo"
    WAIT = "wait"
    """Wait for the deadline, obeying cancel."""
    HANG = "hang"
    """Ignore cancel and deadline."""
    EXIT = "exit"
    CRASH = "crash"
    FREEZE = "freeze"
    """Stop the whole process."""
    FAIL = "fail"
    """Raise a ``DeviceError``."""
    MISTAKE = "mistake"
    """Raise something else, with a secret in its text."""
    SHOUT = "shout"
    """Answer with several megabytes."""


@dataclass(frozen=True, slots=True)
class Do(Command):
    """Do a deed. Result: ``text``."""

    verb: ClassVar[str] = "do"
    deed: Deed = Deed.ECHO
    text: str = ""


class TroublesomeDevice(Device):
    """See :class:`Deed`. ``absent_while`` is a file whose existence makes the device missing."""

    capabilities = ("do",)

    def __init__(self, slot: str, *, absent_while: str = "", crash_on_open: bool = False) -> None:
        super().__init__(slot)
        self._absent_while = absent_while
        self._crash_on_open = crash_on_open

    @property
    def info(self) -> DeviceInfo:
        """A made-up identity."""
        return DeviceInfo(model="troublesome", serial=str(os.getpid()))

    def open(self, context: CommandContext) -> None:
        """Fail while the device is absent, crash if it was built like that."""
        context.check()
        if self._crash_on_open:
            os._exit(3)
        if self._absent_while and os.path.exists(self._absent_while):  # noqa: PTH110 - one stat
            raise NotPresentError

    def close(self) -> None:
        """Nothing to release."""

    def status(self, context: CommandContext) -> Status:
        """Tell whether it is there."""
        try:
            self.open(context)
        except NotPresentError as absent:
            return Status(Condition.NO_DEVICE, code=absent.code, recovery=absent.recovery)
        return Status(Condition.ONLINE)

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """Pass."""
        context.check()
        return [Check("self", Verdict.PASS)]

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Pass."""
        return self.self_test(context)

    def do(self, command: Do, context: CommandContext) -> str:
        """Do it."""
        self.open(context)
        context.on_progress(Progress("doing"))
        return _DEEDS[command.deed](command, context)


def _echo(command: Do, _context: CommandContext) -> str:
    return command.text


def _wait(_command: Do, context: CommandContext) -> str:
    while True:
        context.pause(60)


def _hang(_command: Do, _context: CommandContext) -> str:
    threading.Event().wait()
    return ""


def _exit(_command: Do, _context: CommandContext) -> str:
    os._exit(1)


def _crash(_command: Do, _context: CommandContext) -> str:
    return str(ctypes.string_at(0))


def _freeze(_command: Do, _context: CommandContext) -> str:
    os.kill(os.getpid(), signal.SIGSTOP)
    return ""


def _fail(_command: Do, _context: CommandContext) -> str:
    raise NotPresentError.because("dev.not_present", place="here")


def _mistake(command: Do, _context: CommandContext) -> str:
    raise LookupError(command.text)


def _shout(command: Do, _context: CommandContext) -> str:
    return command.text * (4 << 20)


_DEEDS: Final[Mapping[Deed, Callable[[Do, CommandContext], str]]] = {
    Deed.ECHO: _echo,
    Deed.WAIT: _wait,
    Deed.HANG: _hang,
    Deed.EXIT: _exit,
    Deed.CRASH: _crash,
    Deed.FREEZE: _freeze,
    Deed.FAIL: _fail,
    Deed.MISTAKE: _mistake,
    Deed.SHOUT: _shout,
}
