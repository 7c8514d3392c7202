# SPDX-License-Identifier: Apache-2.0
"""What can be wrong in an item that the platform takes: what a resident would stumble over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from string import Formatter
from typing import Any, Final

from jsonschema import Draft202012Validator

import ui
from central_platform.items import licence_names
from central_platform.registers import register_names
from drivers.core import Role
from kiosk.protocol.catalogue import FormField, ServiceItem
from kiosk.protocol.wire import Text

Found = tuple[tuple[str | int, ...], str, dict[str, str | int]]

LONGEST: Final[Mapping[str, tuple[int, int]]] = {
    "name": (16, 50),
    "summary": (20, 60),
    "department": (20, 60),
    "steps": (10, 42),
    "label": (12, 40),
    "": (20, 90),
}
"""Most characters in Chinese and English that the screen has room for, by key; ``""`` for any other."""
_LONGEST_PROMISE_LINE: Final = (40, 120)
_SOURCES: Final = (
    *(f"card.{name}" for name in ("name", "english_name", "sex", "ethnicity", "nationality")),
    *(f"card.{name}" for name in ("birth", "address", "number", "issuer")),
    *(f"platform.{name}" for name in ("phone", "address", "bank", "bank_account")),
)
_FEWEST_KEYWORDS: Final = 3
_STEPS: Final = range(3, 6)
_CHINESE: Final = re.compile("[一-鿿]")


def content_problems(item: ServiceItem) -> tuple[Found, ...]:
    """Return everything to mend in an item that is valid as data."""
    checks = (_head, _requires, _outcome, _materials, _form, _registers, _texts)
    return tuple(chain.from_iterable(check(item) for check in checks))


@cache
def icons() -> tuple[str, ...]:
    """Return the names of the drawn icons."""
    folder = Path(ui.__file__).parent / "qml" / "Kiosk" / "icons"
    return tuple(sorted(drawn.stem for drawn in folder.glob("*.svg")))


def _head(item: ServiceItem) -> Iterator[Found]:
    if len(set(item.keywords)) < _FEWEST_KEYWORDS:
        yield ("keywords",), "keywords", {"count": len(set(item.keywords))}
    if item.icon not in icons():
        yield ("icon",), "icon", {"value": item.icon, "known": ", ".join(icons())}
    if len(item.guide.steps) not in _STEPS:
        yield ("guide", "steps"), "steps", {"count": len(item.guide.steps)}
    if item.kind == "immediate" and item.promised_days:
        yield ("promised_days",), "immediate_days", {}
    elif item.kind == "promised" and item.promised_days < 1:
        yield ("promised_days",), "no_days", {}
    elif item.promised_days > item.legal_days:
        days: dict[str, str | int] = {"promised": item.promised_days, "legal": item.legal_days}
        yield ("promised_days",), "days", days


def _requires(item: ServiceItem) -> Iterator[Found]:
    roles = [role.value for role in Role]
    for index, role in enumerate(item.requires.devices):
        if role not in roles:
            known = ", ".join(roles)
            yield ("requires", "devices", index), "device", {"value": role, "known": known}
    now = item.depth in {"query", "print"} or item.answer or item.results
    if now and item.requires.platform != "online":
        yield ("requires", "platform"), "online", {}


def _outcome(item: ServiceItem) -> Iterator[Found]:
    if item.depth == "query" and not item.answer:
        yield ("answer",), "answer", {}
    if item.depth == "print" and not item.results:
        yield ("results",), "results", {}
    if item.results and not item.requires.delivery:
        yield ("requires", "delivery"), "delivery", {}
    for index, result in enumerate(item.results):
        try:
            used = {
                name for _, name, _, _ in Formatter().parse(result.statement) if name is not None
            }
        except ValueError:
            used = {"{"}
        for name in sorted(used - {"name", "number"}):
            yield ("results", index, "statement"), "statement", {"value": name}


def _materials(item: ServiceItem) -> Iterator[Found]:
    for index, paper in enumerate(item.materials):
        if not (paper.licence or paper.scan or paper.deferrable):
            yield ("materials", index), "no_way", {}
        if paper.layout == "card_both_sides" and not paper.scan:
            yield ("materials", index, "layout"), "layout", {}
        if paper.licence and paper.licence not in licence_names():
            known = ", ".join(licence_names())
            yield (
                ("materials", index, "licence"),
                "licence",
                {"value": paper.licence, "known": known},
            )
        if paper.deferrable and paper.due_working_days < 1:
            yield ("materials", index, "due_working_days"), "due", {}


def _form(item: ServiceItem) -> Iterator[Found]:
    required = item.form.json_schema.get("required", ())
    asked = {field.key for group in item.form.groups for field in group.fields}
    for key in required:
        if key not in asked:
            yield ("form", "json_schema", "required"), "not_asked", {"key": str(key)}
    for number, group in enumerate(item.form.groups):
        for index, field in enumerate(group.fields):
            place = ("form", "groups", number, "fields", index)
            rule = item.form.json_schema["properties"][field.key]
            for key, kind, params in _question(field, rule, needed=field.key in required):
                yield (*place, key), kind, params


def _question(
    field: FormField,
    rule: Any,  # noqa: ANN401 - a JSON Schema
    *,
    needed: bool,
) -> Iterator[tuple[str, str, dict[str, str | int]]]:
    values = [choice.value for choice in field.choices]
    usual = [f"usual.{value}" for value in values]
    if field.prefill and field.prefill not in (*_SOURCES, *usual):
        known = ", ".join((*_SOURCES, *usual))
        yield "prefill", "prefill", {"value": field.prefill, "known": known}
    if not field.locked and field.error is None and needed:
        yield "key", "no_error", {}
    if field.widget == "choice":
        if not values:
            yield "key", "no_choices", {}
        allowed = rule.get("enum", values) if isinstance(rule, dict) else values
        differing = sorted({str(value) for value in set(values) ^ set(allowed)})
        if values and differing:
            yield "choices", "choices", {"keys": ", ".join(differing)}
    elif needed and not field.locked and not field.example:
        yield "key", "no_example", {}
    elif field.example and not _fits(field, rule):
        yield "example", "example", {"value": field.example}


def _fits(field: FormField, rule: Any) -> bool:  # noqa: ANN401 - a JSON Schema
    value: object = field.example
    if field.widget == "number":
        try:
            value = int(field.example)
        except ValueError:
            return False
    return bool(Draft202012Validator(rule).is_valid(value))


def _registers(item: ServiceItem) -> Iterator[Found]:
    """Look at the rules: one that looks into a register that does not exist never fits, unnoticed."""
    known = register_names()
    for index, rule in enumerate(item.rules):
        for named in _looked_into(rule.when):
            if named not in known:
                params: dict[str, str | int] = {"value": named, "known": ", ".join(known)}
                yield ("rules", index), "register", params


def _looked_into(when: object) -> Iterator[str]:
    if isinstance(when, dict):
        registers = when.get("registers")
        if isinstance(registers, dict):
            yield from registers.get("properties", {})
        for inner in when.values():
            yield from _looked_into(inner)
    elif isinstance(when, list):
        for inner in when:
            yield from _looked_into(inner)


def _texts(item: ServiceItem) -> Iterator[Found]:
    for place, words in texts_of(item):
        if not words.zh.strip():
            yield (*place, "zh"), "no_zh", {}
        if not words.en.strip():
            yield (*place, "en"), "no_en", {}
        if _CHINESE.search(words.en):
            yield (*place, "en"), "en_chinese", {}
        yield from _too_long(place, words)


def _too_long(place: tuple[str | int, ...], words: Text) -> Iterator[Found]:
    key = next(part for part in reversed(place) if isinstance(part, str))
    most = LONGEST.get(key, LONGEST[""])
    if place[0] == "promise":
        most = _LONGEST_PROMISE_LINE
    for language, longest, text in zip(("zh", "en"), most, (words.zh, words.en), strict=True):
        count = max(map(len, text.splitlines()), default=0)
        if count > longest:
            yield (*place, language), f"long_{language}", {"count": count, "most": longest}


def texts_of(
    value: object, place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Text]]:
    """Give every text of an item with its place."""
    if isinstance(value, Text):
        yield place, value
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from texts_of(inner, (*place, index))
    elif hasattr(type(value), "model_fields"):
        for name in type(value).model_fields:  # type: ignore[attr-defined] # a pydantic model
            yield from texts_of(getattr(value, name), (*place, name))
