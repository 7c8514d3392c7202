# SPDX-License-Identifier: Apache-2.0
"""What a session holds of the residents' services. It ends with the session, like all the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from kiosk.protocol.services import CaseSummary, SlipState


@dataclass(frozen=True, slots=True)
class CasesDesk:
    """The resident's own cases, or the one of a slip."""

    cases: tuple[CaseSummary, ...] | None = field(default=None, repr=False)
    """``None`` until the platform told them."""
    chosen: UUID | None = None
    page: int = 0
    slip: SlipState | None = field(default=None, repr=False)
    slip_trouble: str = ""
    """Code of what kept a slip from being read or found."""

    @property
    def case(self) -> CaseSummary | None:
        """The case that is looked at."""
        return next((case for case in self.cases or () if case.submission == self.chosen), None)
