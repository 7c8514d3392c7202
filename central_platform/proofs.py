# SPDX-License-Identifier: Apache-2.0
"""Result documents: a Jinja template becomes an A4 page, the page gets its seal.

A template is an HTML file in ``templates`` named as the item's result says; an element with the id
``seal`` marks the upper left corner of the seal. WeasyPrint fetches nothing: no address is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from central_platform.html_pages import typeset, weasyprint_module
from central_platform.insurance import Month, extract, status_words
from central_platform.keys import SealingIdentity
from central_platform.registers import answer_rows
from central_platform.residents import synthetic_data
from central_platform.seal import SEAL_MM, SealPlace, seal_pdf
from central_platform.storage.models import SyntheticResident
from kiosk.protocol.catalogue import ResultDocument, ServiceItem

_MM_PER_CSS_PIXEL = 25.4 / 96
_A4_HEIGHT_MM = 297.0


class ProofError(Exception):
    """The document cannot be made: no such template, or nothing to say in it."""


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """What a document is made from. ``issued`` is civil time of the hall."""

    item: ServiceItem
    case_number: str
    resident: SyntheticResident
    form: Mapping[str, Any]
    issued: datetime


def sealed_proof(document: ResultDocument, facts: ProofFacts, identity: SealingIdentity) -> bytes:
    """Return the document as a sealed PDF. Raises :class:`ProofError`."""
    fill = _FILLERS.get(document.template)
    if fill is None:
        raise ProofError(f"no template {document.template}")
    return sealed_page(document.template, fill(document, facts), facts.item.department.zh, identity)


def sealed_page(
    template: str, facts: Mapping[str, Any], department: str, identity: SealingIdentity
) -> bytes:
    """Lay out a template and seal it in the name of a department. Raises :class:`ProofError`."""
    html = _templates().get_template(f"{template}.html").render(facts)
    pdf, place = typeset(lambda: _laid_out(html))
    return seal_pdf(pdf, place, department, identity)


def _laid_out(html: str) -> tuple[bytes, SealPlace]:
    document = weasyprint_module().HTML(string=html, url_fetcher=_nothing_is_fetched).render()
    for number, page in enumerate(document.pages):
        if "seal" in page.anchors:
            left, top = page.anchors["seal"][:2]
            place = SealPlace(
                page=number,
                x_mm=left * _MM_PER_CSS_PIXEL,
                y_mm=_A4_HEIGHT_MM - top * _MM_PER_CSS_PIXEL - SEAL_MM,
            )
            return bytes(document.write_pdf()), place
    raise ProofError("the template has no place for the seal")


def _nothing_is_fetched(url: str, *_args: object, **_options: object) -> dict[str, Any]:
    raise ProofError(f"a template must not fetch {url.partition(':')[0]} addresses")


def _social_insurance(_document: ResultDocument, facts: ProofFacts) -> dict[str, Any]:
    data = synthetic_data()
    record = facts.resident.known.get("social_insurance")
    if record is None:
        raise ProofError("no social insurance record")
    period = extract(record, data["schemes"], str(facts.form.get("period")), facts.issued.date())
    return {
        **_frame(facts),
        "purpose": _choice(facts.item, "purpose", str(facts.form.get("purpose"))),
        "period_from": period.period_from.words,
        "period_to": period.period_to.words,
        "schemes": period.schemes,
        "rows": period.rows,
        "person": {
            "name": facts.resident.name,
            "number": facts.resident.number,
            "sex": _sex(facts.resident),
            "personal_number": record["personal_number"],
            "employer": record["employer"],
            "status": status_words(record["status"]),
            "first_month": Month.of(str(record["first_month"])).words,
        },
    }


def _certificate(document: ResultDocument, facts: ProofFacts) -> dict[str, Any]:
    person = facts.resident
    rows = answer_rows(document.rows, person, facts.issued.date())
    return {
        **_frame(facts),
        "title": document.title.zh,
        "statement": document.statement.format(name=person.name, number=person.number),
        "rows": [{"label": row.label.zh, "value": row.value.zh} for row in rows],
        "person": {"name": person.name, "number": person.number, "sex": _sex(person)},
    }


def _frame(facts: ProofFacts) -> dict[str, Any]:
    issued = facts.issued
    return {
        "department": facts.item.department.zh,
        "case_number": facts.case_number,
        "issued": f"{issued:%Y-%m-%d %H:%M}",
        "issued_date": f"{issued.year}年{issued.month}月{issued.day}日",
    }


def _sex(resident: SyntheticResident) -> str:
    return "女" if resident.sex == "female" else "男"


def _choice(item: ServiceItem, key: str, value: str) -> str:
    for group in item.form.groups:
        for asked in group.fields:
            for choice in asked.choices if asked.key == key else ():
                if choice.value == value:
                    return choice.label.zh
    return value


_FILLERS: Mapping[str, Callable[[ResultDocument, ProofFacts], dict[str, Any]]] = {
    "certificate": _certificate,
    "social-insurance-proof": _social_insurance,
}


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("central_platform", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )
