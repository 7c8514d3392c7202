# SPDX-License-Identifier: Apache-2.0
"""``kiosk items``: for the officials who write service items. Check a file; see it as residents will."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from kiosk.cli.failures import FAILED, WRONG_USAGE, CommandFailed, JsonOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.cli.item_checks import Problem
    from kiosk.protocol.catalogue import ServiceItem
    from kiosk.words import Language

app = typer.Typer(help="Check and show the files of service items.", add_completion=False)


@app.command()
def check(
    files: list[Path] | None = typer.Argument(
        None, help="Files of items and life events; default: those that ship with the platform."
    ),
    *,
    as_json: bool = JsonOption,
) -> None:
    """Say what to mend in item files: file, line, place and what to write instead. Status 1 when anything."""
    from central_platform.items import shipped_item_files  # noqa: PLC0415 - start-up time
    from central_platform.life_events import shipped_life_event_files  # noqa: PLC0415

    chosen = files or [*shipped_item_files(), *shipped_life_event_files()]
    problems = [problem for file in chosen for problem in _problems(file)]
    if as_json:
        print(json.dumps([_told(problem) for problem in problems], ensure_ascii=False))
    else:
        _print(problems, len(chosen))
    if problems:
        raise typer.Exit(FAILED)


@app.command()
def show(
    file: Path = typer.Argument(help="An item file."),
    out: Path | None = typer.Option(None, "--out", help="Write a page (HTML) instead of text."),
    language: Literal["zh", "en"] = typer.Option("zh", "--language", help="zh or en."),
) -> None:
    """Show an item as residents will read it. A file that the platform refuses is said to be so: status 1."""
    from kiosk.cli.item_page import as_html, as_text  # noqa: PLC0415 - start-up time

    item, problems = _checked(file)
    if item is None:
        _print(problems, 1)
        raise typer.Exit(FAILED)
    if out is None:
        print(as_text(item, language))
        return
    try:
        out.write_text(as_html(item, language), "utf-8")
    except OSError as error:
        raise CommandFailed(f"{out}: {error.strerror}") from error


def _problems(file: Path) -> tuple[Problem, ...]:
    from central_platform.life_events import is_life_event  # noqa: PLC0415 - start-up time
    from kiosk.cli.item_checks import life_event_problems  # noqa: PLC0415

    try:
        if is_life_event(file):
            return life_event_problems(file)
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}", WRONG_USAGE) from error
    return _checked(file)[1]


def _checked(file: Path) -> tuple[ServiceItem | None, tuple[Problem, ...]]:
    from kiosk.cli.item_checks import checked  # noqa: PLC0415 - start-up time

    try:
        return checked(file)
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}", WRONG_USAGE) from error


def _print(problems: Sequence[Problem], files: int) -> None:
    from kiosk.words import say  # noqa: PLC0415 - start-up time

    for problem in problems:
        print(f"{problem.file}:{problem.line}: {problem.place or '-'}")
        print(f"    {problem.words('zh')}。\n    {problem.words('en')}.")
    key, count = ("items.found", len(problems)) if problems else ("items.fine", files)
    languages: tuple[Language, ...] = ("zh", "en")
    print(" / ".join(say(key, language, count=count) for language in languages))


def _told(problem: Problem) -> dict[str, str | int]:
    return {
        "file": str(problem.file),
        "line": problem.line,
        "place": problem.place,
        "kind": problem.kind,
        "zh": problem.words("zh"),
        "en": problem.words("en"),
    }
