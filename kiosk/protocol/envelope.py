# SPDX-License-Identifier: Apache-2.0
"""A sealed submission: the one file format that the terminal writes and the platform opens.

Every part (the payload and each attachment) is sealed with HPKE (RFC 9180, base mode,
DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM) to the platform's public key. The terminal
holds no key that opens what it wrote. The manifest in clear carries what staff need and the SHA-256 of
each *sealed* part: hashes of plain forms could be guessed back to the person.

Layout of a sealed part::

    offset 0   4  "H24S"
           4  1  version, 1
           5  1  suite, 1 = X25519 / HKDF-SHA256 / AES-256-GCM
           6  8  key id: first 8 bytes of SHA-256 of the platform's raw public key
          14     HPKE output: encapsulated key (32) and ciphertext

Where the operator keeps a recovery key off-line, parts have version 2, which either key opens. The content is
sealed once, with AES-256-GCM under a key drawn for this part alone (so the nonce may be constant), and that key
is sealed with HPKE to each recipient::

    offset 0   4  "H24S"
           4  1  version, 2
           5  1  suite, 1
           6  1  number of recipients
           7  88 each: key id (8), HPKE output: encapsulated key (32), content key and tag (48)
                 AES-256-GCM output; all bytes before it are authenticated with it
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from pydantic import Field

from kiosk.protocol.wire import WireModel, WireTime, canonical_bytes, sha256_hex

PAYLOAD_PART = "payload"

_MAGIC = b"H24S\x01\x01"
_MAGIC_2 = b"H24S\x02\x01"
_KEY_ID_BYTES = 8
_WRAPPED_BYTES = _KEY_ID_BYTES + 32 + 32 + 16
_ONCE = bytes(12)
"""The nonce of version 2: its content key seals one part and nothing else."""
_HEADER_BYTES = len(_MAGIC) + _KEY_ID_BYTES
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)

Kind = Literal["application", "rating", "ticket", "supplement"]
"""``supplement``: further papers for a case; ``payload.about`` is the id of the first submission."""


class EnvelopeError(ValueError):
    """A sealed part or manifest is not what it says: wrong key, changed bytes, bad layout."""


class UnknownRecipientError(EnvelopeError):
    """Sealed to a key that we do not hold (any more): whole, perhaps, but not for us to open."""

    def __init__(self) -> None:
        super().__init__("sealed to a key that is not ours")


class SealedPart(WireModel):
    """One sealed part as the manifest names it; sizes and hashes are of the sealed bytes."""

    name: str
    size: int
    sha256: str


class ClockFacts(WireModel):
    """Everything the terminal knew of time when it finalized; order is by ``sequence``, never by this."""

    wall: WireTime
    monotonic_s: float
    boot_id: str
    server_offset_s: float | None = None
    """Last known platform time minus ours; ``None`` when never in contact."""


class Manifest(WireModel):
    """The clear outside of a submission. Its SHA-256 is the identity that the platform dedupes on."""

    format: Literal["hall24.submission/1"] = "hall24.submission/1"
    id: UUID
    """UUIDv7."""
    terminal: str
    sequence: int
    receipt: str
    """Local receipt number, shown to the resident."""
    kind: Kind = "application"
    item: str
    item_version: str = ""
    clock: ClockFacts
    key_id: str
    parts: tuple[SealedPart, ...]

    @property
    def sha256(self) -> str:
        """The manifest hash: SHA-256 of the canonical bytes."""
        return sha256_hex(self.canonical())


class Attachment(WireModel):
    """An attachment as the sealed payload names it; size and hash are of the plain bytes."""

    part: str
    name: str
    media_type: str
    size: int
    sha256: str


class Payload(WireModel):
    """The sealed inside of a submission."""

    form: dict[str, Any] = Field(default_factory=dict, repr=False)
    attachments: tuple[Attachment, ...] = Field(default=(), repr=False)
    grant: str | None = Field(default=None, repr=False)
    """The platform's opaque identity grant; ``None`` when identity rests on the card chip alone."""
    identity: dict[str, Any] | None = Field(default=None, repr=False)
    """What the card chip said, marked unverified, when the platform was not asked."""
    acts: tuple[dict[str, Any], ...] = Field(default=(), repr=False)
    """Consents and promises: kind, text version and hash, time, gesture."""
    about: str | None = None
    """For ratings and tickets: id of the submission they speak of."""


