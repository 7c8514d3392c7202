# SPDX-License-Identifier: Apache-2.0
"""Rules that many items share, put in where an item file says ``- use: name``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


class UnknownRuleError(ValueError):
    """An item uses shared rules that do not exist."""


def with_shared_rules(item: Any) -> Any:  # noqa: ANN401 - what YAML gave, checked afterwards
    """Return the item with every ``use`` replaced by the rules it names; its other keys are put in.

    Raises :class:`UnknownRuleError`.
    """
    if not isinstance(item, Mapping) or not isinstance(item.get("rules"), list):
        return item
    rules: list[Any] = []
    for rule in item["rules"]:
        rules += _shared(rule) if isinstance(rule, Mapping) and "use" in rule else [rule]
    return {**item, "rules": rules}


def shared_rule_names() -> tuple[str, ...]:
    """Return what may stand after ``use``."""
    return tuple(sorted(_rules()))


def _shared(use: Mapping[str, Any]) -> list[Any]:
    name = use["use"]
    if name not in _rules():
        raise UnknownRuleError(f"there are no shared rules {name!r}, only {sorted(_rules())}")
    text = json.dumps(_rules()[name], ensure_ascii=False)
    for key, value in use.items():
        text = text.replace(f"{{{key}}}", str(value))
    found: list[Any] = json.loads(text)
    return found


@cache
def _rules() -> Mapping[str, Any]:
    source = files("central_platform").joinpath("catalogue", "shared_rules.yaml")
    rules: Mapping[str, Any] = yaml.safe_load(source.read_text("utf-8"))
    return rules
