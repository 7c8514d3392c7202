# SPDX-License-Identifier: Apache-2.0
"""Writes the fault tables of ``docs/drivers.md``: what each driver may answer and what the resident then reads.

``python -m tests.support.fault_table`` rewrites them; ``tests/house/test_fault_table.py`` fails when they are
stale. Nothing is run here: codes are read out of the drivers' source, faults out of the classes that put a
driver through the contract suite, the sentences out of the very function that the screens use.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Final, cast

import drivers.core.errors as error_tree
from drivers.core import DeviceError, Recovery
from drivers.host.registry import DRIVERS
from drivers.testing.contract import DeviceContract
from kiosk.flows.sentences import code_words
from kiosk.flows.state import State
from kiosk.flows.views import Modes

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = ROOT / "docs" / "drivers.md"
_TABLES: Final = re.compile(r"(<!-- faults -->\n).*?(<!-- /faults -->)", re.DOTALL)
_CODE: Final = re.compile(r"[a-z]+(\.[a-z_]+)+")
_ERRORS: Final = {
    name: kind
    for name, kind in vars(error_tree).items()
    if inspect.isclass(kind) and issubclass(kind, DeviceError)
}
_FAULTS: Final = {
    # Of the contract suite: the test, and what it does to the device.
    "test_unplugged_and_back_needs_no_new_driver": "unplugged and back",
    "test_unplugged_before_the_first_open": "absent at the start",
    "test_unplugging_breaks_the_work": "unplugged at work",
    "test_a_frozen_device_is_not_usable_and_status_ends_in_time": "frozen",
    "test_work_on_a_frozen_device_ends_at_its_deadline": "frozen at work",
    "test_garbage_is_an_error_and_passes": "garbage",
    "test_a_cancel_ends_the_work_soon": "cancel",
    "test_close_from_another_thread_breaks_the_work": "closed at work",
    "test_the_wire_belongs_to_one_driver": "opened twice",
    "test_a_slow_wire_is_still_a_wire": "slow wire",
    "test_a_second_command_waits_for_the_first_and_the_end_of_the_host_ends_both": "busy",
    "test_a_process_that_was_killed_or_froze_is_back_soon": "process killed or frozen",
    "test_status_is_published_only_when_it_changed": "published on change",
}


def module_of(driver: str) -> str:
    """Return the module in which that driver is."""
    return DRIVERS[driver].target.partition(":")[0]


def contract_cases() -> frozenset[str]:
    """Return the tests of the contract suite that put a fault to a device."""
    return frozenset(_FAULTS)


def contract_faults() -> dict[str, frozenset[str]]:
    """Return by driver which faults of the contract suite its subjects are put through."""
    found: dict[str, frozenset[str]] = {}
    for path in sorted((ROOT / "tests" / "drivers").rglob("test_*_contract.py")):
        for subject in _subjects(path):
            kept = frozenset(name for name in _FAULTS if name not in _overridden(subject))
            for driver in DRIVERS:
                if any(
                    name == driver or name.startswith(f"{driver}_") for name in _stands(subject)
                ):
                    found[driver] = found.get(driver, frozenset()) | kept
    return found


@cache
def codes_of(driver: str) -> dict[str, tuple[Recovery, ...]]:
    """Return the codes that stand in that driver's source, each with who can help, by case."""
    found: dict[str, set[Recovery]] = {}
    for name in _modules_behind(module_of(driver)):
        for code, recovery in _codes_in(name):
            found.setdefault(code, set()).add(recovery)
    return {code: tuple(sorted(found[code])) for code in sorted(found)}


def tables() -> str:
    """Return both tables as they have to stand in the document."""
    return f"{_fault_table()}\n{_code_table()}"


def is_current(text: str) -> bool:
    """Tell whether a document holds the tables as they are now."""
    return _TABLES.search(text) is not None and _with_tables(text) == text


def main() -> None:
    """Rewrite the tables."""
    DOCUMENT.write_text(_with_tables(DOCUMENT.read_text("utf-8")), "utf-8")


def _with_tables(text: str) -> str:
    fresh = tables()
    return _TABLES.sub(lambda found: found[1] + fresh + found[2], text)


