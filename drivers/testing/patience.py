# SPDX-License-Identifier: Apache-2.0
"""How long a promised time may take where other things run beside the tests."""

from __future__ import annotations

import os
from typing import Final

_BUSY_MACHINE: Final = 10


def patience(promised_s: float) -> float:
    """Return the seconds a test allows for what is promised within ``promised_s``.

    The promise itself where times are judged (``HALL24_BENCH=1``, a quiet machine); ten times that
    elsewhere, which still tells "at once" from "when the deadline of half a minute had passed".
    """
    return promised_s if os.environ.get("HALL24_BENCH") else promised_s * _BUSY_MACHINE
