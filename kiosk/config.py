# SPDX-License-Identifier: Apache-2.0
"""Typed settings from one TOML file; the built-in demo profile serves where there is none.

A setting that cannot work is one clear line (:class:`ConfigError`), never a traceback.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kiosk.screen_size import DPI, HEIGHT_PX, WIDTH_PX, ScreenSize

OptionValue = str | int | float | bool


class ConfigError(Exception):
    """The configuration cannot work; the message names file, key and reason in one line."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SupplySettings(_Section):
    """What a slot holds when somebody has just filled it. Left out: levels stay unknown until staff say."""

    roll_m: float | None = Field(default=None, gt=0, le=1_000)
    """Metres of paper on a new roll of the receipt printer."""
    tray_sheets: int | None = Field(default=None, gt=0, le=10_000)
    """Sheets of A4 in the full tray."""


class SlotSettings(_Section):
    """One device slot."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    role: Literal[
        "id_card",
        "smart_card",
        "code_scanner",
        "camera",
        "document_scanner",
        "receipt_printer",
        "page_printer",
        "signals",
        "power",
    ]
    driver: str
    simulated: bool = False
    """A simulator stands behind the wire; the screen says so, and production refuses it."""
    options: dict[str, OptionValue] = Field(default_factory=dict)
    supplies: SupplySettings = SupplySettings()

    @property
    def holds(self) -> float | None:
        """What it holds when full, in millimetres or sheets; ``None``: not configured."""
        roll_m, sheets = self.supplies.roll_m, self.supplies.tray_sheets
        if self.role == "receipt_printer":
            return None if roll_m is None else roll_m * 1_000
        return None if self.role != "page_printer" or sheets is None else float(sheets)


class ScreenSettings(_Section):
    """The glass."""

    width_px: int = Field(default=WIDTH_PX, ge=480, le=7680)
    height_px: int = Field(default=HEIGHT_PX, ge=480, le=7680)
    dpi: float = Field(default=DPI, ge=40, le=400)
    """Pixels per inch."""

    @property
    def size(self) -> ScreenSize:
        """The same as a plain value, for the glass."""
        return ScreenSize(self.width_px, self.height_px, self.dpi)


class SessionSettings(_Section):
    """How long a resident may think."""

    idle_s: float = Field(default=75.0, ge=5)
    idle_with_card_s: float = Field(default=40.0, ge=5)
    countdown_s: int = Field(default=45, ge=5)
    goodbye_s: int = Field(default=15, ge=3)


class PowerSettings(_Section):
    """When the battery behind the terminal is too empty to go on; the UPS's own alarm always is."""

    end_at_percent: int = Field(default=20, ge=0, le=100)
    end_at_runtime_s: int = Field(default=180, ge=0)
    """Time for the machine to shut down, with a reserve."""
    shutdown_command: tuple[str, ...] = ()
    """Run as it stands (no shell) after the terminal ended by itself, e.g. ``["systemctl", "poweroff"]``."""


class StorageSettings(_Section):
    """Room on the disk. On a small disk none of it is more than a tenth of the whole."""

    ballast_mb: int = Field(default=64, ge=0, le=65_536)
    """Kept back in a file, so that receipts, exports and logs still fit on a full disk; 0: none."""
    new_work_mb: int = Field(default=64, ge=0, le=65_536)
    """New work is taken only while so much is free beside that."""


class VoiceSettings(_Section):
    """Who speaks, and who hears it."""

    output: Literal["loudspeaker", "headphones"] = "loudspeaker"
    """``headphones`` only where no loudspeaker is connected: then what is a person's is said, too."""
    speechd: str = ""
    """Where speech-dispatcher listens, a socket's path or ``HOST:PORT``; empty: where it usually does."""
    espeak: str = "espeak-ng"
    """The program that speaks where no speech-dispatcher answers."""


class Settings(_Section):
    """All settings of a terminal."""

    production: bool = False
    platform_url: str = ""
    """Overrides the address learnt at enrolment."""
    platform_proxy: str = Field(default="", pattern=r"^(https?://[^\s/]+/?)?$")
    """The only proxy that is used, ``http://HOST:PORT``; proxies of the environment never are."""
    data_dir: Path = Path("hall24-data")
    screen: ScreenSettings = ScreenSettings()
    session: SessionSettings = SessionSettings()
    power: PowerSettings = PowerSettings()
    storage: StorageSettings = StorageSettings()
    voice: VoiceSettings = VoiceSettings()
    slots: tuple[SlotSettings, ...] = ()

    @field_validator("slots")
    @classmethod
    def _names_differ(cls, slots: tuple[SlotSettings, ...]) -> tuple[SlotSettings, ...]:
        names = [slot.name for slot in slots]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"slot named twice: {', '.join(twice)}")
        return slots

    @model_validator(mode="after")
    def _production_is_real(self) -> Settings:
        simulated = [slot.name for slot in self.slots if slot.simulated]
        if self.production and simulated:
            raise ValueError(f"simulated slots in production: {', '.join(simulated)}")
        return self


def load_settings(config: Path | None = None, data_dir: Path | None = None) -> Settings:
    """Read the settings: file from ``config`` or ``KIOSK_CONFIG``, data from ``data_dir`` or ``KIOSK_DATA_DIR``.

    Raises :class:`ConfigError`.
    """
    source = config or _path_from_environment("KIOSK_CONFIG")
    values: dict[str, object] = {}
    if source is not None:
        try:
            values = tomllib.loads(source.read_text("utf-8"))
        except OSError as error:
            raise ConfigError(f"{source}: cannot be read ({error.strerror})") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{source}: not valid TOML ({error})") from error
    if "slot" in values:
        values["slots"] = values.pop("slot")
    chosen = data_dir or _path_from_environment("KIOSK_DATA_DIR")
    if chosen is not None:
        values["data_dir"] = chosen
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "settings"
        raise ConfigError(f"{source or 'built-in profile'}: {place}: {first['msg']}") from error


def _path_from_environment(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value) if value else None
