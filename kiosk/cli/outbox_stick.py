# SPDX-License-Identifier: Apache-2.0
"""``kiosk outbox export`` and ``import-ack``: submissions leave on a stick, their receipts come back on it."""

from __future__ import annotations

import json as json_module
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import typer

from kiosk.cli.failures import (
    CommandFailed,
    ConfigOption,
    DataDirOption,
    JsonOption,
    settings_or_fail,
)
from kiosk.cli.outbox_opening import enrolled_or_fail, open_cache
from kiosk.cli.staff_acts import WhoOption, Why, WhyOption, account, audited

if TYPE_CHECKING:
    from kiosk.audit import AuditLog
    from kiosk.platform_client.bundles import Acknowledged
    from kiosk.protocol.messages import AuditPlace
    from offline_cache import Entry, Exported, Outbox

_SAID = {
    "export.full": "there is not enough room on it",
    "export.gone": "it is not there any more; put it in again and repeat: the export goes on where it stopped",
    "export.read_only": "it cannot be written; look for its write-protect switch",
    "export.not_kept": "it does not give back what was written to it; take another one",
    "export.failed": "it reports an error; take another one",
}


def export(  # noqa: PLR0917 - Typer hands options over by name
    directory: Path = typer.Argument(..., metavar="DIR", help="Where the stick is."),
    quarantined: bool = typer.Option(  # noqa: FBT001
        False, "--quarantined", help="Hand over those set aside, too, as far as they are whole."
    ),
    who: str = WhoOption,
    why: Why = WhyOption,
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
    json: bool = JsonOption,  # noqa: FBT001 - Typer passes flags by position
) -> None:
    """Write everything that waits to a stick, sealed as it is; it stays here until it is acknowledged.

    Pulled out too early? Put it in again and repeat. Exit status 1 when something could not be exported.
    """
    settings, by = settings_or_fail(config, data_dir), account(who)
    enrolled = enrolled_or_fail(settings)
    if not directory.is_dir():
        raise CommandFailed(f"{directory}: not a directory; is the stick mounted?")

    from uuid_utils.compat import uuid7  # noqa: PLC0415 - start-up time

    from kiosk.platform_client.bundles import SignedBundles  # noqa: PLC0415
    from offline_cache import ExportError  # noqa: PLC0415
    from offline_cache import export as write_bundle  # noqa: PLC0415

    with open_cache(settings, enrolled) as cache, audited(settings) as log:
        also = _whole_ones_aside(cache.outbox) if quarantined else []
        log.append("outbox.export_begun", account=by, reason=why.value, count=len(also))
        try:
            done = write_bundle(
                cache.outbox,
                directory,
                SignedBundles(enrolled, time.time, _place(log)),
                now=time.time(),
                new_bundle=lambda: UUID(str(uuid7())),
                also=also,
                on_progress=_progress,
            )
        except ExportError as error:
            log.append("outbox.export_failed", account=by, code=error.code)
            raise CommandFailed(
                f"{directory}: {_SAID[error.code]} ({error.code}); nothing is lost, all of it is still here"
            ) from error
        log.append(
            "outbox.exported",
            account=by,
            reason=why.value,
            bundle=str(done.bundle or ""),
            count=len(done.written),
            bytes=done.size,
        )
    _tell_export(done, json=json)
    if done.damaged:
        receipts = ", ".join(entry.receipt for entry in done.damaged)
        raise CommandFailed(f"set aside, damaged here and not exported: {receipts}")


