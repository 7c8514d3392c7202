# SPDX-License-Identifier: Apache-2.0
"""Practice: a whole visit of which nothing leaves the terminal."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.flows import effects

ALLOWANCE, PROOF = "old-age-allowance", "social-insurance-proof"
_LEAVES = (
    effects.Submit,
    effects.AskPlatform,
    effects.IdentifyByCard,
    effects.IdentifyByCode,
    effects.IdentifyBySocialCard,
    effects.FetchPrefill,
    effects.FetchLicence,
    effects.WatchCase,
    effects.FetchResult,
    effects.MakeHandover,
    effects.PrintResult,
    effects.Logout,
    effects.ReadIdCard,
)


def practise(visit: Any, code: str) -> None:
    visit.act("start")
    visit.act("service:practice")
    visit.to("receipt", code)


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize("code", [ALLOWANCE, PROOF])
def test_nothing_of_a_practice_visit_leaves_the_terminal(
    new_visit: Any, code: str, *, online: bool
) -> None:
    visit = new_visit(online=online)
    practise(visit, code)
    assert visit.view.body.heading == "练习完成了"
    assert visit.view.body.qr == ""
    visit.act("next")
    visit.act("done")
    for kind in _LEAVES:
        assert visit.all_asked(kind) == [], kind
    assert len(visit.all_asked(effects.Wipe)) == 1
    assert not visit.flow.state.session.practice


def test_every_page_says_that_it_is_practice(visit: Any) -> None:
    visit.act("start")
    visit.act("service:practice")
    since = len(visit.outcomes)
    visit.to("receipt", ALLOWANCE)
    shown = {outcome.view.body.screen for outcome in visit.outcomes[since:]}
    assert shown > {"item", "form", "materials", "promise", "review"}
    assert {outcome.view.simulated for outcome in visit.outcomes[since:]} == {"练习，不会提交"}


def test_its_slip_is_marked_and_has_no_number(visit: Any) -> None:
    practise(visit, ALLOWANCE)
    visit.act("slip_print")
    receipt = visit.all_asked(effects.PrintSlip)[0].receipt
    assert receipt.title.startswith("【练习】")
    assert receipt.number == ""
    assert receipt.qr is None
    assert "没有提交" in receipt.notes[0]


def test_the_audit_chain_counts_it_apart(visit: Any) -> None:
    practise(visit, ALLOWANCE)
    events = [each.event for each in visit.all_asked(effects.RecordStep)]
    assert "practice.step.review" in events
    assert "step.review" not in events
    assert not any(each.startswith("submit") for each in events)


def test_afterwards_the_real_thing_asks_who_one_is(visit: Any) -> None:
    practise(visit, ALLOWANCE)
    visit.act("practise_more")
    assert [option.id for option in visit.view.body.services] == ["practice_end"]
    visit.act("service:practice_end")
    assert visit.view.simulated == ""
    visit.to("review", ALLOWANCE)
    assert len(visit.all_asked(effects.IdentifyByCard)) == 1


def test_services_that_speak_with_the_platform_are_away_meanwhile(visit: Any) -> None:
    visit.act("start")
    visit.act("service:practice")
    for service in ("cases", "appointments", "report", "more"):
        visit.act(f"service:{service}")
        assert visit.screen == "home" or service == "more"
    assert visit.all_asked(effects.AskPlatform) == []
