# SPDX-License-Identifier: Apache-2.0
"""What is known of a resident, and e-licences (电子证照): only under a consent, and every use leaves a trace."""

from __future__ import annotations

from uuid import uuid4

from fastapi import APIRouter
from sqlalchemy.orm import Session

from central_platform.api.access import KnownTerminal, Platform
from central_platform.api.errors import ApiError
from central_platform.api.identity import resident_of_live_grant
from central_platform.context import PlatformContext
from central_platform.residents import held_licence, licence_offers, prefill_values
from central_platform.storage.models import DataUse
from kiosk.protocol.catalogue import ServiceItem
from kiosk.protocol.messages import (
    ConsentAct,
    LicenceFetch,
    LicenceReference,
    Prefill,
    PrefillRequest,
)

router = APIRouter(tags=["consent and licences"])


@router.post("/prefill")
def prefill(request: PrefillRequest, terminal: KnownTerminal, platform: Platform) -> Prefill:
    """Return known answers for the fields of one item, and which licences are held for it."""
    item = wanted_item(platform, request.item)
    check_consent(item, request.consent)
    with platform.database.write() as session:
        resident = resident_of_live_grant(
            session, platform, request.grant, terminal, item.requires.assurance
        )
        trace_use(
            session,
            platform,
            terminal,
            resident.id,
            kind="prefill",
            item=item.code,
            consent=request.consent,
        )
        return Prefill(
            values=prefill_values(resident, item),
            licences=licence_offers(resident, item, platform.today()),
        )


@router.post("/licences")
def fetch(request: LicenceFetch, terminal: KnownTerminal, platform: Platform) -> LicenceReference:
    """Fetch one licence by reference, for a material of that item."""
    item = wanted_item(platform, request.item)
    check_consent(item, request.consent)
    if request.licence not in {material.licence for material in item.materials}:
        raise ApiError(403, "licence.not_for_item", "This matter does not need that licence.")
    with platform.database.write() as session:
        resident = resident_of_live_grant(
            session, platform, request.grant, terminal, item.requires.assurance
        )
        licence = held_licence(resident, request.licence, platform.today())
        if licence is None:
            raise ApiError(404, "licence.not_held", "The licence is not held, or has expired.")
        trace = trace_use(
            session,
            platform,
            terminal,
            resident.id,
            kind="licence",
            item=item.code,
            licence=request.licence,
            consent=request.consent,
        )
        return LicenceReference(
            licence=request.licence, identifier=licence["identifier"], trace=trace
        )


def wanted_item(platform: PlatformContext, code: str) -> ServiceItem:
    """Return an item. Raises :class:`ApiError` 404."""
    item = platform.published.catalogue.item(code)
    if item is None:
        raise ApiError(404, "item.unknown", "No such item.")
    return item


def check_consent(item: ServiceItem, act: ConsentAct, *, given: bool = True) -> None:
    """Refuse unless the resident agreed (or, with ``given=False``, said no) to exactly the published words."""
    text = next((consent for consent in item.consents if consent.code == act.code), None)
    if text is None or act.given != given:
        raise ApiError(403, "consent.missing", "There is no consent to this.")
    if act.version != text.version or act.text_sha256 != text.text_sha256:
        raise ApiError(409, "consent.other_text", "The consent was given to other words.")


def trace_use(
    session: Session,
    platform: PlatformContext,
    terminal: str,
    resident: int,
    *,
    kind: str,
    item: str = "",
    licence: str | None = None,
    consent: ConsentAct | None = None,
) -> str:
    """Note one use of a resident's data; return its trace."""
    trace = str(uuid4())
    session.add(
        DataUse(
            trace=trace,
            terminal=terminal,
            resident=resident,
            item=item,
            kind=kind,
            licence=licence,
            consent=consent.model_dump(mode="json") if consent else {},
            used_at=platform.now(),
        )
    )
    return trace
