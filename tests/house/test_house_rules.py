# SPDX-License-Identifier: Apache-2.0
"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.logbook import KEYS

ROOT = Path(__file__).parents[2]
ROOMS = ("kiosk", "drivers", "ui", "offline_cache", "central_platform")
LONGEST = 500
LONGER = {"ui/gallery_bodies.py": "made-up views, one after the other"}


def modules(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from (path for path in (ROOT / room).rglob("*.py") if "__pycache__" not in path.parts)


def where(path: Path, node: ast.AST | None = None) -> str:
    name = str(path.relative_to(ROOT))
    return name if node is None else f"{name}:{getattr(node, 'lineno', 0)}"


def test_every_module_says_its_licence_first() -> None:
    bare = [
        where(path)
        for path in modules(*ROOMS, "tests")
        if not path.read_text("utf-8").startswith("# SPDX-License-Identifier: Apache-2.0\n")
    ]
    assert not bare


def test_modules_stay_short() -> None:
    long = {
        where(path): lines
        for path in modules(*ROOMS)
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST
        and where(path) not in LONGER
    }
    assert not long


def sleeps(path: Path) -> Iterator[str]:
    source = path.read_text("utf-8")
    if "sleep(" not in source:
        return
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in {"time.sleep", "sleep"}
            and "# real time:" not in lines[node.lineno - 1]
        ):
            yield where(path, node)


def test_nobody_sleeps() -> None:
    """Clocks are injected and waiting has an end; a real pause says why: ``# real time: …``."""
    sleeping = [place for path in modules(*ROOMS, "tests") for place in sleeps(path)]
    assert not sleeping


def logged_keys(path: Path) -> Iterator[tuple[ast.AST, str]]:
    source = path.read_text("utf-8")
    if "extra=" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.keyword)
            and node.arg == "extra"
            and isinstance(node.value, ast.Dict)
        ):
            for key in node.value.keys:
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key, key.value


def test_every_key_that_is_logged_is_listed() -> None:
    unlisted = [
        f"{where(path, node)}: {key}"
        for path in modules("kiosk", "drivers", "ui", "offline_cache")
        for node, key in logged_keys(path)
        if key not in KEYS
    ]
    assert not unlisted, "add them to kiosk.logbook.KEYS if they never describe a resident"


@pytest.mark.parametrize("script", ["run", "test", ".ci/run", "packaging/setup.sh"])
def test_scripts_can_be_started(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111 == 0o111
    assert path.read_text("utf-8").startswith("#!/usr/bin/env bash\n")
