# SPDX-License-Identifier: Apache-2.0
"""Items are found by 汉字, pinyin, initials, keywords and English."""

from __future__ import annotations

from pathlib import Path

import pytest

from central_platform.items import read_items
from kiosk.catalogue.search import search
from kiosk.protocol.catalogue import Catalogue

ITEMS = Path(__file__).parents[2] / "central_platform" / "catalogue" / "items"
BOTH = Catalogue(
    version="1",
    items=read_items(
        [ITEMS / f"{code}.yaml" for code in ("old-age-allowance", "social-insurance-proof")]
    ),
)
ALLOWANCE, PROOF = (item.code for item in BOTH.items)


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("社保", [PROOF]),
        ("办社保参保证明", [PROOF]),
        ("gaolingjintie", [ALLOWANCE]),
        ("GaoLing", [ALLOWANCE]),
        ("jintie", [ALLOWANCE]),
        ("gljt", [ALLOWANCE]),
        ("jt", [ALLOWANCE]),
        ("bsbcbzm", [PROOF]),
        ("八十岁", [ALLOWANCE]),
        ("certificate", [PROOF]),
        ("民政局", [ALLOWANCE]),
        ("社保 证明", [PROOF]),
        ("社保 津贴", []),
        ("飞机票", []),
        ("", [ALLOWANCE, PROOF]),
        ("  ", [ALLOWANCE, PROOF]),
    ],
)
def test_what_is_typed_finds_the_item(typed: str, codes: list[str]) -> None:
    assert list(search(BOTH, typed)) == codes


def test_a_name_counts_more_than_a_keyword() -> None:
    assert search(BOTH, "养老")[0] in {ALLOWANCE, PROOF}
    renamed = BOTH.items[1].model_copy(
        update={"name": BOTH.items[1].name.model_copy(update={"zh": "养老证明"})}
    )
    both = Catalogue(version="2", items=(BOTH.items[0], renamed))
    assert search(both, "养老") == (PROOF, ALLOWANCE)


def test_pinyin_begins_at_a_syllable() -> None:
    assert search(BOTH, "aoling") == ()
