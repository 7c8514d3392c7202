# SPDX-License-Identifier: Apache-2.0
"""The platform's public keys as they are now, signed by every key that terminals may still know it by.

A terminal that slept through a change, or several, trusts one of the older keys; each of them vouches for the
same list. The version only grows: an old list, played back, is refused.
"""

from __future__ import annotations

from pydantic import Field

from kiosk.protocol.wire import Signed, WireModel

KEYS_PURPOSE = "hall24.keys/1"


class KeyList(WireModel):
    """Base64 of raw public keys."""

    version: int = Field(ge=1)
    sealing: tuple[str, ...] = Field(min_length=1, max_length=64)
    """X25519, newest first: terminals seal to the first; what was sealed to the others is still opened."""
    signing: tuple[str, ...] = Field(min_length=1, max_length=64)
    """Ed25519, newest first: all of them are good; one that is missing is trusted no more."""
    recovery: str | None = None
    """X25519 of the operator's offline key, the second recipient of every sealed part; ``None`` for none."""


class SignedKeyList(WireModel):
    """One list, signed once by each signing key in it."""

    signed: tuple[Signed, ...] = Field(min_length=1, max_length=64)
