# SPDX-License-Identifier: Apache-2.0
"""Set-up against a package system that is played by three scripts; nothing is installed here."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to try both root and nobody")


@dataclass
class Machine:
    """A copy of the scripts, and a PATH on which dpkg-query, apt-get and sudo are ours."""

    folder: Path
    tools: Path

    def tool(self, name: str, body: str) -> None:
        script = self.tools / name
        script.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >>"{self.tools}/calls"\n{body}\n', "utf-8"
        )
        script.chmod(0o755)

    def installed(self, *packages: str) -> None:
        self.tool("dpkg-query", "\n".join(f'echo "ii  {name}"' for name in packages))

    def calls(self, name: str) -> list[str]:
        log = self.tools / "calls"
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        return [line.partition(" ")[2] for line in lines if line.split(" ")[0] == name]

    def set_up(
        self, *arguments: str, user: int | None = None, display: bool = False
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.tools}:/usr/bin:/bin",
            "HALL24_PYTHON": sys.executable,
            "HOME": str(self.tools),
        }
        if display:
            environment["DISPLAY"] = ":7"
        return subprocess.run(
            [str(self.folder / "packaging/setup.sh"), *arguments],
            env=environment,
            user=user,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def mark_done(self, flavour: str) -> None:
        """Make it look as if the installation had been done."""
        bin_folder = self.folder / ".venv/bin"
        bin_folder.mkdir(parents=True)
        for name in ("python", "kiosk"):
            shutil.copy("/bin/true", bin_folder / name)
        base = getattr(sys, "_base_executable", sys.executable)
        version = subprocess.run([base, "-VV"], capture_output=True, text=True, check=True).stdout
        lock = "requirements-dev.lock" if flavour == "dev" else "requirements.lock"
        sums = [
            hashlib.sha256((self.folder / path).read_bytes()).hexdigest()
            for path in (f"packaging/{lock}", "pyproject.toml")
        ]
        mark = "\n".join([str(self.folder), version.strip(), *sums]) + "\n"
        (self.folder / f".venv/.made-{flavour}").write_text(mark, "utf-8")


def wanted(*when: str) -> list[str]:
    lines = (ROOT / "packaging/system-packages.txt").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if line[0] != "#"]
    return [package for moment, package, _reason in rows if moment in when]


@pytest.fixture
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    # Not below tmp_path: "nobody" has to be able to get there.
    base = Path(os.path.realpath(tmp_path_factory.mktemp("machine")))
    top = Path(os.path.realpath(tempfile.gettempdir()))
    for folder in (base, *base.parents):
        if folder == top:
            break
        folder.chmod(0o755)
    folder, tools = base / "hall 24", base / "tools"
    (folder / "packaging").mkdir(parents=True)
    tools.mkdir()
    tools.chmod(0o777)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for source in (ROOT / "packaging").iterdir():
        if source.suffix in {".sh", ".txt", ".lock"}:
            shutil.copy(source, folder / "packaging")
    made = Machine(folder, tools)
    made.installed()
    made.tool("apt-get", "exit 0")
    made.tool("apt-cache", "exit 0")
    made.tool("sudo", "exit 1")
    return made


first_names: Callable[[list[str]], list[str]] = lambda rows: [row.split("/")[0] for row in rows]  # noqa: E731


@as_root
def test_without_root_it_names_what_is_missing_and_the_command(machine: Machine) -> None:
    missing = first_names(wanted("always"))
    machine.installed(*missing[2:])
    ended = machine.set_up(user=NOBODY)
    assert ended.returncode == 2
    command = f"apt-get install --no-install-recommends {missing[0]} {missing[1]}\n"
    assert ended.stderr.endswith(command)
    assert machine.calls("apt-get") == []
    assert not (machine.folder / ".venv").exists()


@as_root
def test_with_root_it_installs_only_what_is_missing(machine: Machine) -> None:
    machine.mark_done("run")
    missing = first_names(wanted("always"))
    machine.installed(*missing[3:])
    assert machine.set_up().returncode == 0
    update, install = machine.calls("apt-get")
    assert update.endswith(" update")
    assert install.endswith(f"install -y --no-install-recommends {' '.join(missing[:3])}")


@as_root
def test_a_package_under_its_new_name_counts(machine: Machine) -> None:
    machine.mark_done("run")
    machine.installed(*(row.split("/")[-1] for row in wanted("always")))
    assert machine.set_up().returncode == 0
    assert machine.calls("apt-get") == []


@as_root
def test_a_release_that_knows_only_the_new_name_gets_that(machine: Machine) -> None:
    machine.mark_done("run")
    machine.tool("apt-cache", '[ "$3" != libglib2.0-0 ]')
    machine.installed(*first_names(wanted("always"))[1:])
    assert machine.set_up().returncode == 0
    assert machine.calls("apt-get")[1].endswith(" libglib2.0-0t64")


@as_root
def test_an_installation_that_fails_is_one_clear_line(machine: Machine) -> None:
    machine.tool("apt-get", 'case "$*" in *install*) exit 100;; esac')
    ended = machine.set_up()
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith("Hall24: apt-get could not install: ")


def test_window_system_packages_are_asked_for_only_where_a_display_is(machine: Machine) -> None:
    machine.mark_done("run")
    everything = first_names(wanted("always", "display"))
    machine.installed(*everything)
    for display in (False, True):
        assert machine.set_up(display=display).returncode == 0
    bare, with_display = machine.calls("dpkg-query")
    assert "libxcb-cursor0" not in bare
    assert "libxcb-cursor0" in with_display


@pytest.mark.parametrize("made", ["run", "dev"])
def test_a_second_run_installs_nothing(machine: Machine, made: str) -> None:
    machine.mark_done(made)
    machine.installed(*first_names(wanted("always")))
    ended = machine.set_up()
    assert (ended.returncode, ended.stderr) == (0, "")
    assert machine.calls("apt-get") == []


@pytest.mark.slow
def test_what_the_terminal_needs_is_not_enough_for_the_tests(machine: Machine) -> None:
    machine.mark_done("run")
    machine.installed(*first_names(wanted("always")))
    (machine.folder / "packaging/requirements-dev.lock").write_text("no such thing !\n", "utf-8")
    shutil.copy("/bin/false", machine.folder / ".venv/bin/python")
    ended = machine.set_up("--dev")
    assert "installing the locked Python packages" in ended.stderr
    assert ended.returncode == 2
    assert not (machine.folder / ".venv/.made-dev").exists()
