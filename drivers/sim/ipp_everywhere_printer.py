# SPDX-License-Identifier: Apache-2.0
"""An A4 printer for the bench: CUPS's own ``ippeveprinter``, started and steered by us.

It speaks real IPP and keeps every job's document as the printer got it. It insists on reaching a D-Bus
system bus (for DNS-SD, which we switch off), so it gets a private one that nobody else is on.
Paper and toner are steered through its web form, by the tester and by the engine that prints; emptying
*every* tray would be irreversible, so one envelope tray stays filled.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from drivers.sim.simulator import ActionError, Value

SHEET_S: Final = 1.0
"""How long the printing of one job takes."""

_START_S: Final = 8.0
_A4: Final = "size1=iso_a4_210x297mm&type1=stationery&level1="
_EMPTY: Final = "size1=&level1=0"
_SHEETS: Final = {"full": 250, "low": 10, "out": 0}
_TONER: Final = 80
"""Percent at the start; a hundredth goes with each sheet, so that somebody who watches sees it."""
_ENVELOPES: Final = "&size3=na_number-10_4.125x9.5in&type3=envelope&level3=25"
_ENGINE: Final = """#!{python} -SE
# Prints one job: takes its time, and the paper and toner that it needs.
import re, sys, time, urllib.request
from pathlib import Path

time.sleep({pause})
# One sheet for each page that the document names in the clear, one at least.
pages = len(re.findall(rb"/Type ?/Page[^s]", Path(sys.argv[1]).read_bytes())) or 1
folder = Path({folder!r})
for name, form in (("sheets", "media?{{}}{envelopes}"), ("toner", "supplies?supply0=25&supply1={{}}")):
    place = folder / name
    left = max(0, int(place.read_text()) - pages)
    place.write_text(str(left))
    level = str(left) if name == "toner" else "{a4}" + str(left) if left else "{empty}"
    try:
        urllib.request.urlopen("{url}/" + form.format(level), timeout=3).read()
    except OSError:
        pass  # frozen just now: the sheet is printed all the same
