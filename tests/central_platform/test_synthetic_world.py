# SPDX-License-Identifier: Apache-2.0
"""The invented city: the same every time, valid to software, marked to people."""

from __future__ import annotations

from datetime import date
from typing import Any

from central_platform.insurance import Month, extract
from central_platform.residents import synthetic_data
from central_platform.synthetic_world import (
    COMPANIES,
    RESIDENTS,
    citizen_number,
    credit_code,
    synthetic_world,
    with_check,
)
from tests.support.platform_asking import resident

WORLD = synthetic_world()
TODAY = date(2026, 11, 24)


def test_the_same_seed_is_the_same_world_and_another_is_another() -> None:
    synthetic_world.cache_clear()
    assert synthetic_world() == WORLD
    assert synthetic_world(seed=1) != WORLD


def test_there_are_enough_of_everybody() -> None:
    kinds = [each["card_type"] for each in WORLD.residents]
    assert len(WORLD.residents) == RESIDENTS >= 200
    assert len(WORLD.companies) == COMPANIES >= 50
    assert all(kinds.count(kind) >= 10 for kind in ("J", "I", "Y"))
    rare = [each for each in WORLD.residents if any(ord(c) > 0xFFFF for c in each["name"])]
    assert len(rare) >= 5
    ends = [
        licence["valid_to"]
        for each in WORLD.residents
        for licence in each["licences"]
        if licence["valid_to"] is not None
    ]
    assert sum(end < TODAY for end in ends) >= 10
    assert sum(end >= TODAY for end in ends) >= 5


def test_the_published_sample_numbers_pass_the_same_checks() -> None:
    assert citizen_number("110105", date(1949, 12, 31), 2) == "11010519491231002X"
    assert with_check("93268219850101001") == "932682198501010017"
    assert with_check("91112419810803002") == "911124198108030024"
    assert credit_code("91350100M000100Y4") == "91350100M000100Y43"


def test_every_number_is_valid_and_nobodys_twice() -> None:
    by_hand = {each["number"] for each in synthetic_data()["residents"]}
    numbers = [each["number"] for each in WORLD.residents]
    assert len(set(numbers) | by_hand) == len(numbers) + len(by_hand)
    for each in WORLD.residents:
        number, birth = each["number"], each["birth"]
        if each["card_type"] == "I":
            assert len(number) == 15
            assert number[7:13] == f"{birth:%y%m%d}"
            continue
        assert with_check(number[:17]) == number
        assert number[6:14] == f"{birth:%Y%m%d}"
        assert (int(number[16]) % 2 == 1) == (each["sex"] == "male")
    codes = [company.code for company in WORLD.companies]
    assert len(set(codes)) == len(codes)
    assert all(credit_code(code[:17]) == code for code in codes)


def test_everybody_is_marked_and_reachable_nowhere() -> None:
    by_hand = {each["name"] for each in synthetic_data()["residents"]}
    for each in WORLD.residents:
        assert each["synthetic"] is True
        assert each["name"] not in by_hand
        assert each["phone"].startswith("100")  # not given out to mobile telephones
        assert all(licence["identifier"].startswith("DEMO-") for licence in each["licences"])
        if each["card_type"] in {"resident", "J"}:
            assert each["name"][-1] in "样例示测"
    assert all("（演示）" in company.name for company in WORLD.companies)


def test_insurance_records_can_be_laid_out() -> None:
    schemes = synthetic_data()["schemes"]
    seen = 0
    for each in WORLD.residents:
        record = each["social_insurance"]
        if record is not None:
            seen += 1
            assert Month.of(record["first_month"]).words
            extract(record, schemes, "months-12", TODAY)
    assert seen > 100


def test_a_legal_person_finds_the_company_in_the_own_space(desk: Any) -> None:
    company = next(
        each for each in WORLD.companies if each.legal_person.isdigit() and each.state == "存续"
    )
    person = next(each for each in WORLD.residents if each["number"] == company.legal_person)
    answer = resident(desk, person["name"], person["number"])("/space")
    assert company.code in {held["code"] for held in answer.json()["companies"]}
    assert answer.json()["synthetic"] is True
    assert answer.headers["Hall24-Synthetic"] == "yes"
    assert resident(desk)("/space").json()["companies"] == []
