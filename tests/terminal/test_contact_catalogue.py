# SPDX-License-Identifier: Apache-2.0
"""The catalogue kept for the time without a link: of when it is, and never a forged one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.flows import events
from kiosk.platform_client.port import LinkError, RefusedError
from kiosk.protocol.catalogue import CATALOGUE_PURPOSE, Catalogue
from kiosk.protocol.messages import Heartbeat, HeartbeatAnswer
from kiosk.protocol.wire import Signed, key_id_of
from kiosk.terminal.contact import CATALOGUE_EVERY_BEATS, Contact
from kiosk.terminal.shelf import CONFIRM_EVERY_S
from offline_cache import OfflineCache
from offline_cache.errors import StoreUnavailableError

KEY = Ed25519PrivateKey.generate()
KEYS = {key_id_of(KEY.public_key()): KEY.public_key()}
CATALOGUE = Catalogue(version="7", items=())


@dataclass
class Platform:
    """Answers like the real one: the document once, "still current" after that, nothing when down."""

    now: float = 1_000_000.0
    down: bool = False

    def heartbeat(self, _beat: Heartbeat) -> HeartbeatAnswer:
        if self.down:
            raise LinkError("link.refused")
        return HeartbeatAnswer(now=datetime.fromtimestamp(self.now, UTC))

    def catalogue(self, etag: str | None) -> tuple[str, Signed, Catalogue] | None:
        if etag == '"7"':
            return None
        return '"7"', Signed.sign(CATALOGUE_PURPOSE, CATALOGUE.canonical(), KEY), CATALOGUE

    def content(self, _name: str, _etag: str | None) -> tuple[str, bytes] | None:
        """Other documents have tests of their own."""
        raise RefusedError("http.404")

    def refresh_keys(self) -> bool:
        """Keys are not what these tests are about: there is never a new one."""
        return False


@dataclass
class Rig:
    cache: OfflineCache
    platform: Platform = field(default_factory=Platform)
    posted: list[Any] = field(default_factory=list)

    def contact(self) -> Contact:
        return Contact(
            self.platform,  # type: ignore[arg-type]
            self.cache.shelf,
            open_catalogue=lambda signed: signed.verified_body(CATALOGUE_PURPOSE, KEYS),
            beat=lambda: Heartbeat(software="test", queued=0),
            post=self.posted.append,
            on_link=lambda _online: None,
            on_contact=lambda _at, _offset: None,
            wall=lambda: self.platform.now,
            hall_time=lambda: self.platform.now,
        )

    def shown(self) -> list[tuple[float, bool]]:
        loaded = [one for one in self.posted if isinstance(one, events.CatalogueLoaded)]
        self.posted.clear()
        return [(one.as_of, one.fresh) for one in loaded]


@pytest.fixture
def rig(tmp_path: Path) -> Any:
    with OfflineCache(tmp_path, number=lambda s, _w: f"N{s}") as cache:
        yield Rig(cache)


def beats(contact: Contact, count: int = CATALOGUE_EVERY_BEATS) -> None:
    for _ in range(count):
        contact._beat_once()


def test_still_current_moves_the_date_on_the_screen_and_now_and_then_on_the_disk(rig: Rig) -> None:
    contact = rig.contact()
    beats(contact, 1)
    assert rig.shown() == [(1_000_000.0, True)]
    rig.platform.now += 60.0
    beats(contact)
    assert rig.shown() == [(1_000_060.0, True)]
    kept = rig.cache.shelf.get("catalogue")
    assert kept is not None
    assert kept.fetched_at == 1_000_000.0
    rig.platform.now += CONFIRM_EVERY_S
    beats(contact)
    kept = rig.cache.shelf.get("catalogue")
    assert kept is not None
    assert kept.fetched_at == rig.platform.now
    # A start without a link shows what was kept, with its date.
    rig.shown()
    rig.contact()._show_shelf()
    assert rig.shown() == [(rig.platform.now, False)]


def forged(_kept: Signed) -> Signed:
    other = Catalogue(version="8", items=())
    return Signed.sign(CATALOGUE_PURPOSE, other.canonical(), Ed25519PrivateKey.generate())


def for_another_purpose(kept: Signed) -> Signed:
    return Signed.sign("hall24.receipt/1", kept.raw_body(), KEY)


def with_another_body(kept: Signed) -> Signed:
    return kept.model_copy(update={"body": forged(kept).body})


@pytest.mark.expected_logs("kept catalogue does not verify")
@pytest.mark.parametrize("harm", [forged, for_another_purpose, with_another_body])
def test_a_forged_catalogue_on_the_disk_is_not_shown_and_fetched_again(
    rig: Rig, harm: Callable[[Signed], Signed]
) -> None:
    beats(rig.contact(), 1)
    kept = rig.cache.shelf.get("catalogue")
    assert kept is not None
    bad = harm(Signed.model_validate_json(kept.body))
    rig.cache.shelf.put("catalogue", kept.etag, bad.canonical(), 9e9)
    rig.shown()
    contact = rig.contact()
    contact._show_shelf()
    assert rig.shown() == []
    beats(contact, 1)
    assert rig.shown() == [(rig.platform.now, True)]


def test_a_flipped_bit_on_the_disk_is_as_good_as_no_catalogue(rig: Rig) -> None:
    beats(rig.contact(), 1)
    rig.shown()
    rig.cache.store.call(
        lambda c: c.execute("UPDATE shelf SET body = CAST(body || ' ' AS BLOB)").rowcount
    )
    rig.contact()._show_shelf()
    assert rig.shown() == []


def test_without_a_link_nothing_new_is_said_of_the_catalogue(rig: Rig) -> None:
    rig.platform = replace(rig.platform, down=True)
    beats(rig.contact(), 3)
    assert rig.shown() == []


@pytest.mark.expected_logs("heartbeat not made")
def test_a_heartbeat_that_cannot_be_made_does_not_end_the_contact(
    rig: Rig, eventually: Callable[..., None]
) -> None:
    contact = rig.contact()
    broken = [StoreUnavailableError("gone"), ValueError("a mistake of ours")]

    def beat() -> Heartbeat:
        if broken:
            raise broken.pop()
        return Heartbeat(software="test", queued=0)

    contact._beat = beat
    contact._every_s = 0.01
    contact.start()
    try:
        eventually(
            lambda: any(isinstance(one, events.LinkChanged) and one.online for one in rig.posted)
        )
    finally:
        contact.stop()
    assert not broken
