# SPDX-License-Identifier: Apache-2.0
"""Writes the fault tables of ``docs/drivers.md``: what each driver answers and what the resident then reads.

``python -m tests.support.fault_table`` rewrites them; ``tests/house/test_fault_table.py`` fails when they are
stale. What came is read out of the record of a run (:mod:`tests.support.fault_record`), the sentences come
from the very function that the screens use. Codes that no played fault brought are read out of the drivers'
source and listed apart.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import drivers.core.errors as error_tree
from drivers.core import DeviceError, Recovery, Role
from drivers.host.registry import DRIVERS
from drivers.testing.contract import DeviceContract
from kiosk.flows.sentences import code_words
from kiosk.flows.state import State
from kiosk.flows.views import Modes
from tests.support.fault_acts import ACTS
from tests.support.fault_record import read

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
    """Return the tables as they have to stand in the document."""
    return f"{_exceptions()}\n{_played_table()}\n{_code_table()}"


def is_current(text: str) -> bool:
    """Tell whether a document holds the tables as they are now."""
    return _TABLES.search(text) is not None and _with_tables(text) == text


def main() -> None:
    """Rewrite the tables."""
    DOCUMENT.write_text(_with_tables(DOCUMENT.read_text("utf-8")), "utf-8")


def _with_tables(text: str) -> str:
    fresh = tables()
    return _TABLES.sub(lambda found: found[1] + fresh + found[2], text)


def _exceptions() -> str:
    """Say what of the contract suite does not apply to whom; everything else is passed by all."""
    lines = ["| driver | case of the contract suite | does not apply, because |", "|---|---|---|"]
    for key, told in _record().items():
        if key in DRIVERS:
            lines += [
                f"| `{key}` | {case} | {why} |" for case, why in told["does_not_apply"].items()
            ]
    return "\n".join(lines) + "\n"


def _played_table() -> str:
    lines = [
        "| driver | fault | status | the command | the resident reads | recovery |",
        "|---|---|---|---|---|---|",
    ]
    for key, told in _record().items():
        role = DRIVERS[key.partition(" ")[0]].role
        for fault, row in told["faults"].items():
            status = row.get("status", {})
            code = row["code"] or status.get("code", "")
            recovery = row["recovery"] or _recovery_of(key, code)
            read = " / ".join(code_words(_state(tongue), code, role) for tongue in ("zh", "en"))
            cells = (_status_cell(status), _result_cell(row), read if code else "—")
            lines.append(f"| {key} | {fault} | {' | '.join(cells)} | {recovery if code else '—'} |")
    return "\n".join(lines) + "\n"


def _status_cell(status: Mapping[str, Any]) -> str:
    if not status:
        return "not asked"
    parts = [str(status["condition"])]
    parts += [f"`{status['code']}`"] if status["code"] else []
    parts += [f"{name} {status[name]}" for name in ("paper", "toner", "media") if name in status]
    return ", ".join([*parts, *(["cover open"] if status.get("cover_open") else [])])


def _result_cell(row: Mapping[str, Any]) -> str:
    return f"{row['result']} `{row['code']}`" if row["code"] else str(row["result"])


def _recovery_of(key: str, code: str) -> str:
    """Return who can help where only paper answered: the outcome of a print carries a code alone."""
    statuses = [
        row.get("status", {}) for told in _record().values() for row in told["faults"].values()
    ]
    told_by_status = {str(each["recovery"]) for each in statuses if each.get("code") == code}
    recoveries = told_by_status or set(codes_of(key.partition(" ")[0]).get(code, ()))
    return " or ".join(sorted(recoveries)) or "—"


def _code_table() -> str:
    lines = ["| driver | code that no played fault brought | the resident reads | recovery |"]
    lines.append("|---|---|---|---|")
    seen = seen_codes()
    for driver, entry in DRIVERS.items():
        for code, recoveries in codes_of(driver).items():
            if code in seen.get(driver, frozenset()):
                continue
            zh, en = (code_words(_state(tongue), code, entry.role) for tongue in ("zh", "en"))
            lines.append(f"| `{driver}` | `{code}` | {zh} / {en} | {' or '.join(recoveries)} |")
    return "\n".join(lines) + "\n"


def seen_codes() -> dict[str, frozenset[str]]:
    """Return by driver the codes that came when faults were played."""
    found: dict[str, frozenset[str]] = {}
    for key, told in _record().items():
        rows = told["faults"].values()
        codes = {row["code"] for row in rows} | {row.get("status", {}).get("code") for row in rows}
        driver = key.partition(" ")[0]
        found[driver] = found.get(driver, frozenset()) | (codes - {"", None})
    return found


def has_words(code: str) -> bool:
    """Tell whether residents are told more of that code than that something is wrong."""
    return code_words(_state("zh"), code, Role.CAMERA) != code_words(
        _state("zh"), "no_such_code", Role.CAMERA
    )


def _record() -> dict[str, Any]:
    return {key: told for key in ACTS if (told := read().get(key)) is not None}


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
