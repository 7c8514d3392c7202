# SPDX-License-Identifier: Apache-2.0
"""Takes in bundles that came on a stick, and writes the acknowledgement that goes back on it.

Every submission goes the same way as one over the wire (:func:`central_platform.intake.take_in`): the same
unique index, the same receipt, so a bundle imported twice, or delivered meanwhile by the link, is one record.
A damaged file is named and spares the others; a damaged list only means that nobody can say what is missing.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from central_platform.api.errors import ApiError
from central_platform.api.terminals import admit
from central_platform.audit_places import note_audit_place
from central_platform.context import PlatformContext
from central_platform.intake import take_in
from central_platform.storage.models import Terminal
from central_platform.terminal_keys import known_keys
from kiosk.protocol.bundle import (
    ACKNOWLEDGEMENT_ENDING,
    ACKNOWLEDGEMENT_PURPOSE,
    BUNDLE_PURPOSE,
    INTRODUCTION,
    ITEM_ENDING,
    LIST_NAMES,
    Acknowledgement,
    BundleDamagedError,
    BundleItem,
    BundleList,
    Refusal,
    looks_like_bundle,
    read_item,
)
from kiosk.protocol.envelope import EnvelopeError, open_part
from kiosk.protocol.messages import EnrolRequest
from kiosk.protocol.wire import Signed, sha256_hex

_UUID_LETTERS = 36
_WORDS = {
    "bundle.item_damaged": "damaged on the way",
    "bundle.item_missing": "the list names it, but it is not here",
    "bundle.item_unlisted": "the list does not name it",
    "bundle.list_damaged": "the list is damaged; what may be missing is not known",
    "bundle.list_copy_damaged": "this copy of the list is damaged; the other one is used",
    "bundle.list_missing": "unfinished: the stick was pulled out before the list was written",
    "bundle.unknown_terminal": "from a terminal that this platform does not know",
    "bundle.revoked": "from a terminal whose access was ended; --also-revoked takes it all the same",
    "bundle.unreadable": "cannot be read from the stick",
    "submission.other_hash": "this id is stored with another content; nothing was overwritten",
    "submission.unopenable": "sealed for another platform, or damaged before it was exported",
    "enrolment.token": "its introduction has expired or was used by another terminal",
    "enrolment.key": "its key belongs to another terminal",
}


class ImportFailedError(Exception):
    """Nothing could be taken in; one plain line."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a person should know; ``file`` is a name inside the bundle, or the bundle's own."""

    file: str
    code: str
    detail: str = ""

    def __str__(self) -> str:
        """Return one plain line."""
        words = _WORDS.get(self.code, self.code)
        return f"{self.file}: {words}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True)
class ImportedBundle:
    """What one bundle came to."""

    bundle: str
    terminal: str
    stored: int
    """Submissions that have a receipt now, known before or not."""
    findings: tuple[Finding, ...]
    acknowledgement: Path | None
    """``None`` when nothing of it could be taken in."""


@dataclass(slots=True)
class _Work:
    bundle: UUID
    terminal: str
    keys: dict[str, Ed25519PublicKey]
    receipts: list[Signed] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def refuse(
        self, name: str, code: str, detail: str = "", known: BundleItem | None = None
    ) -> None:
        self.findings.append(Finding(name, code, detail))
        self.refused.append(
            Refusal(
                id=known.id if known else _id_in(name),
                file=name,
                receipt=known.receipt if known else "",
                code=code,
            )
        )


def import_bundles(
    platform: PlatformContext,
    directory: Path,
    *,
    answers: Path | None = None,
    also_revoked: bool = False,
    on_progress: Callable[[str, int, int], None] = lambda _bundle, _done, _total: None,
) -> list[ImportedBundle]:
    """Take in every bundle in ``directory``, or the one that it is; write an acknowledgement for each.

    The acknowledgement goes beside its bundle, or into ``answers`` where the stick cannot be written. Raises
    :class:`ImportFailedError`.
    """
    try:
        found = _bundles(directory)
    except OSError as error:
        raise ImportFailedError(f"{directory}: cannot be read ({error.strerror})") from None
    if not found:
        raise ImportFailedError(f"{directory}: no bundle of a terminal is here")
    return [
        _import(platform, path, answers or path.parent, on_progress, also_revoked=also_revoked)
        for path in found
    ]


def _bundles(directory: Path) -> list[Path]:
    directory = directory.absolute()
    if looks_like_bundle(directory.name):
        return [directory] if directory.is_dir() else []
    return sorted(path for path in directory.iterdir() if looks_like_bundle(path.name))


