# SPDX-License-Identifier: Apache-2.0
"""A job written to a path instead of a wire, with what is then known about it.

A regular file takes the bytes whole or not at all (a new file that replaces the old one), and they are
on the disk before this says DONE, with code ``file``: a file has no paper. A device node takes bytes
and tells nothing, so its answer is UNKNOWN, ``file.unconfirmed``.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import tempfile
import time
from pathlib import Path
from typing import Final

from drivers.core import PrintOutcome, PrintResult
from drivers.receipt_printer.rendering import Job

_DEVICE_S: Final = 8.0
"""Longest wait for a device node that takes nothing."""


def write_job(job: Job, path: Path) -> PrintOutcome:
    """Write the job to ``path``; never raises for what the file system says.

    ``NOT_DONE`` codes: ``file.full``, ``file.unwritable``, ``dev.not_present`` (a pipe nobody reads),
    ``dev.mute`` (a device node that took nothing).
    """
    try:
        if _is_special(path):
            return _to_node(job.data, path)
        _replace(job.data, path)
    except OSError as failure:
        return PrintOutcome(PrintResult.NOT_DONE, _code_of(failure))
    return PrintOutcome(PrintResult.DONE, "file")


def _is_special(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _replace(data: bytes, path: Path) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".slip-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _to_node(data: bytes, path: Path) -> PrintOutcome:
    # Without O_NONBLOCK a pipe that nobody reads, or a printer that is off, would hold us for ever.
    node = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    sent = 0
    try:
        until = time.monotonic() + _DEVICE_S
        while sent < len(data) and (left := until - time.monotonic()) > 0:
            if select.select([], [node], [], left)[1]:
                sent += os.write(node, data[sent:])
    except OSError as failure:
        if sent == 0:
            raise
        return PrintOutcome(PrintResult.UNKNOWN, _code_of(failure))
    finally:
        os.close(node)
    if sent == 0:
        return PrintOutcome(PrintResult.NOT_DONE, "dev.mute")
    return PrintOutcome(
        PrintResult.UNKNOWN, "file.unconfirmed" if sent == len(data) else "dev.mute"
    )


def _code_of(failure: OSError) -> str:
    if failure.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return "file.full"
    if failure.errno == errno.ENXIO:
        return "dev.not_present"
    return "file.unwritable"
