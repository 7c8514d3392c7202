# SPDX-License-Identifier: Apache-2.0
"""SYNTHETIC registers of the departments: what provident fund, land registry, tax … know of a resident.

A real platform asks each department's system. Here ``data/registers.yaml`` says which fields a register
has and how they are invented; the values follow from the resident's number alone, so that the same
synthetic resident is told the same every time, on every machine, without a row being stored.

Field recipes: ``digits`` (how many) · ``one_of`` (a list of ``{code, zh, en}``, the first the likeliest) ·
``number`` and ``money`` (``[lowest, highest, step]``) · ``part_of`` (``[field, share]``) · ``month`` and
``day`` (``[first, last]``) · ``last_month`` · ``address`` · ``text``. ``number``, ``money`` and ``part_of``
may have a ``unit``.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from central_platform.insurance import Month
from central_platform.residents import age_on
from central_platform.storage.models import SyntheticResident
from kiosk.protocol.catalogue import AnswerRow
from kiosk.protocol.messages import Answer
from kiosk.protocol.wire import Text

_CENT = Decimal("0.01")
_MOST_LIKELY = 0.75
"""Share of residents of whom the first of ``one_of`` holds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one register says of one resident. ``codes`` for rules, ``words`` for people."""

    codes: Mapping[str, Any]
    words: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whom an entry is made for; ``made`` are the fields made so far."""

    resident: SyntheticResident
    today: date
    chance: random.Random
    made: dict[str, Any]


def register_names() -> Mapping[str, Text]:
    """Return every register with its name."""
    return {code: Text(**register["name"]) for code, register in _registers().items()}


def register_fields(register: str) -> tuple[str, ...]:
    """Return the fields of a register; empty when there is no such register."""
    return tuple(_registers().get(register, {}).get("fields", ()))


def look_up(register: str, resident: SyntheticResident, today: date) -> Entry | None:
    """Return the resident's entry, ``None`` where the register does not know this person."""
    spec = _registers()[register]
    chance = random.Random(_seed(resident.number, register))  # noqa: S311 - invented data, repeatable
    if chance.random() >= spec.get("held_by", 1.0):
        return None
    if age_on(resident.birth, today) < spec.get("from_age", 0):
        return None
    subject = _Subject(resident, today, chance, {})
    words: dict[str, Text] = {}
    for field, recipe in spec["fields"].items():
        ((kind, how),) = ((key, value) for key, value in recipe.items() if key != "unit")
        code, said = _RECIPES[kind](subject, how)
        unit = recipe.get("unit")
        words[field] = (
            Text(zh=f"{said.zh}{unit['zh']}", en=f"{said.en} {unit['en']}") if unit else said
        )
        subject.made[field] = code
    return Entry(subject.made, words)


def register_facts(resident: SyntheticResident | None, today: date) -> dict[str, Any]:
    """Return ``{register: {"held": bool, field: code …}}`` for the rules of items."""
    facts: dict[str, Any] = {}
    for register in _registers():
        entry = look_up(register, resident, today) if resident else None
        codes = dict(entry.codes) if entry else dict.fromkeys(register_fields(register))
        facts[register] = {"held": entry is not None, **codes}
    return facts


def answer_rows(
    rows: tuple[AnswerRow, ...], resident: SyntheticResident, today: date
) -> tuple[Answer, ...]:
    """Look every row up; a register that does not know the resident says so in words."""
    entries: dict[str, Entry | None] = {}
    answers = []
    for row in rows:
        register, _, field = row.value.partition(".")
        if register not in entries:
            entries[register] = look_up(register, resident, today)
        entry = entries[register]
        answers.append(Answer(label=row.label, value=entry.words[field] if entry else _NONE))
    return tuple(answers)


_NONE = Text(zh="没有记录", en="No record")


def _digits(subject: _Subject, how: int) -> tuple[str, Text]:
    text = "".join(str(subject.chance.randrange(10)) for _ in range(how))
    return text, _same(text)


def _one_of(subject: _Subject, how: list[Mapping[str, str]]) -> tuple[str, Text]:
    likely = subject.chance.random() < _MOST_LIKELY
    chosen = how[0] if likely or len(how) == 1 else subject.chance.choice(how[1:])
    return chosen["code"], Text(zh=chosen["zh"], en=chosen["en"])


def _number(subject: _Subject, how: list[int]) -> tuple[int, Text]:
    lowest, highest, step = how
    value = subject.chance.randrange(lowest, highest + 1, step)
    return value, _same(str(value))


def _money(subject: _Subject, how: list[int]) -> tuple[float, Text]:
    value, _ = _number(subject, how)
    return float(value), _yuan(Decimal(value))


def _part_of(subject: _Subject, how: list[Any]) -> tuple[float, Text]:
    field, share = how
    amount = Decimal(str(subject.made[field])) * Decimal(str(share))
    return float(amount), _yuan(amount)


def _month(subject: _Subject, how: list[str]) -> tuple[str, Text]:
    first, last = Month.of(how[0]), Month.of(how[1])
    month = Month(subject.chance.randrange(first.index, last.index + 1))
    return month.figures, Text(zh=month.words, en=month.figures)


def _last_month(subject: _Subject, _how: object) -> tuple[str, Text]:
    month = Month(Month.containing(subject.today).index - 1)
    return month.figures, Text(zh=month.words, en=month.figures)


def _day(subject: _Subject, how: list[str]) -> tuple[str, Text]:
    first, last = (date.fromisoformat(str(each)) for each in how)
    day = first + timedelta(days=subject.chance.randrange((last - first).days + 1))
    return day.isoformat(), Text(zh=f"{day.year}年{day.month}月{day.day}日", en=day.isoformat())


def _address(subject: _Subject, _how: object) -> tuple[str, Text]:
    text = str(subject.resident.known.get("address", ""))
    return text, _same(text)


def _text(_subject: _Subject, how: Mapping[str, str]) -> tuple[str, Text]:
    return how["zh"], Text(zh=how["zh"], en=how["en"])


_RECIPES: Mapping[str, Callable[[_Subject, Any], tuple[Any, Text]]] = {
    "digits": _digits,
    "one_of": _one_of,
    "number": _number,
    "money": _money,
    "part_of": _part_of,
    "month": _month,
    "last_month": _last_month,
    "day": _day,
    "address": _address,
    "text": _text,
}


def _yuan(amount: Decimal) -> Text:
    figures = f"{amount.quantize(_CENT):,}"
    return Text(zh=f"{figures}元", en=f"{figures} yuan")


def _same(text: str) -> Text:
    return Text(zh=text, en=text)


def _seed(number: str, register: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{register}:{number}".encode()).digest()[:8])


@cache
def _registers() -> Mapping[str, Any]:
    source = files("central_platform").joinpath("data", "registers.yaml")
    registers: Mapping[str, Any] = yaml.safe_load(source.read_text("utf-8"))["registers"]
    return registers
