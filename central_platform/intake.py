# SPDX-License-Identifier: Apache-2.0
"""Taking in a submission: exactly one record for each (terminal, id), for ever.

The record is complete or it is not there: parts are opened and checked first, attachments are on the
disk before the transaction that names them, and the signed receipt is stored with the record, so that
every repetition gets the same bytes back. Twins that race meet at the unique index; the loser reads what
the winner wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central_platform.alarms import note_alarm
from central_platform.api.errors import ApiError
from central_platform.api.files import upload_id
from central_platform.api.identity import resident_behind_grant
from central_platform.case_numbers import new_case_number
from central_platform.cases import open_gaps, reason_against_deferring, supply
from central_platform.context import HALL_TIME, PlatformContext
from central_platform.decisions import Decision, decide, facts_of
from central_platform.departments.outbox import note_opened, note_papers
from central_platform.storage.models import (
    Case,
    Rating,
    StoredAttachment,
    Submission,
    SyntheticResident,
    Upload,
)
from central_platform.tickets import open_ticket
from central_platform.working_days import PromisedDate, promised_date
from kiosk.protocol.envelope import (
    EnvelopeError,
    Manifest,
    Payload,
    UnknownRecipientError,
    open_submission,
)
from kiosk.protocol.messages import RECEIPT_PURPOSE, PlatformReceipt
from kiosk.protocol.wire import Signed, Text, key_id_of

_ATTEMPTS = 5
"""Clashes of a drawn number are one in a million; five in a row mean something else is wrong."""
_ABANDONED_S = 3600.0
_NAME_LENGTH = 255
_TYPE_LENGTH = 127
_SUPPLIED = Text(zh="补充材料已归入办件", en="The papers have been put into the case")
_NOT_SUPPLIED = Text(
    zh="材料已收到，由工作人员核对归属", en="The papers have arrived; an officer will match them"
)
_BAD_GRADE = 2
_BEST_GRADE = 5


@dataclass(frozen=True, slots=True)
class _Opened:
    payload: Payload
    attachments: tuple[StoredAttachment, ...]


def take_in(
    platform: PlatformContext,
    terminal: str,
    manifest: Manifest,
    parts: Mapping[str, bytes] | None = None,
) -> Signed:
    """Store a submission, or find it stored; return the signed receipt.

    ``parts`` are its sealed parts when they came with it (on a stick); else they were uploaded before. Raises
    :class:`ApiError`: 424 with the missing parts, 409 ``submission.other_hash``, 422 for what can never be
    opened.
    """
    known = _stored(platform, terminal, manifest) or _open_and_store(
        platform, terminal, manifest, parts
    )
    _forget_uploads(platform, terminal, manifest.id)
    return known


def sweep_uploads(platform: PlatformContext, *, idle_s: float = _ABANDONED_S) -> int:
    """Remove uploads of submissions that are stored, and files that no row names; return how many.

    Files younger than ``idle_s`` stay: another worker may be about to name them.
    """
    with platform.database.write() as session:
        session.execute(
            delete(Upload).where(
                exists().where(
                    Submission.id == Upload.submission, Submission.terminal == Upload.terminal
                )
            )
        )
        orphans = platform.parts.uploads(idle_s=idle_s)
        named = set(session.scalars(select(Upload.id)))
    removed = [name for name in orphans if name not in named]
    for name in removed:
        platform.parts.discard(name)
    return len(removed)


def raise_alarm(
    platform: PlatformContext, code: str, terminal: str, submission: UUID, detail: str = ""
) -> None:
    """Note something that must not happen, in a transaction of its own."""
    with platform.database.write() as session:
        note_alarm(session, platform, code, terminal, submission=submission, detail=detail)


def _stored(platform: PlatformContext, terminal: str, manifest: Manifest) -> Signed | None:
    with platform.database.read() as session:
        row = session.scalar(
            select(Submission).where(Submission.terminal == terminal, Submission.id == manifest.id)
        )
    if row is None:
        return None
    if row.manifest_sha256 != manifest.sha256:
        raise_alarm(platform, "submission.other_hash", terminal, manifest.id)
        raise ApiError(409, "submission.other_hash", "This id is stored with another hash.")
    return _still_trusted(platform, Signed.model_validate(row.signed_receipt))


def _still_trusted(platform: PlatformContext, receipt: Signed) -> Signed:
    """Return a stored receipt as it is, or signed afresh where its key was revoked: it says the same."""
    held = {key_id_of(key.public_key()) for key in platform.secrets.all_signing}
    if receipt.key_id in held:
        return receipt
    return Signed.sign(RECEIPT_PURPOSE, receipt.raw_body(), platform.secrets.signing)


def _open_and_store(
    platform: PlatformContext,
    terminal: str,
    manifest: Manifest,
    parts: Mapping[str, bytes] | None,
) -> Signed:
    try:
        sealed = _uploaded(platform, terminal, manifest) if parts is None else parts
        opened = _open(platform, terminal, manifest, sealed)
    except ApiError:
        # A twin may have stored it and cleared the parts away while we looked for them.
        known = _stored(platform, terminal, manifest)
        if known is None:
            raise
        return known
    for _ in range(_ATTEMPTS):
        try:
            return _store(platform, terminal, manifest, opened)
        except IntegrityError:
            known = _stored(platform, terminal, manifest)
            if known is not None:
                return known
    raise ApiError(503, "platform.busy", "No number could be drawn.")


def _uploaded(platform: PlatformContext, terminal: str, manifest: Manifest) -> dict[str, bytes]:
    sealed: dict[str, bytes] = {}
    missing: list[str] = []
    for part in manifest.parts:
        upload = upload_id(terminal, manifest.id, part.name, part.size, part.sha256)
        data = platform.parts.read(upload)
        if data is None or len(data) != part.size:
            missing.append(part.name)
        elif platform.parts.sha256(upload) != part.sha256:
            platform.parts.start_again(upload)  # damaged where it lay
            missing.append(part.name)
        else:
            sealed[part.name] = data
    if missing:
        raise ApiError(
            424, "submission.parts_missing", "Parts are not here yet.", missing=tuple(missing)
        )
    return sealed


def _open(
    platform: PlatformContext, terminal: str, manifest: Manifest, sealed: Mapping[str, bytes]
) -> _Opened:
    if "payload" not in sealed:
        raise ApiError(422, "submission.unopenable", "The manifest names no payload.")
    try:
        payload, plain = open_submission(manifest, sealed, platform.secrets.sealing)
    except UnknownRecipientError:
        raise_alarm(platform, "submission.key_unknown", terminal, manifest.id, manifest.key_id)
        raise ApiError(
            422, "submission.key_unknown", "Sealed to a key that this platform does not hold."
        ) from None
    except EnvelopeError as error:
        raise_alarm(platform, "submission.unopenable", terminal, manifest.id, str(error))
        raise ApiError(
            422, "submission.unopenable", "A part cannot be opened.", detail=str(error)
        ) from None
    attachments = tuple(
        StoredAttachment(
            part=listed.part,
            name=listed.name[:_NAME_LENGTH],  # the payload keeps it whole
            media_type=listed.media_type[:_TYPE_LENGTH],
            size=listed.size,
            sha256=listed.sha256,
            file=platform.parts.keep_attachment(
                terminal, manifest.id, listed.sha256, plain[listed.part]
            ),
        )
        for listed in payload.attachments
    )
    return _Opened(payload, attachments)


def _store(platform: PlatformContext, terminal: str, manifest: Manifest, opened: _Opened) -> Signed:
    now = platform.now()
    with platform.database.write() as session:
        resident_id = resident_behind_grant(session, opened.payload.grant, terminal)
        row = Submission(
            terminal=terminal,
            id=manifest.id,
            manifest_sha256=manifest.sha256,
            manifest=manifest.model_dump(mode="json"),
            kind=manifest.kind,
            item=manifest.item,
            receipt=manifest.receipt,
            # The grant has done its work and opens nothing here.
            payload=opened.payload.model_dump(mode="json", exclude={"grant"}),
            resident=resident_id,
            received_at=now,
            signed_receipt={},
        )
        session.add(row)
        session.flush()  # here a twin loses
        for attachment in opened.attachments:
            session.add(
                StoredAttachment(
                    submission=row.key,
                    part=attachment.part,
                    name=attachment.name,
                    media_type=attachment.media_type,
                    size=attachment.size,
                    sha256=attachment.sha256,
                    file=attachment.file,
                )
            )
        number, promised, note = _consequences(session, platform, row, opened.payload, now)
        receipt = PlatformReceipt(
            id=manifest.id,
            terminal=terminal,
            manifest_sha256=row.manifest_sha256,
            case_number=number,
            received_at=now,
            promised_date=promised.day if promised else None,
            note=note,
        )
        signed = Signed.sign(RECEIPT_PURPOSE, receipt.canonical(), platform.secrets.signing)
        row.signed_receipt = signed.model_dump(mode="json")
        session.flush()
    return signed


def _consequences(
    session: Session, platform: PlatformContext, row: Submission, payload: Payload, now: datetime
) -> tuple[str | None, PromisedDate | None, Text | None]:
    """Open what the kind of submission opens: a case, a rating, a ticket."""
    today = now.astimezone(HALL_TIME).date()
    about = _uuid(payload.about)
    if row.kind == "rating":
        grade = _grade(payload.form.get("grade"))
        words = {key: value for key, value in payload.form.items() if key != "grade"}
        session.add(Rating(submission_key=row.key, about=about, grade=grade, words=words))
        if grade is None or grade > _BAD_GRADE:
            return None, None, None
        # A bad grade is looked at by a person within one working day.
        return None, *open_ticket(session, row, about, "bad_rating", words, today=today)
    if row.kind == "ticket":
        words = dict(payload.form)
        return None, *open_ticket(session, row, about, "resident", words, today=today)
    if row.kind == "supplement":
        return _supplement(session, row, payload, about, now)
    item = platform.published.catalogue.item(row.item)
    resident = session.get(SyntheticResident, row.resident) if row.resident else None
    decision = decide(item, payload.form, facts_of(payload, resident, today))
    against = reason_against_deferring(item, payload)
    if against is not None and decision.state == "approved":
        decision = Decision("in_review", against)
    promised = promised_date(today, item.promised_days) if item and item.promised_days else None
    case = Case(
        submission_key=row.key,
        number=new_case_number(today),
        state=decision.state,
        reason=decision.reason.model_dump(mode="json"),
        promised_date=promised.day if promised else None,
        decided_at=None if decision.state == "in_review" else now,
    )
    session.add(case)
    session.flush()
    open_gaps(session, case, item, payload, today)
    if item is not None:
        note_opened(session, platform.departments, case, item.department.zh, now)
    note = (
        Text(zh="遇法定节假日顺延", en="Public holidays not yet announced may move this date")
        if promised and promised.estimated
        else None
    )
    return case.number, promised, note


def _supplement(
    session: Session, row: Submission, payload: Payload, about: UUID | None, now: datetime
) -> tuple[str | None, PromisedDate | None, Text]:
    """Put further papers into the case that they belong to; one that is closed or another's stays as it is."""
    originals = session.scalars(select(Submission).where(Submission.id == about)) if about else ()
    for original in originals:
        if supply(session, original, row, payload, now) and original.case is not None:
            note_papers(session, original.case, row, now)
            return original.case.number, None, _SUPPLIED
    return None, None, _NOT_SUPPLIED


def _forget_uploads(platform: PlatformContext, terminal: str, submission: UUID) -> None:
    with platform.database.read() as session:
        names = session.scalars(
            select(Upload.id).where(Upload.terminal == terminal, Upload.submission == submission)
        ).all()
    if not names:
        return
    with platform.database.write() as session:
        session.execute(delete(Upload).where(Upload.id.in_(sorted(names))))
    for name in names:
        platform.parts.discard(name)


def _grade(value: object) -> int | None:
    good = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _BEST_GRADE
    return value if good and isinstance(value, int) else None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
