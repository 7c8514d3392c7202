# SPDX-License-Identifier: Apache-2.0
"""Answers against the item's JSON Schema: which field, which words, what is sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.catalogue.validation import form_errors, required_keys, wire_values
from kiosk.protocol.catalogue import Form

FORM = Form(
    json_schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "phone", "age", "purpose"],
        "properties": {
            "name": {"type": "string", "minLength": 2, "maxLength": 5},
            "phone": {"type": "string", "pattern": "^1[0-9]{10}$"},
            "age": {"type": "integer", "minimum": 1, "maximum": 150},
            "purpose": {"type": "string", "enum": ["loan", "school"]},
            "since": {"type": "string", "format": "date"},
            "share": {"type": "number"},
            "agrees": {"type": "boolean"},
        },
        "anyOf": [{"required": ["since"]}, {"properties": {"purpose": {"const": "school"}}}],
    }
)
GOOD = {"name": "王苗苗", "phone": "13800000000", "age": "8", "purpose": "school"}


def test_good_answers_have_no_errors_and_are_sent_by_type() -> None:
    answers = GOOD | {"share": "0.5", "agrees": "true", "since": " 2026-11-23 "}
    assert form_errors(FORM, answers) == {}
    assert wire_values(FORM, answers) == {
        "name": "王苗苗",
        "phone": "13800000000",
        "age": 8,
        "purpose": "school",
        "share": 0.5,
        "agrees": True,
        "since": "2026-11-23",
    }


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"name": ""}, "name", "form.error.missing"),
        ({"name": "  "}, "name", "form.error.missing"),
        ({"name": "王"}, "name", "form.error.short"),
        ({"name": "王苗苗苗苗苗"}, "name", "form.error.long"),
        ({"phone": "138"}, "phone", "form.error.pattern"),
        ({"age": "x"}, "age", "form.error.number"),
        ({"age": "0"}, "age", "form.error.range"),
        ({"age": "151"}, "age", "form.error.range"),
        ({"purpose": "other"}, "purpose", "form.error.choice"),
        ({"since": "23.11.2026"}, "since", "form.error.pattern"),
        ({"agrees": "perhaps"}, "agrees", "form.error.number"),
        ({"purpose": "loan"}, "", "form.error.other"),
    ],
)
def test_a_broken_rule_is_found_at_its_field(change: dict[str, str], key: str, words: str) -> None:
    assert form_errors(FORM, GOOD | change)[key] == words


def test_several_missing_answers_are_all_named() -> None:
    assert {
        key for key, words in form_errors(FORM, {}).items() if words == "form.error.missing"
    } == {
        "name",
        "phone",
        "age",
        "purpose",
    }
    assert required_keys(FORM) == {"name", "phone", "age", "purpose"}


def test_unknown_keys_are_never_sent() -> None:
    assert "extra" not in wire_values(FORM, GOOD | {"extra": "x"})


@given(st.dictionaries(st.sampled_from(list(FORM.json_schema["properties"])), st.text(max_size=30)))
def test_no_answer_of_any_kind_breaks_the_check(values: dict[str, Any]) -> None:
    errors = form_errors(FORM, values)
    assert set(errors) <= {*FORM.json_schema["properties"], ""}
