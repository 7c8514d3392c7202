# SPDX-License-Identifier: Apache-2.0
"""The set checker finds each kind of broken promise: one that could not would make every gate worthless."""

from __future__ import annotations

import pytest

from tests.chaos.ledger import Ledger, Verdict


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.acknowledge("a", "1")
    ledger.acknowledge("b", "2")
    ledger.submit("c", "3")
    return ledger


def test_a_kept_promise(ledger: Ledger) -> None:
    assert ledger.judge(stored={"a": "1"}, delivered=[("b", "2"), "c"]).kept
    assert ledger.judge(stored=["a"], delivered=["b"]).kept


def test_stored_and_delivered_is_no_doubling(ledger: Ledger) -> None:
    assert ledger.judge(stored=["a", "b"], delivered=["a", "b"]).kept


@pytest.mark.parametrize(
    ("stored", "delivered", "verdict"),
    [
        ({"a": "1"}, [], Verdict(lost=frozenset("b"))),
        ({"a": "1"}, ["b", "b"], Verdict(doubled=frozenset("b"))),
        ({"a": "1", "b": "2"}, ["d"], Verdict(unexpected=frozenset("d"))),
        ({"a": "9", "b": "2"}, [], Verdict(altered=frozenset("a"))),
        ({"a": "1", "b": "2"}, [("c", "9")], Verdict(altered=frozenset("c"))),
    ],
)
def test_each_broken_promise_is_named(
    ledger: Ledger, stored: dict[str, str], delivered: list[str], verdict: Verdict
) -> None:
    found = ledger.judge(stored=stored, delivered=delivered)
    assert found == verdict
    assert not found.kept
    assert str(found)
