# SPDX-License-Identifier: Apache-2.0
"""The telephone of a synthetic person: a command of the platform's makes the code that it shows."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Final

from drivers.sim.people import PEOPLE
from drivers.sim.simulator import ActionError

_LONGEST_S: Final = 20.0


def fresh_code(command: Sequence[str], person: str) -> str:
    """Return what ``command`` prints with the person's number appended. Raises ``ActionError``."""
    if person not in PEOPLE:
        raise ActionError(f"people: {', '.join(PEOPLE)}")
    number = PEOPLE[person].card.number or ""
    try:
        made = subprocess.run(
            [*command, number], capture_output=True, text=True, check=True, timeout=_LONGEST_S
        )
    except (OSError, subprocess.SubprocessError):
        raise ActionError("the telephone got no code") from None
    return made.stdout.strip()
