# SPDX-License-Identifier: Apache-2.0
"""What is wrong in a service item's file, in words with which the official who writes it can mend it.

The platform's own reading (``central_platform.items``) comes first, its refusals put into words here.
A file that it takes is then looked at for what would fail only in front of a resident: a paper without a
way, an icon that is not drawn, an example that breaks its own rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from central_platform.items import ItemInvalidError, read_items
from central_platform.life_events import read_life_event
from central_platform.registers import register_fields, register_names
from central_platform.shared_rules import UnknownRuleError, shared_rule_names, with_shared_rules
from kiosk.cli.item_content import content_problems
from kiosk.protocol.catalogue import ServiceItem
from kiosk.words import Language, say

Place = tuple[str | int, ...]
_Found = tuple[Place, str, dict[str, str | int]]
_ERRORS: Final = {
    "missing": "missing",
    "extra_forbidden": "unknown_key",
    "literal_error": "one_of",
    "string_pattern_mismatch": "pattern",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend."""

    file: Path
    line: int
    """Counted from one; 1 where the file cannot be told apart into lines."""
    place: str
    """The keys on the way down, e.g. ``guide.steps``."""
    kind: str
    params: dict[str, str | int]

    def words(self, language: Language) -> str:
        """Return what is wrong and what to write instead."""
        return say(f"items.{self.kind}", language, **self.params)


def checked(file: Path) -> tuple[ServiceItem | None, tuple[Problem, ...]]:
    """Return the item, where the platform would take the file, and everything to mend, by line.

    Raises ``OSError`` when the file cannot be opened.
    """
    item = None
    found: list[_Found] = []
    try:
        (item,) = read_items([file])
        found += content_problems(item)
    except ItemInvalidError as error:
        found += _refusal(error, file)
    return item, _by_line(file, found)


def life_event_problems(file: Path) -> tuple[Problem, ...]:
    """Return everything to mend in the file of a life event, by line. Raises ``OSError`` as above."""
    found: list[_Found] = []
    try:
        event = read_life_event(file)
        found += (
            ((where, language), f"no_{language}", {})
            for where, words in (("name", event.name), ("summary", event.summary))
            for language, said in (("zh", words.zh), ("en", words.en))
            if not said.strip()
        )
    except ItemInvalidError as error:
        found += _refusal(error, file)
    return _by_line(file, found)


def _by_line(file: Path, found: list[_Found]) -> tuple[Problem, ...]:
    lines = _Lines(file)
    found += [(place, "key_twice", {"key": place[-1]}) for place in lines.twice]
    problems = [
        Problem(file, lines.of(place), ".".join(map(str, place)), kind, params)
        for place, kind, params in found
    ]
    return tuple(sorted(problems, key=lambda each: (each.line, each.place)))


def _refusal(
    error: ItemInvalidError, file: Path
) -> Iterator[tuple[Place, str, dict[str, str | int]]]:
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        for each in cause.errors(include_url=False):
            yield _field(each, file)
    elif isinstance(cause, yaml.YAMLError):
        yield (), "yaml", {"why": str(getattr(cause, "problem", "") or "?")}
    elif isinstance(cause, UnknownRuleError):
        yield error.place, "shared", {"known": _listed(shared_rule_names())}
    elif error.kind == "schema":
        yield error.place, "schema", {"why": str(getattr(cause, "message", "?"))}
    elif error.kind == "register_field":
        value = _at(_loaded(file), error.place)
        register = str(value).partition(".")[0]
        if register in register_names():
            known = _listed(f"{register}.{each}" for each in register_fields(register))
            yield error.place, "register_field", {"value": str(value), "known": known}
        else:
            yield error.place, "register", {"value": register, "known": _listed(register_names())}
    elif error.kind in {"bundle_item", "bundle_twice"}:
        yield error.place, error.kind, {"code": str(_at(_loaded(file), error.place))}
    elif error.kind:
        yield error.place, error.kind, {"code": str(_at(_loaded(file), ("code",)))}
    else:
        yield (), "unreadable", {}


def _field(error: Any, file: Path) -> tuple[Place, str, dict[str, str | int]]:  # noqa: ANN401 - pydantic's
    place: Place = tuple(error["loc"])
    kind = _ERRORS.get(error["type"], "other")
    context = error.get("ctx", {})
    if error["type"] == "value_error" and place == ("form",):
        return (*place, "groups"), "form_keys", {"keys": _listed(_wrong_keys(_loaded(file)))}
    if kind in {"missing", "unknown_key"}:
        return place, kind, {"key": str(place[-1]) if place else "code"}
    if kind == "one_of":
        return place, kind, {"known": str(context["expected"]).replace(" or ", ", ")}
    if kind == "pattern":
        return place, kind, {"pattern": str(context["pattern"])}
    return place, kind, {"why": str(error["msg"])}


def _wrong_keys(told: Any) -> Iterator[str]:  # noqa: ANN401 - what YAML gave; its model took all but this
    known = told["form"].get("json_schema", {}).get("properties", {})
    seen: set[str] = set()
    for group in told["form"].get("groups", ()):
        for asked in group["fields"]:
            if asked["key"] not in known or asked["key"] in seen:
                yield asked["key"]
            seen.add(asked["key"])


class _Lines:
    """Where in the file a place is."""

    def __init__(self, file: Path) -> None:
        self.twice: list[Place] = []
        self._lines: dict[Place, int] = {(): 1}
        self._file = file
        try:
            node = yaml.compose(file.read_text("utf-8"), yaml.SafeLoader)
            if node is not None:
                self._walk(node, (), set())
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            self._lines[()] = mark.line + 1 if mark else 1
        except (ValueError, RecursionError):  # said as "unreadable" already
            pass

    def of(self, place: Place) -> int:
        """Return the line of a place; of one that is missing, that of what should hold it."""
        if place[:1] == ("rules",) and len(place) > 1 and isinstance(place[1], int):
            # The platform counts shared rules as written out.
            indexes = tuple(_rule_indexes(_loaded(self._file)))
            written = indexes[place[1]] if place[1] < len(indexes) else place[1]
            place = ("rules", written, *place[2:])
        while place not in self._lines:
            place = place[:-1]
        return self._lines[place]

    def _walk(self, node: yaml.Node, place: Place, above: set[int]) -> None:
        if id(node) in above:  # an alias of what holds it
            return
        inside = above | {id(node)}
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                here = (*place, str(key.value))
                self._lines[here] = key.start_mark.line + 1
                if key.value in seen:
                    self.twice.append(here)
                seen.add(str(key.value))
                self._walk(value, here, inside)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._lines[(*place, index)] = value.start_mark.line + 1
                self._walk(value, (*place, index), inside)


def _rule_indexes(told: Any) -> Iterator[int]:  # noqa: ANN401 - what YAML gave
    """Give, for each rule as the platform counts them, its index in the file."""
    rules = told.get("rules") if isinstance(told, dict) else None
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        try:
            count = len(with_shared_rules({"rules": [rule]})["rules"])
        except UnknownRuleError:
            count = 1
        yield from [index] * count


def _loaded(file: Path) -> Any:  # noqa: ANN401 - what YAML gave
    return yaml.safe_load(file.read_text("utf-8"))


def _at(told: Any, place: Place) -> Any:  # noqa: ANN401 - what YAML gave
    for part in place:
        told = told[part]
    return told


def _listed(names: Any) -> str:  # noqa: ANN401 - any names
    return ", ".join(re.sub(r"\s+", " ", str(name)) for name in names)
