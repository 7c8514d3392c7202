# SPDX-License-Identifier: Apache-2.0
"""The platform's keys that this terminal trusts, and how it learns of new ones while it runs.

Enrolment gives the first ones. Later lists are taken only when a key that is trusted now signed them and their
version is newer. Every client and the sealing share one object, so that a change reaches all of them at once.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from kiosk.protocol.key_list import KEYS_PURPOSE, KeyList, SignedKeyList
from kiosk.protocol.messages import PlatformKeys
from kiosk.protocol.wire import SignatureInvalidError, key_id_of


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """The keys of one moment."""

    version: int
    sealing: X25519PublicKey = field(repr=False)
    signing: dict[str, Ed25519PublicKey] = field(repr=False)
    """By key id."""
    recovery: X25519PublicKey | None = field(default=None, repr=False)


class TrustedKeys:
    """Replaced whole, from any thread. ``keep(list)`` makes a newer list durable before it is used."""

    def __init__(self, known: KnownKeys, keep: Callable[[KeyList], None] | None = None) -> None:
        self._known = known
        self._keep = keep
        self._lock = threading.Lock()

    @property
    def now(self) -> KnownKeys:
        """Return the keys as they are now."""
        return self._known

    def learn(self, offered: SignedKeyList) -> bool:
        """Take a newer list; return whether it was newer.

        Raises ``SignatureInvalidError`` when no key that we trust signed it, ``ValueError`` when it is not
        readable, ``OSError`` when it cannot be kept; then nothing changed.
        """
        with self._lock:
            vouched = next((s for s in offered.signed if s.key_id in self._known.signing), None)
            if vouched is None:
                raise SignatureInvalidError("no key that we know signed the list of keys")
            body = vouched.verified_body(KEYS_PURPOSE, self._known.signing)
            told = KeyList.model_validate_json(body)
            if told.version <= self._known.version:
                return False
            known = known_of(told)
            if self._keep is not None:
                self._keep(told)
            self._known = known
            return True


def known_of(told: KeyList) -> KnownKeys:
    """Return the keys of a list; raise ``ValueError`` for what is none."""
    signing = [Ed25519PublicKey.from_public_bytes(_raw(text)) for text in told.signing]
    return KnownKeys(
        version=told.version,
        sealing=X25519PublicKey.from_public_bytes(_raw(told.sealing[0])),
        signing={key_id_of(key): key for key in signing},
        recovery=X25519PublicKey.from_public_bytes(_raw(told.recovery)) if told.recovery else None,
    )


def enrolled_with(keys: PlatformKeys) -> KnownKeys:
    """Return the keys that enrolment gave; any list is newer."""
    signing = Ed25519PublicKey.from_public_bytes(_raw(keys.signing))
    sealing = X25519PublicKey.from_public_bytes(_raw(keys.sealing))
    return KnownKeys(0, sealing, {key_id_of(signing): signing})


def _raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
