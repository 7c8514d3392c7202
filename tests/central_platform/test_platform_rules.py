# SPDX-License-Identifier: Apache-2.0
"""Numbers, days, names, decisions and records: the platform's small exact parts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from central_platform.case_numbers import is_well_formed, new_case_number, new_ticket_number
from central_platform.decisions import decide, facts_of
from central_platform.insurance import Month, extract
from central_platform.items import ItemInvalidError, publish, read_items, shipped_items
from central_platform.registers import register_facts
from central_platform.residents import age_on, masked_name, synthetic_data
from central_platform.working_days import is_working_day, promised_date
from kiosk.protocol.catalogue import ServiceItem
from kiosk.protocol.envelope import Payload
from kiosk.protocol.fleet import CommandResult
from kiosk.protocol.wire import Text

ITEMS = Path(__file__).parents[2] / "central_platform" / "catalogue" / "items"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FACTS = {
    "identity": "platform",
    "age": 88,
    "benefits": [],
    "licences": [],
    "deferred": [],
    "social_insurance": "none",
    "registers": register_facts(None, date(2026, 11, 24)),
}
FORM = {
    "name": "王苗苗",
    "number": "36070219380312002X",
    "birth": "1938-03-12",
    "phone": "13800000000",
    "address": "样例街道演示路1号",
    "bank": "演示银行",
    "bank_account": "6200000000000000002",
}


def item(code: str) -> ServiceItem:
    return next(one for one in shipped_items() if one.code == code)


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(0, 12), st.integers(1, 9))
def test_a_wrong_digit_in_a_case_number_is_noticed(day: Any, place: Any, by: Any) -> None:
    number = new_case_number(day)
    assert is_well_formed(number)
    assert is_well_formed(new_ticket_number(day))
    digits = list(number.replace("-", ""))
    digits[place] = str((int(digits[place]) + by) % 10)
    assert not is_well_formed("".join(digits))


def test_case_numbers_do_not_repeat_in_a_thousand() -> None:
    assert len({new_case_number(date(2026, 11, 24)) for _ in range(1000)}) > 990


@pytest.mark.parametrize(
    ("received", "days", "promised", "estimated"),
    [
        (date(2026, 11, 24), 5, date(2026, 12, 1), False),
        (date(2026, 9, 30), 1, date(2026, 10, 8), False),  # National Day, then a Thursday
        (date(2026, 10, 8), 2, date(2026, 10, 10), False),  # a Saturday that is worked
        (date(2026, 2, 13), 2, date(2026, 2, 24), False),  # the 14th is worked, then nine days off
        (
            date(2026, 12, 30),
            5,
            date(2027, 1, 7),
            True,
        ),  # 2027 is not arranged yet, 1 January is law
        (date(2026, 11, 28), 0, date(2026, 11, 28), False),
    ],
)
def test_promised_days_count_as_the_hall_works(
    received: Any, days: Any, promised: Any, estimated: Any
) -> None:
    got = promised_date(received, days)
    assert (got.day, got.estimated) == (promised, estimated)


@given(st.dates(date(2024, 1, 1), date(2040, 1, 1)), st.integers(1, 30))
def test_a_promised_date_is_a_working_day_and_never_early(received: Any, days: Any) -> None:
    day = promised_date(received, days).day
    assert is_working_day(day)
    assert (day - received).days >= days


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王苗苗", "王*苗"),
        ("李四", "李*"),
        ("陈𬱖样", "陈*样"),
        ("欧阳样例", "欧**例"),
        ("𬱖", "*"),
        ("", "*"),
    ],
)
def test_names_are_masked_by_character(name: Any, shown: Any) -> None:
    assert masked_name(name) == shown


def test_age_counts_full_years() -> None:
    assert age_on(date(1946, 11, 24), date(2026, 11, 24)) == 80
    assert age_on(date(1946, 11, 25), date(2026, 11, 24)) == 79
    assert age_on(date(1948, 2, 29), date(2028, 2, 29)) == 80


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "in_review"),
        ({"age": 80}, "in_review"),
        ({"age": 79}, "refused"),
        ({"benefits": ["old-age-allowance"]}, "refused"),
        ({"identity": "card", "age": None}, "in_review"),
        ({"deferred": ["household-register"]}, "in_review"),
    ],
)
def test_the_allowance_is_decided_by_its_file(facts: Any, state: Any) -> None:
    assert decide(item("old-age-allowance"), FORM, {**FACTS, **facts}).state == state


def test_every_reason_is_one_of_the_items_own_sentences() -> None:
    allowance = item("old-age-allowance")
    reasons = {rule.reason for rule in allowance.rules}
    assert decide(allowance, FORM, {**FACTS, "age": 20}).reason in reasons


def test_a_machine_never_refuses_what_it_does_not_understand() -> None:
    assert decide(None, {}, FACTS).state == "in_review"
    assert (
        decide(item("old-age-allowance"), {"unknown": 1}, {**FACTS, "age": 1}).state == "in_review"
    )
    no_rules = item("old-age-allowance").model_copy(update={"rules": ()})
    assert decide(no_rules, FORM, FACTS).state == "in_review"


def test_facts_are_complete_for_everybody() -> None:
    assert facts_of(Payload(), None, date(2026, 1, 1)) == {**FACTS, "identity": "none", "age": None}
    act = {"kind": "deferral", "material": "household-register"}
    facts = facts_of(Payload(identity={"x": 1}, acts=(act,)), None, date(2026, 1, 1))
    assert (facts["identity"], facts["deferred"]) == ("card", ["household-register"])


def test_synthetic_numbers_have_valid_check_digits_and_fit_birth_and_sex() -> None:
    for person in synthetic_data()["residents"]:
        number = person["number"]
        total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
        assert "10X98765432"[total % 11] == number[17]
        assert number[6:14] == f"{person['birth']:%Y%m%d}"
        assert (int(number[16]) % 2 == 1) == (person["sex"] == "male")


def test_every_sentence_of_the_items_has_both_languages() -> None:
    def texts(value: Any) -> Iterator[Text]:
        if isinstance(value, Text):
            yield value
        elif isinstance(value, tuple):
            for inner in value:
                yield from texts(inner)
        elif hasattr(value, "__pydantic_fields__"):
            for name in type(value).model_fields:
                yield from texts(getattr(value, name))

    for one in shipped_items():
        found = list(texts(one))
        assert len(found) > 20
        assert all(text.zh.strip() and text.en.strip() for text in found)
        assert not any("一" <= character <= "鿿" for text in found for character in text.en)


def test_headings_help_and_choices_of_the_items_are_short() -> None:
    for one in shipped_items():
        for group in one.form.groups:
            said = [group.title, group.help] + [
                text for asked in group.fields for text in (asked.label, asked.help, asked.error)
            ]
            assert all(len(text.zh) <= 20 for text in said if text)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"code": "other-code"}, "must be named"),
        ({"situation": "nowhere"}, "situation"),
        ({"unknown": 1}, "unknown"),
        (
            {
                "rules": [
                    {"when": {"type": 5}, "decision": "officer", "reason": {"zh": "a", "en": "b"}}
                ]
            },
            "Schema",
        ),
    ],
)
def test_an_item_file_that_breaks_the_rules_is_named_with_the_place(
    tmp_path: Path, change: Any, reason: Any
) -> None:
    good = yaml.safe_load((ITEMS / "old-age-allowance.yaml").read_text("utf-8"))
    broken = tmp_path / "old-age-allowance.yaml"
    broken.write_text(yaml.safe_dump({**good, **change}, allow_unicode=True), "utf-8")
    with pytest.raises(ItemInvalidError) as error:
        read_items([broken])
    assert reason in str(error.value)
    assert "old-age-allowance.yaml" in str(error.value)


def test_equal_catalogues_have_equal_versions() -> None:
    one, two = (publish(shipped_items(), Ed25519PrivateKey.generate()) for _ in range(2))
    assert one.etag == two.etag
    assert publish(shipped_items()[:1], Ed25519PrivateKey.generate()).etag != one.etag


def test_a_record_is_cut_to_its_period_by_calendar_years() -> None:
    data = synthetic_data()
    record = next(p for p in data["residents"] if p["name"] == "陈𬱖样")["social_insurance"]
    cut = extract(record, data["schemes"], "months-12", date(2026, 11, 24))
    assert (cut.period_from.figures, cut.period_to.figures) == ("2025-11", "2026-10")
    assert cut.schemes[0].months == 12
    assert cut.schemes[0].total == 46 + 98  # 2014-09…2018-06 and 2018-09…2026-10
    assert [row.months_text for row in cut.rows if "养老" in row.scheme] == [
        "2026-01 至 2026-10",
        "2025-11 至 2025-12",
    ]
    whole = extract(record, data["schemes"], "all", date(2026, 11, 24))
    assert whole.period_from == Month.of("2014-09")
    pension = [row for row in whole.rows if "养老" in row.scheme]
    assert sum(row.months for row in pension) == 144
    assert (pension[0].base, pension[0].employer, pension[0].person) == (
        "6,150.00",
        "984.00",
        "492.00",
    )


def test_a_time_beyond_the_calendar_is_refused_and_no_fault() -> None:
    with pytest.raises(ValueError, match="calendar"):
        CommandResult.model_validate_json('{"outcome":"done","at":"0001-01-01T00:00:00+14:00"}')
