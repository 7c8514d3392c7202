# SPDX-License-Identifier: Apache-2.0
"""Stands between SQLite and the disk: a VFS registered in the very library that Python's sqlite3 uses.

The terminal runs on that library, so harm is tried on it and not on another build of SQLite. The VFS is
a copy of the default one whose xOpen, xDelete, xWrite, xTruncate and xSync ask a witness first; everything
else, and what the witness allows, is the original (https://www.sqlite.org/c3ref/vfs.html,
https://www.sqlite.org/c3ref/io_methods.html: the structures below).
"""

from __future__ import annotations

import _sqlite3
import ctypes
import errno
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tests.chaos.operations import Operation, Witness

_pointer, _int, _int64 = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
_WRITE = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _int, _int64)
_TRUNCATE = ctypes.CFUNCTYPE(_int, _pointer, _int64)
_SYNC = ctypes.CFUNCTYPE(_int, _pointer, _int)
_CLOSE = ctypes.CFUNCTYPE(_int, _pointer)
_OPEN = ctypes.CFUNCTYPE(
    _int, _pointer, ctypes.c_char_p, _pointer, _int, ctypes.POINTER(ctypes.c_int)
)
_DELETE = ctypes.CFUNCTYPE(_int, _pointer, ctypes.c_char_p, _int)

_OPEN_CREATE: Final = 0x4
_OPEN_MAIN_JOURNAL: Final = 0x800
_OPEN_WAL: Final = 0x80000
_IOERR: Final = {"write": 778, "sync": 1034, "truncate": 1546, "remove": 2570}
_FULL: Final = 13
_CANTOPEN: Final = 14


class _Methods(ctypes.Structure):
    """``sqlite3_io_methods``, version 3."""

    _fields_ = (
        ("version", _int),
        ("close", _pointer),
        ("read", _pointer),
        ("write", _pointer),
        ("truncate", _pointer),
        ("sync", _pointer),
        ("rest", _pointer * 13),  # xFileSize … xUnfetch
    )


class _Vfs(ctypes.Structure):
    """``sqlite3_vfs``, version 3."""

    _fields_ = (
        ("version", _int),
        ("file_size", _int),
        ("longest_path", _int),
        ("next", _pointer),
        ("name", ctypes.c_char_p),
        ("data", _pointer),
        ("open", _pointer),
        ("delete", _pointer),
        ("rest", _pointer * 14),  # xAccess … xNextSystemCall
    )


