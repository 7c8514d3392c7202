# SPDX-License-Identifier: Apache-2.0
"""What the demo runs beside the terminal: the reference platform and the bench, as processes.

Everything is on loopback and in one folder. The terminal reaches the platform through the bench's network
link, so that cutting the network is a fault on a real wire.
"""

from __future__ import annotations

import json
import os
import selectors
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote

from kiosk.bench_client import SOCKET_NAME, BenchClient
from kiosk.cli.failures import WRONG_USAGE, CommandFailed
from kiosk.config import Settings, load_settings
from kiosk.flows.settings import CHINA
from kiosk.platform_client.enrolment import EnrolledTerminal, EnrolmentError, enrol

START_S: Final = 30.0
MARKER: Final = ".hall24-demo"

_SLOTS: Final = (
    "id_card",
    "smart_card",
    "code_scanner",
    "camera",
    "receipt_printer",
    "page_printer",
    "document_scanner",
)
_TERMINAL: Final = "terminal"
_PLATFORM: Final = "platform"
_SAMPLE_DEPARTMENT: Final = "赣州市章贡区民政局"
"""Cases of this department are decided by an invented system of theirs, after some seconds."""


@dataclass(frozen=True, slots=True)
class DemoFolders:
    """Where the demo keeps what belongs to whom."""

    out: Path
    terminal: Path
    platform: Path

    @classmethod
    def prepare(cls, out: Path, terminal: Path | None) -> DemoFolders:
        """Make the folders; what an earlier demo left there is removed, anything else is refused."""
        folders = cls(out, terminal or out / _TERMINAL, out / _PLATFORM)
        try:
            for folder in (out, folders.terminal):
                _make_anew(folder)
            folders.platform.mkdir()
        except OSError as error:
            place = error.filename or out
            raise CommandFailed(f"{place}: {error.strerror}", WRONG_USAGE) from error
        return folders


