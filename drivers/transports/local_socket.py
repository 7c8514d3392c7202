# SPDX-License-Identifier: Apache-2.0
"""Unix sockets in folders of any depth: the kernel takes only some hundred bytes of a socket's path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_LONGEST: Final = 107
"""Bytes of ``sun_path`` before its closing NUL."""


@contextmanager
def socket_address(path: Path) -> Iterator[str]:
    """Yield a name for ``path`` that is short enough to bind or connect to, good inside the block.

    A path that is too long is reached through a descriptor of its folder. Raises ``OSError`` when there is
    no such folder.
    """
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
