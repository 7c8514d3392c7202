# SPDX-License-Identifier: Apache-2.0
"""``kiosk outbox``: put submissions into the sealed queue, look at it, send it, check it, carry it on a stick.

While the terminal runs it alone works on the outbox; these commands are then refused in one line.
"""

from __future__ import annotations

import json as json_module
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import typer

from kiosk.cli import outbox_actions, outbox_stick
from kiosk.cli.failures import (
    FAILED,
    WRONG_USAGE,
    CommandFailed,
    ConfigOption,
    DataDirOption,
    JsonOption,
    address_or_fail,
    settings_or_fail,
)
from kiosk.cli.outbox_link import link_facts
from kiosk.cli.outbox_opening import (
    enrolled_or_fail,
    open_cache,
    quotas_of,
    said_of,
    undelivered,
)
from kiosk.cli.outbox_reasons import intake_line, reason, state_words

if TYPE_CHECKING:
    from offline_cache import Entry

_LOOK_EVERY = 256
"""How many submissions are handed in between two looks at the quotas: counting a long queue takes time."""

app = typer.Typer(help="The sealed queue.", no_args_is_help=True, add_completion=False)


@app.command()
def submit(
    file: Path | None = typer.Argument(None, help="One submission as JSON, as a line of --stdin."),
    attach: list[Path] = typer.Option([], "--attach", help="One more attachment."),
    stdin: bool = typer.Option(False, "--stdin", help="One submission a line on standard input."),  # noqa: FBT001
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Seal and queue submissions; print {"id","receipt"} for each, only once it is durable.

    A submission is {"item": CODE, "form": {…}, "attachments": [PATH…]}; paths are relative to where
    the command runs. A line that cannot be used is named on standard error; the others are kept.
    """
    if stdin == (file is not None):
        raise CommandFailed("give either FILE or --stdin", WRONG_USAGE)
    if stdin and attach:
        raise CommandFailed("--attach goes with FILE; lines name their attachments", WRONG_USAGE)
    settings = settings_or_fail(config, data_dir)
    enrolled = enrolled_or_fail(settings)

    from kiosk.cli.outbox_submissions import SubmissionInvalid, read_submission  # noqa: PLC0415
    from kiosk.platform_client.delivery import seal_for  # noqa: PLC0415 - start-up time
    from kiosk.terminal.intake import look, reserve_for  # noqa: PLC0415
    from offline_cache import StoreError  # noqa: PLC0415

    prepare = seal_for(enrolled)
    bad = 0
    reserve = reserve_for(settings)
    with open_cache(settings, enrolled, reserve=reserve) as cache:
        quotas = quotas_of(cache, settings)
        for number, (place, text) in enumerate(_texts(file)):
            refused = "" if reserve.tend() else "store.full"
            if not refused and number % _LOOK_EVERY == 0:
                refused = look(cache.outbox, reserve, quotas).refused
            if refused:
                raise CommandFailed(f"{place}: not kept ({refused}): {intake_line(refused)}")
            try:
                given = read_submission(text, attach)
            except SubmissionInvalid as error:
                bad += 1
                sys.stderr.write(f"kiosk: {place}: {error}\n")
                continue
            try:
                entry = cache.outbox.finalize(
                    kind="application",
                    item=given.item,
                    seal=prepare(
                        kind="application",
                        item=given.item,
                        item_version=given.item_version,
                        payload=given.payload,
                        attachments=given.attachments,
                    ),
                )
            except StoreError as error:
                # The rest would fare no better, and whoever feeds us must not believe otherwise.
                raise CommandFailed(f"{place}: not kept ({error.code}): {error}") from error
            print(json_module.dumps({"id": str(entry.id), "receipt": entry.receipt}), flush=True)
    if bad:
        raise typer.Exit(FAILED)


@app.command("list")
def list_entries(
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
    json: bool = JsonOption,  # noqa: FBT001 - Typer passes flags by position
) -> None:
    """Show every submission in the order of acceptance, delivered ones too."""
    settings = settings_or_fail(config, data_dir)
    from kiosk.terminal.intake import glance, reserve_for  # noqa: PLC0415 - start-up time

    reserve = reserve_for(settings)
    with open_cache(settings, reserve=reserve) as cache:
        entries = [_row(entry) for entry in cache.outbox.entries()]
        known = link_facts(cache.outbox)
        problem = glance(cache.outbox, reserve, quotas_of(cache, settings)).code
    if json:
        print(json_module.dumps(entries, ensure_ascii=False))
        return
    for row in entries:
        print(
            f"{row['receipt']:<20} {row['state']:<21} {row['created_at']}  {row['item']}"
            f"  {row['case_number'] or ''}{_why(row['last_error'])}".rstrip()
        )
    if problem:
        print(f"{intake_line(problem)} ({problem})")
    print("; ".join(known))


@app.command()
def show(
    wanted: str = typer.Argument(..., metavar="ID", help="Id, or local receipt number."),
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
    json: bool = JsonOption,  # noqa: FBT001 - Typer passes flags by position
) -> None:
    """Show all that is known in clear of one submission: parts, history, the platform's receipt."""
    settings = settings_or_fail(config, data_dir)

    from kiosk.platform_client.delivery import receipt_of  # noqa: PLC0415 - start-up time
    from offline_cache import UnknownEntryError  # noqa: PLC0415

    with open_cache(settings) as cache:
        outbox = cache.outbox
        try:
            submission = _uuid(wanted)
            entry = outbox.by_receipt(wanted) if submission is None else outbox.entry(submission)
        except UnknownEntryError as error:
            raise CommandFailed(f"no submission {wanted}") from error
        receipt = receipt_of(entry)
        known: dict[str, Any] = {
            **_row(entry),
            "meaning": state_words(entry.state),
            "reason": reason(entry.last_error),
            "exported_at": _time(entry.exported_at),
            "sequence": entry.sequence,
            "kind": entry.kind,
            "size": entry.size,
            "manifest_sha256": entry.manifest_sha256,
            "boot_id": entry.clock.boot_id,
            "server_offset_s": entry.clock.server_offset_s,
            "last_attempt_at": _time(entry.last_attempt_at),
            "purged_at": _time(entry.purged_at),
            "parts": [
                {"name": part.name, "size": part.size, "sha256": part.sha256}
                for part in outbox.parts(entry.id)
            ],
            "history": [
                {"at": _time(line.at), "state": line.state, "code": line.code}
                for line in outbox.history(entry.id)
            ],
            "platform_receipt": None if receipt is None else receipt.model_dump(mode="json"),
        }
    if json:
        print(json_module.dumps(known, ensure_ascii=False))
        return
    for name, value in known.items():
        if isinstance(value, dict) and "zh" in value:
            print(f"{name:<16} {value['zh']}  {value['en']}")
        elif not isinstance(value, list):
            print(f"{name:<16} {'' if value is None else value}".rstrip())
    for part in known["parts"]:
        print(f"part             {part['name']}  {part['size']}  {part['sha256']}")
    for line in known["history"]:
        print(f"history          {line['at']}  {line['state']}  {line['code'] or ''}".rstrip())


@app.command()
def sync(  # noqa: PLR0917 - Typer hands options over by name
    platform: str = typer.Option("", "--platform", help="Address, instead of the enrolled one."),
    until_empty: bool = typer.Option(False, "--until-empty", help="Go on until nothing waits."),  # noqa: FBT001
    timeout_s: float = typer.Option(
        0.0, "--timeout", min=0.0, help="Give up after so many seconds; 0: no limit."
    ),
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
    json: bool = JsonOption,  # noqa: FBT001 - Typer passes flags by position
) -> None:
    """Deliver what waits, each submission once, or with --until-empty for as long as it takes.

    0 when nothing waits any more and nothing was set aside; 1 otherwise, with the reason.
    """
    settings = settings_or_fail(config, data_dir)
    if platform:
        address_or_fail(platform)
    enrolled = enrolled_or_fail(settings)

    from kiosk.cli.outbox_sync import run_sync  # noqa: PLC0415 - start-up time
    from kiosk.platform_client.delivery import make_deliverer  # noqa: PLC0415
    from kiosk.platform_client.v1 import PlatformV1  # noqa: PLC0415

    client = PlatformV1(
        enrolled, platform or settings.platform_url or None, proxy=settings.platform_proxy
    )
    try:
        with open_cache(settings, enrolled) as cache:
            outcome = run_sync(
                cache.outbox,
                make_deliverer(client),
                until_empty=until_empty,
                timeout_s=timeout_s or None,
            )
            if client.heard_at is not None:
                now, offset_s = client.heard_at
                cache.outbox.remember_contact(offset_s, now)
            known = link_facts(cache.outbox)
    finally:
        client.close()
    counts = {
        "delivered": outcome.delivered,
        "waiting": outcome.waiting,
        "quarantined": outcome.quarantined,
    }
    if json:
        print(json_module.dumps(counts))
    else:
        print("  ".join(f"{name} {count}" for name, count in counts.items()))
    if outcome.problem:
        raise CommandFailed("; ".join((outcome.problem, *known)))


@app.command()
def verify(
    empty: bool = typer.Option(False, "--empty", help="Nothing may be left either."),  # noqa: FBT001
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
    json: bool = JsonOption,  # noqa: FBT001 - Typer passes flags by position
) -> None:
    """Read everything back: database, rows, sequence, sealed parts, receipts. 1 when anything is wrong.

    With --empty also 1 while anything is not delivered, set aside or not acknowledged: before a terminal is
    retired or enrolled anew.
    """
    settings = settings_or_fail(config, data_dir)

    from kiosk.platform_client.delivery import receipt_holds  # noqa: PLC0415 - start-up time
    from kiosk.platform_client.enrolment import (  # noqa: PLC0415
        EnrolmentError,
        load_enrolment,
    )
    from offline_cache import verify as read_back  # noqa: PLC0415

    try:
        keys = load_enrolment(settings.data_dir).signing_keys
    except EnrolmentError:
        keys = {}  # without the platform's key its receipts cannot be judged
    with open_cache(settings) as cache:
        findings = list(
            read_back(cache.store, cache.outbox, lambda entry: receipt_holds(entry, keys))
        )
        left = undelivered(cache.outbox)
        submissions = sum(cache.outbox.counts().values())
        orphans = len(cache.outbox.orphans())
    if json:
        listed = [
            {"code": f.code, "id": f.submission, "receipt": f.receipt, "detail": f.detail}
            for f in findings
        ]
        document: dict[str, Any] = {
            "ok": not findings,
            "submissions": submissions,
            "orphans": orphans,
            "findings": listed,
        }
        if empty:
            document["undelivered"] = {state.value: count for state, count in left.items()}
        print(json_module.dumps(document, ensure_ascii=False))
    else:
        for found in findings:
            print(f"{found.code}  {found.receipt or ''}  {found.detail}".rstrip())
        print(f"{submissions} submissions, {len(findings)} findings, {orphans} orphans")
    if empty and left:
        raise CommandFailed(f"not empty: {said_of(left)}")
    if findings:
        raise typer.Exit(FAILED)


app.command("export")(outbox_stick.export)
app.command("import-ack")(outbox_stick.import_ack)
app.command("retry")(outbox_actions.retry)
app.command("release")(outbox_actions.release)
app.command("handled")(outbox_actions.handled)


# --- inside -------------------------------------------------------------------------------------


def _texts(file: Path | None) -> Iterator[tuple[str, str | bytes]]:
    if file is not None:
        try:
            yield str(file), file.read_bytes()
        except OSError as error:
            raise CommandFailed(f"{file}: cannot be read ({error.strerror})") from error
        return
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            yield f"line {number}", line


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "id": str(entry.id),
        "receipt": entry.receipt,
        "item": entry.item,
        "state": entry.state.value,
        "created_at": _time(entry.created_at),
        "attempts": entry.attempts,
        "next_attempt_at": _time(entry.next_attempt_at),
        "last_error": entry.last_error,
        "case_number": entry.case_number,
    }


def _why(code: str | None) -> str:
    words = reason(code)
    return f"{words['zh']} ({code})" if words else ""


def _time(wall: float | None) -> str | None:
    return None if wall is None else datetime.fromtimestamp(wall, UTC).isoformat(timespec="seconds")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