def import_ack(
    file: Path = typer.Argument(
        ..., metavar="FILE", help="The file, or the stick with such files."
    ),
    who: str = WhoOption,
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
    json: bool = JsonOption,  # noqa: FBT001 - Typer passes flags by position
) -> None:
    """Take in the platform's receipts from a stick, each verified; then the payloads may be purged.

    Exit status 1 when a receipt does not fit, or the platform could not take a submission: it is named.
    """
    settings, by = settings_or_fail(config, data_dir), account(who)
    enrolled = enrolled_or_fail(settings)

    from kiosk.platform_client.bundles import (  # noqa: PLC0415 - start-up time
        AcknowledgementError,
        import_acknowledgement,
    )

    files = _acknowledgements(file, enrolled.terminal)
    done: list[Acknowledged] = []
    problems: list[str] = []
    with open_cache(settings, enrolled) as cache, audited(settings) as log:
        for path in files:
            try:
                told = import_acknowledgement(
                    cache.outbox, enrolled, path.read_bytes(), time.time()
                )
            except AcknowledgementError as error:
                problems.append(f"{path.name}: {error}")
                log.append("outbox.acknowledgement_refused", account=by)
                continue
            except OSError as error:
                problems.append(f"{path.name}: cannot be read ({error.strerror})")
                continue
            done.append(told)
            problems += [f"{path.name}: {line}" for line in told.rejected]
            problems += [
                f"{path.name}: the platform could not take {one.receipt or one.file} ({one.code});"
                " it is still here: export again"
                for one in told.refused
            ]
            log.append(
                "outbox.acknowledged",
                account=by,
                bundle=str(told.bundle),
                count=len(told.received),
            )
    _tell_acknowledged(done, json=json)
    for line in problems:
        sys.stderr.write(f"kiosk: {line}\n")
    if problems:
        raise typer.Exit(1)


def _whole_ones_aside(outbox: Outbox) -> list[Entry]:
    """Return those set aside by the platform; what is damaged here cannot be handed to anybody."""
    from offline_cache import State  # noqa: PLC0415 - start-up time

    aside = outbox.entries({State.QUARANTINED})
    return [entry for entry in aside if not (entry.last_error or "").startswith("local.")]


def _place(log: AuditLog) -> AuditPlace | None:
    from kiosk.protocol.messages import AuditPlace  # noqa: PLC0415 - start-up time

    place = log.durable_place
    return AuditPlace(sequence=place.sequence, hash=place.hash) if place.sequence else None


def _acknowledgements(file: Path, terminal: str) -> list[Path]:
    from kiosk.protocol.bundle import ACKNOWLEDGEMENT_ENDING  # noqa: PLC0415 - start-up time

    if not file.is_dir():
        if not file.is_file():
            raise CommandFailed(f"{file}: there is no such file")
        return [file]
    found = sorted(file.glob(f"hall24-{terminal}-*{ACKNOWLEDGEMENT_ENDING}"))
    if not found:
        raise CommandFailed(f"{file}: no acknowledgement for {terminal} is here")
    return found


def _progress(done: int, total: int) -> None:
    """Say how far it is, for a person who waits; not into a file or a pipe."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r{done}/{total}{end}")
        sys.stderr.flush()


def _tell_export(done: Exported, *, json: bool) -> None:
    told: dict[str, Any] = {
        "bundle": str(done.bundle) if done.bundle else None,
        "directory": str(done.directory) if done.directory else None,
        "exported": len(done.written),
        "bytes": done.size,
        "resumed": done.resumed,
        "damaged": [str(entry.id) for entry in done.damaged],
    }
    if json:
        print(json_module.dumps(told, ensure_ascii=False))
    elif done.bundle is None:
        print("nothing waits: nothing was written")
    else:
        print(f"{len(done.written)} exported, {done.size} bytes  {done.directory}")


def _tell_acknowledged(done: list[Acknowledged], *, json: bool) -> None:
    if json:
        told = [
            {
                "bundle": str(one.bundle),
                "received": list(one.received),
                "known_already": list(one.known_already),
                "rejected": list(one.rejected),
                "refused": [r.model_dump(mode="json") for r in one.refused],
            }
            for one in done
        ]
        print(json_module.dumps(told, ensure_ascii=False))
        return
    for one in done:
        print(f"{one.bundle}  {len(one.received)} received, {len(one.known_already)} known already")
