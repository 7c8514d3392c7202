# SPDX-License-Identifier: Apache-2.0
"""Every dependency is explained, locked with hashes, and the two locks agree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LICENCES = ("MIT", "BSD", "Apache", "MPL", "LGPL")


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return {name_of(requirement) for group in groups for requirement in group}


def rows() -> dict[str, list[str]]:
    table = re.findall(
        r"^\| ([a-z0-9-]+) \|(.*)\|$",
        (ROOT / "docs/dependencies.md").read_text("utf-8"),
        re.MULTILINE,
    )
    return {
        name: [cell.strip() for cell in rest.split("|")]
        for name, rest in table
        if name != "package"
    }


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "packaging" / name).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE))


def test_every_dependency_has_its_line_and_every_line_its_dependency() -> None:
    assert rows().keys() == declared()


@pytest.mark.parametrize("name", sorted(rows()))
def test_a_line_gives_reason_licence_and_health(name: str) -> None:
    reason, licence, alive = rows()[name]
    assert len(reason) > 10
    assert any(known in licence for known in LICENCES)
    assert not re.search(r"\bA?GPL", licence)
    assert alive in {"a", "b", "c"}


def test_every_dependency_is_locked() -> None:
    everywhere = locked("requirements-dev.lock") | locked("requirements-fuzz.lock")
    assert declared() <= everywhere.keys()


def test_the_lock_of_the_terminal_is_part_of_the_lock_of_the_tests() -> None:
    tests, terminal = locked("requirements-dev.lock"), locked("requirements.lock")
    assert len(terminal) > 20
    assert terminal.items() <= tests.items()


def test_the_locks_bring_what_set_up_builds_with() -> None:
    # ``--no-build-isolation`` takes setuptools from .venv, and Debian's own is too old.
    assert int(locked("requirements.lock")["setuptools"].split(".")[0]) >= 77


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_hashes_and_no_place(lock: str) -> None:
    text = (ROOT / "packaging" / lock).read_text("utf-8")
    assert "://" not in text
    entries = re.split(r"\n(?=[a-z0-9])", text)
    bare = [
        entry.split("\n")[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry
    ]
    assert not bare


def test_every_system_package_has_its_reason() -> None:
    lines = (ROOT / "packaging/system-packages.txt").read_text("utf-8").splitlines()
    for line in (line for line in lines if not line.startswith("#")):
        when, package, reason = (cell.strip() for cell in line.split("|"))
        assert when in {"always", "dev", "display", "python"}
        assert re.fullmatch(r"[a-z0-9.+-]+(/[a-z0-9.+-]+)?", package)
        assert len(reason) >= 3
