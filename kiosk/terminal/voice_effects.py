# SPDX-License-Identifier: Apache-2.0
"""The flow's words, given to the voice."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.config import VoiceSettings
from kiosk.flows import effects, events
from kiosk.voice.engine import Utterance
from kiosk.voice.espeak import Espeak
from kiosk.voice.ssip import SpeechDispatcher, usual_address
from kiosk.voice.voice import Voice


class VoiceEffects:
    """speech-dispatcher if it answers, else espeak-ng; says as an event which of them speaks."""

    def __init__(self, settings: VoiceSettings, post: Callable[[events.Event], None]) -> None:
        self._voice = Voice(
            (
                lambda: SpeechDispatcher(settings.speechd or usual_address()),
                lambda: Espeak(settings.espeak),
            ),
            on_change=lambda engine: post(events.VoiceChanged(engine=engine)),
        )

    def start(self) -> None:
        """Look for an engine; returns at once."""
        self._voice.start()

    def stop(self) -> None:
        """Be silent for good."""
        self._voice.stop()

    def speak(self, effect: effects.Speak) -> None:
        """Say it; returns at once."""
        self._voice.say(
            Utterance(effect.text, effect.language, slow=effect.slow, append=effect.append)
        )

    def hush(self, _effect: effects.Hush) -> None:
        """Be silent; returns at once."""
        self._voice.hush()
