# SPDX-License-Identifier: Apache-2.0
"""``kiosk diag``: devices from cable to function, the machine, what it keeps, its way to the platform."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from kiosk.cli.failures import (
    FAILED,
    WRONG_USAGE,
    CommandFailed,
    ConfigOption,
    DataDirOption,
    JsonOption,
    settings_or_fail,
)

if TYPE_CHECKING:  # importing the drivers costs time that --help does not have
    from kiosk.config import Settings
    from kiosk.diagnostics import Finding
    from kiosk.diagnostics.history import Run, Trend
    from kiosk.diagnostics.keeping_checks import Kept
    from kiosk.words import Language

app = typer.Typer(help="Check every device and give a verdict.", add_completion=False)

BY_DEFAULT: Final = "terminal"
_LINE: Final = "{part:<18} {check:<18} {verdict:<8} {reason:<24} {recovery:<10} {figures}"


@app.command()
def diag(
    parts: list[str] = typer.Argument(
        None, metavar="[SLOT…]", help="Only these slots; also: terminal, network, queue."
    ),
    *,
    as_json: bool = JsonOption,
    report: Path | None = typer.Option(None, help="Write the readiness report (PDF) here."),
    language: str = typer.Option("zh", help="Of the report: zh or en."),
    by: str = typer.Option(BY_DEFAULT, help="Account of who asks; kept with the findings."),
    history: bool = typer.Option(False, "--history", help="Say how long each verdict has held."),
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Check what is named, or everything; exit 0 when nothing failed, 1 when anything did."""
    settings = settings_or_fail(config, data_dir)
    if language not in {"zh", "en"}:
        raise CommandFailed("--language: zh or en", WRONG_USAGE)

    from kiosk.diagnostics import ready  # noqa: PLC0415
    from kiosk.diagnostics.finding import PARTS  # noqa: PLC0415
    from kiosk.redaction import looks_personal  # noqa: PLC0415

    known = [slot.name for slot in settings.slots]
    unknown = [name for name in parts or [] if name not in known and name not in PARTS]
    if unknown:
        there = ", ".join([*known, *PARTS])
        raise CommandFailed(f"no part named {unknown[0]}; there are: {there}", WRONG_USAGE)
    if not by.isascii() or not by.isprintable() or looks_personal(by):
        raise CommandFailed("--by: the name of an account, in ASCII", WRONG_USAGE)
    wanted = frozenset(parts or [*known, *PARTS])
    findings: list[Finding] = []
    for found in _examined(settings, wanted):
        findings.append(found)
        if not as_json:
            print(_LINE.format(**_shown(found)).rstrip(), flush=True)
    run = _kept(settings, findings, by)
    trends = _trends(settings, findings) if history else {}
    if as_json:
        print(json.dumps([_row(found, trends) for found in findings], ensure_ascii=False))
    elif history:
        _say_trends(trends)
    if report is not None:
        _write_report(settings, findings, run, report, language)
    if not ready(findings):
        raise typer.Exit(FAILED)


def _examined(settings: Settings, wanted: frozenset[str]) -> Iterator[Finding]:
    from drivers.core import MisconfiguredError  # noqa: PLC0415
    from kiosk.diagnostics.examination import device_findings  # noqa: PLC0415
    from kiosk.diagnostics.finding import NETWORK, QUEUE, TERMINAL  # noqa: PLC0415
    from kiosk.diagnostics.keeping_checks import (  # noqa: PLC0415
        identity_checks,
        queue_checks,
    )
    from kiosk.diagnostics.machine_checks import Machine, machine_checks  # noqa: PLC0415

    try:
        yield from device_findings(settings, wanted)
    except MisconfiguredError as error:
        raise CommandFailed(str(error), WRONG_USAGE) from error
    if TERMINAL in wanted:
        storage = settings.storage
        yield from machine_checks(
            Machine(_nearest_folder(settings.data_dir), settings.production),
            least_free_mb=storage.ballast_mb + storage.new_work_mb,
        )
        yield from identity_checks(settings.data_dir)
    if QUEUE in wanted:
        with _opened_queue(settings) as kept:
            yield from queue_checks(kept)
    if NETWORK in wanted:
        yield from _network(settings)


def _network(settings: Settings) -> Iterator[Finding]:
    from kiosk.diagnostics.finding import NETWORK, skipped  # noqa: PLC0415
    from kiosk.diagnostics.keeping_checks import enrolled_or_none  # noqa: PLC0415
    from kiosk.diagnostics.network_path import Way, network_path  # noqa: PLC0415
    from kiosk.platform_client.v1 import PlatformV1  # noqa: PLC0415

    enrolled = enrolled_or_none(settings.data_dir)
    url = settings.platform_url or (enrolled.platform_url if enrolled else "")
    if not url:
        yield skipped(NETWORK, "cable", "enrolment.none")
        return
    platform = None
    if enrolled is not None:
        platform = PlatformV1(enrolled, url, proxy=settings.platform_proxy)
    try:
        yield from network_path(Way(url, settings.platform_proxy), platform)
    finally:
        if platform is not None:
            platform.close()


