# SPDX-License-Identifier: Apache-2.0
"""What the residents' services ask of the platform: one frozen question each, with one answer.

``AskPlatform`` carries one of them; ``PlatformAnswered`` brings what its docstring names, ``Failed`` why
not. A further question is a class here, a method of the platform port, and a row in
``kiosk.terminal.enquiry_answers`` and ``kiosk.flows.stages``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Enquiry:
    """Base of all questions."""


@dataclass(frozen=True, slots=True)
class MyCases(Enquiry):
    """Which cases has whoever is logged in? ``CaseList``."""

    grant: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaseOfSlip(Enquiry):
    """Where does the case of this slip stand? ``SlipState``; nobody has to be logged in."""

    number: str
    submission: UUID
