# SPDX-License-Identifier: Apache-2.0
"""Life events (一件事) as files: which matters belong together, in the order in which they are best done."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import Field, ValidationError

from central_platform.items import ItemInvalidError, shipped_items
from kiosk.protocol.wire import Text, WireModel

LEAST_ITEMS: Final = 2
_Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,62}$")]


class LifeEvent(WireModel):
    """One file. ``items`` are codes of the catalogue."""

    code: _Code
    name: Text
    summary: Text
    items: tuple[_Code, ...]


@cache
def shipped_life_events() -> tuple[LifeEvent, ...]:
    """Return the life events that ship with the platform, by code."""
    return tuple(read_life_event(file) for file in shipped_life_event_files())


def shipped_life_event_files() -> tuple[Path, ...]:
    """Return their files, by name."""
    folder = Path(str(files("central_platform").joinpath("catalogue", "bundles")))
    return tuple(sorted(folder.glob("*.yaml")))


def is_life_event(source: Path) -> bool:
    """Tell whether a file names matters instead of being one; what cannot be read is none."""
    try:
        told = yaml.safe_load(source.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError):
        return False
    return isinstance(told, dict) and "items" in told


def read_life_event(source: Path, known: Sequence[str] | None = None) -> LifeEvent:
    """Read and check one file; ``known`` are the item codes there are, by default those that ship.

    Raises :class:`central_platform.items.ItemInvalidError`, and ``OSError`` when it cannot be opened.
    """
    try:
        event = LifeEvent.model_validate(yaml.safe_load(source.read_text("utf-8")))
    except yaml.YAMLError as error:
        raise ItemInvalidError(f"{source.name}: not YAML ({error})") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ItemInvalidError(f"{source.name}: {where}: {first['msg']}") from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ItemInvalidError(f"{source.name}: not readable ({type(error).__name__})") from error
    codes = known if known is not None else [item.code for item in shipped_items()]
    _check(source.name, event, codes)
    return event


def _check(file: str, event: LifeEvent, codes: Sequence[str]) -> None:
    if file != f"{event.code}.yaml":
        raise ItemInvalidError(f"{file}: not named after its code", "file_name", ("code",))
    if len(event.items) < LEAST_ITEMS:
        raise ItemInvalidError(f"{file}: one matter is no life event", "bundle_few", ("items",))
    for place, code in enumerate(event.items):
        if code not in codes:
            raise ItemInvalidError(f"{file}: no item {code}", "bundle_item", ("items", place))
        if code in event.items[:place]:
            raise ItemInvalidError(f"{file}: {code} twice", "bundle_twice", ("items", place))
