# SPDX-License-Identifier: Apache-2.0
"""What an adapter to one department's system has to do; ``http_adapter`` is one that works.

Another one is a class of this kind under the entry point group ``hall24.department_adapters``, named in
``departments.toml`` by its entry point.

The contract, which ``tests/central_platform/test_departments.py`` checks at the HTTP adapter:

* **Idempotent by id.** A message may be delivered again after anything: a lost answer, a killed worker, a
  restored backup. The adapter hands ``message.id`` to the department, which keeps one record for it.
* **Deadline.** Every call ends within ``deadline_s``, whatever the other side does; the outbox's lease
  on the message is made from it.
* **Errors** are ``departments.errors``: away (tried again) or refused (a person looks). Nothing else.
* **Order** of one case's messages is kept by the outbox: the next one comes when this one was taken.
* No state that a second process would lack; an adapter is made for each worker and used by one thread.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from kiosk.protocol.wire import Text, WireModel, WireTime

MessageKind = Literal["opened", "papers", "decided"]


class Paper(WireModel):
    """One attachment, named by what it is."""

    name: str = Field(repr=False)
    media_type: str
    size: int
    sha256: str


class DepartmentMessage(WireModel):
    """One step of one case, as the department is told it."""

    id: UUID
    """The idempotency key, the same at every attempt."""
    kind: MessageKind
    """``opened``: a new case; ``papers``: further papers for it; ``decided``: an officer decided it here."""
    case_number: str
    item: str
    at: WireTime
    state: str
    """Where the case stood when this was written."""
    reason: Text | None = None
    promised_date: str | None = None
    resident: dict[str, str] | None = Field(default=None, repr=False)
    """``name`` and ``number`` of whoever logged in; ``None`` where nobody did."""
    form: dict[str, Any] = Field(default_factory=dict, repr=False)
    papers: tuple[Paper, ...] = ()


class DepartmentAnswer(WireModel):
    """What a department says about a case."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    """Theirs; the same answer may come any number of times and counts once."""
    case_number: Annotated[str, Field(max_length=24)]
    state: Literal["progress", "approved", "refused", "supplement"]
    reason: Text
    """In the words that the resident reads."""
    wanted: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=20)] = ()
    """Materials, for ``supplement``."""


class AnswerPage(WireModel):
    """Answers in the order in which they were given, and the place to go on from."""

    answers: Annotated[tuple[DepartmentAnswer, ...], Field(max_length=500)]
    next: Annotated[str, Field(max_length=200)]


OpenPaper = Callable[[Paper], bytes]
"""Gives the bytes of a paper. Raises :class:`DepartmentAwayError` while they cannot be read."""


class DepartmentAdapter(ABC):
    """One department's system. See the module for what must hold."""

    @abstractmethod
    def deliver(self, message: DepartmentMessage, open_paper: OpenPaper) -> None:
        """Hand a message over; returning means that the department keeps it durably.

        Raises :class:`DepartmentAwayError`, :class:`DepartmentRefusedError`. After either, and after a kill
        in the middle, the department has the message once or not at all.
        """

    @abstractmethod
    def answers(self, after: str) -> AnswerPage:
        """Return what the department said after a place (``""``: from the beginning).

        Raises :class:`DepartmentAwayError`. Asking changes nothing: the same place may be asked from again.
        """

    def close(self) -> None:  # noqa: B027 - most have something to give back, some have not
        """Give connections back."""