def _import(
    platform: PlatformContext,
    path: Path,
    answers: Path,
    on_progress: Callable[[str, int, int], None],
    *,
    also_revoked: bool,
) -> ImportedBundle:
    terminal, bundle = path.name[len("hall24-") : -_UUID_LETTERS - 1], path.name[-_UUID_LETTERS:]
    try:
        work = _Work(UUID(bundle), terminal, {})
        names = [one.name for one in path.iterdir() if one.name.endswith(ITEM_ENDING)]
        listed = _list(platform, path, work)
    except (OSError, ValueError) as error:
        detail = error.strerror or "" if isinstance(error, OSError) else ""
        finding = Finding(path.name, "bundle.unreadable", detail)
        return ImportedBundle(path.name, terminal, 0, (finding,), None)
    work.keys = known_keys(platform, terminal)
    refused = "" if work.keys else "bundle.unknown_terminal"
    if not also_revoked and _revoked(platform, terminal):
        refused = "bundle.revoked"
    if refused:
        work.findings.append(Finding(path.name, refused))
        return ImportedBundle(path.name, terminal, 0, tuple(work.findings), None)
    items = {item.file: item for item in listed.items} if listed else {}
    for number, name in enumerate(sorted({*names, *items}), start=1):
        _take(platform, path / name, items.get(name), work, in_list=listed is not None)
        on_progress(path.name, number, len({*names, *items}))
    if listed and listed.audit:
        with platform.database.write() as session:
            row = session.get_one(Terminal, terminal, with_for_update=True)
            note_audit_place(session, platform, row, listed.audit, live=False)
    answer = _acknowledge(platform, work, answers / f"{path.name}{ACKNOWLEDGEMENT_ENDING}")
    return ImportedBundle(path.name, terminal, len(work.receipts), tuple(work.findings), answer)


def _list(platform: PlatformContext, path: Path, work: _Work) -> BundleList | None:
    """Return the list from whichever copy is whole, after the terminal in it has introduced itself."""
    bad: list[str] = []
    for name in LIST_NAMES:
        try:
            signed = Signed.model_validate_json((path / name).read_bytes())
            told = BundleList.model_validate_json(signed.raw_body())
            if (told.terminal, told.bundle) != (work.terminal, work.bundle):
                raise ValueError("of another bundle")
            if told.introduction:
                _admit(platform, path.name, told, work)
            # Known only after its introduction; what it says counts only if its own key signed it.
            signed.verified_body(BUNDLE_PURPOSE, known_keys(platform, work.terminal))
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            bad.append(name)
            continue
        work.findings += [Finding(one, "bundle.list_copy_damaged") for one in bad]
        return told
    code = "bundle.list_damaged" if bad else "bundle.list_missing"
    work.findings.append(Finding(path.name, code))
    return None


def _admit(platform: PlatformContext, name: str, told: BundleList, work: _Work) -> None:
    """Make a terminal known that was enrolled from a file: its key travels sealed in its first bundle."""
    try:
        plain = open_part(
            base64.b64decode(told.introduction or "", validate=True),
            submission=told.bundle,
            part=INTRODUCTION,
            keys=platform.secrets.sealing,
        )
        enrolment = admit(platform, EnrolRequest.model_validate_json(plain))
    except ApiError as error:
        work.findings.append(Finding(name, error.problem.code))
        return
    except EnvelopeError:
        work.findings.append(Finding(name, "submission.unopenable"))
        return
    if enrolment.terminal != told.terminal:
        raise ValueError("introduced itself by another name")


def _take(
    platform: PlatformContext, path: Path, known: BundleItem | None, work: _Work, *, in_list: bool
) -> None:
    name = path.name
    try:
        data = path.read_bytes()
        if in_list and known is None:
            # Whole or not, it is not part of what the terminal exported: an earlier attempt left it.
            work.findings.append(Finding(name, "bundle.item_unlisted"))
        if known is not None and (len(data) != known.size or sha256_hex(data) != known.sha256):
            raise BundleDamagedError("not the bytes that the list names")
        manifest, parts = read_item(data, work.keys)
        if manifest.terminal != work.terminal:
            raise BundleDamagedError("of another terminal")
        work.receipts.append(take_in(platform, work.terminal, manifest, parts))
    except FileNotFoundError:
        work.refuse(name, "bundle.item_missing", known=known)
    except OSError as error:
        work.refuse(name, "bundle.unreadable", error.strerror or "", known)
    except BundleDamagedError as error:
        work.refuse(name, "bundle.item_damaged", str(error), known)
    except ApiError as error:
        work.refuse(name, error.problem.code, error.problem.detail, known)


def _acknowledge(platform: PlatformContext, work: _Work, path: Path) -> Path:
    told = Acknowledgement(
        bundle=work.bundle,
        terminal=work.terminal,
        made_at=platform.now(),
        receipts=tuple(work.receipts),
        refused=tuple(work.refused),
    )
    signed = Signed.sign(ACKNOWLEDGEMENT_PURPOSE, told.canonical(), platform.secrets.signing)
    try:
        write_whole(path, signed.canonical())
    except OSError as error:
        raise ImportFailedError(
            f"{path}: the acknowledgement cannot be written ({error.strerror}); what was taken in is"
            " stored: import again, or give --answers DIR"
        ) from None
    return path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a stick pulled out holds the old one or the new one. Raises ``OSError``."""
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _revoked(platform: PlatformContext, terminal: str) -> bool:
    with platform.database.read() as session:
        row = session.get(Terminal, terminal)
        return row is not None and row.revoked_at is not None


def _id_in(name: str) -> UUID | None:
    try:
        return UUID(name.removesuffix(ITEM_ENDING)[-_UUID_LETTERS:])
    except ValueError:
        return None
