# SPDX-License-Identifier: Apache-2.0
"""Counting what was done: per item, per terminal, per kind of host. Sums of stored records, nothing else.

Every figure can be counted again from the tables: submissions by their time of arrival, the cases, ratings and
tickets that they opened by their state now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from central_platform.storage.models import Case, Rating, Submission, Ticket

BAD_GRADE: Final = 2
_OFTEN: Final = 5
_FAILING: Final = 0.2


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over some submissions."""

    applications: int = 0
    approved: int = 0
    refused: int = 0
    supplement: int = 0
    under_way: int = 0
    ratings: int = 0
    grades: int = 0
    """Their sum."""
    bad: int = 0
    tickets: int = 0
    late: int = 0
    """Tickets that are not closed and past their day."""

    def __add__(self, other: Figures) -> Figures:
        """Add sum by sum."""
        return Figures(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__)
        )

    @property
    def grade(self) -> float | None:
        """The mean grade, 1 to 5; ``None`` where nobody gave one."""
        return self.grades / self.ratings if self.ratings else None

    @property
    def trouble(self) -> int:
        """Applications that were refused or sent back for more."""
        return self.refused + self.supplement

    @property
    def fails(self) -> bool:
        """Tell whether so many fail that somebody should look at the item."""
        return (
            self.applications >= _OFTEN
            and (self.trouble + self.tickets) / self.applications >= _FAILING
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures of one item at one terminal."""

    terminal: str
    item: str
    figures: Figures


def counted(
    session: Session,
    begin: datetime,
    end: datetime,
    today: date,
    only: Collection[str] | None = None,
) -> tuple[Counted, ...]:
    """Return what came from ``begin`` until before ``end``, at these terminals or at all; summed by the database."""
    late = and_(Ticket.state != "closed", Ticket.due < today)
    wanted = (
        select(
            Submission.terminal,
            Submission.item,
            _how_many(Submission.kind == "application"),
            _how_many(Case.state == "approved"),
            _how_many(Case.state == "refused"),
            _how_many(Case.state == "supplement"),
            _how_many(Case.state.in_(("received", "in_review"))),
            func.count(Rating.grade),
            func.coalesce(func.sum(Rating.grade), 0),
            _how_many(Rating.grade <= BAD_GRADE),
            func.count(Ticket.submission_key),
            _how_many(late),
        )
        .outerjoin(Case, Case.submission_key == Submission.key)
        .outerjoin(Rating, Rating.submission_key == Submission.key)
        .outerjoin(Ticket, Ticket.submission_key == Submission.key)
        .where(Submission.received_at >= begin, Submission.received_at < end)
        .group_by(Submission.terminal, Submission.item)
        .order_by(Submission.terminal, Submission.item)
    )
    if only is not None:
        wanted = wanted.where(Submission.terminal.in_(sorted(only)))
    return tuple(
        Counted(row[0], row[1], Figures(*(int(each or 0) for each in row[2:])))
        for row in session.execute(wanted)
    )


def _how_many(holds: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((holds, 1), else_=0)), 0)


def total(rows: Iterable[Counted]) -> Figures:
    """Return the sums over all of these."""
    return sum((row.figures for row in rows), Figures())
