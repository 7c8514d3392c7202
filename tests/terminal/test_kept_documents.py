# SPDX-License-Identifier: Apache-2.0
"""Policies, life events, notices and the map kept for the time without a link: of when they are, and never damaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from central_platform.testing import running_platform
from kiosk.flows.events import ContentLoaded, LinkChanged, Tick
from kiosk.flows.machine import Flow
from kiosk.flows.sentences import with_content_as_of
from kiosk.flows.settings import FlowSettings
from kiosk.platform_client.enrolment import enrol
from kiosk.platform_client.port import LinkError, RefusedError
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.services import CONTENT, ContentName, PolicyList, ServiceMap
from kiosk.protocol.wire import WireModel
from kiosk.terminal.kept_documents import KeptDocuments
from kiosk.terminal.shelf import CONFIRM_EVERY_S
from offline_cache import OfflineCache


def documents() -> dict[ContentName, WireModel]:
    return {
        name: model(as_of=date(2026, 1, 1), policies=())
        if model is PolicyList
        else model.model_validate({next(iter(model.model_fields)): []})
        for name, model in CONTENT.items()
    }


@dataclass
class Platform:
    """Answers like the real one: a document once, "still current" after that."""

    held: dict[ContentName, WireModel] = field(default_factory=documents)
    version: int = 1
    down: bool = False
    lacks: str = ""

    def content(self, name: ContentName, etag: str | None) -> tuple[str, bytes] | None:
        if self.down:
            raise LinkError("link.refused")
        if name == self.lacks:
            raise RefusedError("http.404")
        current = f'"{self.version}"'
        return None if etag == current else (current, self.held[name].canonical())


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[OfflineCache]:
    with OfflineCache(tmp_path / "terminal", number=lambda s, _w: f"N{s}") as opened:
        yield opened


@pytest.fixture
def posted() -> list[ContentLoaded]:
    return []


def said(posted: list[ContentLoaded]) -> set[tuple[str, float, bool]]:
    found = {(one.name, one.as_of, one.fresh) for one in posted}
    posted.clear()
    return found


def test_what_was_fetched_is_there_without_a_link_and_says_of_when_it_is(
    cache: OfflineCache, posted: list[ContentLoaded]
) -> None:
    platform = Platform()
    KeptDocuments(platform, cache.shelf, posted.append).refresh(1_000.0)
    assert said(posted) == {(name, 1_000.0, True) for name in CONTENT}
    platform.down = True
    later = KeptDocuments(platform, cache.shelf, posted.append)
    later.show()
    assert said(posted) == {(name, 1_000.0, False) for name in CONTENT}
    with pytest.raises(LinkError):
        later.refresh(5_000.0)
    assert said(posted) == set()


def test_still_current_moves_the_date_and_now_and_then_on_the_disk(
    cache: OfflineCache, posted: list[ContentLoaded]
) -> None:
    kept = KeptDocuments(Platform(), cache.shelf, posted.append)
    for now in (1_000.0, 1_060.0):
        kept.refresh(now)
    assert {one.as_of for one in posted} == {1_000.0, 1_060.0}
    on_disk = cache.shelf.get("content/map")
    assert on_disk is not None
    assert on_disk.fetched_at == 1_000.0
    kept.refresh(1_001.0 + CONFIRM_EVERY_S)
    on_disk = cache.shelf.get("content/map")
    assert on_disk is not None
    assert on_disk.fetched_at == 1_001.0 + CONFIRM_EVERY_S


def test_a_document_that_the_platform_does_not_have_keeps_no_other_away(
    cache: OfflineCache, posted: list[ContentLoaded]
) -> None:
    KeptDocuments(Platform(lacks="policies"), cache.shelf, posted.append).refresh(1.0)
    assert {name for name, _, _ in said(posted)} == set(CONTENT) - {"policies"}


def test_a_damaged_or_foreign_document_is_not_shown_and_is_fetched_again(
    cache: OfflineCache, posted: list[ContentLoaded]
) -> None:
    KeptDocuments(Platform(), cache.shelf, posted.append).refresh(1.0)
    cache.store.call(
        lambda c: (
            c.execute(
                "UPDATE shelf SET body = CAST(body || ' ' AS BLOB) WHERE name = 'content/map'"
            ).rowcount
        )
    )
    cache.shelf.put("content/bundles", '"1"', b'{"of": "another version"}', 1.0)
    said(posted)
    kept = KeptDocuments(Platform(), cache.shelf, posted.append)
    kept.show()
    assert {name for name, _, _ in said(posted)} == set(CONTENT) - {"map", "bundles"}
    kept.refresh(2.0)
    assert {name for name, _, _ in said(posted)} == set(CONTENT)


def test_the_real_platform_names_its_versions_and_the_terminal_keeps_them(
    tmp_path: Path, cache: OfflineCache, posted: list[ContentLoaded]
) -> None:
    with running_platform(tmp_path / "platform") as running:
        enrolled = enrol(running.url, running.enrolment_token(), tmp_path / "enrolled")
        client = PlatformV1(enrolled)
        try:
            kept = KeptDocuments(client, cache.shelf, posted.append)
            kept.refresh(1.0)
            versions = {name: cache.shelf.get(f"content/{name}") for name in CONTENT}
            assert all(one is not None and one.etag for one in versions.values())
            for name, one in versions.items():
                assert one is not None
                assert client.content(name, one.etag) is None
        finally:
            client.close()
    policies = next(one.document for one in posted if one.name == "policies")
    assert isinstance(policies, PolicyList)
    assert policies.policies


def test_the_flow_has_each_document_with_its_date(
    posted: list[ContentLoaded], cache: OfflineCache
) -> None:
    flow = Flow(FlowSettings())
    KeptDocuments(Platform(), cache.shelf, posted.append).refresh(1_764_000_000.0)
    for event in (Tick(0.0, 1_764_000_100.0), *posted):
        flow.handle(event)
    held = flow.state.machine.content["map"]
    assert isinstance(held.document, ServiceMap)
    assert "资料截至" in with_content_as_of(flow.state, "map", "最近的服务点")
    flow.handle(LinkChanged(online=True, code=""))
    assert with_content_as_of(flow.state, "map", "最近的服务点") == "最近的服务点"
