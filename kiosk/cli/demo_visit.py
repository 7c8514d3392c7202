# SPDX-License-Identifier: Apache-2.0
"""The headless demo's visit: a scripted resident at the real screens, papers kept, facts told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from central_platform.items import shipped_items
from kiosk.app import Terminal
from kiosk.bench_client import BenchError
from kiosk.cli.demo_stack import DemoStack
from kiosk.config import Settings
from kiosk.platform_client.enrolment import EnrolledTerminal
from offline_cache import OfflineCache
from ui.bridge.application import KioskApplication
from ui.robot.resident import Wishes, complete_item
from ui.robot.visit import Visit, VisitStep

VISIT_S: Final = 180.0


@dataclass(frozen=True, slots=True)
class VisitTold:
    """What a visit left behind."""

    facts: dict[str, Any]
    """The content of ``visit.json``."""
    error: str
    """Why the visit did not reach its end; empty when it did."""


def play(
    stack: DemoStack,
    settings: Settings,
    enrolled: EnrolledTerminal,
    item: str,
    person: str,
    *,
    service: str = "",
    by_keys: bool = False,
) -> VisitTold:
    """Play one visit and save pictures and papers into the demo's folder."""
    terminal = Terminal(settings, enrolled)
    screen = KioskApplication(terminal, settings.screen.size, headless=True)
    visit = Visit(
        screen.window,
        pictures=stack.folders.out / "screens",
        begins_at="attract",
        by_keys=by_keys,
    )
    visit.finished.connect(screen.quit)
    screen.application.aboutToQuit.connect(visit.stop)

    def give_card() -> None:
        _steer(stack, "id_card", "place", person)

    def take_card() -> None:
        _steer(stack, "id_card", "remove")

    wishes = Wishes(
        item=item,
        service=service,
        answers=examples(item),
        timeout_s=VISIT_S,
        give_card=give_card,
        take_card=take_card,
    )
    terminal.start()
    visit.start(complete_item(visit, wishes))
    try:
        screen.run()
    finally:
        terminal.stop()
    error = str(visit.error) if visit.error else ""
    if screen.warnings and not error:
        error = f"the screen complained: {screen.warnings[0]}"
    out = str(stack.folders.out)
    for printer in ("receipt_printer", "page_printer"):
        if _steer(stack, printer, "jobs"):
            _steer(stack, printer, "save", out)
    return VisitTold(_facts(settings, item, visit.steps), error)


def examples(code: str) -> dict[str, str]:
    """Return what the item's own file gives as examples for what must be answered."""
    item = next((each for each in shipped_items() if each.code == code), None)
    if item is None:
        return {}
    needed = set(item.form.json_schema.get("required", ()))
    return {
        # A date is typed as eight digits.
        asked.key: asked.example.replace("-", "") if asked.widget == "date" else asked.example
        for group in item.form.groups
        for asked in group.fields
        if asked.key in needed and asked.example
    }


def _steer(stack: DemoStack, slot: str, action: str, *args: str) -> object:
    """Ask the bench; a simulator that is missing on this machine is no reason to stop."""
    try:
        return stack.bench.act(slot, action, *args)
    except BenchError as error:
        print(f"bench: {slot} {action}: {error}")
        return None


def _facts(settings: Settings, item: str, steps: list[VisitStep]) -> dict[str, Any]:
    """Read from the terminal's own queue what became of the submission."""
    with OfflineCache(settings.data_dir, number=lambda _sequence, _wall: "") as cache:
        applications = [entry for entry in cache.outbox.entries() if entry.kind == "application"]
    entry = applications[-1] if applications else None
    return {
        "identity": "id_card",
        "item": item,
        "submission": str(entry.id) if entry else None,
        "receipt": entry.receipt if entry else None,
        "case_number": entry.case_number if entry else None,
        "state": entry.state.value if entry else None,
        "steps": [{"screen": step.screen, "ms": step.ms} for step in steps],
    }