@dataclass(frozen=True, slots=True)
class PlainAttachment:
    """An attachment before sealing."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedSubmission:
    """Manifest bytes and the sealed bytes of every part it names, in its order."""

    manifest: Manifest
    parts: Mapping[str, bytes] = field(repr=False)


def seal_part(
    data: bytes,
    *,
    submission: UUID,
    part: str,
    key: X25519PublicKey,
    recovery: X25519PublicKey | None = None,
) -> bytes:
    """Seal one part, bound to its submission and name: a part cannot be moved elsewhere unnoticed.

    ``recovery`` is a second key that opens it, kept off-line by the operator.
    """
    if recovery is not None:
        return _seal_to_both(data, _info_2(submission, part), (key, recovery))
    return _MAGIC + recipient_id(key) + _SUITE.encrypt(data, key, _info(submission, part))


def open_part(
    sealed: bytes, *, submission: UUID, part: str, keys: Sequence[X25519PrivateKey]
) -> bytes:
    """Open a sealed part with whichever key it names; raise :class:`EnvelopeError` otherwise."""
    if sealed.startswith(_MAGIC_2):
        return _open_of_both(sealed, _info_2(submission, part), keys)
    if len(sealed) < _HEADER_BYTES or not sealed.startswith(_MAGIC):
        message = "not a sealed part of a known version"
        raise EnvelopeError(message)
    wanted = sealed[len(_MAGIC) : _HEADER_BYTES]
    for key in keys:
        if recipient_id(key.public_key()) == wanted:
            try:
                return bytes(_SUITE.decrypt(sealed[_HEADER_BYTES:], key, _info(submission, part)))
            except (InvalidTag, ValueError) as error:
                message = "the sealed part was changed or belongs elsewhere"
                raise EnvelopeError(message) from error
    raise UnknownRecipientError


def _seal_to_both(data: bytes, info: bytes, keys: Sequence[X25519PublicKey]) -> bytes:
    content_key = AESGCM.generate_key(256)
    wrapped = b"".join(recipient_id(key) + _SUITE.encrypt(content_key, key, info) for key in keys)
    head = _MAGIC_2 + bytes([len(keys)]) + wrapped
    return head + AESGCM(content_key).encrypt(_ONCE, data, info + head)


def _open_of_both(sealed: bytes, info: bytes, keys: Sequence[X25519PrivateKey]) -> bytes:
    start = len(_MAGIC_2) + 1
    end = start + (sealed[start - 1] if len(sealed) >= start else 0) * _WRAPPED_BYTES
    head, body = sealed[:end], sealed[end:]
    ours = {recipient_id(key.public_key()): key for key in keys}
    for at in range(start, len(head), _WRAPPED_BYTES):
        wrapped = head[at : at + _WRAPPED_BYTES]
        key = ours.get(wrapped[:_KEY_ID_BYTES])
        if key is None:
            continue
        try:
            content_key = bytes(_SUITE.decrypt(wrapped[_KEY_ID_BYTES:], key, info))
            return AESGCM(content_key).decrypt(_ONCE, body, info + head)
        except (InvalidTag, ValueError) as error:
            message = "the sealed part was changed or belongs elsewhere"
            raise EnvelopeError(message) from error
    raise UnknownRecipientError


def recipient_id(key: X25519PublicKey) -> bytes:
    """Return the eight bytes that name a platform key in sealed parts."""
    return hashlib.sha256(key.public_bytes_raw()).digest()[:_KEY_ID_BYTES]


def seal_submission(
    *,
    submission: UUID,
    terminal: str,
    sequence: int,
    receipt: str,
    kind: Kind,
    item: str,
    item_version: str,
    clock: ClockFacts,
    payload: Payload,
    attachments: Sequence[PlainAttachment],
    key: X25519PublicKey,
    recovery: X25519PublicKey | None = None,
) -> SealedSubmission:
    """Freeze and seal one submission. ``payload.attachments`` is filled in here from ``attachments``."""
    listed: list[Attachment] = []
    parts: dict[str, bytes] = {}
    for number, attachment in enumerate(attachments, start=1):
        part = f"a{number}"
        listed.append(
            Attachment(
                part=part,
                name=attachment.name,
                media_type=attachment.media_type,
                size=len(attachment.data),
                sha256=sha256_hex(attachment.data),
            )
        )
        parts[part] = seal_part(
            attachment.data, submission=submission, part=part, key=key, recovery=recovery
        )
    inside = payload.model_copy(update={"attachments": tuple(listed)})
    plain = canonical_bytes(inside.model_dump(mode="json"))
    sealed = {
        PAYLOAD_PART: seal_part(
            plain, submission=submission, part=PAYLOAD_PART, key=key, recovery=recovery
        )
    }
    sealed.update(parts)
    manifest = Manifest(
        id=submission,
        terminal=terminal,
        sequence=sequence,
        receipt=receipt,
        kind=kind,
        item=item,
        item_version=item_version,
        clock=clock,
        key_id=recipient_id(key).hex(),
        parts=tuple(
            SealedPart(name=name, size=len(data), sha256=sha256_hex(data))
            for name, data in sealed.items()
        ),
    )
    return SealedSubmission(manifest, sealed)


def open_submission(
    manifest: Manifest, parts: Mapping[str, bytes], keys: Sequence[X25519PrivateKey]
) -> tuple[Payload, dict[str, bytes]]:
    """Open a whole submission and check every size and hash, outside and inside.

    Returns the payload and the plain attachments by part name. Raises :class:`EnvelopeError`.
    """
    for named in manifest.parts:
        data = parts.get(named.name)
        if data is None or len(data) != named.size or sha256_hex(data) != named.sha256:
            message = f"part {named.name} is missing or differs from the manifest"
            raise EnvelopeError(message)
    plain = open_part(parts[PAYLOAD_PART], submission=manifest.id, part=PAYLOAD_PART, keys=keys)
    try:
        payload = Payload.model_validate_json(plain)
    except ValueError:
        message = "the payload is not of this format"
        raise EnvelopeError(message) from None  # the cause would quote the person's data
    opened: dict[str, bytes] = {}
    for listed in payload.attachments:
        if listed.part not in parts:
            message = f"attachment {listed.part} is not in the manifest"
            raise EnvelopeError(message)
        data = open_part(parts[listed.part], submission=manifest.id, part=listed.part, keys=keys)
        if len(data) != listed.size or sha256_hex(data) != listed.sha256:
            message = f"attachment {listed.part} differs from the payload's list"
            raise EnvelopeError(message)
        opened[listed.part] = data
    return payload, opened


def _info_2(submission: UUID, part: str) -> bytes:
    return b"hall24.submission/2\x00" + submission.bytes + b"\x00" + part.encode("utf-8")


def _info(submission: UUID, part: str) -> bytes:
    return b"hall24.submission/1\x00" + submission.bytes + b"\x00" + part.encode("utf-8")
