# SPDX-License-Identifier: Apache-2.0
"""Limits of the queue, as the platform signed them: near them staff are warned, at them nothing new is taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.config import Settings, StorageSettings
from kiosk.flows.events import StoreChanged
from kiosk.platform_client.port import LinkError
from kiosk.protocol.configuration import (
    CONFIGURATION_PURPOSE,
    QueueQuotas,
    TerminalConfiguration,
)
from kiosk.protocol.messages import PlaceProfile
from kiosk.protocol.wire import Signed, Text, key_id_of
from kiosk.terminal.intake import Intake, Judgement, judged, reserve_for
from kiosk.terminal.kept_configuration import SHELF_NAME, Configuration
from offline_cache import DeliveryReceipt, OfflineCache, Reserve, ReservePolicy, Sealed, Space
from offline_cache.blobs import sha256_hex

KEY = Ed25519PrivateKey.generate()
KEYS = {key_id_of(KEY.public_key()): KEY.public_key()}
QUOTAS = QueueQuotas(items=10, size=1_000_000, oldest_s=86_400)
NOW = 1_700_000_000.0


# --- judging --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "size", "oldest_s", "found"),
    [
        (0, 0, None, Judgement()),
        (7, 799_999, 69_000, Judgement()),
        (8, 0, 0, Judgement(near="quota.items")),
        (9, 800_000, 0, Judgement(near="quota.items")),
        (10, 0, 0, Judgement(refused="quota.items")),
        (1, 1_000_000, 0, Judgement(refused="quota.size")),
        (1, 10, 70_000, Judgement(near="quota.oldest")),
        (1, 10, 86_400, Judgement(refused="quota.oldest")),
        (9, 10, 90_000, Judgement(refused="quota.oldest")),
    ],
)
def test_what_waits_is_compared_with_what_may_wait(
    items: int, size: int, oldest_s: int | None, found: Judgement
) -> None:
    assert judged(items, size, oldest_s, QUOTAS) == found


def test_staff_read_one_word() -> None:
    words = (Judgement(), Judgement(near="quota.size"), Judgement(refused="store.full"))
    assert [one.code for one in words] == ["", "near.quota.size", "store.full"]


# --- telling the flow -------------------------------------------------------------------------------


class Rig:
    """A real queue and a real ballast on a disk whose room the test decides."""

    def __init__(self, directory: Path) -> None:
        self.free = 1_000_000
        self.quotas = QUOTAS
        self.posted: list[StoreChanged] = []
        self.reserve = Reserve(
            directory,
            ReservePolicy(ballast=40_000, floor=30_000, release=5_000),
            space=lambda _: Space(10_000_000, self.free),
        )
        self.cache = OfflineCache(directory, number=lambda s, _: f"N{s}", reserve=self.reserve)
        self.intake = Intake(
            self.cache.outbox, self.reserve, lambda: self.quotas, self.posted.append
        )

    def submit(self, count: int = 1) -> None:
        manifest = b"{}"
        sealed = Sealed(manifest, sha256_hex(manifest), {"form": b"sealed"})
        for _ in range(count):
            self.cache.outbox.finalize(kind="application", item="made-up", seal=lambda _: sealed)

    def told(self) -> StoreChanged:
        self.intake.look()
        return self.posted[-1]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    with made.cache:
        made.intake.look()
        yield made


def test_a_full_queue_refuses_new_work_and_goes_on_sending(rig: Rig) -> None:
    rig.submit(7)
    assert rig.told() == StoreChanged(accepting=True)
    rig.submit(1)
    assert rig.told() == StoreChanged(accepting=True, near="quota.items")
    assert rig.intake.code == "near.quota.items"
    rig.submit(2)
    assert rig.told() == StoreChanged(accepting=False, code="quota.items")
    outbox = rig.cache.outbox
    for _ in range(3):
        claimed = outbox.claim_next(NOW)
        assert claimed is not None
        outbox.record_receipt(claimed.id, DeliveryReceipt("C1", b"receipt"), NOW)
    assert rig.told() == StoreChanged(accepting=True)


def test_payloads_that_were_purged_take_no_room(rig: Rig) -> None:
    rig.submit(2)
    whole = rig.cache.outbox.occupied()
    assert whole == 2 * len(b"{}sealed")
    claimed = rig.cache.outbox.claim_next(NOW)
    assert claimed is not None
    rig.cache.outbox.record_receipt(claimed.id, DeliveryReceipt("C1", b"receipt"), NOW)
    assert rig.cache.outbox.occupied() == whole
    rig.cache.outbox.settle(claimed.id, NOW)
    assert rig.cache.outbox.occupied() == whole // 2


def test_the_room_on_the_disk_counts_before_anything_is_captured(rig: Rig) -> None:
    rig.free = 59_999
    assert rig.told() == StoreChanged(accepting=True, near="store.full")
    rig.free = 29_999
    assert rig.told() == StoreChanged(accepting=False, code="store.full")
    rig.free = 1_000_000
    assert rig.told() == StoreChanged(accepting=True)


def test_a_fault_of_the_store_comes_before_everything_else(rig: Rig) -> None:
    rig.submit(10)
    rig.intake.store_changed(False, "store.failed")
    assert rig.posted[-1].code == "store.failed"
    assert rig.told().code == "store.failed"
    rig.intake.store_changed(True, "")
    assert rig.posted[-1] == StoreChanged(accepting=False, code="quota.items")


def test_a_write_that_found_no_room_is_forgotten_once_there_is_some(rig: Rig) -> None:
    rig.intake.store_changed(False, "store.full")
    assert rig.posted[-1] == StoreChanged(accepting=False, code="store.full")
    assert rig.told() == StoreChanged(accepting=True)


def test_a_store_that_ended_changes_nothing(rig: Rig) -> None:
    rig.cache.stop()
    assert rig.told() == StoreChanged(accepting=True)


def test_the_settings_say_how_much_is_kept_back(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, storage=StorageSettings(ballast_mb=0, new_work_mb=0))
    reserve = reserve_for(settings)
    reserve.start()
    assert reserve.tend()
    assert list(tmp_path.iterdir()) == []


# --- the signed configuration -----------------------------------------------------------------------


class Source:
    """The platform: one configuration, asked for by its ETag."""

    def __init__(self, terminal: str = "T-0001") -> None:
        self.held = TerminalConfiguration(
            terminal=terminal,
            profile=PlaceProfile(place=Text(zh="测试", en="Test"), region="360702"),
            heartbeat_s=30,
            event_days=30,
            items=None,
            notice=None,
            quotas=QUOTAS,
        )
        self.down = False
        self.asked = 0

    def configuration(self, etag: str | None) -> tuple[str, Signed, TerminalConfiguration] | None:
        self.asked += 1
        if self.down:
            raise LinkError("link.refused")
        if etag == '"1"':
            return None
        return '"1"', Signed.sign(CONFIGURATION_PURPOSE, self.held.canonical(), KEY), self.held


def loaded(rig: Rig, source: Source) -> Configuration:
    configuration = Configuration(source, "T-0001")
    configuration.load(rig.cache.shelf, KEYS)
    return configuration


def test_quotas_are_fetched_once_and_hold_after_a_start_without_a_link(rig: Rig) -> None:
    source = Source()
    configuration = loaded(rig, source)
    assert configuration.quotas == QueueQuotas()
    configuration.heard(None, NOW)  # a platform that has none
    assert source.asked == 0
    for _ in range(3):
        configuration.heard('"1"', NOW)
    assert (source.asked, configuration.quotas) == (1, QUOTAS)
    source.down = True
    assert loaded(rig, source).quotas == QUOTAS


@pytest.mark.expected_logs("configuration not fetched")
def test_what_cannot_be_fetched_leaves_what_held_and_is_tried_again(rig: Rig) -> None:
    source = Source()
    configuration = loaded(rig, source)
    source.down = True
    configuration.heard('"1"', NOW)
    assert configuration.quotas == QueueQuotas()
    source.down = False
    configuration.heard('"1"', NOW)
    assert configuration.quotas == QUOTAS


@pytest.mark.expected_logs("configuration of another terminal refused")
def test_the_configuration_of_another_terminal_is_refused(rig: Rig) -> None:
    configuration = loaded(rig, Source("T-0002"))
    configuration.heard('"1"', NOW)
    assert configuration.quotas == QueueQuotas()
    assert rig.cache.shelf.get(SHELF_NAME) is None


@pytest.mark.expected_logs("kept configuration does not verify")
@pytest.mark.parametrize("harm", ["another key", "another purpose", "no document"])
def test_a_forged_configuration_on_the_disk_does_not_hold(rig: Rig, harm: str) -> None:
    body = Source().held.canonical()
    bad: Any = {
        "another key": Signed.sign(CONFIGURATION_PURPOSE, body, Ed25519PrivateKey.generate()),
        "another purpose": Signed.sign("hall24.receipt/1", body, KEY),
        "no document": Signed.sign(CONFIGURATION_PURPOSE, b"{}", KEY),
    }[harm]
    rig.cache.shelf.put(SHELF_NAME, '"1"', bad.canonical(), NOW)
    assert loaded(rig, Source()).quotas == QueueQuotas()


def test_a_signed_configuration_of_another_terminal_on_the_disk_does_not_hold(rig: Rig) -> None:
    body = Source("T-0002").held.canonical()
    signed = Signed.sign(CONFIGURATION_PURPOSE, body, KEY)
    rig.cache.shelf.put(SHELF_NAME, '"1"', signed.canonical(), NOW)
    assert loaded(rig, Source()).quotas == QueueQuotas()
