# SPDX-License-Identifier: Apache-2.0
"""The real ``pcscd`` with one virtual reader (``vpcd``), private to the program that starts it.

Where the kernel allows it, ``pcscd`` runs in namespaces of its own: it needs no root, does not meet the
machine's ``pcscd``, and its socket is reached through ``/proc``. Elsewhere it takes the machine's place,
which needs root and no other ``pcscd``. ``vpcd`` listens on all addresses and has no option for another;
so this is for test machines only.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Final

from drivers.sim.simulator import ActionError

READER: Final = "Virtual PCD 00 00"

_FRIENDLY_NAME: Final = "Virtual PCD"
_LIBRARY: Final = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_SYSTEM_SOCKET: Final = Path("/run/pcscd/pcscd.comm")
_START_S: Final = 5.0
_PROBE_S: Final = 0.01
_PORTS: Final = (20000, 30000)
"""Below the range that the kernel gives away by itself."""

# The shell stays as the keeper: it says which process is pcscd, and ends it when its standard input is
# closed, which also happens when the program that started it dies in any way.
_KEEPER: Final = """
pcscd --foreground --config "$1" >/dev/null 2>&1 &
echo $!
cat >/dev/null
kill -CONT $! 2>/dev/null; kill -KILL $! 2>/dev/null
wait $! 2>/dev/null
"""
_PRIVATE_KEEPER: Final = "mount -t tmpfs tmpfs /run || exit 9\n" + _KEEPER


class PcscService:
    """Starts, freezes and kills one ``pcscd``. Not for several threads at once."""

    _in_use = threading.Lock()

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._is_private: bool | None = None
        self.port = 0
        """Where the virtual reader waits for its card."""

    @property
    def socket(self) -> str:
        """What the driver's ``socket`` option takes; one for the life of this process.

        The PC/SC library reads it once, so all services of one process share the name.
        """
        return str(Path(tempfile.gettempdir()) / f"hall24-pcscd-{os.getpid()}.comm")

    @property
    def runs(self) -> bool:
        """Whether it was started and neither stopped nor killed."""
        return self._keeper is not None

    def start(self, *, with_reader: bool = True) -> None:
        """Start it and wait until it takes calls. Raises :class:`ActionError`."""
        if self.runs:
            return
        if shutil.which("pcscd") is None or not _LIBRARY.exists():
            raise ActionError("pcscd or vpcd is missing; apt-get install pcscd vsmartcard-vpcd")
        if self._folder is None:
            if not PcscService._in_use.acquire(blocking=False):
                raise ActionError("one virtual reader is enough for one program")
            self._folder = Path(tempfile.mkdtemp(prefix="hall24-pcscd-"))
        self._write_configuration(self._folder, with_reader=with_reader)
        if self._is_private is None:
            self._is_private = _may_have_namespaces()
        self._launch(self._folder)
        try:
            self._wait_until_it_answers()
        except ActionError:
            self.kill()
            raise

    def stop(self) -> None:
        """End it for good. Never raises."""
        self.kill()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
            PcscService._in_use.release()

    def kill(self) -> None:
        """End it at once, frozen or not, as a crash would."""
        keeper, self._keeper = self._keeper, None
        if keeper is None or keeper.stdin is None or keeper.stdout is None:
            return
        # First the name: what /proc has of a dying process may be looked at by nobody.
        Path(self.socket).unlink(missing_ok=True)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        keeper.stdin.close()
        keeper.stdout.close()
        keeper.wait()

    def freeze(self) -> None:
        """Let it stop in the middle of whatever it does."""
        if not self.runs:
            return
        os.kill(self._pid, signal.SIGSTOP)
        end, pause = time.monotonic() + _START_S, threading.Event()
        while not _is_stopped(self._pid) and time.monotonic() < end:
            pause.wait(_PROBE_S)

    def thaw(self) -> None:
        """Let it go on."""
        if self.runs:
            os.kill(self._pid, signal.SIGCONT)

    def _write_configuration(self, folder: Path, *, with_reader: bool) -> None:
        file = folder / "vpcd"
        file.unlink(missing_ok=True)
        if with_reader:
            # A new port each time: the old one may still be held by dying connections.
            self.port = _two_free_ports()
            file.write_text(
                f'FRIENDLYNAME "{_FRIENDLY_NAME}"\nDEVICENAME /dev/null:0x{self.port:04X}\n'
                f"LIBPATH {_LIBRARY}\nCHANNELID 0x{self.port:04X}\n"
            )

    def _launch(self, folder: Path) -> None:
        if self._is_private:
            program = ["unshare", "--user", "--map-root-user", "--mount"]
            program += ["sh", "-c", _PRIVATE_KEEPER, "keeper", str(folder)]
        elif os.geteuid() != 0:
            raise ActionError("pcscd needs root here, because namespaces are not allowed")
        elif _answers(_SYSTEM_SOCKET):
            raise ActionError("another pcscd runs on this machine; stop it first")
        else:
            program = ["sh", "-c", f"mkdir -p {_SYSTEM_SOCKET.parent}\n" + _KEEPER]
            program += ["keeper", str(folder)]
        self._keeper = subprocess.Popen(
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._pid = _number_from(self._keeper.stdout)
        if not self._pid:
            self._pid = self._keeper.pid
            self.kill()
            raise ActionError("pcscd could not be started")
        target = (
            Path(f"/proc/{self._pid}/root{_SYSTEM_SOCKET}") if self._is_private else _SYSTEM_SOCKET
        )
        link = Path(self.socket)
        link.unlink(missing_ok=True)
        link.symlink_to(target)

    def _wait_until_it_answers(self) -> None:
        # Nothing announces it; the socket exists before it listens.
        end, pause = time.monotonic() + _START_S, threading.Event()
        while not _answers(Path(self.socket)):
            if time.monotonic() >= end:
                raise ActionError("pcscd does not come up")
            pause.wait(_PROBE_S)


def _may_have_namespaces() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "t", "/run"],
        check=False,
        capture_output=True,
    )
    return tried.returncode == 0


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _two_free_ports() -> int:
    """Return a port that is free together with the next one (the reader's second slot)."""
    for _ in range(100):
        port = random.randrange(*_PORTS)  # noqa: S311 - not a secret
        if all(_is_free(number) for number in (port, port + 1)):
            return port
    raise ActionError("no free ports for the virtual reader")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def _is_stopped(pid: int) -> bool:
    """Tell whether no thread of it runs any more."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return all((task / "stat").read_text().rpartition(")")[2].split()[0] == "T" for task in tasks)


def _number_from(stream: IO[bytes] | None) -> int:
    line = stream.readline().strip() if stream is not None else b""
    return int(line) if line.isdigit() else 0