def _fault_table() -> str:
    tested = contract_faults()
    names = list(_FAULTS.values())
    lines = [f"| driver | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for driver in DRIVERS:
        marks = [("yes" if test in tested.get(driver, ()) else "no") for test in _FAULTS]
        lines.append(f"| `{driver}` | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def _code_table() -> str:
    lines = [
        "| driver | code | the resident reads | recovery | named in its tests |",
        "|---|---|---|---|---|",
    ]
    for driver, entry in DRIVERS.items():
        told = "".join(path.read_text("utf-8") for path in _tests_of(driver))
        for code, recoveries in codes_of(driver).items():
            zh, en = (code_words(_state(tongue), code, entry.role) for tongue in ("zh", "en"))
            mark = "yes" if f'"{code}"' in told else "no"
            lines.append(
                f"| `{driver}` | `{code}` | {zh} / {en} | {' or '.join(recoveries)} | {mark} |"
            )
    return "\n".join(lines) + "\n"


def _state(language: str) -> State:
    """Return as much of a state as sentences need."""
    modes = Modes(language="en" if language == "en" else "zh")
    return cast("State", SimpleNamespace(session=SimpleNamespace(modes=modes)))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _path(module: str) -> Path:
    return ROOT / (module.replace(".", "/") + ".py")


@cache
def _imports(path: Path) -> set[str]:
    return {
        node.module
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ImportFrom) and node.module
    }


def _modules_behind(module: str) -> set[str]:
    """Return the module and what it uses of its own package, and its package's of others."""
    seen: set[str] = set()
    waiting = [module]
    package = module.rpartition(".")[0]
    while waiting:
        name = waiting.pop()
        if name in seen or not _path(name).exists() or not name.startswith(package):
            continue
        seen.add(name)
        waiting.extend(_imports(_path(name)))
    return seen


@cache
def _tests_of(driver: str) -> list[Path]:
    tests = sorted((ROOT / "tests" / "drivers").rglob("test_*.py"))
    return [path for path in tests if module_of(driver) in _imports(path)]


def _subjects(path: Path) -> Iterator[ast.ClassDef]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ClassDef) and any(
            isinstance(base, ast.Name) and base.id == DeviceContract.__name__ for base in node.bases
        ):
            yield node


def _stands(subject: ast.ClassDef) -> set[str]:
    """Return the names of ``tests.support.stands`` on which that class is tried."""
    return {
        node.attr
        for node in ast.walk(subject)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "stands"
    }


def _overridden(subject: ast.ClassDef) -> set[str]:
    return {node.name for node in subject.body if isinstance(node, ast.FunctionDef)}


def _codes_in(module: str) -> Iterator[tuple[str, Recovery]]:
    tree = _tree(_path(module))
    dicts = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            kind = _error_made(node)
            recovery = _recovery_in([*node.args, *(word.value for word in node.keywords)])
            if kind is not None:
                codes = _codes(node.args[:1], dicts) if node.args else [kind.default_code]
                yield from ((code, recovery or kind.default_recovery) for code in codes)
            elif recovery is not None:
                yield from ((code, recovery) for code in _codes(node.args, dicts))
        elif isinstance(node, ast.Tuple) and (recovery := _recovery_in(node.elts)) is not None:
            yield from ((code, recovery) for code in _codes(node.elts, dicts))


def _error_made(call: ast.Call) -> type[DeviceError] | None:
    made = call.func
    if isinstance(made, ast.Attribute) and made.attr == "because":
        made = made.value
    return _ERRORS.get(made.id) if isinstance(made, ast.Name) else None


def _recovery_in(nodes: list[ast.expr]) -> Recovery | None:
    for node in nodes:
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == Recovery.__name__
        ):
            return Recovery[node.attr]
    return None


def _codes(nodes: list[ast.expr], dicts: dict[str, ast.Dict]) -> list[str]:
    found: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [node.value] if _CODE.fullmatch(node.value) else []
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            table = dicts.get(node.value.id)
            found += _codes(table.values, {}) if table else []
    return found


if __name__ == "__main__":
    main()
