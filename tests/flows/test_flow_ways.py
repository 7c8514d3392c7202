# SPDX-License-Identifier: Apache-2.0
"""Ways to be known besides the identity card: offered truthfully, one touch from each other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from drivers.core import Condition, Media, SocialCard
from kiosk.flows import effects, events
from kiosk.protocol.messages import Holder, IdentityGrant

CODE = "HALL24DEMO-secret-of-a-test"
ALLOWANCE = "old-age-allowance"


@pytest.fixture
def scanner(visit: Any) -> Any:
    """Fit a code scanner; nobody has logged in yet."""
    visit.device("code_scanner")
    for name in ("ReadIdCard", "ReadIdentityCode", "IdentifyByCode"):
        visit.answers[name] = None
    return visit


def holder_grant(assurance: str = "code") -> IdentityGrant:
    return IdentityGrant(
        grant="opaque-grant-of-a-test",
        assurance=assurance,  # type: ignore[arg-type]  # one of the literal's values
        display_name="王*苗",
        expires_at=datetime(2026, 11, 23, 4, tzinfo=UTC),
        holder=Holder(
            name="王苗苗", number="36070219380312002X", birth=date(1938, 3, 12), sex="female"
        ),
    )


def ids(visit: Any) -> list[str]:
    return [action.id for action in visit.view.body.actions if action.enabled]


def show_code(visit: Any) -> None:
    visit.act("way:code")
    visit.send(events.CodeShown(visit.session, CODE))


def test_with_two_ways_nothing_is_preselected_and_no_device_waits(scanner: Any) -> None:
    scanner.to("identity")
    body = scanner.view.body
    assert (body.phase, body.way, body.lit_slot) == ("choose", "", "")
    assert [way.id for way in body.ways] == ["id_card", "code"]
    assert all(way.available for way in body.ways)
    assert scanner.silent == []


def test_a_code_goes_to_the_platform_once_and_the_form_is_filled_from_the_log_in(
    scanner: Any,
) -> None:
    scanner.to("identity")
    show_code(scanner)
    [ask] = scanner.all_asked(effects.IdentifyByCode)
    assert ask.code == CODE
    assert scanner.view.body.phase == "checking"
    scanner.send(events.Identified(scanner.session, holder_grant(), what="IdentifyByCode"))
    assert scanner.screen == "consent"
    scanner.to("form")
    fields = {field.key: field for field in scanner.view.body.fields}
    assert fields["name"].value == "王苗苗"
    assert fields["number"].locked
    assert fields["birth"].source == "来自身份核实"
    scanner.walk(ALLOWANCE)
    submitted = next(each for each in scanner.all_asked(effects.Submit))
    assert submitted.payload.identity is None
    assert submitted.payload.grant


def test_the_code_is_in_no_state_no_view_and_no_repr(scanner: Any) -> None:
    scanner.to("identity")
    show_code(scanner)
    said = repr(scanner.asked) + repr(scanner.outcomes) + repr(scanner.flow.state)
    assert CODE not in said
    assert CODE not in repr(events.CodeShown(1, CODE))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("identity.code_used", "这个码用过了，请在手机上刷新"),
        ("identity.code_expired", "这个码过期了，请在手机上刷新"),
        ("identity.code_unknown", "平台不认识这个码，请打开赣通码再扫"),
        ("link.timeout", "现在没有联网"),
        ("platform.busy", "平台现在很忙"),
    ],
)
def test_a_code_that_is_refused_says_why_and_a_fresh_one_may_follow(
    scanner: Any, code: str, words: str
) -> None:
    scanner.to("identity")
    show_code(scanner)
    scanner.send(events.Failed(scanner.session, "IdentifyByCode", code))
    assert scanner.view.body.phase == "trouble"
    assert scanner.view.body.trouble == words
    assert ids(scanner) == ["ticket", "other_way", "again"]
    scanner.act("again")
    assert scanner.view.body.phase == "waiting"
    assert len(scanner.all_asked(effects.ReadIdentityCode)) == 2
    assert len(scanner.all_asked(effects.IdentifyByCode)) == 1


def test_another_way_is_one_touch_and_the_scanner_stops_looking(scanner: Any) -> None:
    scanner.to("identity")
    scanner.act("way:code")
    assert scanner.view.body.lit_slot == "code_scanner"
    assert ids(scanner) == ["other_way"]
    scanner.act("other_way")
    assert scanner.view.body.phase == "choose"
    assert effects.CancelDevice(scanner.session, "code_scanner") in scanner.asked
    scanner.send(events.CodeShown(scanner.session, CODE))
    assert scanner.all_asked(effects.IdentifyByCode) == []
    del scanner.answers["ReadIdCard"]
    scanner.act("way:id_card")
    assert scanner.screen == "consent"


def test_back_leads_from_a_way_to_the_choice_and_from_the_choice_to_the_guide(
    scanner: Any,
) -> None:
    from kiosk.flows import intents  # noqa: PLC0415 - only here

    scanner.to("identity")
    scanner.act("way:code")
    scanner.touch(intents.Back())
    assert scanner.view.body.phase == "choose"
    scanner.touch(intents.Back())
    assert scanner.screen == "item"


def test_a_scanner_that_comes_back_reads_on_by_itself(scanner: Any) -> None:
    scanner.to("identity")
    scanner.act("way:code")
    scanner.send(events.Failed(scanner.session, "ReadIdentityCode", "dev.not_present"))
    scanner.device("code_scanner", Condition.NO_DEVICE, "dev.not_present")
    assert scanner.view.body.trouble == "扫码器没有连上"
    assert ids(scanner) == ["ticket", "other_way"]
    scanner.device("code_scanner", Condition.ONLINE)
    assert scanner.view.body.phase == "waiting"
    assert len(scanner.all_asked(effects.ReadIdentityCode)) == 2


def test_a_way_that_does_not_work_says_why_beside_the_others(scanner: Any) -> None:
    scanner.to("identity")
    scanner.device("code_scanner", Condition.NO_DEVICE, "dev.not_present")
    card, code = scanner.view.body.ways
    assert card.available
    assert (code.available, code.reason) == (False, "扫码器没有连上")
    scanner.device("code_scanner")
    scanner.link(online=False)
    _card, code = scanner.view.body.ways
    assert (code.available, code.reason) == (False, "现在没有联网")


def test_without_a_scanner_there_is_nothing_to_choose(visit: Any) -> None:
    visit.device("code_scanner", Condition.NOT_FITTED)
    visit.answers["ReadIdCard"] = None
    visit.to("identity")
    assert visit.view.body.phase == "waiting"
    assert [way.id for way in visit.view.body.ways] == ["id_card"]


def test_a_broken_card_reader_does_not_close_the_terminal_where_a_code_serves(
    scanner: Any,
) -> None:
    scanner.device("id_card", Condition.HARDWARE_ERROR, "dev.hardware")
    assert not scanner.view.body.cannot_now
    scanner.to("identity")
    card, code = scanner.view.body.ways
    assert (card.available, code.available) == (False, True)
    scanner.link(online=False)
    scanner.act("way:code")
    assert scanner.view.body.trouble == "现在没有联网"


def test_the_end_of_the_session_stops_the_scanner(scanner: Any) -> None:
    scanner.to("identity")
    scanner.act("way:code")
    from kiosk.flows import intents  # noqa: PLC0415 - only here

    scanner.touch(intents.Exit())
    scanner.act("leave_now")
    assert effects.CancelDevice(scanner.session - 1, "code_scanner") in scanner.asked


def social_card(**changes: Any) -> SocialCard:
    facts: dict[str, Any] = {
        "version": "2.00",
        "card_number": "S19380312",
        "number": "36070219380312002X",
        "name": "王苗苗",
    }
    return SocialCard(**{**facts, **changes})


@pytest.fixture
def slot(visit: Any) -> Any:
    """Fit a reader of social security cards; nobody has logged in yet."""
    visit.device("smart_card")
    for name in ("ReadIdCard", "ReadSocialCard", "IdentifyBySocialCard"):
        visit.answers[name] = None
    return visit.to("identity")


def test_a_social_card_is_read_checked_and_taken_out(slot: Any) -> None:
    slot.act("way:social_card")
    assert slot.view.body.lit_slot == "smart_card"
    slot.send(events.CardProgress(slot.session, "card.reading", "ReadSocialCard"))
    assert slot.view.body.phase == "reading"
    slot.send(events.SocialCardRead(slot.session, social_card()))
    assert slot.view.body.phase == "checking"
    grant = holder_grant("social_card")
    slot.send(events.Identified(slot.session, grant, what="IdentifyBySocialCard"))
    assert slot.screen == "consent"
    assert slot.flow.state.session.person.card is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"note": "card.needs_certified_reader", "name": None, "number": None},
            "这种卡要专用读卡器，请换种方式",
        ),
        ({"name": None}, "这张卡读不出来，请擦一擦再放"),
        ({"card_number": None}, "这张卡读不出来，请擦一擦再放"),
    ],
)
def test_a_social_card_without_the_needed_fields_is_not_sent(
    slot: Any, changes: dict[str, Any], words: str
) -> None:
    slot.act("way:social_card")
    slot.send(events.SocialCardRead(slot.session, social_card(**changes)))
    assert slot.view.body.trouble == words
    assert slot.all_asked(effects.IdentifyBySocialCard) == []
    assert ids(slot) == ["ticket", "other_way", "again"]


def test_a_social_card_forgotten_in_the_slot_is_said_and_lit(slot: Any) -> None:
    del slot.answers["ReadIdCard"]
    slot.act("way:id_card")
    slot.to("goodbye", ALLOWANCE)
    slot.device("smart_card", media=Media.PRESENT)
    assert slot.view.body.heading == "请取走您的卡"
    assert effects.LightSlot(slot.session, "smart_card") in slot.asked