class SqliteSeam:
    """A VFS that asks ``witness``. ``close`` it after the last connection was closed."""

    def __init__(self, witness: Witness, name: str = "hall24-witness") -> None:
        self._witness = witness
        self._name = name.encode("ascii")
        # The module's own handle finds the SQLite it was linked with, whatever else is loaded.
        self._library = ctypes.CDLL(_sqlite3.__file__)
        self._library.sqlite3_vfs_find.restype = _pointer
        base_at = self._library.sqlite3_vfs_find(None)
        self._base = _Vfs.from_address(base_at)
        self._vfs = _Vfs()
        ctypes.memmove(ctypes.byref(self._vfs), base_at, ctypes.sizeof(_Vfs))
        self._real_open = _OPEN(self._base.open)
        self._real_delete = _DELETE(self._base.delete)
        self._callbacks: list[Any] = [_OPEN(self._open), _DELETE(self._delete)]
        self._vfs.name = self._name
        self._vfs.next = None
        self._vfs.open = ctypes.cast(self._callbacks[0], _pointer).value
        self._vfs.delete = ctypes.cast(self._callbacks[1], _pointer).value
        self._tables: dict[int, _Methods] = {}
        self._paths: dict[int, str] = {}
        self._fresh: set[int] = set()
        if self._library.sqlite3_vfs_register(ctypes.byref(self._vfs), 0) != 0:
            raise RuntimeError("SQLite does not take the VFS")

    def close(self) -> None:
        """Take the VFS out of SQLite again."""
        self._library.sqlite3_vfs_unregister(ctypes.byref(self._vfs))

    def connect(self, path: Path) -> sqlite3.Connection:
        """Open like ``offline_cache.opening.connect_file``, through the witness."""
        with suppress(OSError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return sqlite3.connect(
            f"file:{path}?vfs={self._name.decode()}",
            uri=True,
            timeout=0.0,
            isolation_level=None,
            check_same_thread=True,
        )

    # --- called by SQLite -----------------------------------------------------------------------

    def _open(self, vfs: int, name: bytes | None, file: int, flags: int, out: Any) -> int:
        path = name.decode() if name else ""
        create = bool(path) and bool(flags & _OPEN_CREATE) and not Path(path).exists()
        if create and (code := self._refused(Operation("create", path))):
            return code
        result = int(self._real_open(vfs, name, file, flags, out))
        at = _pointer.from_address(file)  # sqlite3_file begins with its methods
        if (
            result or not at.value or not path
        ):  # without a name: SQLite's own scratch, never durable
            return result
        self._paths[file] = path
        if create and flags & (_OPEN_WAL | _OPEN_MAIN_JOURNAL):
            self._fresh.add(file)
        at.value = ctypes.addressof(self._table(at.value))
        return result

    def _table(self, original: int) -> _Methods:
        if original not in self._tables:
            real = _Methods.from_address(original)
            mine = _Methods()
            ctypes.memmove(ctypes.byref(mine), original, ctypes.sizeof(_Methods))
            write, truncate, sync = _WRITE(real.write), _TRUNCATE(real.truncate), _SYNC(real.sync)
            close = _CLOSE(real.close)

            def on_write(file: int, data: int, size: int, offset: int) -> int:
                written = ctypes.string_at(data, size)
                operation = Operation("write", self._paths[file], offset=offset, data=written)
                return self._refused(operation) or int(write(file, data, size, offset))

            def on_truncate(file: int, size: int) -> int:
                operation = Operation("truncate", self._paths[file], offset=size)
                return self._refused(operation) or int(truncate(file, size))

            def on_sync(file: int, flags: int) -> int:
                path = self._paths[file]
                if code := self._refused(Operation("sync", path)):
                    return code
                if file in self._fresh:
                    # The default VFS flushes the directory with the first flush of a new journal or WAL
                    # (UNIXFILE_DIRSYNC in os_unix.c).
                    self._fresh.discard(file)
                    folder = Operation("sync_directory", str(Path(path).parent))
                    if code := self._refused(folder):
                        return code
                return int(sync(file, flags))

            def on_close(file: int) -> int:
                self._paths.pop(file, None)
                self._fresh.discard(file)
                return int(close(file))

            mine_callbacks = (
                _WRITE(on_write), _TRUNCATE(on_truncate), _SYNC(on_sync), _CLOSE(on_close)
            )  # fmt: skip
            self._callbacks += [*mine_callbacks, write, truncate, sync, close]
            mine.write, mine.truncate, mine.sync, mine.close = (
                ctypes.cast(callback, _pointer).value for callback in mine_callbacks
            )
            self._tables[original] = mine
        return self._tables[original]

    def _delete(self, vfs: int, name: bytes, sync_directory: int) -> int:
        path = name.decode()
        if Path(path).exists():
            if code := self._refused(Operation("remove", path)):
                return code
            if sync_directory and (
                code := self._refused(Operation("sync_directory", str(Path(path).parent)))
            ):
                return code
        return int(self._real_delete(vfs, name, sync_directory))

    def _refused(self, operation: Operation) -> int:
        try:
            self._witness(operation)
        except OSError as error:
            if error.errno == errno.ENOSPC and operation.kind in {"write", "truncate"}:
                return _FULL
            return _IOERR.get(
                "sync" if operation.kind == "sync_directory" else operation.kind, _CANTOPEN
            )
        return 0
