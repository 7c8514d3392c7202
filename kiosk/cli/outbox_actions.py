# SPDX-License-Identifier: Apache-2.0
"""What staff may do to a submission: try it now, give it back to the queue, note that its resident came.

None of it deletes anything, and each act is one event of the chain.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kiosk.cli.failures import (
    WRONG_USAGE,
    CommandFailed,
    ConfigOption,
    DataDirOption,
    settings_or_fail,
)
from kiosk.cli.outbox_opening import HANDLED, named, open_cache
from kiosk.cli.staff_acts import WhoOption, Why, WhyOption, account, audited

if TYPE_CHECKING:
    from offline_cache import Entry, Outbox, State

_Ids: list[str] = typer.Argument(None, metavar="[ID]…", help="Ids, or local receipt numbers.")
_All: bool = typer.Option(False, "--all", help="Every submission that this can be done to.")


def retry(  # noqa: PLR0917 - Typer hands options over by name
    ids: list[str] = _Ids,
    everything: bool = _All,  # noqa: FBT001 - Typer passes flags by position
    who: str = WhoOption,
    why: Why = WhyOption,
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Make submissions that wait due now; the next `kiosk outbox sync`, or the terminal, sends them."""
    from offline_cache.model import WAITING  # noqa: PLC0415 - start-up time

    settings, by = settings_or_fail(config, data_dir), account(who)
    with open_cache(settings) as cache, audited(settings) as log:
        for entry in _chosen(cache.outbox, ids, frozenset(WAITING), everything=everything):
            if entry.state not in WAITING:
                raise CommandFailed(f"{entry.receipt} is {entry.state}, it does not wait")
            cache.outbox.hurry(entry.id)
            log.append(
                "outbox.retry",
                account=by,
                reason=why.value,
                submission=str(entry.id),
                state=entry.state.value,
            )
            print(f"{entry.receipt}  due now")


def release(  # noqa: PLR0917 - Typer hands options over by name
    ids: list[str] = _Ids,
    everything: bool = _All,  # noqa: FBT001 - Typer passes flags by position
    who: str = WhoOption,
    why: Why = WhyOption,
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Put submissions that were set aside back into the queue, once the cause is gone.

    One whose bytes here are damaged stays aside: it would only come back.
    """
    from offline_cache import PartError, State  # noqa: PLC0415 - start-up time

    settings, by = settings_or_fail(config, data_dir), account(who)
    aside = frozenset({State.QUARANTINED})
    kept = 0
    with open_cache(settings) as cache, audited(settings) as log:
        for entry in _chosen(cache.outbox, ids, aside, everything=everything):
            if entry.state is not State.QUARANTINED:
                raise CommandFailed(f"{entry.receipt} is {entry.state}, it is not set aside")
            try:
                _read_back(cache.outbox, entry)
            except PartError as error:
                kept += 1
                print(f"{entry.receipt}  stays aside: damaged here ({error.code})")
                continue
            cache.outbox.release(entry.id)
            log.append(
                "outbox.release",
                account=by,
                reason=why.value,
                submission=str(entry.id),
                code=entry.last_error,
            )
            print(f"{entry.receipt}  queued again")
    if kept:
        raise CommandFailed(f"{kept} stay aside: ask the resident to apply again, keep the disk")


def handled(
    ids: list[str] = typer.Argument(..., metavar="ID…", help="Ids, or local receipt numbers."),
    who: str = WhoOption,
    why: Why = typer.Option(Why.RESIDENT_CAME, "--why", help="The reason, for the event chain."),
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Note that the resident of a submission came back and the matter was put right with them."""
    from offline_cache import State  # noqa: PLC0415 - start-up time

    settings, by = settings_or_fail(config, data_dir), account(who)
    with open_cache(settings) as cache, audited(settings) as log:
        for wanted in ids:
            entry = named(cache.outbox, wanted)
            if entry.state is not State.RESIDENT_MUST_RETURN:
                raise CommandFailed(
                    f"{entry.receipt} is {entry.state}: nobody has to return for it"
                )
            if entry.receipt_document is None:
                cache.outbox.note(entry.id, HANDLED)
            else:
                cache.outbox.settle(entry.id, time.time())
            log.append("outbox.handled", account=by, reason=why.value, submission=str(entry.id))
            print(f"{entry.receipt}  handled")


def _chosen(
    outbox: Outbox, ids: list[str] | None, states: frozenset[State], *, everything: bool
) -> list[Entry]:
    if everything == bool(ids):
        raise CommandFailed("give either ids or --all", WRONG_USAGE)
    return outbox.entries(states) if everything else [named(outbox, one) for one in ids or []]


def _read_back(outbox: Outbox, entry: Entry) -> None:
    from offline_cache import rows  # noqa: PLC0415 - start-up time
    from offline_cache.errors import PartCorruptError  # noqa: PLC0415

    if entry.last_error == rows.ROW_CORRUPT:
        raise PartCorruptError("row")
    for part in outbox.parts(entry.id):
        outbox.peek_part(entry.id, part.name)
