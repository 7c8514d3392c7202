# SPDX-License-Identifier: Apache-2.0
"""What a resident can do on the glass. QML emits these and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Intent:
    """Base of all intents."""


@dataclass(frozen=True, slots=True)
class Act(Intent):
    """A button: the ``id`` of an ``Action`` or one of the ids that a view's docstring names."""

    id: str


@dataclass(frozen=True, slots=True)
class Back(Intent):
    """One step back; nothing typed is lost."""


@dataclass(frozen=True, slots=True)
class Exit(Intent):
    """The footer's 退出: asks once, then wipes."""


@dataclass(frozen=True, slots=True)
class AskHelp(Intent):
    """The footer's 求助."""


@dataclass(frozen=True, slots=True)
class SetMode(Intent):
    """A mode button of the footer."""

    mode: Literal["elder", "contrast", "low", "voice", "english"]
    on: bool


@dataclass(frozen=True, slots=True)
class Search(Intent):
    """Text of the search field, as it is typed."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Edit(Intent):
    """Open the pad or keyboard of a field; empty closes it."""

    key: str


@dataclass(frozen=True, slots=True)
class Answer(Intent):
    """The new value of a field."""

    key: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sign(Intent):
    """A finished signature: PNG bytes (black on white) and how many strokes it took."""

    png: bytes = field(repr=False)
    strokes: int


@dataclass(frozen=True, slots=True)
class Point(Intent):
    """The keys stand on this control now; nothing was pressed yet."""

    name: str
    label: str = field(repr=False)
    detail: str = field(default="", repr=False)
    """What it shows; may be a person's."""
    state: str = ""
    """``on`` or ``off`` of what can be switched or chosen."""
    arriving: bool = False
    """The page came and the keys stand at its beginning: nobody moved."""


@dataclass(frozen=True, slots=True)
class SayAgain(Intent):
    """Say again where I am; who has no voice yet gets it."""


@dataclass(frozen=True, slots=True)
class Touched(Intent):
    """Any touch or key: the resident is still there."""
