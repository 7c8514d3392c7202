# SPDX-License-Identifier: Apache-2.0
"""``terminal.log``: what the software did, for technicians, with no resident in it.

One JSON line a record, in files that rotate. Modules log through the standard library as usual, with a
constant English message and facts in ``extra``::

    _log.warning("device", extra={"slot": "reader", "code": "dev.not_present"})

Three things keep people out:

1. Only the keys in :data:`KEYS` are written. The names of others are, so that the mistake is found.
2. Every text is searched for what looks like a person (``kiosk.redaction``).
3. Of libraries we write the bare message template, never its arguments, and of exceptions the types and
   places, never local variables, and never the message except of errors of our own, whose text is a
   stable code.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from kiosk.redaction import withhold_personal

KEYS: Final = frozenset(
    {
        "adopted",
        "attempts",
        "bytes",
        "card_type",
        "case_number",
        "category",
        "code",
        "condition",
        "count",
        "driver",
        "effect",
        "errno",
        "error",
        "event",
        "exit_code",
        "free",
        "item",
        "kind",
        "link",
        "method",
        "ms",
        "online",
        "orphaned",
        "outages",
        "pid",
        "port",
        "profile",
        "purged",
        "quarantined",
        "receipt",
        "recovery",
        "restarts",
        "result",
        "role",
        "route",
        "screen",
        "reason",
        "seconds",
        "sequence",
        "session",
        "signal",
        "slot",
        "sqlite",
        "state",
        "status",
        "step",
        "submission",
        "thread_name",
        "unfinished",
        "verb",
        "version",
        "wal_reset_bug",
        "what",
        "where",
    }
)
"""Everything that ``extra`` may carry into the log. None of it describes a resident; keep it that way."""

OURS: Final = ("hall24", "kiosk", "drivers", "offline_cache", "central_platform", "ui")
"""First parts of the names of our own loggers and modules."""

_OWN_ATTRIBUTES = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_FRAMES = 12
_LONGEST = 300


class Logbook:
    """The open log; until :meth:`close` it is the root logger's only way to a file.

    Use it as a context manager or call :meth:`close`. ``level`` is of our own loggers, libraries are heard
    from WARNING.
    """

    def __init__(self, path: Path, *, level: int = logging.INFO, also_stderr: bool = False) -> None:
        """Open ``path`` (made with its directory, readable by the terminal only). Raises ``OSError``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600))
        self._handlers: list[logging.Handler] = [_RotatingFile(path)]
        if also_stderr:
            self._handlers.append(_Stream(sys.stderr))
        for handler in self._handlers:
            handler.setFormatter(LineFormatter())
            handler.addFilter(_worth_it)
            logging.getLogger().addHandler(handler)
        self._levels = [(name, logging.getLogger(name).level) for name in OURS]
        for name in OURS:
            logging.getLogger(name).setLevel(level)

    def close(self) -> None:
        """Write what is left and give the root logger back. Never raises."""
        for handler in self._handlers:
            logging.getLogger().removeHandler(handler)
            with suppress(OSError):  # a full disk, again; it has been said
                handler.close()
        for name, level in self._levels:
            logging.getLogger(name).setLevel(level)
        self._handlers, self._levels = [], []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class LineFormatter(logging.Formatter):
    """One record as one line of JSON, with no person in it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; never raises, whatever the record holds."""
        line: dict[str, object] = {
            "at": _instant(record.created),
            "level": record.levelname,
            "log": record.name,
            "message": _message(record),
        }
        given = {k: v for k, v in record.__dict__.items() if k not in _OWN_ATTRIBUTES}
        line |= {key: _plain(given[key]) for key in sorted(given.keys() & KEYS)}
        if dropped := sorted(given.keys() - KEYS):
            line["dropped"] = [withhold_personal(key)[:40] for key in dropped]
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def describe(error: BaseException) -> list[dict[str, object]]:
    """Return what may be told of an exception and of those behind it: types, codes, places."""
    told: list[dict[str, object]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(told) < _FRAMES:
        seen.add(id(current))
        one: dict[str, object] = {
            "type": f"{type(current).__module__}.{type(current).__qualname__}"
        }
        code = getattr(current, "code", None)
        if _is_ours(type(current).__module__) and isinstance(code, str):
            one["code"] = withhold_personal(code)[:_LONGEST]
        if isinstance(current, OSError) and current.errno is not None:
            one["errno"] = current.errno
        one["at"] = _places(current)
        told.append(one)
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return told


def _places(error: BaseException) -> list[str]:
    frames = traceback.walk_tb(error.__traceback__)
    places = [
        f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in frames
    ]
    return places[-_FRAMES:]


def _message(record: logging.LogRecord) -> str:
    if not isinstance(record.msg, str):
        return f"({type(record.msg).__name__})"
    text = record.msg
    if _is_ours(record.name):
        try:
            text = record.getMessage()
        except Exception:  # noqa: BLE001 - arguments may be of any type, and a log must not fail
            text = f"{record.msg} (arguments do not fit)"
    return withhold_personal(text)[:_LONGEST]


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return withhold_personal(value)[:_LONGEST]
    return f"({type(value).__name__})"  # a repr may show what nobody meant to log


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in OURS


def _worth_it(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or _is_ours(record.name)


def _instant(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


class _Quiet(logging.Handler):
    """A log that cannot be written says so once and stops nobody."""

    _complained = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name
        """Replace logging's traceback, which would print the record's arguments."""
        del record
        if not self._complained:
            self._complained = True
            error = sys.exc_info()[1]
            sys.stderr.write(f"hall24: the log cannot be written ({type(error).__name__})\n")


class _RotatingFile(_Quiet, logging.handlers.RotatingFileHandler):
    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=2_000_000, backupCount=5, encoding="utf-8")

    def _open(self) -> Any:  # noqa: ANN401 - the base class's type is private
        stream = super()._open()
        os.fchmod(stream.fileno(), 0o600)
        return stream


class _Stream(_Quiet, logging.StreamHandler[Any]):
    pass
