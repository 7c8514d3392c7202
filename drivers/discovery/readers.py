# SPDX-License-Identifier: Apache-2.0
"""``python -m drivers.discovery.readers``: the names of PC/SC's readers as JSON, or exit status 3 without PC/SC.

A process of its own, because the library waits for its service without a limit.
"""

from __future__ import annotations

import json
import sys

ABSENT = 3


def main() -> int:
    """Print the names."""
    try:
        from smartcard import scard  # noqa: PLC0415 - an optional extra
    except ImportError:
        return ABSENT
    answer, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if answer != scard.SCARD_S_SUCCESS:
        return ABSENT
    try:
        answer, readers = scard.SCardListReaders(context, [])
    finally:
        scard.SCardReleaseContext(context)
    none = answer == scard.SCARD_E_NO_READERS_AVAILABLE
    if answer != scard.SCARD_S_SUCCESS and not none:
        return 1
    sys.stdout.write(json.dumps([] if none else list(readers)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
