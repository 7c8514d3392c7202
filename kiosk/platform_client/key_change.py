# SPDX-License-Identifier: Apache-2.0
"""A new key for this terminal, asked for with the old one: by calendar, or when somebody had it in hand.

The new key is on the disk before the platform hears of it, and takes over there with its first use. When an
answer is lost, nobody knows how far it came; so the next attempt tries the new one first, and only then the old.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kiosk.platform_client.enrolment import (
    EnrolledTerminal,
    load_enrolment,
    pending_key,
    public_text,
    store_key,
)
from kiosk.platform_client.port import UnauthorizedError
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.fleet import KeyRotation, key_proof

Connect = Callable[[EnrolledTerminal], PlatformV1]


def change_key(data_dir: Path, connect: Connect) -> EnrolledTerminal:
    """Replace the terminal's key, here and over there. What was exported under the old one stays good.

    Raises ``EnrolmentError``, ``PlatformError``, ``OSError``; then one of the two keys is good, and the same
    call finds out which and ends what was begun.
    """
    enrolled = load_enrolment(data_dir)
    new = pending_key(data_dir)
    text = public_text(new)
    proof = base64.b64encode(new.sign(key_proof(enrolled.terminal, text))).decode("ascii")
    rotation = KeyRotation(public_key=text, proof=proof)
    with_new = replace(enrolled, private_key=new)
    try:
        _announce(connect, with_new, rotation)
    except UnauthorizedError:
        _announce(connect, enrolled, rotation)
        _announce(connect, with_new, rotation)  # its first use: from here on it is the one
    return store_key(data_dir, new)


def _announce(connect: Connect, known: EnrolledTerminal, rotation: KeyRotation) -> None:
    client = connect(known)
    try:
        client.announce_key(rotation)
    finally:
        client.close()
