# SPDX-License-Identifier: Apache-2.0
"""What an engine can do.

Errors::

    VoiceError
    ├── NoVoiceError     voice.none    there is no such engine here, or it refuses us
    └── VoiceLostError   voice.lost    it was there and answers no more
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

Language = Literal["zh", "en"]


class VoiceError(Exception):
    """The engine cannot speak; ``code`` is stable."""

    code: ClassVar[str] = "voice.error"


class NoVoiceError(VoiceError):
    """There is no such engine here, or it refuses us."""

    code: ClassVar[str] = "voice.none"


class VoiceLostError(VoiceError):
    """It was there and answers no more."""

    code: ClassVar[str] = "voice.lost"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing to say."""

    text: str = field(repr=False)
    language: Language = "zh"
    slow: bool = False
    append: bool = False
    """After what is being said, instead of cutting it off."""


class Engine(Protocol):
    """One connection or process. Used by the voice's thread alone; each call returns within seconds."""

    name: str
    """For staff."""

    def say(self, utterance: Utterance) -> None:
        """Take the words over; they are said later. Raises :class:`VoiceLostError`."""
        ...

    def hush(self) -> None:
        """Be silent at once, and forget what was still to be said. Raises :class:`VoiceLostError`."""
        ...

    def close(self) -> None:
        """Be silent and let go; silent when repeated, never raises."""
        ...
