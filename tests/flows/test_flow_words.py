# SPDX-License-Identifier: Apache-2.0
"""Every sentence of a visit: there in both languages, used, short, and in plain Chinese."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from kiosk.flows import views
from kiosk.words import all_words

ROOT = Path(__file__).parents[2]
WORDS = yaml.safe_load((ROOT / "kiosk" / "words" / "flow.yaml").read_text("utf-8"))
SOURCES = [
    *(ROOT / "kiosk" / "flows").glob("*.py"),
    ROOT / "kiosk" / "catalogue" / "validation.py",
]
LONGEST = 20


def literals() -> tuple[set[str], list[re.Pattern[str]]]:
    """Return the whole strings that our source holds, and the shapes of those it builds."""
    whole: set[str] = set()
    shapes: set[str] = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z0-9_]+"
                    for part in node.values
                ]
                shapes.add("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
    built = [re.compile(shape) for shape in shapes if "\\." in shape and shape[0].isalpha()]
    return whole, built


WHOLE, BUILT = literals()
# Codes come from devices, platform and store; the flow falls back from the exact to the general one.
FROM_OUTSIDE = ("code.", "action.", "trouble.")


def test_no_sentence_is_unused() -> None:
    unused = [
        key
        for key in WORDS
        if key not in WHOLE
        and not key.startswith(FROM_OUTSIDE)
        and not any(shape.fullmatch(key) for shape in BUILT)
    ]
    assert unused == []


def test_every_page_for_trouble_has_heading_and_meaning_and_a_use() -> None:
    stems = {
        key.removeprefix("trouble.").rpartition(".")[0] for key in WORDS if key[:8] == "trouble."
    }
    assert all(
        f"trouble.{stem}.{part}" in WORDS for stem in stems for part in ("heading", "meaning")
    )
    assert sorted(stem for stem in stems if stem not in WHOLE) == []


def test_a_code_nobody_foresaw_still_has_words() -> None:
    for area in (
        "card",
        "dev",
        "media",
        "link",
        "platform",
        "store",
        "seal",
        "licence",
        "condition",
    ):
        assert f"code.{area}" in WORDS
    assert "code.other" in WORDS


def test_every_button_has_a_use() -> None:
    ids = {key.removeprefix("action.") for key in WORDS if key.startswith("action.")}
    built = {key for key in ids if key.startswith(("material.", "paper."))}
    assert sorted(key for key in ids - built if key not in WHOLE) == []


def test_every_key_in_the_source_is_known() -> None:
    shape = re.compile(r"[a-z_]+(\.[a-z0-9_]+)+")
    stems = {key.partition(".")[0] for key in WORDS}
    codes = {"card", "dev", "media", "store", "link", "platform", "flow", "wipe", "identity"}
    codes |= {"code", "submit", "session", "ticket", "rating", "consent", "case", "licence"}
    codes |= {"catalogue", "material", "print", "closing"}
    unknown = [
        text
        for text in WHOLE
        if shape.fullmatch(text)
        and text.partition(".")[0] in stems - codes
        and text not in all_words()
    ]
    assert unknown == []


def test_every_sentence_is_there_in_both_languages() -> None:
    halves = [
        key
        for key, entry in WORDS.items()
        if set(entry) != {"zh", "en"} or not entry["zh"].strip() or not entry["en"].strip()
    ]
    assert halves == []


def test_both_languages_take_the_same_parameters() -> None:
    # Dates name months and weekdays each in their own way.
    assert [key for key in WORDS if parameters(key, "zh") != parameters(key, "en")] == [
        "date.day",
        "date.full",
        "date.moment",
    ]


def parameters(key: str, language: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(WORDS[key][language]) if name}


def test_chinese_sentences_are_short_and_without_foreign_words() -> None:
    plain = {key: re.sub(r"\{[a-z_]+\}", "", entry["zh"]) for key, entry in WORDS.items()}
    assert [key for key, words in plain.items() if re.search(r"[A-Za-z!,;]", words)] == []
    assert [key for key, words in plain.items() if "你" in words] == []
    parts = {key: re.split(r"[。！？，；：\n]", words) for key, words in plain.items()}
    assert [key for key, found in parts.items() if max(map(len, found)) > LONGEST] == []


def test_english_is_written_without_chinese() -> None:
    mixed = [key for key, entry in WORDS.items() if re.search(r"[一-鿿，。]", entry["en"])]
    assert mixed == []


def test_a_whole_visit_in_english_shows_no_chinese_but_the_chips_own(visit: Any) -> None:
    from kiosk.flows import intents  # noqa: PLC0415 - only here

    visit.touch(intents.SetMode("english", True))
    visit.walk("old-age-allowance")
    english = [outcome.view for outcome in visit.outcomes if outcome.view.modes.language == "en"]
    allowed = re.compile(r"王\*?苗?苗|江西省\S+|演示银行\S+|章贡区\S+|某某\S+")
    for view in english:
        texts = list(strings_of(view))
        left = [text for text in texts if re.search(r"[一-鿿]", allowed.sub("", text))]
        assert left == []


def strings_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for each in value for text in strings_of(each)]
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, views.Modes):
        return [
            text for name in value.__dataclass_fields__ for text in strings_of(getattr(value, name))
        ]
    return []
