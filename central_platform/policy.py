# SPDX-License-Identifier: Apache-2.0
"""What an operator may decide about how strict the platform is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class PlatformPolicy:
    """Choices of one platform."""

    on_clone: Literal["refuse", "alarm"] = "refuse"
    """When two machines use one key: refuse both until somebody has looked, or only say so."""


STRICT = PlatformPolicy()
