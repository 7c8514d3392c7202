# SPDX-License-Identifier: Apache-2.0
"""Identity cards through a SAM reader on a serial line."""

from __future__ import annotations

from drivers.id_card.sam_reader import SamReader
from drivers.transports import Transport, open_transport


class SamSerialReader(SamReader):
    """A reader at ``url``, one of ``drivers.transports``, e.g. ``serial:/dev/ttyS0?baud=115200``.

    ``transport`` takes the place of the one that ``url`` names, for tests on a virtual wire.
    """

    def __init__(
        self,
        slot: str,
        *,
        url: str,
        model: str = "",
        transport: Transport | None = None,
    ) -> None:
        super().__init__(slot, transport or open_transport(url), model)
