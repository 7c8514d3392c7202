# SPDX-License-Identifier: Apache-2.0
"""What every message of the platform protocol shares: canonical bytes, time, language, signatures."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

API_PREFIX = "/v1"

Language = Literal["zh", "en"]


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        message = "a time on the wire must carry its zone"
        raise ValueError(message)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        message = "a time on the wire must lie within the calendar"
        raise ValueError(message) from None


WireTime = Annotated[datetime, AfterValidator(_utc)]
"""An instant; ISO 8601 with zone on the wire, UTC inside."""


class WireModel(BaseModel):
    """Frozen; unknown fields are refused, so that two versions cannot misread each other silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def canonical(self) -> bytes:
        """Return the RFC 8785 bytes: the same value gives the same bytes everywhere."""
        return canonical_bytes(self.model_dump(mode="json"))


class Text(WireModel):
    """A sentence in the languages of the terminal; Chinese is the source."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the sentence in that language."""
        return self.en if language == "en" else self.zh


class Problem(WireModel):
    """An error answer (RFC 9457, ``application/problem+json``) with our stable code."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    """Stable and machine-readable, e.g. ``submission.other_hash``; never decide by ``title``."""
    detail: str = ""
    missing: tuple[str, ...] = ()


def canonical_bytes(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the RFC 8785 form of a JSON value."""
    return rfc8785.dumps(value)


def sha256_hex(data: bytes) -> str:
    """Return the lower-case hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


class SignatureInvalidError(ValueError):
    """A signed document does not verify: wrong key, changed bytes, or another purpose."""


class Signed(WireModel):
    """A document with an Ed25519 signature over ``purpose`` and its exact bytes.

    The body travels as base64 of the signed bytes, so nobody has to re-create them to verify.
    """

    purpose: str
    key_id: str
    body: str = Field(repr=False)
    signature: str = Field(repr=False)

    @classmethod
    def sign(cls, purpose: str, body: bytes, key: Ed25519PrivateKey) -> Self:
        """Sign ``body`` for one purpose, e.g. ``hall24.receipt/1``."""
        signature = key.sign(_to_be_signed(purpose, body))
        return cls(
            purpose=purpose,
            key_id=key_id_of(key.public_key()),
            body=base64.b64encode(body).decode("ascii"),
            signature=base64.b64encode(signature).decode("ascii"),
        )

    def raw_body(self) -> bytes:
        """Return the bytes without verifying: only for documents that were verified when they came."""
        return base64.b64decode(self.body, validate=True)

    def verified_body(self, purpose: str, keys: dict[str, Ed25519PublicKey]) -> bytes:
        """Return the signed bytes.

        Raises :class:`SignatureInvalidError` unless a known key signed them for ``purpose``.
        """
        key = keys.get(self.key_id)
        if key is None or self.purpose != purpose:
            message = "unknown key" if key is None else "signed for another purpose"
            raise SignatureInvalidError(message)
        try:
            body = _exact(self.body)
            key.verify(_exact(self.signature), _to_be_signed(purpose, body))
        except (InvalidSignature, ValueError) as error:
            message = "the signature does not fit the document"
            raise SignatureInvalidError(message) from error
        return body


def key_id_of(key: Ed25519PublicKey) -> str:
    """Return the name of a key: the first 16 hex digits of the SHA-256 of its raw bytes."""
    return sha256_hex(key.public_bytes_raw())[:16]


def _exact(text: str) -> bytes:
    """Decode base64 that is written the one right way: its last letter has bits that decoding ignores."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode("ascii") != text:
        raise ValueError("not the one way to write it")
    return data


def _to_be_signed(purpose: str, body: bytes) -> bytes:
    return purpose.encode("utf-8") + b"\x00" + body
