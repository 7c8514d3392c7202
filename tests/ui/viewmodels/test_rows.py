# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtTest import QAbstractItemModelTester, QSignalSpy

from ui.viewmodels.rows import Rows


@dataclass(frozen=True)
class Leaf:
    id: str


@dataclass(frozen=True)
class Branch:
    label: str
    leaves: tuple[Leaf, ...] = ()


def branches() -> Rows:
    return Rows({"label": "label"}, {"leaves": {"leafId": "id"}})


def content(rows: Rows) -> list[dict[str, Any]]:
    names = {role: bytes(name.data()).decode() for role, name in rows.roleNames().items()}
    found = []
    for row in range(rows.rowCount()):
        values = {name: rows.data(rows.index(row), role) for role, name in names.items()}
        found.append({k: content(v) if isinstance(v, Rows) else v for k, v in values.items()})
    return found


some = st.lists(
    st.builds(
        Branch,
        st.sampled_from("abc"),
        st.lists(st.builds(Leaf, st.sampled_from("xyz")), max_size=3).map(tuple),
    ),
    max_size=5,
)


@given(st.lists(some, min_size=1, max_size=5))
def test_the_rows_are_always_the_last_list(steps: list[list[Branch]]) -> None:
    rows = branches()
    tester = QAbstractItemModelTester(rows)
    for step in steps:
        rows.replace(step)
        assert content(rows) == [
            {"label": each.label, "leaves": [{"leafId": leaf.id} for leaf in each.leaves]}
            for each in step
        ]
        assert rows.count == len(step)
    del tester


def test_what_did_not_change_is_not_announced() -> None:
    rows = branches()
    rows.replace([Branch("a", (Leaf("x"),)), Branch("b")])
    spies = [QSignalSpy(signal) for signal in (rows.dataChanged, rows.rowsInserted, rows.changed)]
    rows.replace([Branch("a", (Leaf("x"),)), Branch("b")])
    assert [spy.count() for spy in spies] == [0, 0, 0]
    rows.replace([Branch("a", (Leaf("x"),)), Branch("c")])
    assert [spy.count() for spy in spies] == [1, 0, 0]


def test_an_inner_list_stays_the_same_object() -> None:
    rows = branches()
    rows.replace([Branch("a", (Leaf("x"),))])
    role = next(role for role, name in rows.roleNames().items() if name == b"leaves")
    before = rows.data(rows.index(0), role)
    rows.replace([Branch("z", (Leaf("x"), Leaf("y")))])
    assert rows.data(rows.index(0), role) is before


def test_outside_there_is_nothing() -> None:
    rows = branches()
    assert rows.data(rows.index(3)) is None
    assert rows.rowCount(rows.index(0)) == 0 or rows.rowCount() == 0
