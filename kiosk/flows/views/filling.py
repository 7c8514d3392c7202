# SPDX-License-Identifier: Apache-2.0
"""Filling a matter: form, papers, promise, review. See :mod:`kiosk.flows.views`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from kiosk.flows.views.base import Action, Body, Row, Tone


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One answer of a choice field."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class FieldView:
    """One question."""

    key: str
    label: str
    widget: str
    value: str = field(repr=False)
    """What is stored (edited by keyboard)."""
    shown: str = field(repr=False)
    """What is shown: grouped, masked, in words."""
    source: str
    """来自身份证 / 来自平台; empty when the resident typed it."""
    locked: bool
    help: str
    example: str
    error: str
    choices: tuple[ChoiceView, ...] = ()
    required: bool = True
    editing: bool = False
    """The pad or keyboard for this field is open."""


@dataclass(frozen=True, slots=True)
class FormPage(Body):
    """One group of questions. ``Edit(key)``, ``Answer(key, value)``, ``Act("next")``."""

    screen: ClassVar[str] = "form"
    heading: str
    help: str
    fields: tuple[FieldView, ...]
    page: int
    pages: int
    notice: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class MaterialView:
    """One paper of the item and how it is settled."""

    code: str
    name: str
    state: Literal["open", "licence", "scanned", "deferred", "working"]
    state_words: str
    tone: Tone
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Materials(Body):
    """Papers: fetched by e-licence, scanned, or brought later.

    ``Act("licence:<code>|scan:<code>|later:<code>|undo:<code>")``.
    """

    screen: ClassVar[str] = "materials"
    heading: str
    help: str
    materials: tuple[MaterialView, ...]
    notice: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class PromisePage(Body):
    """告知承诺 text and the signature. ``Sign(png, strokes)``, ``Act("clear")``, ``Act("next")``."""

    screen: ClassVar[str] = "promise"
    heading: str
    help: str
    text: str
    version: str
    signature_needed: bool
    signed: bool
    notice: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """What will be sent, one page of it; ``Act("change:<id>")`` leads there and back."""

    id: str
    title: str
    rows: tuple[Row, ...]
    changeable: bool


@dataclass(frozen=True, slots=True)
class Review(Body):
    """Exactly what will be sent, to whom. ``Act("submit")``."""

    screen: ClassVar[str] = "review"
    heading: str
    help: str
    recipient: str
    sections: tuple[ReviewSection, ...]
    notice: str = ""
    actions: tuple[Action, ...] = ()
