# SPDX-License-Identifier: Apache-2.0
"""Sentences in the session's language: words by key, texts of items, dates, codes in plain words."""

from __future__ import annotations

from datetime import date, datetime

from drivers.core import Status
from kiosk.catalogue.readiness import Reason, device_trouble, paper_trouble
from kiosk.flows.state import State
from kiosk.flows.views import Action
from kiosk.protocol.messages import NearbyPoint
from kiosk.protocol.services import ContentName
from kiosk.protocol.wire import Text
from kiosk.words import knows, say

_MONTHS = "January February March April May June July August September October November December"
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"


def tell(state: State, key: str, **params: str | int) -> str:
    """Return the sentence of that key in the session's language."""
    return say(key, state.session.modes.language, **params)


def text(state: State, both: Text | None) -> str:
    """Return an item's own sentence in the session's language."""
    return both.in_language(state.session.modes.language) if both else ""


def both(state: State, key: str) -> str:
    """Return Chinese words, followed by the session's language where that is another: for slips."""
    chinese = say(key, "zh")
    if state.session.modes.language == "zh":
        return chinese
    return f"{chinese} {say(key, state.session.modes.language)}"


def button(
    state: State,
    id_: str,
    key: str = "",
    *,
    icon: str = "",
    primary: bool = False,
    enabled: bool = True,
) -> Action:
    """Make a button; its label is ``action.<key>``, by default of its own id."""
    label = tell(state, f"action.{key or id_}")
    return Action(id_, label, icon, primary=primary, enabled=enabled)


def code_words(state: State, code: str, role: str = "") -> str:
    """Say a device's, link's or platform's code in plain words; never the code itself."""
    device = tell(state, f"role.{role}") if knows(f"role.{role}") else tell(state, "role.other")
    return tell(state, _known("code", code), device=device)


def intake_words(state: State, code: str) -> str:
    """Say to staff why nothing new is taken, or which limit is near (``near.…``)."""
    return tell(state, _known("intake", code))


def reason_words(state: State, reason: Reason) -> str:
    """Say why an item cannot be done here."""
    if reason.code == "material.no_way":
        item = state.session.item
        name = (
            next((m.name for m in item.materials if m.code == reason.about), None) if item else None
        )
        return tell(state, "code.material.no_way", device=text(state, name))
    return code_words(state, reason.code, reason.about)


def _known(area: str, code: str) -> str:
    """Return the most exact key there is: ``code.link.tls``, else ``code.link``, else ``code.other``."""
    stem = code
    while stem:
        if knows(f"{area}.{stem}"):
            return f"{area}.{stem}"
        stem = stem.rpartition(".")[0]
    return f"{area}.other"


def trouble_stem(code: str) -> str:
    """Return the stem of a trouble page's words, ``trouble.<stem>.heading`` and ``.meaning``."""
    stem = code
    while stem:
        if knows(f"trouble.{stem}.heading"):
            return stem
        stem = stem.rpartition(".")[0]
    return "other"


def device_words(state: State, role: str) -> str:
    """Say why that device cannot work now; empty when it can."""
    status = state.machine.statuses.get(role)
    trouble = _trouble_of(role, status)
    return code_words(state, trouble.code, role) if trouble else ""


def _trouble_of(role: str, status: Status | None) -> Reason | None:
    return paper_trouble(status) if role.endswith("_printer") else device_trouble(status)


def nearest_words(state: State) -> str:
    """Name the nearest other place; empty when none is known. Whether it works now is not known here."""
    profile = state.machine.profile
    if profile is None or not profile.nearest:
        return ""
    point = min(profile.nearest, key=lambda each: each.distance_m)
    return tell(state, "place.nearest", **point_facts(state, point))


def point_facts(state: State, point: NearbyPoint) -> dict[str, str | int]:
    """Return name, direction and distance of a place for a sentence."""
    return {
        "name": text(state, point.name),
        "direction": text(state, point.direction),
        "distance": point.distance_m,
    }


def date_words(state: State, day: date) -> str:
    """Say a day as people do: 12月4日（周五）."""
    return say(
        "date.day",
        state.session.modes.language,
        month=day.month,
        month_name=_MONTHS.split()[day.month - 1],
        day=day.day,
        year=day.year,
        weekday="一二三四五六日"[day.weekday()],
        weekday_name=_DAYS.split()[day.weekday()],
    )


def full_date_words(state: State, day: date) -> str:
    """Say a day with its year: 1938年3月12日."""
    return say(
        "date.full",
        state.session.modes.language,
        month=day.month,
        month_name=_MONTHS.split()[day.month - 1],
        day=day.day,
        year=day.year,
    )


def moment_words(state: State, wall: float) -> str:
    """Say an instant in local time: 12月4日 14:05."""
    local = datetime.fromtimestamp(wall, state.settings.zone)
    return say(
        "date.moment",
        state.session.modes.language,
        month=local.month,
        month_name=_MONTHS.split()[local.month - 1],
        day=local.day,
        time=f"{local:%H:%M}",
    )


def with_as_of(state: State, words: str) -> str:
    """Add of when the items are, while what is shown was kept from earlier; as it is while we are online."""
    machine = state.machine
    if machine.catalogue is None:
        return words
    return _as_of(state, words, machine.catalogue_as_of, fresh=machine.catalogue_fresh)


def with_content_as_of(state: State, name: ContentName, words: str) -> str:
    """Do as :func:`with_as_of` for a document that everybody may read."""
    loaded = state.machine.content.get(name)
    return _as_of(state, words, loaded.as_of, fresh=loaded.fresh) if loaded else words


def _as_of(state: State, words: str, as_of: float, *, fresh: bool) -> str:
    if state.machine.online and fresh:
        return words
    return tell(state, "frame.as_of", words=words, moment=moment_words(state, as_of))
