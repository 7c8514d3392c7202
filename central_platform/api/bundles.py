# SPDX-License-Identifier: Apache-2.0
"""Life events under way (一件事): one number over several cases, each with its own state. And papers by post."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central_platform.api.access import KnownTerminal, Platform
from central_platform.api.errors import ApiError
from central_platform.api.identity import resident_of_live_grant
from central_platform.api.roles import StaffMember, staff
from central_platform.case_numbers import new_ticket_number
from central_platform.cases import FINAL
from central_platform.content import bundles
from central_platform.context import PlatformContext
from central_platform.storage.models import Submission
from central_platform.storage.services import BundleMember, BundleOpened, PostParcel
from kiosk.protocol.services import (
    Asked,
    BundleCase,
    BundleOpening,
    BundlePart,
    Number,
    PostOrder,
    PostRequest,
    SubCase,
)
from kiosk.protocol.wire import WireModel

router = APIRouter(tags=["bundles and post"])

Works = Annotated[StaffMember, staff("operator")]
FEE_CENTS = {"to_resident": 0, "to_office": 0}
"""Free in this demonstration (鼓励免费邮寄); the fee is always told with the order."""


class Posting(WireModel):
    """A parcel on its way, with the carrier's number."""

    tracking: Annotated[str, Field(pattern=r"^[A-Z0-9]{6,32}$")]


@router.post("/bundles/cases", status_code=201)
def begin(asked: BundleOpening, terminal: KnownTerminal, platform: Platform) -> BundleCase:
    """Begin a life event; its matters are handed in one by one and put into it."""
    if asked.bundle not in {each.code for each in bundles(platform.published.catalogue)}:
        raise ApiError(404, "bundle.unknown", "No such life event.")
    with platform.database.write() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        row = BundleOpened(
            number=new_ticket_number(platform.today()).replace("T", "B", 1),
            bundle=asked.bundle,
            resident=resident.id,
            opened_at=platform.now(),
        )
        session.add(row)
        session.flush()
        return _bundle(session, platform, row)


@router.post("/bundles/cases/{number}")
def look(number: Number, asked: Asked, terminal: KnownTerminal, platform: Platform) -> BundleCase:
    """Return how far each matter of one's own life event is."""
    with platform.database.read() as session:
        row = _own(session, platform, number, asked.grant, terminal)
        return _bundle(session, platform, row)


@router.post("/bundles/cases/{number}/parts")
def put_in(
    number: Number, asked: BundlePart, terminal: KnownTerminal, platform: Platform
) -> BundleCase:
    """Put one's own submission into one's own life event; the same again is no harm."""
    try:
        with platform.database.write() as session:
            row = _own(session, platform, number, asked.grant, terminal)
            submission = _submission(session, row.resident, asked)
            known = session.get(BundleMember, (number, submission.item))
            if known is None:
                wanted = _items(platform, row.bundle)
                if submission.item not in wanted:
                    raise ApiError(422, "bundle.item", "This matter is not part of it.")
                session.add(
                    BundleMember(number=number, item=submission.item, submission_key=submission.key)
                )
                session.flush()
            elif known.submission_key != submission.key:
                raise ApiError(409, "bundle.taken", "This matter has been handed in already.")
            return _bundle(session, platform, row)
    except IntegrityError:
        raise ApiError(409, "bundle.taken", "This submission is part of another one.") from None


@router.post("/post", status_code=201)
def post(asked: PostRequest, terminal: KnownTerminal, platform: Platform) -> PostOrder:
    """Order a parcel for one's own case; the fee is in the answer."""
    with platform.database.write() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        submission = session.scalar(
            select(Submission).where(
                Submission.id == asked.submission, Submission.resident == resident.id
            )
        )
        if submission is None:
            raise ApiError(404, "submission.unknown", "No such submission.")
        row = PostParcel(
            number=new_ticket_number(platform.today()).replace("T", "P", 1),
            submission_key=submission.key,
            resident=resident.id,
            direction=asked.direction,
            addressee={"name": asked.name, "phone": asked.phone, "address": asked.address},
            fee_cents=FEE_CENTS[asked.direction],
            state="ordered",
            ordered_at=platform.now(),
        )
        session.add(row)
        session.flush()
        return _parcel(row)


@router.post("/post/{number}")
def parcel(number: Number, asked: Asked, terminal: KnownTerminal, platform: Platform) -> PostOrder:
    """Return where one's own parcel is."""
    with platform.database.read() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        row = session.get(PostParcel, number)
        if row is None or row.resident != resident.id:
            raise ApiError(404, "post.unknown", "No such parcel.")
        return _parcel(row)


@router.post("/operations/post/{number}")
def posted(number: Number, done: Posting, member: Works, platform: Platform) -> PostOrder:
    """Note the carrier's number; a parcel is posted once."""
    del member
    with platform.database.write() as session:
        row = session.get(PostParcel, number, with_for_update=True)
        if row is None:
            raise ApiError(404, "post.unknown", "No such parcel.")
        if row.tracking not in {None, done.tracking}:
            raise ApiError(409, "post.state", "It was posted with another number.")
        row.state, row.tracking = "posted", done.tracking
        return _parcel(row)


def _own(
    session: Session, platform: PlatformContext, number: str, grant: str, terminal: str
) -> BundleOpened:
    resident = resident_of_live_grant(session, platform, grant, terminal)
    row = session.get(BundleOpened, number)
    if row is None or row.resident != resident.id:
        raise ApiError(404, "bundle.unknown", "No such life event.")
    return row


def _submission(session: Session, resident: int, asked: BundlePart) -> Submission:
    row = session.scalar(
        select(Submission).where(
            Submission.id == asked.submission,
            Submission.resident == resident,
            Submission.kind == "application",
        )
    )
    if row is None:
        raise ApiError(404, "submission.unknown", "No such submission.")
    return row


def _items(platform: PlatformContext, bundle: str) -> tuple[str, ...]:
    known = {each.code: each.items for each in bundles(platform.published.catalogue)}
    return known.get(bundle, ())


def _bundle(session: Session, platform: PlatformContext, row: BundleOpened) -> BundleCase:
    members = {
        member.item: session.get_one(Submission, member.submission_key)
        for member in session.scalars(select(BundleMember).where(BundleMember.number == row.number))
    }
    parts = tuple(_part(item, members.get(item)) for item in _items(platform, row.bundle))
    return BundleCase(
        number=row.number,
        bundle=row.bundle,
        opened_at=row.opened_at,
        finished=all(part.state in FINAL for part in parts),
        parts=parts,
    )


def _part(item: str, submission: Submission | None) -> SubCase:
    case = submission.case if submission else None
    return SubCase.model_validate(
        {
            "item": item,
            "submission": submission.id if submission else None,
            "case_number": case.number if case else None,
            "state": case.state if case else ("received" if submission else "open"),
        }
    )


def _parcel(row: PostParcel) -> PostOrder:
    return PostOrder.model_validate(
        {
            "number": row.number,
            "direction": row.direction,
            "fee_cents": row.fee_cents,
            "state": row.state,
            "tracking": row.tracking,
        }
    )
