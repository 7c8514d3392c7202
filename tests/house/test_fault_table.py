# SPDX-License-Identifier: Apache-2.0
"""The fault tables of the drivers are what source, contract suite and words say now."""

from __future__ import annotations

from drivers.core import Recovery
from drivers.host.registry import DRIVERS
from tests.support import fault_table, stands


def test_the_document_holds_the_tables_as_they_are_now() -> None:
    text = fault_table.DOCUMENT.read_text("utf-8")
    assert fault_table.is_current(text), "run: python -m tests.support.fault_table"


def test_a_changed_sentence_makes_the_document_stale() -> None:
    text = fault_table.DOCUMENT.read_text("utf-8")
    assert not fault_table.is_current(text.replace("`media.jam`", "`media.jammed`"))
    assert not fault_table.is_current("no tables at all")


def test_codes_and_faults_are_found_where_they_are_known_to_be() -> None:
    assert fault_table.codes_of("sane")["media.jam"] == (Recovery.CLEAR,)
    assert fault_table.codes_of("nut_ups")["power.low_battery"] == (Recovery.WAIT,)
    assert "test_garbage_is_an_error_and_passes" in fault_table.contract_faults()["sam_serial"]
    assert all(fault_table.codes_of(driver) for driver in DRIVERS)


def test_every_driver_has_faults_in_the_record_and_each_code_has_words_of_its_own() -> None:
    seen = fault_table.seen_codes()
    assert set(seen) == set(DRIVERS)
    for driver, codes in seen.items():
        for code in codes:
            assert fault_table.has_words(code), f"{driver}: nothing is said of {code}"


def test_every_driver_of_the_registry_goes_through_the_contract_suite() -> None:
    faults = fault_table.contract_faults()
    assert set(faults) == set(DRIVERS)
    for driver, tested in faults.items():
        assert tested == fault_table.contract_cases(), f"{driver} overrides a case of the contract"


def test_every_driver_of_the_registry_has_a_stand_of_its_own() -> None:
    assert set(stands.STANDS) == set(DRIVERS)
