# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable

from kiosk.config import VoiceSettings
from kiosk.flows import effects, events
from kiosk.terminal.voice_effects import VoiceEffects
from tests.voice.ssip_double import SsipDouble


def test_the_flows_words_reach_speech_dispatcher_and_staff_learn_who_speaks(
    speechd: SsipDouble, eventually: Callable[..., None]
) -> None:
    told: list[events.Event] = []
    voice = VoiceEffects(VoiceSettings(speechd=str(speechd.path)), told.append)
    voice.start()
    voice.speak(effects.Speak(1, "请放身份证", "zh", slow=False))
    eventually(lambda: speechd.spoken == ["qing3 fang4 shen1 fen4 zheng4"])
    voice.hush(effects.Hush(1))
    eventually(lambda: speechd.queued == [])
    voice.stop()
    assert told == [events.VoiceChanged(engine="speech-dispatcher")]


def test_a_machine_without_any_engine_says_so(eventually: Callable[..., None]) -> None:
    told: list[events.Event] = []
    settings = VoiceSettings(speechd="/nowhere/speechd.sock", espeak="no-such-speaker")
    voice = VoiceEffects(settings, told.append)
    voice.start()
    eventually(lambda: told == [events.VoiceChanged(engine="")])
    voice.stop()
