# SPDX-License-Identifier: Apache-2.0
"""Staff see why the link is down and can try again; residents see only what matters to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk.flows import effects, events, views
from kiosk.platform_client.link_reason import LinkReason, link_reason
from kiosk.words import say
from tests.flows.conftest import WALL, Visit

DOWN = events.LinkChanged(
    online=False,
    code="link.captive",
    waiting=12,
    reason="captive",
    oldest_s=3 * 3_600.0 + 100.0,
    set_aside=1,
    last_contact_at=WALL,
    skew_s=420.0,
)


def sheet(visit: Visit) -> views.DialogOverlay:
    overlay = visit.flow.view.overlay
    assert isinstance(overlay, views.DialogOverlay)
    return overlay


def rows(visit: Visit) -> dict[str, str]:
    return {row.label: row.value for row in sheet(visit).rows}


@pytest.fixture
def opened(visit: Visit) -> Visit:
    visit.send(DOWN)
    visit.act("terminal_info")
    return visit


def test_the_sheet_says_all_that_is_known(opened: Visit) -> None:
    assert sheet(opened).kind == "terminal"
    assert sheet(opened).help == "请在路由器上登录网络"
    assert rows(opened) == {
        "联网情况": "网络要求登录",
        "上次联系": "11月23日 10:14",
        "等待送达": "12件，最早已等3小时",
        "需要人处理": "1件",
        "本机时钟": "比平台慢7分钟",
        "代码": "link.captive",
    }


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (events.StoreChanged(accepting=True), None),
        (events.StoreChanged(accepting=True, near="quota.items"), "等的件快到上限，请送达或导出"),
        (events.StoreChanged(accepting=True, near="store.full"), "磁盘快满了，请报修"),
        (events.StoreChanged(accepting=False, code="quota.oldest"), "有件等得太久，不收新件"),
        (events.StoreChanged(accepting=False, code="store.corrupt"), "磁盘有故障，不收新件"),
        (events.StoreChanged(accepting=False, code="new.over.there"), "暂不收新件，请报技术员"),
    ],
)
def test_staff_are_warned_before_nothing_new_is_taken(
    opened: Visit, changed: events.StoreChanged, words: str | None
) -> None:
    opened.send(changed)
    assert rows(opened).get("接收新件") == words


def test_unknown_is_said_as_unknown(visit: Visit) -> None:
    visit.send(events.LinkChanged(online=False, code="link.no_route", reason="no_route"))
    visit.act("terminal_info")
    assert rows(visit) == {
        "联网情况": "本机没有网络",
        "上次联系": "还没有联系上过",
        "等待送达": "没有",
        "本机时钟": "还没有和平台对过",
        "代码": "link.no_route",
    }


def test_try_now_reaches_out_once_and_rests_until_something_is_heard(opened: Visit) -> None:
    opened.act("try_now")
    assert opened.all_asked(effects.TryLink) == [effects.TryLink(opened.flow.state.session.number)]
    assert not sheet(opened).actions[0].enabled
    opened.act("try_now")
    assert len(opened.all_asked(effects.TryLink)) == 1
    opened.send(replace(DOWN, online=True, code="", reason="online", waiting=0, set_aside=0))
    assert sheet(opened).actions[0].enabled
    assert sheet(opened).help == "联网正常，不用处理"
    opened.act("close")
    assert opened.flow.view.overlay is None


def test_the_sheet_opens_only_where_nobody_is_served_and_closes_by_itself(visit: Visit) -> None:
    visit.to("home")
    visit.act("terminal_info")
    assert visit.flow.view.overlay is None


def test_a_forgotten_sheet_closes_by_itself(opened: Visit) -> None:
    opened.tick(opened.flow.state.settings.idle_s + 1)
    assert opened.flow.view.overlay is None


@pytest.mark.parametrize(("waiting", "words"), [(0, "平台维护中"), (3, "平台维护中，3件待送")])
def test_residents_see_maintenance_as_what_it_is(visit: Visit, waiting: int, words: str) -> None:
    code = "platform.busy"
    visit.send(events.LinkChanged(online=False, code=code, waiting=waiting, reason="maintenance"))
    assert visit.flow.view.link == views.LinkWords(words, views.Tone.WARNING)


@pytest.mark.parametrize("reason", LinkReason)
def test_every_reason_has_words_and_advice(reason: LinkReason) -> None:
    for language in ("zh", "en"):
        assert say(f"link_reason.{reason}", language)
        assert say(f"link_advice.{reason}", language)
    assert len(say(f"link_advice.{reason}")) <= 20


@pytest.mark.parametrize(
    ("code", "skew_s", "reason"),
    [
        ("", None, "online"),
        ("link.no_route", None, "no_route"),
        ("link.name", None, "name"),
        ("link.refused", None, "silent"),
        ("link.timeout", None, "silent"),
        ("link.tls", None, "tls"),
        ("link.tls_early", None, "clock"),
        ("link.tls_late", None, "tls"),
        ("link.tls_late", -86_400.0, "clock"),
        ("link.tls_late", 86_400.0, "tls"),
        ("link.captive", None, "captive"),
        ("platform.busy", None, "maintenance"),
        ("terminal.clock", None, "clock"),
        ("platform.unauthorized", None, "terminal_refused"),
        ("platform.revoked", None, "terminal_refused"),
        ("platform.http_403", None, "terminal_refused"),
        ("platform.signature", None, "answer"),
        ("link.something_new", None, "silent"),
    ],
)
def test_every_code_has_one_reason(code: str, skew_s: Any, reason: str) -> None:
    assert link_reason(code, skew_s) is LinkReason(reason)
