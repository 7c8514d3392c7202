# SPDX-License-Identifier: Apache-2.0
"""Form values against the item's JSON Schema: what is wrong, at which field, in which words.

On the glass every answer is text; the schema says what it becomes on the wire.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kiosk.protocol.catalogue import Form

if TYPE_CHECKING:
    from jsonschema import ValidationError

MISSING = "form.error.missing"
WHOLE_FORM = ""
"""Key of a rule that speaks of several fields at once."""

_WORDS_BY_RULE = {
    "minLength": "form.error.short",
    "maxLength": "form.error.long",
    "pattern": "form.error.pattern",
    "format": "form.error.pattern",
    "enum": "form.error.choice",
    "const": "form.error.choice",
    "type": "form.error.number",
    "minimum": "form.error.range",
    "maximum": "form.error.range",
    "exclusiveMinimum": "form.error.range",
    "exclusiveMaximum": "form.error.range",
}
_OTHER_RULE = "form.error.other"


def required_keys(form: Form) -> frozenset[str]:
    """Return the fields that must be answered."""
    return frozenset(form.json_schema.get("required", ()))


def wire_values(form: Form, values: Mapping[str, str]) -> dict[str, Any]:
    """Return the answers as they are sent: numbers as numbers, unanswered fields left out."""
    properties = form.json_schema.get("properties", {})
    sent: dict[str, Any] = {}
    for key in properties:
        text = values.get(key, "").strip()
        if text:
            sent[key] = _typed(text, properties[key])
    return sent


def form_errors(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    """Return ``{field key: words key}`` for every broken rule, the first per field; empty when all is well."""
    errors: dict[str, str] = {}
    sent = wire_values(form, values)
    for error in _in_order(_validator(form).iter_errors(sent)):
        for key, words in _places(error, sent):
            errors.setdefault(key, words)
    return errors


def _typed(text: str, rule: Any) -> Any:  # noqa: ANN401 - JSON on both sides
    kind = rule.get("type") if isinstance(rule, dict) else None
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text)
    except ValueError:
        return text  # the schema will say that it is no number
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def _validator(form: Form) -> Any:  # noqa: ANN401 - jsonschema's validator classes have no common type
    return _validator_of(_ByIdentity(form))


class _ByIdentity:
    """A form as a cache key; forms are frozen but hold a dictionary."""

    __slots__ = ("form",)

    def __init__(self, form: Form) -> None:
        self.form = form

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.form is self.form

    def __hash__(self) -> int:
        return id(self.form)


@lru_cache(maxsize=128)
def _validator_of(form: _ByIdentity) -> Any:  # noqa: ANN401 - as above
    # Loading jsonschema takes some 50 ms: paid at the first form, not at start-up.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator(
        form.form.json_schema, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def _in_order(errors: Iterable[ValidationError]) -> list[ValidationError]:
    return sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])


def _places(error: ValidationError, sent: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the fields that an error belongs to, with the words for it."""
    if error.validator == "required" and not error.absolute_path:
        wanted = error.validator_value if isinstance(error.validator_value, list) else []
        return [(key, MISSING) for key in wanted if key not in sent]
    words = _WORDS_BY_RULE.get(str(error.validator), _OTHER_RULE)
    if error.absolute_path:
        return [(str(error.absolute_path[0]), words)]
    return [(WHOLE_FORM, words)]