@contextmanager
def _opened_queue(settings: Settings) -> Iterator[Kept]:
    """Open the queue if there is one and nobody holds it. What it says is for the checks."""
    from kiosk.diagnostics.keeping_checks import Kept  # noqa: PLC0415
    from offline_cache import OfflineCache, StoreError  # noqa: PLC0415
    from offline_cache.cache import DATABASE  # noqa: PLC0415

    if not (settings.data_dir / DATABASE).exists():
        yield Kept(None, "queue.none")
        return
    cache = OfflineCache(settings.data_dir, number=lambda _sequence, _wall: "")
    try:
        cache.start()
    except StoreError as error:
        yield Kept(None, error.code)
        return
    try:
        yield Kept(cache)
    finally:
        cache.stop()


def _kept(settings: Settings, findings: list[Finding], by: str) -> Run:
    from importlib.metadata import version  # noqa: PLC0415

    from kiosk.diagnostics.history import History, HistoryError, Run  # noqa: PLC0415

    at, software = time.time(), version("hall24")
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return History(settings.data_dir).keep(findings, at=at, by=by, software=software)
    except (HistoryError, OSError):
        typer.echo("these findings could not be kept; they stand here only", err=True)
        return Run(0, at, by, software)


def _trends(settings: Settings, findings: list[Finding]) -> dict[tuple[str, str], Trend]:
    from kiosk.diagnostics.history import History, HistoryError  # noqa: PLC0415

    kept = History(settings.data_dir)
    try:
        found = {(f.part, f.check): kept.trend(f.part, f.check) for f in findings}
    except HistoryError as error:
        raise CommandFailed("the history cannot be read") from error
    return {key: trend for key, trend in found.items() if trend is not None}


def _say_trends(trends: dict[tuple[str, str], Trend]) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    print()
    for (part, check), trend in trends.items():
        since = datetime.fromtimestamp(trend.since, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
        before = f", before: {trend.before.value}" if trend.before else ""
        print(
            f"{part:<18} {check:<18} {trend.verdict.value} since {since} ({trend.runs} runs){before}"
        )


def _write_report(
    settings: Settings, findings: list[Finding], run: Run, path: Path, language: str
) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    from kiosk.diagnostics.keeping_checks import enrolled_or_none  # noqa: PLC0415
    from kiosk.diagnostics.report import Facts, report_html, seal_of, seal_picture  # noqa: PLC0415
    from ui.report_pages import pdf_of  # noqa: PLC0415

    words: Language = "en" if language == "en" else "zh"
    enrolled = enrolled_or_none(settings.data_dir)
    facts = Facts(
        terminal=enrolled.terminal if enrolled else "",
        place=enrolled.profile.place.in_language(words) if enrolled else "",
        software=run.software,
        at=datetime.fromtimestamp(run.at, UTC).astimezone(),
        by=run.by,
        run=run.number,
        simulated=any(slot.simulated for slot in settings.slots),
    )
    seal = seal_of(facts, findings, enrolled.private_key) if enrolled else ""
    html = report_html(facts, findings, seal_picture(seal), words)
    try:
        path.write_bytes(pdf_of(html, f"Hall24 {run.number}"))
    except OSError as error:
        raise CommandFailed(f"{path}: cannot be written ({error.strerror})") from error


def _nearest_folder(path: Path) -> Path:
    """Return the folder that is there already: a terminal that never ran has none of its own."""
    return next(folder for folder in (path, *path.absolute().parents) if folder.is_dir())


def _shown(found: Finding) -> dict[str, object]:
    return {
        "part": found.part,
        "check": found.check,
        "verdict": found.verdict.value,
        "reason": found.reason,
        "recovery": "" if found.recovery == "none" else found.recovery,
        "figures": " ".join(f"{name}={value:g}" for name, value in found.figures.items()),
    }


def _row(found: Finding, trends: dict[tuple[str, str], Trend]) -> dict[str, object]:
    trend = trends.get((found.part, found.check))
    told = {"since": trend.since, "runs": trend.runs} if trend else {}
    return {
        "slot": found.part,
        "check": found.check,
        "verdict": found.verdict.value,
        "reason": found.reason,
        "recovery": found.recovery,
        "ms": found.elapsed_ms,
        "figures": dict(found.figures),
        **told,
    }
