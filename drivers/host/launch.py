# SPDX-License-Identifier: Apache-2.0
"""Starts device processes.

``multiprocessing`` is not used: its spawn method imports the host's main module again in the child,
which for a terminal means Qt. Only the driver's own modules are loaded here.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

import drivers
from drivers.host.channel import HostEnd

_REAP_S: Final = 1.0


class RunningProcess:
    """One device process and the pipe to it."""

    def __init__(self, process: subprocess.Popen[bytes], channel: HostEnd) -> None:
        self._process = process
        self.channel = channel

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def has_ended(self) -> bool:
        """Tell whether it exited (and reap it then)."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """End it at once, hung, stopped or not, and hang up. Never raises."""
        self.channel.close()
        self._process.kill()
        try:
            self._process.wait(_REAP_S)
        except subprocess.TimeoutExpired:  # pragma: no cover - only in uninterruptible I/O
            # Stuck in the kernel: it is reaped when that ends; Popen remembers it.
            return


def launch() -> RunningProcess:
    """Start a device process. Raises ``OSError``.

    It must be called from a thread that lives as long as the host: the kernel kills the process when
    that thread ends.
    """
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            root = str(Path(drivers.__file__).parent.parent)
            path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
            process = subprocess.Popen(
                [sys.executable, "-m", "drivers.host.process", "--fd", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # Not in the terminal's group: Ctrl-C is the host's to handle.
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": path},
            )
    except OSError:
        ours.close()
        raise
    return RunningProcess(process, HostEnd(ours))
