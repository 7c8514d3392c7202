# SPDX-License-Identifier: Apache-2.0
"""What is sent: the sealed inside of an application, a rating, a ticket.

``Payload.acts`` of an application, each a dictionary with its ``kind``:

============ ====================================================================================
``consent``  the fields of ``ConsentAct``; refused ones too
``promise``  ``version``, ``text_sha256`` (of version and text), ``at``, ``gesture``: ``signature``,
             ``button``, or ``key`` where a signature was asked for and a key confirmed instead
``licence``  ``material`` and the fields of ``LicenceReference``
``scan``     ``material`` and ``attachments``, the names of its pages in order
``deferral`` ``material`` and ``due_working_days``: the paper is brought later (容缺)
============ ====================================================================================

A rating's form is ``{"grade": 1…5}``; a ticket's is ``{"step", "item", "code"}``, with ``device`` where
one is meant, and ``phone`` and ``words`` only where the resident added them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from drivers.core import IdCard
from kiosk.catalogue.validation import wire_values
from kiosk.flows.effects import Submit
from kiosk.flows.promise import SIGNATURE_NAME
from kiosk.flows.service_state import Report
from kiosk.flows.state import Draft, Settlement, State
from kiosk.protocol.catalogue import Material, ServiceItem
from kiosk.protocol.envelope import Payload, PlainAttachment


def application(state: State) -> Submit:
    """Freeze everything that the review page showed."""
    item, draft, person = state.item, state.session.draft, state.session.person
    payload = Payload(
        form=wire_values(item.form, draft.values),
        grant=person.grant.grant if person.grant else None,
        identity=None if person.grant or person.card is None else chip_facts(person.card),
        acts=tuple(_acts(state)),
        about=str(draft.supplements) if draft.supplements else None,
    )
    return Submit(
        state.session.number,
        "supplement" if draft.supplements else "application",
        item.code,
        item.version,
        payload,
        _attachments(state),
    )


def rating(state: State, grade: int) -> Submit:
    """Say how it was, about this submission."""
    about = state.session.matter.submission
    payload = Payload(form={"grade": grade}, about=str(about) if about else None)
    return Submit(state.session.number, "rating", state.item.code, state.item.version, payload)


def ticket(state: State, report: Report) -> Submit:
    """Say that something could not be done: step, item, code, device; of the person only what they added."""
    item = state.session.item
    about = state.session.matter.submission
    form = {"step": report.step, "item": report.item, "code": report.code}
    form |= {
        key: value
        for key, value in (
            ("device", report.device),
            ("phone", report.phone),
            ("words", report.words),
        )
        if value
    }
    return Submit(
        state.session.number,
        "ticket",
        report.item,
        item.version if item else "",
        Payload(form=form, about=str(about) if about and report.item else None),
    )


def chip_facts(card: IdCard) -> dict[str, Any]:
    """Return what the chip said, marked as not verified by the platform."""
    return {
        "source": "card_chip",
        "verified": False,
        "card_type": card.card_type.value,
        "name": card.name or card.english_name,
        "number": card.number,
        "birth": card.birth.isoformat() if card.birth else None,
    }


def _acts(state: State) -> list[dict[str, Any]]:
    item, draft = state.item, state.session.draft
    acts: list[dict[str, Any]] = [
        {"kind": "consent", **act.model_dump(mode="json")} for act in draft.consents
    ]
    if item.promise is not None:
        acts.append(
            {
                "kind": "promise",
                "version": item.promise.version,
                "text_sha256": item.promise.text_sha256,
                "at": datetime.fromtimestamp(draft.signed_at or state.wall, UTC).isoformat(),
                "gesture": _gesture(item, draft),
            }
        )
    acts += [
        _material_act(material, draft.materials[material.code])
        for material in item.materials
        if material.code in draft.materials
    ]
    return acts


def _gesture(item: ServiceItem, draft: Draft) -> str:
    if not item.signature:
        return "button"
    return "signature" if draft.signature else "key"


def _material_act(material: Material, settled: Settlement) -> dict[str, Any]:
    if settled.licence is not None:
        fields = settled.licence.model_dump(mode="json")
        return {"kind": "licence", "material": material.code, **fields}
    if settled.scans:
        names = [scan.name for scan in settled.scans]
        return {"kind": "scan", "material": material.code, "attachments": names}
    return {
        "kind": "deferral",
        "material": material.code,
        "due_working_days": material.due_working_days,
    }


def _attachments(state: State) -> tuple[PlainAttachment, ...]:
    draft = state.session.draft
    scans = tuple(scan for paper in draft.materials.values() for scan in paper.scans)
    if not draft.signature:
        return scans
    return (*scans, PlainAttachment(SIGNATURE_NAME, "image/png", draft.signature))
