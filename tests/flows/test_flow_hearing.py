# SPDX-License-Identifier: Apache-2.0
"""What is heard, and what only into headphones."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.flows import effects, events, intents

ALLOWANCE = "old-age-allowance"


def heard(visit: Any) -> list[str]:
    return [each.text for each in visit.all_asked(effects.Speak)]


def point(name: str, label: str = "按钮", detail: str = "", **more: Any) -> intents.Point:
    return intents.Point(name, label, detail, **more)


def test_nothing_is_said_until_somebody_wants_it(visit: Any) -> None:
    visit.to("review", ALLOWANCE)
    assert heard(visit) == []


def test_each_page_speaks_on_arriving_and_the_next_cuts_it_off(visit: Any) -> None:
    visit.act("start")
    visit.touch(intents.SetMode("voice", on=True))
    assert heard(visit) == ["请点您要办的事，也可以输入查找"]
    visit.act(f"item:{ALLOWANCE}")
    said = visit.all_asked(effects.Speak)
    assert said[-1].text.startswith("这是办事说明")
    assert not said[-1].append


def test_a_control_is_said_with_its_state_and_follows_a_page_that_just_came(visit: Any) -> None:
    visit.act("start")
    visit.touch(intents.SetMode("voice", on=True))
    visit.touch(point("mode:elder", "大字", state="off", arriving=True))
    visit.touch(point("tile:x", "高龄津贴", "现在可办"))
    said = visit.all_asked(effects.Speak)
    assert [each.text for each in said[-2:]] == ["大字 没有选", "高龄津贴"]
    assert [each.append for each in said[-2:]] == [True, False]


def test_large_letters_come_with_a_slower_voice(visit: Any) -> None:
    visit.act("start")
    visit.touch(intents.SetMode("elder", on=True))
    assert visit.all_asked(effects.Speak)[-1].slow


def test_saying_it_again_gives_the_voice_first_and_then_page_and_control(visit: Any) -> None:
    visit.act("start")
    visit.touch(intents.SayAgain())
    assert visit.view.modes.voice
    visit.touch(point("act:x", "开始办理"))
    visit.touch(intents.SayAgain())
    assert heard(visit)[-2:] == ["请点您要办的事，也可以输入查找", "开始办理"]


def test_voice_off_is_silence_at_once_and_so_is_the_end(visit: Any) -> None:
    visit.act("start")
    visit.touch(intents.SetMode("voice", on=True))
    visit.touch(intents.SetMode("voice", on=False))
    assert len(visit.all_asked(effects.Hush)) == 1
    visit.touch(intents.SetMode("voice", on=True))
    visit.touch(intents.Exit())
    visit.act("leave_now")
    assert not visit.view.modes.voice


def test_where_nothing_can_be_heard_the_button_says_so(visit: Any) -> None:
    visit.send(events.VoiceChanged(engine=""))
    visit.act("start")
    visit.touch(intents.SetMode("voice", on=True))
    assert not visit.view.modes.voice
    assert visit.view.overlay.kind == "voice_silent"
    visit.act("close")
    visit.touch(intents.SetMode("elder", on=True))
    assert visit.view.modes.elder
    assert not visit.view.modes.voice
    assert heard(visit) == []


def test_staff_see_which_engine_speaks(visit: Any) -> None:
    for engine, words in (("espeak-ng", "espeak-ng"), ("", "没有语音程序")):
        visit.send(events.VoiceChanged(engine=engine))
        visit.act("terminal_info")
        rows = {row.label: row.value for row in visit.view.overlay.rows}
        assert rows["语音"] == words
        visit.act("close")


@pytest.mark.parametrize("headphones", [False, True])
def test_only_headphones_hear_what_is_a_persons(new_visit: Any, *, headphones: bool) -> None:
    visit = new_visit(headphones=headphones)
    visit.act("start")
    visit.touch(intents.SetMode("voice", on=True))
    visit.to("form", ALLOWANCE)
    field = visit.view.body.fields[0]
    visit.touch(point(f"field:{field.key}", field.label, "样例街道1号"))
    visit.touch(point("key:q", "Q"))
    visit.touch(point("candidate:0", "候选词"))
    visit.to("review", ALLOWANCE)
    visit.to("receipt", ALLOWANCE)
    said = " ".join(heard(visit))
    number = " ".join(visit.view.body.number)
    for secret in ("样例街道1号", "候选词", "Q", number):
        assert (secret in said) is headphones, secret
    assert field.label in said


@pytest.mark.parametrize("headphones", [False, True])
def test_only_headphones_hear_which_cases_somebody_has_and_what_is_typed_into_a_report(
    new_visit: Any, *, headphones: bool
) -> None:
    visit = new_visit(headphones=headphones)
    visit.act("start")
    visit.touch(intents.SetMode("voice", on=True))
    visit.act("service:cases")
    option = visit.view.body.options[0]
    visit.touch(point(f"act:choose:{option.id}", "某项救助", option.detail))
    visit.act(f"choose:{option.id}")
    number = " ".join(visit.view.body.number)
    visit.touch(intents.AskHelp())
    visit.act("ticket")
    visit.touch(intents.Edit("phone"))
    visit.touch(point("key:7", "7"))
    said = " ".join(heard(visit))
    for secret in ("某项救助", number, "7"):
        assert (secret in said) is headphones, secret
    assert "您的一件" in said