def _make_anew(folder: Path) -> None:
    if folder.exists():
        if any(folder.iterdir()) and not (folder / MARKER).exists():
            raise CommandFailed(f"{folder}: is not empty and not of an earlier demo", WRONG_USAGE)
        _empty(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


class DemoStack:
    """Starts and stops the processes; the terminal itself runs in the caller."""

    def __init__(self, folders: DemoFolders, seed: int, *, more: Sequence[str] = ()) -> None:
        """``more`` are slots that are fitted besides the usual ones, as the bench takes them."""
        self.folders = folders
        self._more = tuple(more)
        self._seed = seed
        self._processes: list[subprocess.Popen[str]] = []
        self._platform_url = ""
        self.bench = BenchClient(folders.terminal / SOCKET_NAME)

    def start(self) -> tuple[Settings, EnrolledTerminal]:
        """Start platform and bench, make the terminal known, return its settings."""
        self._platform_url = str(self._start_platform()["url"])
        endpoints = self._start_bench(self._platform_url)
        token = self._enrolment_token()
        try:
            enrolled = enrol(endpoints["link"]["url"], token, self.folders.terminal)
        except EnrolmentError as error:
            raise CommandFailed(f"the demo's platform refused the terminal: {error}") from error
        config = self.folders.out / "terminal.toml"
        config.write_text(_settings_toml(endpoints), "utf-8")
        settings = load_settings(config, self.folders.terminal)
        _put_in_paper(settings)
        return settings, enrolled

    @property
    def process_ids(self) -> tuple[int, ...]:
        """What runs beside the terminal and is no part of it."""
        return tuple(process.pid for process in self._processes)

    def stop(self) -> None:
        """Stop everything that was started, last first."""
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for stream in (process.stdout, process.stdin):
                if stream is not None:
                    stream.close()
        self._processes.clear()

    def _start_platform(self) -> Mapping[str, object]:
        program = str(Path(sys.executable).with_name("central-platform"))
        folder = str(self.folders.platform)
        command = [
            program,
            "serve",
            "--port",
            "0",
            "--data-dir",
            folder,
            "--with-parent",
            "--sample-times",
        ]
        command += ["--sample-department", _SAMPLE_DEPARTMENT]
        return self._start(command, "platform")

    def console_account(self) -> subprocess.Popen[str]:
        """Begin to make an account of the operations console; its password is made up for this demo."""
        program = str(Path(sys.executable).with_name("central-platform"))
        command = [program, "staff", "add", "demo", "--role", "operator", "--made-up-password"]
        return subprocess.Popen(
            [*command, "--json", "--data-dir", str(self.folders.platform)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )

    def console_line(self, account: subprocess.Popen[str]) -> str:
        """Return where the console is and how to log in, once the account is there."""
        told, _ = account.communicate()
        if account.returncode:
            return f"{self._platform_url}/console"
        password = json.loads(told)["password"]
        return f"{self._platform_url}/console  demo  {password}"

    def _enrolment_token(self) -> str:
        program = str(Path(sys.executable).with_name("central-platform"))
        ended = subprocess.run(
            [program, "enrolment-token", "--data-dir", str(self.folders.platform)],
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise CommandFailed(f"no enrolment token: {ended.stderr.strip()}")
        return ended.stdout.strip()

    def _start_bench(self, platform_url: str) -> dict[str, dict[str, str]]:
        papers = self.folders.out / "papers"
        papers.mkdir()
        slots = [
            f"id_card=sam_reader,seed={self._seed},paced=1",
            f"receipt_printer=escpos,seed={self._seed},speed=150",
            f"page_printer=ippeveprinter,spool={quote(str(papers))}",
            "document_scanner=sane",
            f"code_scanner=serial_scanner,seed={self._seed},phone={quote(self._phone())}",
            "camera=uvc",
            f"link=link,to={platform_url}",
            *self._more,
        ]
        command = [sys.executable, "-m", "drivers.sim.bench"]
        command += ["--control", str(self.bench.path)]
        for slot in slots:
            command += ["--slot", slot]
        told = self._start(command, "bench")
        return {str(slot): dict(facts) for slot, facts in told.items()}  # type: ignore[call-overload] # JSON

    def _phone(self) -> str:
        """Return the command with which the simulated telephone gets its codes."""
        program = str(Path(sys.executable).with_name("central-platform"))
        folder = str(self.folders.platform)
        return shlex.join([program, "code", "--data-dir", folder, "--resident"])

    def _start(self, command: list[str], name: str) -> Mapping[str, object]:
        """Start a program that prints one JSON line once it is ready."""
        log = (self.folders.out / f"{name}.log").open("w", encoding="utf-8")
        with log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        self._processes.append(process)
        line = _first_line(process.stdout, START_S)
        try:
            told = json.loads(line)
        except ValueError:
            reason = (self.folders.out / f"{name}.log").read_text("utf-8").strip().splitlines()
            words = reason[-1] if reason else "it said nothing"
            raise CommandFailed(f"the {name} did not start: {words}") from None
        if not isinstance(told, dict):
            raise CommandFailed(f"the {name} did not start: it said something else")
        return told


def _first_line(stream: IO[str] | None, timeout_s: float) -> str:
    if stream is None:
        return ""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        ends = time.monotonic() + timeout_s
        if not selector.select(max(0.0, ends - time.monotonic())):
            return ""
    return stream.readline()


def _put_in_paper(settings: Settings) -> None:
    """Note the full roll of the simulated printer, as whoever sets a terminal up does; the tray tells by itself."""
    from kiosk.supplies.kept import PutIn  # noqa: PLC0415 - the demo is the only one to pay
    from kiosk.supplies.ledger import Ledger, LedgerError  # noqa: PLC0415
    from kiosk.supplies.paper_watch import Consumable  # noqa: PLC0415

    at = time.time()
    day = datetime.fromtimestamp(at, CHINA).date()
    full = [
        PutIn(day, at, slot.name, Consumable.ROLL, slot.holds, "demo")
        for slot in settings.slots
        if slot.role == "receipt_printer" and slot.holds is not None
    ]
    with suppress(LedgerError):  # the terminal says so when it starts
        Ledger(settings.data_dir).change(full)


def _settings_toml(endpoints: Mapping[str, Mapping[str, str]]) -> str:
    """Write the demo's settings; a slot whose simulator is missing on this machine is not fitted."""
    lines = [
        "# Settings of the demo: every slot has a simulator behind its wire.",
        f"platform_url = {_toml_text(endpoints['link']['url'])}",
        "storage = {ballast_mb = 4}  # a demo shares the disk with everything else",
    ]
    for slot in _SLOTS:
        facts = endpoints.get(slot)
        driver = facts["driver"] if facts else "none"
        lines += ["", "[[slot]]", f'name = "{slot}"', f'role = "{slot}"', f'driver = "{driver}"']
        if facts and slot == "receipt_printer":
            lines += ["supplies = {roll_m = 80}  # as long as the simulator's"]
        if facts:
            lines += ["simulated = true", "[slot.options]"]
            lines += [
                f"{key} = {_toml_text(value)}" for key, value in facts.items() if key != "driver"
            ]
    return "\n".join(lines) + "\n"


def _toml_text(value: str) -> str:
    """Quote a text: TOML takes JSON's escapes except those of half a character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
