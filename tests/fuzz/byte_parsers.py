# SPDX-License-Identifier: Apache-2.0
"""Every parser that takes bytes from a wire, a file or the network, as one table.

A row says what goes in (whole, valid samples to start from, synthetic people only), what takes it, and which
errors it may answer with. Anything else that comes out is a finding.
"""

from __future__ import annotations

from tests.fuzz import device_parsers, file_parsers, protocol_parsers
from tests.fuzz.parser import Parser

PARSERS: dict[str, Parser] = {
    **device_parsers.PARSERS,
    **protocol_parsers.PARSERS,
    **file_parsers.PARSERS,
}


def check(name: str, data: bytes) -> None:
    """Let one parser take ``data``; anything but its own errors comes out."""
    parser = PARSERS[name]
    try:
        parser.take(data)
    except parser.errors:
        return
