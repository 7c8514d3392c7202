# SPDX-License-Identifier: Apache-2.0
"""Invented registers: the same for the same resident, complete, and enough for every item that asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from central_platform.context import PlatformContext, open_platform
from central_platform.decisions import decide, facts_of
from central_platform.items import ItemInvalidError, read_items, shipped_items
from central_platform.proofs import ProofFacts, sealed_proof
from central_platform.registers import (
    answer_rows,
    look_up,
    register_facts,
    register_fields,
    register_names,
)
from central_platform.storage.models import SyntheticResident
from kiosk.protocol.envelope import Payload

ITEMS = Path(__file__).parents[2] / "central_platform" / "catalogue" / "items"
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def world(fresh_platform: Path) -> Iterator[tuple[PlatformContext, list[SyntheticResident]]]:
    platform = open_platform(fresh_platform)
    try:
        with platform.database.read() as session:
            yield platform, list(session.scalars(select(SyntheticResident)))
    finally:
        platform.close()


def test_the_same_resident_is_told_the_same(world: Any) -> None:
    for resident in world[1]:
        for register in register_names():
            assert look_up(register, resident, TODAY) == look_up(register, resident, TODAY)


def test_every_register_knows_somebody_and_the_words_are_complete(world: Any) -> None:
    for register in register_names():
        entries = [look_up(register, resident, TODAY) for resident in world[1]]
        for entry in entries:
            if entry is not None:
                assert tuple(entry.words) == tuple(entry.codes) == register_fields(register)
                assert all(words.zh and words.en for words in entry.words.values())


def test_nobody_younger_than_a_register_asks_for_is_in_it(world: Any) -> None:
    for resident in world[1]:
        if TODAY.year - resident.birth.year < 60:
            assert look_up("pension", resident, TODAY) is None


def test_facts_are_there_for_everybody_and_for_nobody(world: Any) -> None:
    for facts in (register_facts(None, TODAY), register_facts(world[1][0], TODAY)):
        assert set(facts) == set(register_names())
        assert all(isinstance(facts[register]["held"], bool) for register in facts)
    assert not any(each["held"] for each in register_facts(None, TODAY).values())


@pytest.mark.parametrize("item", shipped_items(), ids=lambda item: item.code)
def test_every_item_decides_for_everybody_and_answers_what_it_promises(
    item: Any, world: Any
) -> None:
    form = {
        asked.key: asked.choices[0].value
        if asked.choices
        else (int(asked.example) if asked.widget == "number" else asked.example)
        for group in item.form.groups
        for asked in group.fields
        if asked.key in item.form.json_schema.get("required", ()) and not asked.locked
    }
    for resident in world[1]:
        known = {"name": resident.name, "number": resident.number, "birth": str(resident.birth)}
        mine = {
            key: known[key] for key in known if key in item.form.json_schema.get("properties", {})
        }
        decision = decide(item, {**form, **mine}, facts_of(Payload(form={}), resident, TODAY))
        assert decision.reason.zh
        assert "调整" not in decision.reason.zh
        if item.answer and decision.state == "approved":
            rows = answer_rows(item.answer, resident, TODAY)
            assert [row.label for row in rows] == [asked.label for asked in item.answer]
            assert all(row.value.zh != "没有记录" for row in rows)
        # Whom the platform has not verified is never told anything.
        unknown = decide(item, {**form, **mine}, facts_of(Payload(form={}), None, TODAY))
        assert unknown.state == "in_review"


def test_a_certificate_needs_no_code_of_its_own(world: Any) -> None:
    platform, residents = world
    item = platform.published.catalogue.item("provident-fund-proof")
    resident = next(each for each in residents if look_up("provident-fund", each, TODAY))
    facts = ProofFacts(item, "261124-000001-0", resident, {}, datetime(2026, 11, 24, 9))  # noqa: DTZ001 - civil time
    pdf = sealed_proof(item.results[0], facts, platform.secrets.seal)
    assert pdf.startswith(b"%PDF-")
    assert b"/Sig" in pdf


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rules": [{"use": "by-hope"}]}, "no shared rules 'by-hope'"),
        (
            {"answer": [{"label": {"zh": "甲", "en": "a"}, "value": "tax.colour"}]},
            "no register has the field tax.colour",
        ),
    ],
)
def test_a_file_that_asks_for_what_is_not_there_is_told_so(
    change: Any, said: str, tmp_path: Path
) -> None:
    told = yaml.safe_load((ITEMS / "income-tax-query.yaml").read_text("utf-8"))
    broken = tmp_path / "income-tax-query.yaml"
    broken.write_text(yaml.safe_dump({**told, **change}, allow_unicode=True), "utf-8")
    with pytest.raises(ItemInvalidError, match=said):
        read_items([broken])
