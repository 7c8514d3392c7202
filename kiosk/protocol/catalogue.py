# SPDX-License-Identifier: Apache-2.0
"""A service item (事项) as data: everything the terminal needs to guide, ask, check and submit.

One YAML file an item under ``central_platform/catalogue/items``. The terminal renders any valid item
with no code of its own for it.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from kiosk.protocol.messages import Assurance
from kiosk.protocol.wire import Text, WireModel, sha256_hex

CATALOGUE_PURPOSE = "hall24.catalogue/1"

Widget = Literal["text", "number", "date", "choice", "phone", "bank_account", "multiline"]
Source = Literal["card", "platform", "licence"]
Situation = Literal[
    "social", "health", "housing", "family", "papers", "work", "business", "life", "law"
]
"""Where in life the matter arises, the order in which the home page shows them."""


class Choice(WireModel):
    """One answer of a choice field."""

    value: str
    label: Text


class FormField(WireModel):
    """One question of the form; its rule is the property of the same name in ``Form.json_schema``."""

    key: str
    label: Text
    widget: Widget = "text"
    help: Text | None = None
    example: str = ""
    choices: tuple[Choice, ...] = ()
    prefill: str = ""
    """Where a known answer comes from: ``card.name``, ``platform.phone``, or ``usual.personal``, the choice
    that most people make; empty when nobody knows it."""
    locked: bool = False
    """The resident sees it but may not change it (name and number from the chip)."""
    sensitive: bool = False
    """Masked in the middle on the screen."""
    error: Text | None = None
    """Said at the field when the rule is broken; with an example."""


class Group(WireModel):
    """Questions that stand on one page."""

    title: Text
    help: Text | None = None
    fields: tuple[FormField, ...]


class Form(WireModel):
    """Rules (JSON Schema 2020-12) and how to ask."""

    json_schema: dict[str, Any] = Field(default_factory=lambda: {"type": "object"})
    groups: tuple[Group, ...] = ()

    @model_validator(mode="after")
    def _every_field_has_a_rule(self) -> Form:
        rules = self.json_schema.get("properties")
        # Whatever stands there in a damaged file, it is told as an error of the file.
        known = set(rules) if isinstance(rules, dict) else set()
        asked = [field.key for group in self.groups for field in group.fields]
        missing = [key for key in asked if key not in known]
        if missing or len(set(asked)) != len(asked):
            message = f"fields without a rule or asked twice: {missing or asked}"
            raise ValueError(message)
        return self


class Material(WireModel):
    """A paper that the item asks for, and what may stand for it."""

    code: str
    name: Text
    licence: str | None = None
    """Code of the e-licence (电子证照) that replaces it."""
    scan: bool = True
    layout: Literal["pages", "card_both_sides"] = "pages"
    """How it is scanned: page by page, or front and back of a card of ID-1 size on one sheet of A4."""
    deferrable: bool = False
    """May be brought later (容缺受理)."""
    due_working_days: int = 10


class ConsentText(WireModel):
    """A consent to be asked as an act of its own: what, to whom, what for."""

    code: str
    title: Text
    purpose: Text
    data: Text
    recipient: Text
    version: str
    required: bool = True
    """Without it the item cannot go on; refusing leads to the other ways, not to an end."""

    @property
    def text_sha256(self) -> str:
        """What ``ConsentAct.text_sha256`` names: SHA-256 of the canonical bytes of this text."""
        return sha256_hex(self.canonical())


class Promise(WireModel):
    """The text of a 告知承诺."""

    version: str
    text: Text

    @property
    def text_sha256(self) -> str:
        """What the act in the payload names: SHA-256 of the canonical bytes of this text."""
        return sha256_hex(self.canonical())


class Guide(WireModel):
    """The five blocks and the flow."""

    eligible: Text
    bring: Text
    duration: Text
    cost: Text
    collect: Text
    steps: tuple[Text, ...] = ()


class Requires(WireModel):
    """What must work for the item to be finished here."""

    platform: Literal["online", "queue"] = "queue"
    """``online``: cannot be done without the platform. ``queue``: may be accepted provisionally offline."""
    devices: tuple[str, ...] = ("id_card",)
    """Roles that must be usable. Where a reader of identity cards is asked for, any way to be known will do
    that is worth ``assurance``."""
    assurance: Assurance = "code"
    """What a log-in has to be worth; who is known by less is asked for what is missing."""
    delivery: tuple[Literal["page_printer", "handover"], ...] = ()
    """Ways the result may reach the resident; one of them must work. Empty: nothing is handed out."""


class Rule(WireModel):
    """One declarative decision rule: when the JSON Schema matches the form and the known facts, this happens."""

    when: dict[str, Any]
    decision: Literal["approved", "refused", "officer"]
    reason: Text


class AnswerRow(WireModel):
    """One line of what a department knows: on the screen for a query, on paper in a certificate."""

    label: Text
    value: str = Field(pattern=r"^[a-z][a-z-]*\.[a-z][a-z_]*$")
    """``register.field``, e.g. ``provident-fund.balance``: where the platform looks it up."""


class ResultDocument(WireModel):
    """A document that the platform issues when the item is decided.

    ``template`` names its layout; the layout ``certificate`` needs no code: it shows ``statement``, in
    which ``{name}`` and ``{number}`` stand for the resident, and ``rows``.
    """

    code: str
    title: Text
    template: str
    statement: str = ""
    rows: tuple[AnswerRow, ...] = ()


class ServiceItem(WireModel):
    """One matter that residents can do."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{2,62}$")
    version: str
    name: Text
    summary: Text
    department: Text
    keywords: tuple[str, ...] = ()
    situation: Situation = "social"
    rank: int = 1000
    """Place among what people come for most, the lowest first; equal ranks by code."""
    icon: str = "document"
    depth: Literal["query", "print", "apply", "full"]
    """查询 / 打印 / 申报 / 全程."""
    kind: Literal["immediate", "promised"]
    """即办件 / 承诺件."""
    legal_days: int = 0
    promised_days: int = 0
    """Working days."""
    requires: Requires = Requires()
    guide: Guide
    consents: tuple[ConsentText, ...] = ()
    form: Form = Form()
    materials: tuple[Material, ...] = ()
    promise: Promise | None = None
    signature: bool = False
    rules: tuple[Rule, ...] = ()
    answer: tuple[AnswerRow, ...] = ()
    """What an approved query shows on the screen."""
    results: tuple[ResultDocument, ...] = ()

    @property
    def is_awaited(self) -> bool:
        """The resident waits at the terminal for the decision: it is made at once, or ends in paper."""
        return self.kind == "immediate" or bool(self.results)


class Catalogue(WireModel):
    """All items of a terminal, with the version that ETag and signature speak of."""

    version: str
    items: tuple[ServiceItem, ...]

    def by_rank(self) -> tuple[ServiceItem, ...]:
        """Return the items, what people come for most first."""
        return tuple(sorted(self.items, key=lambda item: (item.rank, item.code)))

    def item(self, code: str) -> ServiceItem | None:
        """Return the item of that code."""
        return next((item for item in self.items if item.code == code), None)
