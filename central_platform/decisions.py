# SPDX-License-Identifier: Apache-2.0
"""Deciding a case by the item's own rules (秒批秒办): data, not code.

A rule's ``when`` is a JSON Schema over ``{"form": …, "facts": …}``; the first that matches decides and its
text is the reason that the resident reads. Where no rule matches, or the item or its form is not what
the platform knows, an officer decides: a machine never refuses what it does not understand.

Every fact is always there, so that a rule cannot match because something is missing:

``identity``   ``platform`` (log-in at the platform), ``card`` (chip only, unverified), ``none``
``age``        full years, or ``null``
``benefits``, ``licences``, ``deferred``   lists of codes
``social_insurance``   ``paying``, ``paused``, ``receiving`` or ``none``
``registers``  by register: ``held`` and the codes of its fields (``central_platform.registers``)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from jsonschema import Draft202012Validator

from central_platform.registers import register_facts
from central_platform.residents import age_on
from central_platform.storage.models import SyntheticResident
from kiosk.protocol.catalogue import ServiceItem
from kiosk.protocol.envelope import Payload
from kiosk.protocol.wire import Text

_UNKNOWN_ITEM = Text(
    zh="事项已调整，工作人员会处理", en="This matter has changed; an officer will take care of it"
)
_FORM_DIFFERS = Text(
    zh="表格需要核对，工作人员会处理", en="The form needs checking; an officer will take care of it"
)
_NO_RULE = Text(zh="工作人员正在审核", en="An officer is reviewing it")

_STATES: Mapping[str, Literal["approved", "refused", "in_review"]] = {
    "approved": "approved",
    "refused": "refused",
    "officer": "in_review",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to a case when it comes in, and the words for it."""

    state: Literal["approved", "refused", "in_review"]
    reason: Text


def decide(item: ServiceItem | None, form: Mapping[str, Any], facts: Mapping[str, Any]) -> Decision:
    """Return the decision of the first rule that matches."""
    if item is None:
        return Decision("in_review", _UNKNOWN_ITEM)
    if not Draft202012Validator(item.form.json_schema).is_valid(dict(form)):
        return Decision("in_review", _FORM_DIFFERS)
    subject = {"form": dict(form), "facts": dict(facts)}
    for rule in item.rules:
        if Draft202012Validator(rule.when).is_valid(subject):
            return Decision(_STATES[rule.decision], rule.reason)
    return Decision("in_review", _NO_RULE)


def facts_of(payload: Payload, resident: SyntheticResident | None, today: date) -> dict[str, Any]:
    """Return the facts that rules may speak of."""
    known = resident.known if resident else {}
    insurance = known.get("social_insurance") or {}
    return {
        "identity": "platform" if resident else ("card" if payload.identity else "none"),
        "age": age_on(resident.birth, today) if resident else None,
        "benefits": list(known.get("benefits", [])),
        "licences": [licence["code"] for licence in known.get("licences", [])],
        "deferred": [
            str(act.get("material", ""))
            for act in payload.acts
            if act.get("kind") in {"deferral", "deferred"}
        ],
        "social_insurance": insurance.get("status", "none"),
        "registers": register_facts(resident, today),
    }
