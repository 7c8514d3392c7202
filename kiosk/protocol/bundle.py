# SPDX-License-Identifier: Apache-2.0
r"""What travels on a stick: sealed submissions one way, the platform's acknowledgement the other way.

A bundle is a directory. It needs no earlier contact: everything that the platform must know to take it in
lies inside::

    hall24-T360702-ABC123-0193…/
        00000007-0193….item     one submission: its manifest signed by the terminal, then its sealed parts
        bundle.json             what belongs to the bundle, signed by the terminal; written last
        bundle-copy.json        the same once more: one bad block must not spoil five hundred submissions
    hall24-T360702-ABC123-0193….ack.json    the platform's answer: a signed receipt for each id it has

An item stands by itself: it names its submission, and its signature covers every byte through the hashes
of the manifest. So a damaged item takes no other with it, and a damaged list takes no item with it.

Layout of an item::

    offset 0   5  "H24B\x01"
           5   4  length of the head, big-endian
           9      the head: a ``Signed`` (purpose ``hall24.bundle-item/1``) whose body is the manifest
                  the sealed parts, in the order and of the sizes that the manifest names
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field

from kiosk.protocol.envelope import Manifest
from kiosk.protocol.messages import AuditPlace, PlaceProfile, PlatformKeys
from kiosk.protocol.wire import Signed, WireModel, WireTime, sha256_hex

ITEM_PURPOSE: Final = "hall24.bundle-item/1"
BUNDLE_PURPOSE: Final = "hall24.bundle/1"
ACKNOWLEDGEMENT_PURPOSE: Final = "hall24.acknowledgement/1"
ENROLMENT_FILE_PURPOSE: Final = "hall24.enrolment-file/1"

ITEM_ENDING: Final = ".item"
LIST_NAMES: Final = ("bundle.json", "bundle-copy.json")
ACKNOWLEDGEMENT_ENDING: Final = ".ack.json"
INTRODUCTION: Final = "introduction"
"""The name under which an introduction is sealed, bound to the bundle's id."""

_MAGIC = b"H24B\x01"
_HEAD_AT = len(_MAGIC) + 4
_LONGEST_HEAD = 4 * 1024 * 1024
_BUNDLE_NAME = re.compile(r"hall24-[A-Za-z0-9._-]{1,40}-[0-9a-f-]{36}")


class BundleDamagedError(ValueError):
    """A file of a bundle is not what was written; the message says what is wrong, never what it holds."""


class BundleItem(WireModel):
    """One file of a bundle."""

    file: str = Field(pattern=r"^[0-9]{8,}-[0-9a-f-]{36}\.item$")
    size: int
    sha256: str
    id: UUID
    receipt: str
    manifest_sha256: str


class BundleList(WireModel):
    """Everything that belongs to a bundle."""

    format: Literal["hall24.bundle/1"] = "hall24.bundle/1"
    bundle: UUID
    terminal: str
    made_at: WireTime
    items: tuple[BundleItem, ...]
    introduction: str | None = Field(default=None, repr=False)
    """An ``EnrolRequest`` sealed to the platform's key (base64): a terminal that was enrolled from a file
    says here, where nobody but the platform can read it, which key is its own."""
    audit: AuditPlace | None = None


class Refusal(WireModel):
    """A submission of a bundle that the platform could not take; the terminal keeps it."""

    id: UUID | None
    file: str
    receipt: str = ""
    code: str


class Acknowledgement(WireModel):
    """The platform's answer to a bundle."""

    format: Literal["hall24.acknowledgement/1"] = "hall24.acknowledgement/1"
    bundle: UUID
    terminal: str
    made_at: WireTime
    receipts: tuple[Signed, ...]
    """Each a receipt as it goes over the wire, with its own signature."""
    refused: tuple[Refusal, ...] = ()


class EnrolmentFile(WireModel):
    """What a terminal needs to work for a platform that it has never reached.

    Whoever hands over this file decides which platform the terminal trusts: both ends show the key's id, and
    the technician compares.
    """

    format: Literal["hall24.enrolment-file/1"] = "hall24.enrolment-file/1"
    terminal: str
    token: str = Field(repr=False)
    platform_url: str = ""
    """Empty for a terminal that will never be online."""
    keys: PlatformKeys
    profile: PlaceProfile
    expires_at: WireTime
    """The terminal must have taken it by then, and its first bundle have arrived."""


def bundle_name(terminal: str, bundle: UUID) -> str:
    """Return the name of a bundle's directory."""
    return f"hall24-{terminal}-{bundle}"


def looks_like_bundle(name: str) -> bool:
    """Tell whether a directory's name is one of a bundle."""
    return _BUNDLE_NAME.fullmatch(name) is not None


def item_name(sequence: int, submission: UUID) -> str:
    """Return the file name of a submission in a bundle."""
    return f"{sequence:08d}-{submission}{ITEM_ENDING}"


def write_item(manifest: bytes, parts: Mapping[str, bytes], key: Ed25519PrivateKey) -> bytes:
    """Return the file of one submission. The same submission gives the same bytes every time.

    ``manifest`` is the canonical manifest as it was stored, ``parts`` the sealed parts it names.
    """
    head = Signed.sign(ITEM_PURPOSE, manifest, key).canonical()
    named = Manifest.model_validate_json(manifest).parts
    return b"".join(
        (_MAGIC, len(head).to_bytes(4, "big"), head, *(parts[part.name] for part in named))
    )


def read_item(data: bytes, keys: dict[str, Ed25519PublicKey]) -> tuple[Manifest, dict[str, bytes]]:
    """Return manifest and sealed parts, every byte checked. Raises :class:`BundleDamagedError`."""
    head = _head(data)
    try:
        body = head.verified_body(ITEM_PURPOSE, keys)
        manifest = Manifest.model_validate_json(body)
    except ValueError:
        raise BundleDamagedError("the terminal's signature does not fit") from None
    if manifest.canonical() != body:
        raise BundleDamagedError("the manifest is not in its canonical form")
    place = _HEAD_AT + len(head.canonical())
    parts: dict[str, bytes] = {}
    for part in manifest.parts:
        sealed = data[place : place + part.size]
        if len(sealed) != part.size:
            raise BundleDamagedError(f"part {part.name} is cut off")
        if sha256_hex(sealed) != part.sha256:
            raise BundleDamagedError(f"part {part.name} is damaged")
        parts[part.name] = sealed
        place += part.size
    if place != len(data):
        raise BundleDamagedError("there is more than the manifest names")
    return manifest, parts


def _head(data: bytes) -> Signed:
    if not data.startswith(_MAGIC):
        raise BundleDamagedError("not an item of a known version")
    length = int.from_bytes(data[len(_MAGIC) : _HEAD_AT], "big")
    head = data[_HEAD_AT : _HEAD_AT + length]
    if length > _LONGEST_HEAD or len(head) != length:
        raise BundleDamagedError("the head is cut off")
    try:
        signed = Signed.model_validate_json(head)
    except ValueError:
        raise BundleDamagedError("the head is not readable") from None
    if signed.canonical() != head:
        raise BundleDamagedError("the head is not in its canonical form")
    return signed
