# SPDX-License-Identifier: Apache-2.0
"""SYNTHETIC residents: the invented people that the reference platform knows.

A real platform asks the city's identity and data services here. Nobody in
``data/synthetic_residents.yaml`` exists.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from central_platform.storage.models import SyntheticResident
from central_platform.storage.services import SyntheticCompany
from central_platform.synthetic_world import synthetic_world
from kiosk.protocol.catalogue import ServiceItem
from kiosk.protocol.messages import Holder, LicenceOffer
from kiosk.protocol.wire import Text

_OWN_COLUMNS = ("name", "number", "birth", "sex")


@cache
def synthetic_data() -> dict[str, Any]:
    """Return the file."""
    source = files("central_platform").joinpath("data", "synthetic_residents.yaml")
    data: dict[str, Any] = yaml.safe_load(source.read_text("utf-8"))
    return data


def put_synthetic_residents(session: Session) -> None:
    """Make the table say what the file says; people who are in the table stay (cases point at them)."""
    there = {row.number: row for row in session.scalars(select(SyntheticResident))}
    for person in (*synthetic_data()["residents"], *synthetic_world().residents):
        known = {key: _plain(value) for key, value in person.items() if key not in _OWN_COLUMNS}
        row = there.get(person["number"])
        if row is None:
            row = SyntheticResident(number=person["number"])
            session.add(row)
        row.name, row.birth, row.sex, row.known = (
            person["name"],
            person["birth"],
            person["sex"],
            known,
        )


def put_synthetic_companies(session: Session) -> None:
    """Make the table of companies say what the world says; their legal persons are there already."""
    there = {row.code: row for row in session.scalars(select(SyntheticCompany))}
    people = {
        row.number: row.id
        for row in session.execute(select(SyntheticResident.number, SyntheticResident.id))
    }
    for company in synthetic_world().companies:
        row = there.get(company.code)
        if row is None:
            row = SyntheticCompany(code=company.code)
            session.add(row)
        row.name, row.state, row.registered = company.name, company.state, company.registered
        row.legal_person = people[company.legal_person]


def find_by_card(session: Session, number: str, name: str) -> SyntheticResident | None:
    """Return the resident whose number *and* name the card bears; half a match is no match."""
    row = session.scalar(select(SyntheticResident).where(SyntheticResident.number == number))
    if row is None or _same_form(row.name) != _same_form(name):
        return None
    return row


def find_by_number_or_name(session: Session, wanted: str) -> SyntheticResident | None:
    """Return the one resident of that number or exactly that name; two of a name are none."""
    column = SyntheticResident.number if wanted[:1].isdigit() else SyntheticResident.name
    rows = session.scalars(select(SyntheticResident).where(column == wanted)).all()
    return rows[0] if len(rows) == 1 else None


def masked_name(name: str) -> str:
    """Return the name as it may be shown: first and last character, stars between; one star for two."""
    if len(name) <= 1:
        return "*"
    if len(name) == 2:  # noqa: PLR2004 - 李四 → 李*
        return f"{name[0]}*"
    return f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"


def holder_of(resident: SyntheticResident) -> Holder:
    """Return who that is, as the terminal needs it in place of a chip."""
    return Holder(
        name=resident.name,
        number=resident.number,
        birth=resident.birth,
        sex="male" if resident.sex == "male" else "female",
    )


def prefill_values(resident: SyntheticResident, item: ServiceItem) -> dict[str, Any]:
    """Return answers by field key for the fields that the item wants from the platform, and no others."""
    values: dict[str, Any] = {}
    for group in item.form.groups:
        for asked in group.fields:
            source, _, name = asked.prefill.partition(".")
            if source == "platform" and resident.known.get(name):
                values[asked.key] = resident.known[name]
    return values


def licence_offers(
    resident: SyntheticResident, item: ServiceItem, today: date
) -> tuple[LicenceOffer, ...]:
    """Return, for each licence that may stand for a material of the item, whether the resident holds it."""
    wanted = dict.fromkeys(
        material.licence for material in item.materials if material.licence is not None
    )
    return tuple(_offer(resident, code, today) for code in wanted)


def held_licence(resident: SyntheticResident, code: str, today: date) -> dict[str, Any] | None:
    """Return the licence if it is held and valid today."""
    for licence in resident.known.get("licences", []):
        valid_to = licence["valid_to"]
        if licence["code"] == code and (valid_to is None or date.fromisoformat(valid_to) >= today):
            return dict(licence)
    return None


def age_on(birth: date, day: date) -> int:
    """Return full years of age; who is born on 29 February comes of age on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _offer(resident: SyntheticResident, code: str, today: date) -> LicenceOffer:
    names = synthetic_data()["licence_names"].get(code, {"zh": code, "en": code})
    licence = next((one for one in resident.known.get("licences", []) if one["code"] == code), None)
    if licence is None:
        return LicenceOffer(code=code, name=Text(**names), state="missing")
    held = held_licence(resident, code, today) is not None
    return LicenceOffer(
        code=code,
        name=Text(**names),
        state="held" if held else "expired",
        valid_to=licence["valid_to"],
    )


def _same_form(name: str) -> str:
    """Chips pad with spaces, and some characters have compatibility twins."""
    return unicodedata.normalize("NFKC", name).replace(" ", "").replace("·", "")


def _plain(value: Any) -> Any:  # noqa: ANN401 - any YAML value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