"""
PROGRAMS: Final = ("ippeveprinter", "dbus-daemon")


def is_installed() -> bool:
    """Tell whether the programs behind this simulator are on the machine."""
    return all(_program(name) is not None for name in PROGRAMS)


class IppEverywherePrinter:
    """One ``ippeveprinter`` process and its private bus. ``spool`` keeps the printed documents."""

    def __init__(self, name: str, spool: Path | None = None) -> None:
        self.name = name
        self._spool = spool
        self._own_folder: tempfile.TemporaryDirectory[str] | None = None
        self._bus: subprocess.Popen[bytes] | None = None
        self._printer: subprocess.Popen[bytes] | None = None
        self._port = _free_port()
        self._paper = "full"
        self._frozen = False

    @property
    def endpoint(self) -> str:
        """The printer's URI."""
        return f"ipp://localhost:{self._port}/ipp/print"

    def start(self) -> None:
        """Start both programs and load A4. Raises ``ActionError`` when they are missing or do not start."""
        if self._printer is not None:
            return
        if not is_installed():
            raise ActionError(f"needs {' and '.join(PROGRAMS)}")
        self._own_folder = tempfile.TemporaryDirectory(prefix="hall24-a4-")
        folder = Path(self._own_folder.name)
        if self._spool is None:
            self._spool = folder / "spool"
        self._spool.mkdir(parents=True, exist_ok=True)
        bus_address = f"unix:path={folder / 'bus'}"
        self._bus = _spawn(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={bus_address}"], {}
        )
        _wait_until((folder / "bus").exists, "the private bus")
        self._launch(bus_address, folder)
        self._feed("full")
        self._fill_toner(_TONER)

    def stop(self) -> None:
        """End both programs. Never raises."""
        for process in (self._printer, self._bus):
            if process is not None:
                if self._frozen:
                    process.send_signal(signal.SIGCONT)
                process.terminate()
                try:
                    process.wait(2)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self._printer = self._bus = None
        self._frozen = False
        if self._own_folder is not None:
            self._own_folder.cleanup()
            self._own_folder = None

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Paper, freezing, and taking the printed documents."""
        return {
            "paper_out": lambda: self._feed("out"),
            "paper_low": lambda: self._feed("low"),
            "load_paper": lambda: self._feed("full"),
            "toner_low": lambda: self._fill_toner(5),
            "new_toner": lambda: self._fill_toner(100),
            "freeze": lambda: self._freeze(frozen=True),
            "thaw": lambda: self._freeze(frozen=False),
            "jobs": lambda: len(self.documents()),
            "save": self._save,
        }

    def state(self) -> Mapping[str, Value]:
        """Paper and how many documents came."""
        return {
            "paper": self._paper,
            "sheets": self._level("sheets"),
            "toner": self._level("toner"),
            "frozen": self._frozen,
            "printed": len(self.documents()),
        }

    def documents(self) -> list[Path]:
        """Return the printed documents, oldest first."""
        if self._spool is None or not self._spool.exists():
            return []
        return sorted(self._spool.glob("*.pdf"), key=lambda path: path.stat().st_mtime_ns)

    def _launch(self, bus_address: str, folder: Path) -> None:
        engine = folder / "engine"
        engine.write_text(
            _ENGINE.format(
                python=sys.executable,
                pause=SHEET_S,
                folder=str(folder),
                url=f"http://localhost:{self._port}",
                a4=_A4,
                empty=_EMPTY,
                envelopes=_ENVELOPES,
            )
        )
        engine.chmod(0o700)
        arguments = ["ippeveprinter", "-r", "off", "-n", "localhost", "-p", str(self._port)]
        arguments += ["-d", str(self._spool), "-k", "-f", "application/pdf"]
        # Without a command it dawdles for 5 to 15 s a job.
        arguments += ["-c", str(engine), "Hall24 bench A4"]
        self._printer = _spawn(arguments, {"DBUS_SYSTEM_BUS_ADDRESS": bus_address})
        _wait_until(lambda: _listens(self._port), "ippeveprinter")

    def _feed(self, paper: str) -> str:
        sheets = _SHEETS[paper]
        self._ask(f"media?{f'{_A4}{sheets}' if sheets else _EMPTY}{_ENVELOPES}")
        self._note("sheets", sheets)
        self._paper = paper
        return paper

    def _fill_toner(self, percent: int) -> int:
        self._ask(f"supplies?supply0=25&supply1={percent}")
        self._note("toner", percent)
        return percent

    def _ask(self, page: str) -> None:
        """Steer the printer through its web form."""
        try:
            with urllib.request.urlopen(f"http://localhost:{self._port}/{page}", timeout=3) as told:
                told.read()
        except (urllib.error.URLError, TimeoutError) as error:
            raise ActionError("the printer does not answer") from error

    def _level(self, what: str) -> int | None:
        """Return what is left, as the engine that prints wrote it down; ``None`` while it is switched off."""
        if self._own_folder is None:
            return None
        try:
            return int((Path(self._own_folder.name) / what).read_text("ascii"))
        except (OSError, ValueError):
            return None

    def _note(self, what: str, level: int) -> None:
        if self._own_folder is not None:
            (Path(self._own_folder.name) / what).write_text(str(level), "ascii")

    def _freeze(self, *, frozen: bool) -> bool:
        if self._printer is None:
            raise ActionError("the printer is not running")
        self._printer.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)
        self._frozen = frozen
        return frozen

    def _save(self, folder: str) -> str:
        documents = self.documents()
        if not documents:
            raise ActionError("nothing was printed yet")
        target = Path(folder) / "proof.pdf"
        shutil.copyfile(documents[-1], target)
        return str(target)


def _spawn(arguments: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    program = _program(arguments[0])
    return subprocess.Popen(
        [program or arguments[0], *arguments[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )


def _program(name: str) -> str | None:
    # /usr/sbin is not on everybody's path.
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port), timeout=0.2).close()
    except OSError:
        return False
    return True


def _wait_until(ready: Callable[[], bool], what: str) -> None:
    pause = threading.Event()
    for _ in range(int(_START_S / 0.05)):
        if ready():
            return
        pause.wait(0.05)
    raise ActionError(f"{what} did not start within {_START_S:.0f} s")
