# SPDX-License-Identifier: Apache-2.0
"""What the platform decided for this terminal: fetched when its ETag changes, kept, verified at every start."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.platform_client.port import PlatformError
from kiosk.protocol.configuration import (
    CONFIGURATION_PURPOSE,
    QueueQuotas,
    TerminalConfiguration,
)
from kiosk.protocol.wire import SignatureInvalidError, Signed
from kiosk.terminal.shelf import KeptDocument, Shelf
from offline_cache import StoreError

_log = logging.getLogger("hall24.contact")

SHELF_NAME: Final = "configuration"


class Source(Protocol):
    """The platform, as far as this needs it."""

    def configuration(self, etag: str | None) -> tuple[str, Signed, TerminalConfiguration] | None:
        """Return (etag, signed document, verified content), or ``None`` when ``etag`` is still current."""


class Reading(Protocol):
    """A shelf that is only read."""

    def get(self, name: str) -> KeptDocument | None:
        """Return a document, or ``None``."""


def kept_configuration(
    shelf: Reading, keys: Mapping[str, Ed25519PublicKey], terminal: str
) -> tuple[str, TerminalConfiguration] | None:
    """Return (etag, configuration) as it lies on the shelf.

    ``None`` when there is none, when it is not signed by the platform, or is another terminal's. Raises a
    ``StoreError``.
    """
    kept = shelf.get(SHELF_NAME)
    if kept is None:
        return None
    try:
        signed = Signed.model_validate_json(kept.body)
        body = signed.verified_body(CONFIGURATION_PURPOSE, dict(keys))
        configuration = TerminalConfiguration.model_validate_json(body)
    except (SignatureInvalidError, ValueError):
        _log.warning("kept configuration does not verify, waiting for the platform")
        return None
    return (kept.etag, configuration) if configuration.terminal == terminal else None


class Configuration:
    """The configuration that holds. ``load`` first; ``heard`` belongs to the contact thread.

    ``shelf`` is ``None`` while the disk takes nothing: then it lives in memory only.
    """

    def __init__(self, source: Source, terminal: str) -> None:
        self._source = source
        self._terminal = terminal
        self._shelf: Shelf | None = None
        self._etag: str | None = None
        self._held: TerminalConfiguration | None = None

    @property
    def quotas(self) -> QueueQuotas:
        """What may wait here; the usual where the platform said nothing."""
        return self._held.quotas if self._held else QueueQuotas()

    def load(self, shelf: Shelf, keys: Mapping[str, Ed25519PublicKey]) -> None:
        """Take what is kept."""
        self._shelf = shelf
        with suppress(StoreError):  # the store says so itself
            if (kept := kept_configuration(shelf, keys, self._terminal)) is not None:
                self._etag, self._held = kept

    def heard(self, etag: str | None, at: float) -> None:
        """Fetch the configuration unless ``etag``, from a heartbeat's answer, is the one that holds.

        What cannot be fetched, or is not for us, leaves what held; it is tried again with the next answer.
        """
        if etag is None or etag == self._etag:
            return
        try:
            fetched = self._source.configuration(self._etag)
        except PlatformError as error:
            _log.warning("configuration not fetched", extra={"code": error.code})
            return
        if fetched is None:
            return
        name, signed, configuration = fetched
        if configuration.terminal != self._terminal:
            _log.warning("configuration of another terminal refused")
            return
        self._etag, self._held = name, configuration
        if self._shelf is not None:
            with suppress(StoreError):
                self._shelf.put(SHELF_NAME, name, signed.canonical(), at)
