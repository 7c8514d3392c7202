# SPDX-License-Identifier: Apache-2.0
"""A real ``cupsd`` of our own, with one queue in front of an IPP printer.

Everything of it lies in a temporary folder and it listens on a free port of this machine, so it meets
neither the system's CUPS nor its spool. The queue's PPD hands PDF through as it is, as a driverless queue
with a printer that takes PDF does, so that no filters have to be installed.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from drivers.sim.simulator import ActionError, Value

QUEUE: Final = "kiosk_a4"
PROGRAMS: Final = ("cupsd", "lpadmin", "cupsenable", "cupsdisable", "cupsaccept", "cupsreject")
_START_S: Final = 30.0
_COMMAND_S: Final = 30.0

_CUPSD: Final = """Listen 127.0.0.1:{port}
LogLevel debug
Browsing Off
WebInterface No
DefaultAuthType None
PreserveJobHistory Yes
PreserveJobFiles No
JobRetryInterval 1
MaxLogSize 1m
<Location />
  Order allow,deny
  Allow from 127.0.0.1
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  SubscriptionPrivateAccess all
  SubscriptionPrivateValues none
  <Limit All>
    AuthType None
    Order allow,deny
    Allow from 127.0.0.1
  </Limit>
</Policy>
"""
_FILES: Final = """ServerRoot {here}/root
RequestRoot {here}/spool
StateDir {here}/state
CacheDir {here}/cache
TempDir {here}/tmp
AccessLog {here}/access_log
ErrorLog {here}/error_log
PageLog {here}/page_log
SystemGroup {group}
FileDevice No
Printcap
Sandboxing relaxed
"""
_PPD: Final = """*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "HALL24.PPD"
*Product: "(Hall24)"
*Manufacturer: "Hall24"
*ModelName: "Hall24 A4"
*ShortNickName: "Hall24 A4"
*NickName: "Hall24 A4, PDF handed through"
*PSVersion: "(3010.000) 0"
*LanguageLevel: "3"
*ColorDevice: False
*DefaultColorSpace: Gray
*FileSystem: False
*Throughput: "1"
*LandscapeOrientation: Plus90
*TTRasterizer: Type42
*cupsVersion: 2.4
*cupsFilter2: "application/pdf application/pdf 0 -"
*OpenUI *PageSize/Media Size: PickOne
*OrderDependency: 10 AnySetup *PageSize
*DefaultPageSize: Letter
*PageSize A4/A4: ""
*PageSize Letter/US Letter: ""
*CloseUI: *PageSize
*OpenUI *PageRegion/Media Size: PickOne
*OrderDependency: 10 AnySetup *PageRegion
*DefaultPageRegion: Letter
*PageRegion A4/A4: ""
*PageRegion Letter/US Letter: ""
*CloseUI: *PageRegion
*DefaultImageableArea: Letter
*ImageableArea A4/A4: "18 18 577 824"
*ImageableArea Letter/US Letter: "18 18 594 774"
*DefaultPaperDimension: Letter
*PaperDimension A4/A4: "595 842"
*PaperDimension Letter/US Letter: "612 792"
*DefaultFont: Courier
*Font Courier: Standard "(1.05)" Standard ROM
"""


def is_installed() -> bool:
    """Tell whether the programs behind this simulator are on the machine."""
    return all(_program(name) is not None for name in PROGRAMS)


class CupsQueue:
    """One ``cupsd`` and its queue; see :class:`drivers.sim.simulator.Simulator`. ``printer``: an ``ipp://`` URI."""

    def __init__(self, name: str, printer: str) -> None:
        self._name = name
        self._printer = printer
        self._port = _free_port()
        self._folder: Path | None = None
        self._daemon: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """The slot."""
        return self._name

    @property
    def endpoint(self) -> str:
        """The queue's URI."""
        return f"ipp://127.0.0.1:{self._port}/printers/{QUEUE}"

    def start(self) -> None:
        """Start the daemon and make the queue. Raises ``ActionError`` when a program is missing or fails."""
        if self._daemon is not None:
            return
        if not is_installed():
            raise ActionError("needs cupsd and its clients (packages cups-daemon, cups-client)")
        self._folder = Path(tempfile.mkdtemp(prefix="hall24-cups-"))
        # Started by root, its backends run as another user, who has to come through.
        self._folder.chmod(0o755)
        for part in ("root", "spool", "state", "cache", "tmp"):
            (self._folder / part).mkdir()
        (self._folder / "queue.ppd").write_text(_PPD, "ascii")
        facts = {
            "here": self._folder,
            "port": self._port,
            "group": "root" if os.geteuid() == 0 else _own_group(),
        }
        for file, text in (("cupsd.conf", _CUPSD), ("cups-files.conf", _FILES)):
            (self._folder / file).write_text(text.format(**facts), "utf-8")
        try:
            self._run_daemon()
            self._command(
                "lpadmin",
                "-p",
                QUEUE,
                "-E",
                "-v",
                self._printer,
                "-P",
                f"{self._folder}/queue.ppd",
                "-o",
                "printer-error-policy=retry-current-job",
            )
        except ActionError:
            self.stop()
            raise

    def stop(self) -> None:
        """End the daemon and remove the folder. Never raises."""
        self._end_daemon()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done."""
        return {
            "pause": lambda: self._command("cupsdisable", QUEUE),
            "resume": lambda: self._command("cupsenable", QUEUE),
            "refuse_jobs": lambda: self._command("cupsreject", QUEUE),
            "accept_jobs": lambda: self._command("cupsaccept", QUEUE),
            "unplug": self._end_daemon,
            "replug": self._run_daemon,
        }

    def state(self) -> Mapping[str, Value]:
        """Tell whether it runs."""
        return {"running": self._daemon is not None}

    def log(self) -> str:
        """Return what the daemon wrote, for a test that failed."""
        path = (self._folder or Path()) / "error_log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _run_daemon(self) -> None:
        if self._folder is None:
            raise ActionError(f"{self._name} is not running")
        here = self._folder
        self._daemon = subprocess.Popen(
            [
                _program("cupsd") or "cupsd",
                "-f",
                "-c",
                here / "cupsd.conf",
                "-s",
                here / "cups-files.conf",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end, pause = time.monotonic() + _START_S, threading.Event()
        while not _listens(self._port):
            if self._daemon.poll() is not None or time.monotonic() >= end:
                raise ActionError("cupsd did not start")
            pause.wait(0.02)

    def _end_daemon(self) -> None:
        daemon, self._daemon = self._daemon, None
        if daemon is None:
            return
        daemon.terminate()
        try:
            daemon.wait(5)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def _command(self, program: str, *arguments: str) -> None:
        """Run one of CUPS's own commands against our daemon. Raises ``ActionError``."""
        environment = {**os.environ, "CUPS_SERVER": f"127.0.0.1:{self._port}", "LC_ALL": "C"}
        try:
            subprocess.run(
                [_program(program) or program, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=_COMMAND_S,
                env=environment,
            )
        except subprocess.CalledProcessError as failure:
            said = failure.stderr.decode("utf-8", "replace").strip()
            raise ActionError(f"{program}: {said}") from failure
        except subprocess.TimeoutExpired as failure:
            raise ActionError(f"{program}: no answer") from failure


def _program(name: str) -> str | None:
    # /usr/sbin is not on everybody's path.
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")


def _own_group() -> str:
    import grp  # noqa: PLC0415 - only where it does not run as root

    return grp.getgrgid(os.getegid()).gr_name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
    except OSError:
        return False
    return True
