# SPDX-License-Identifier: Apache-2.0
"""``kiosk devices supplies``: paper and toner, how long they last, and "I have put in a new roll"."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from kiosk.cli.failures import (
    WRONG_USAGE,
    CommandFailed,
    ConfigOption,
    DataDirOption,
    JsonOption,
    settings_or_fail,
)
from kiosk.cli.staff_acts import WhoOption, account

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kiosk.config import Settings, SlotSettings
    from kiosk.supplies.levels import Level, SlotSupplies

_MM_PER_METRE: Final = 1_000
_LONGEST_M: Final = 1_000.0
_MOST_SHEETS: Final = 10_000
_WHY: Final = {
    "level_unknown": "nobody knows what is left",
    "too_few_days": "too few days of use",
    "not_used": "not used lately",
}


def supplies(
    *,
    reset: str = typer.Option(
        "", "--reset", metavar="SLOT", help="Paper was filled in there; with --length or --sheets."
    ),
    length: float | None = typer.Option(
        None, "--length", help="Metres on the new roll; default: the configuration's."
    ),
    sheets: int | None = typer.Option(
        None, "--sheets", help="Sheets of A4 in the tray now; default: the configuration's."
    ),
    who: str = WhoOption,
    as_json: bool = JsonOption,
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Show what is left and how long it will do, without touching a device; or note that paper was filled in."""
    settings = settings_or_fail(config, data_dir)
    if reset:
        _reset(settings, reset, length, sheets, account(who))
    elif length is not None or sheets is not None:
        raise CommandFailed("--length and --sheets go with --reset SLOT", WRONG_USAGE)
    found = kept_supplies(settings)
    if as_json:
        told = [{"slot": each.slot, **supply_facts(each)} for each in found]
        print(json.dumps(told, ensure_ascii=False))
        return
    lines = [line for each in found for line in supply_lines(each)]
    print("\n".join(lines) if lines else "no counters are kept yet")


def _reset(
    settings: Settings, name: str, length: float | None, sheets: int | None, who: str
) -> None:
    from kiosk.audit import AuditLog  # noqa: PLC0415 - start-up time
    from kiosk.flows.settings import CHINA  # noqa: PLC0415
    from kiosk.supplies.kept import Audited, PutIn  # noqa: PLC0415
    from kiosk.supplies.ledger import Ledger, LedgerError  # noqa: PLC0415
    from kiosk.supplies.paper_watch import Consumable  # noqa: PLC0415
    from kiosk.terminal.supply_reports import act_fields  # noqa: PLC0415

    slot = next((slot for slot in settings.slots if slot.name == name), None)
    if slot is None:
        known = ", ".join(slot.name for slot in settings.slots) or "none"
        raise CommandFailed(f"--reset {name}: no such slot (there is: {known})", WRONG_USAGE)
    amount = _amount(slot, length, sheets)
    consumable = Consumable.ROLL if slot.role == "receipt_printer" else Consumable.SHEETS
    at = time.time()
    day = datetime.fromtimestamp(at, CHINA).date()
    put_in = PutIn(day, at, slot.name, consumable, amount, who)
    ledger = Ledger(settings.data_dir)
    log = AuditLog(settings.data_dir / "audit")
    try:
        ledger.change([put_in])
        log.append("supplies.filled", **act_fields(put_in.act))
        if log.healthy:
            ledger.change([Audited(day, at, put_in.act)])
        # Else the terminal runs, which alone writes the chain then: it takes the act from the ledger.
    except LedgerError as error:
        raise CommandFailed(f"not noted: {settings.data_dir}: {error}") from error
    finally:
        log.close()


def _amount(slot: SlotSettings, length: float | None, sheets: int | None) -> float:
    """Return what was put in, in millimetres or sheets, or end the command."""
    if slot.role == "receipt_printer" and sheets is None:
        if length is not None and not 0 < length <= _LONGEST_M:
            raise CommandFailed(f"--length {length}: 0 to {_LONGEST_M:.0f} metres", WRONG_USAGE)
        given = None if length is None else length * _MM_PER_METRE
        option = "--length METRES"
    elif slot.role == "page_printer" and length is None:
        if sheets is not None and not 0 < sheets <= _MOST_SHEETS:
            raise CommandFailed(f"--sheets {sheets}: 1 to {_MOST_SHEETS}", WRONG_USAGE)
        given = None if sheets is None else float(sheets)
        option = "--sheets N"
    else:
        raise CommandFailed(
            f"--reset {slot.name}: a receipt printer takes --length, a page printer --sheets,"
            " nothing else holds paper",
            WRONG_USAGE,
        )
    amount = slot.holds if given is None else given
    if amount is None:
        raise CommandFailed(f"{slot.name}: how much? {option}", WRONG_USAGE)
    return amount


def kept_supplies(settings: Settings) -> tuple[SlotSupplies, ...]:
    """Return what is kept of every configured slot, or end the command."""
    from drivers.core import Role  # noqa: PLC0415 - start-up time
    from kiosk.flows.settings import CHINA  # noqa: PLC0415
    from kiosk.supplies.ledger import Ledger, LedgerError  # noqa: PLC0415
    from kiosk.supplies.levels import supplies_of  # noqa: PLC0415

    try:
        kept = Ledger(settings.data_dir).read()
    except LedgerError as error:
        raise CommandFailed(f"{settings.data_dir}: {error}") from error
    slots = [(slot.name, Role(slot.role)) for slot in settings.slots]
    return supplies_of(kept, slots, datetime.fromtimestamp(time.time(), CHINA).date())


def supply_facts(slot: SlotSupplies) -> Mapping[str, object]:
    """Return levels and counters for ``--json``; ``null`` is what nobody knows."""
    return {
        "supplies": [
            {
                "kind": level.consumable.value,
                "unit": level.unit,
                "left": None if level.left is None else round(level.left),
                "capacity": None if level.capacity is None else round(level.capacity),
                "origin": level.origin,
                "state": level.state.value if level.state else None,
                "days_left": level.forecast.days,
                "unknown_because": level.forecast.reason or None,
                "sample_days": level.forecast.samples,
            }
            for level in slot.levels
        ],
        "counters": dict(slot.counters),
    }


def supply_lines(slot: SlotSupplies) -> Iterable[str]:
    """Return lines for people, empty for a slot that has nothing to tell."""
    for level in slot.levels:
        yield f"{slot.slot:<18} {level.consumable.value:<12} {_left(level):<16} {_days(level)}"
    if slot.counters:
        counted = " ".join(f"{name}={count}" for name, count in sorted(slot.counters.items()))
        yield f"{slot.slot:<18} {'counted':<12} {counted}"


def _left(level: Level) -> str:
    if level.left is None:
        known = "unknown"
    elif level.unit == "mm":
        known = f"{level.left / _MM_PER_METRE:.1f} m"
    else:
        known = f"{level.left:.0f} {'%' if level.unit == 'percent' else level.unit}"
    return f"{known} ({level.state})" if level.state in {"low", "out"} else known


def _days(level: Level) -> str:
    forecast = level.forecast
    if forecast.days is None:
        return f"days left: unknown ({_WHY[forecast.reason]})"
    return f"days left: about {forecast.days} (from {forecast.samples} days of use)"
