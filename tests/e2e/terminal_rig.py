# SPDX-License-Identifier: Apache-2.0
"""A whole terminal without its glass: real core, device processes, wires, network link and platform.

Only the screen is missing: a test reads views and posts intents, as the screen would.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from drivers.sim.escpos_printer import EscPosPrinterSimulator
from drivers.sim.ipp_everywhere_printer import IppEverywherePrinter
from drivers.sim.network_link import NetworkLink
from drivers.sim.people import PEOPLE
from drivers.sim.sam_reader import SamReaderSimulator
from kiosk.app import Terminal
from kiosk.config import SessionSettings, Settings, SlotSettings, StorageSettings
from kiosk.flows.intents import Act, Answer, Intent, Sign
from kiosk.flows.views import Body, FormPage, Materials, PromisePage, View
from kiosk.platform_client.enrolment import EnrolledTerminal, enrol

BIN = Path(sys.executable).parent
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
WAIT_S = 60.0
_DONE_HERE = ("办社保参保证明", "高龄津贴申领")
"""What the visits of these tests do; both stand first on the attract screen."""


class PlatformProcess:
    """The reference platform as its own process, which a test may stop and start again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [str(BIN / "central-platform"), "serve", "--port", str(self._port)]
        self._process = subprocess.Popen(
            [*command, "--data-dir", str(self.folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]
        self._port = urlsplit(self.url).port or 0

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def submissions(self) -> list[dict[str, Any]]:
        answer = self._ask("submissions", "--json")
        told: list[dict[str, Any]] = json.loads(answer)
        return told

    def identity_code(self, resident: str, lifetime_s: int = 120) -> str:
        """Return a fresh code as the resident's telephone would show it."""
        return self._ask("code", "--resident", resident, "--lifetime", str(lifetime_s)).strip()

    def staff_token(self, role: str) -> str:
        """Return a fresh token for somebody of the government's side."""
        return self._ask("staff-token", "--name", "test", "--role", role).strip()

    def token(self) -> str:
        return self._ask("enrolment-token").strip()

    def _ask(self, *arguments: str) -> str:
        ended = subprocess.run(
            [str(BIN / "central-platform"), *arguments, "--data-dir", str(self.folder)],
            capture_output=True,
            text=True,
            check=True,
        )
        return ended.stdout


@dataclass
class Rig:
    """Everything around one terminal."""

    platform: PlatformProcess
    link: NetworkLink
    reader: SamReaderSimulator
    slips: EscPosPrinterSimulator
    pages: IppEverywherePrinter
    data_dir: Path
    enrolled: EnrolledTerminal
    settings: Settings

    def __post_init__(self) -> None:
        self.terminal = Terminal(self.settings, self.enrolled)
        self._changed = threading.Condition()
        self.views: list[View] = []
        self.terminal.subscribe(self._show)

    def _show(self, view: View) -> None:
        with self._changed:
            self.views.append(view)
            self._changed.notify_all()

    @property
    def view(self) -> View:
        return self.views[-1]

    def wait(self, condition: Callable[[View], object], within_s: float = WAIT_S) -> View:
        """Wait until a view fulfils the condition; the message of a failure names the screen only."""
        ends = time.monotonic() + within_s
        with self._changed:
            while not (self.views and condition(self.views[-1])):
                left = ends - time.monotonic()
                if left <= 0:
                    shown = self.views[-1].body.screen if self.views else "nothing"
                    phase = getattr(self.views[-1].body, "phase", "") if self.views else ""
                    pytest.fail(
                        f"did not come within {within_s:.0f} s; the screen shows {shown} {phase}"
                    )
                self._changed.wait(left)
            return self.views[-1]

    def wait_for(self, screen: str, within_s: float = WAIT_S) -> Body:
        return self.wait(lambda view: view.body.screen == screen, within_s).body

    def post(self, intent: Intent) -> None:
        self.terminal.post(intent)

    def press(self, action: str) -> None:
        self.terminal.post(Act(action))

    # --- ways through a visit --------------------------------------------------------------------

    def ready(self) -> None:
        """Wait until what the visits here do can be done: devices reported, platform answered."""
        self.wait(lambda _: self._all_reported())

    def _all_reported(self) -> bool:
        said = getattr(self.view.body, "can_now", ())
        return all(any(name in words for words in said) for name in _DONE_HERE)

    def open_item(self, code: str) -> Body:
        self.press("start")
        self.wait_for("home")
        self.press(f"item:{code}")
        return self.wait_for("item")

    def show_card(self, person: str = "elder") -> None:
        """From the item's page to the first screen behind the log-in."""
        self.press("start")
        self.wait(lambda view: getattr(view.body, "phase", "") in {"choose", "waiting"})
        if getattr(self.view.body, "phase", "") == "choose":
            self.press("way:id_card")
            self.wait(lambda view: getattr(view.body, "phase", "") == "waiting")
        self.reader.actions()["place"](person)

    def walk_until(self, screen: str, within_s: float = WAIT_S) -> Body:
        """Do what the primary button says, filling what is empty, until that screen comes."""
        ends = time.monotonic() + within_s
        done = -1
        while self.view.body.screen != screen:
            view = self.wait(lambda view, done=done: view.revision > done, ends - time.monotonic())
            done = view.revision
            if view.body.screen != screen:
                self._next(view)
        return self.view.body

    def _next(self, view: View) -> None:
        body = view.body
        if isinstance(body, FormPage):
            for question in body.fields:
                if question.required and not question.value:
                    choice = question.choices[0].value if question.choices else question.example
                    self.post(Answer(question.key, choice))
        if isinstance(body, Materials):
            for material in body.materials:
                if material.state == "open" and material.actions:
                    usable = [action for action in material.actions if action.enabled]
                    self.post(Act(usable[0].id))
        if isinstance(body, PromisePage) and body.signature_needed and not body.signed:
            self.post(Sign(PNG, 3))
        for action in getattr(body, "actions", ()):
            if action.primary and action.enabled:
                self.post(Act(action.id))


@contextmanager
def rig(
    folder: Path,
    platform: PlatformProcess,
    *,
    session: SessionSettings | None = None,
    slots: tuple[SlotSettings, ...] = (),
) -> Iterator[Rig]:
    """Build a rig around a running platform, and take it down. ``slots`` are fitted besides the usual ones."""
    parts = urlsplit(platform.url)
    link = NetworkLink("link", (parts.hostname or "127.0.0.1", parts.port or 80))
    reader = SamReaderSimulator("id_card", folder / "reader")
    slips = EscPosPrinterSimulator(speed_mm_s=None)
    pages = IppEverywherePrinter("page_printer", folder / "papers")
    simulators = (link, reader, slips, pages)
    for simulator in simulators:
        simulator.start()
    data_dir = folder / "data"
    built: Rig | None = None
    try:
        enrolled = enrol(link.endpoint, platform.token(), data_dir)
        settings = Settings(
            data_dir=data_dir,
            platform_url=link.endpoint,
            session=session or SessionSettings(),
            storage=StorageSettings(ballast_mb=1),
            slots=(
                fitted("id_card", "sam_serial", url=reader.endpoint),
                fitted("receipt_printer", "escpos", url=slips.endpoint),
                fitted("page_printer", "ipp", url=pages.endpoint),
                *slots,
            ),
        )
        built = Rig(platform, link, reader, slips, pages, data_dir, enrolled, settings)
        built.terminal.start()
        yield built
    finally:
        if built is not None:
            built.terminal.stop()
        for simulator in simulators:
            simulator.stop()


def fitted(role: str, driver: str, **options: str) -> SlotSettings:
    """Return a slot with a simulator behind it."""
    return SlotSettings.model_validate(
        {"name": role, "role": role, "driver": driver, "simulated": True, "options": options}
    )


def traces(folder: Path, *more: bytes) -> list[str]:
    """Name the files that hold anything of the synthetic elder, or ``more``."""
    card = PEOPLE["elder"].card
    words = [card.name or "", card.number or "", (card.address or "")[-12:]]
    needles = [word.encode(code) for word in words for code in ("utf-8", "utf-16-le", "gbk")]
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file()
        for data in [path.read_bytes()]
        if any(needle in data for needle in (*needles, *more))
    ]
