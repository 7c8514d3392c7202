# SPDX-License-Identifier: Apache-2.0
"""What the stands of drivers have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from drivers.core import Device
from drivers.host.registry import DRIVERS, OptionValue, build_driver
from drivers.testing.slow_wire import slow_wire
from drivers.testing.subject import Subject

Options = Mapping[str, OptionValue]
Stand = Callable[[Path], AbstractContextManager[Subject]]

PICTURE_PIECE: Final = 2048
"""Bytes: a picture byte by byte would take minutes, which no network does."""

SEVERAL: Final = "a network device serves several at once, or lets the second wait"
ONE_WIRE_IS_HOSTED: Final = "tried in a process on this driver's other wire"


def slowly(
    driver: str,
    options: Callable[[], Options],
    folder: Path,
    *,
    key: str = "url",
    piece: int = 1,
) -> Callable[[], AbstractContextManager[Device]]:
    """Return what makes a driver at the far end of a bad cable; ``key`` is the option with the place."""

    @contextmanager
    def make() -> Iterator[Device]:
        with slow_wire(str(options()[key]), folder, piece=piece) as url:
            entry = DRIVERS[driver]
            device = build_driver(entry.target, entry.role.value, {**options(), key: url})
            yield device
            device.close()

    return make
