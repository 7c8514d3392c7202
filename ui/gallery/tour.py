# SPDX-License-Identifier: Apache-2.0
"""Draws every view in every variant into a folder, and looks each picture over."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import QSize

from kiosk.flows.views import Modes, View
from kiosk.words import Language
from ui.gallery.checks import Finding, look_over, look_over_keys
from ui.gallery.sheets import contact_sheet, index_page
from ui.gallery.stage import Stage
from ui.gallery_views import LETTERS, views

MODES: Final[Mapping[str, Modes]] = {
    "standard": Modes(),
    "elder": Modes(elder=True),
    "contrast": Modes(contrast=True),
    "low": Modes(low=True),
}
SIZES: Final = {"portrait": QSize(1080, 1920), "landscape": QSize(1920, 1080)}
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
GLASS_MM: Final = 268.0
"""Shorter side of the 21.5-inch glass that the pictures stand for."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to look at a screen."""

    mode: str
    orientation: Literal["portrait", "landscape"]
    language: Language

    @property
    def name(self) -> str:
        """Name of its pictures."""
        return f"{self.mode}-{self.orientation}-{self.language}"

    @property
    def px_per_mm(self) -> float:
        """How many pixels are a millimetre on the glass."""
        size = SIZES[self.orientation]
        return min(size.width(), size.height()) / GLASS_MM


@dataclass(frozen=True, slots=True)
class Complaint:
    """What Qt said while a picture was drawn."""

    view: str
    variant: str
    words: str


@dataclass(slots=True)
class TourReport:
    """What a tour made and saw."""

    pictures: dict[str, list[Path]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    findings: list[tuple[str, str, Finding]] = field(default_factory=list)
    """View, variant and what was found."""


def variants(*, quick: bool = False) -> tuple[Variant, ...]:
    """Return all variants; ``quick`` keeps those in which most mistakes show."""
    if quick:
        return (
            Variant("standard", "portrait", "zh"),
            Variant("elder", "portrait", "zh"),
            Variant("standard", "landscape", "en"),
            Variant("contrast", "landscape", "zh"),
        )
    return tuple(
        Variant(mode, orientation, language)
        for language in LANGUAGES
        for orientation in ("portrait", "landscape")
        for mode in MODES
    )


def view_names(screen: str = "") -> tuple[str, ...]:
    """Return the names of all views, or of those of one screen or of that very name."""
    known = views("zh")
    return tuple(name for name, view in known.items() if screen in ("", name, view.body.screen))


def take_tour(
    out: Path,
    names: tuple[str, ...],
    ways: tuple[Variant, ...],
    progress: Callable[[str], None] = lambda _line: None,
) -> TourReport:
    """Draw these views in these variants; ``OUT/<view>/<variant>.png``, sheets, index, findings.

    Raises ``OSError`` when ``out`` cannot be written and ``ScreenError`` when nothing can be drawn.
    """
    report = TourReport()
    stage = Stage()
    try:
        for variant, name, view in _program(names, ways):
            stage.messages.warnings.clear()
            stage.show(view, SIZES[variant.orientation])
            if name in LETTERS:
                stage.type(LETTERS[name])
            picture = stage.picture()
            target = out / name / f"{variant.name}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            if not picture.save(str(target)):
                raise OSError(f"{target} cannot be written")
            report.pictures.setdefault(name, []).append(target)
            elder = variant.mode == "elder"
            found = look_over(stage.window, picture, variant.px_per_mm, elder=elder)
            found += look_over_keys(stage.window)
            report.findings.extend((name, variant.name, finding) for finding in found)
            report.complaints.extend(
                Complaint(name, variant.name, words) for words in stage.messages.warnings
            )
            progress(f"{name} {variant.name}")
    finally:
        stage.close()
    for name, pictures in report.pictures.items():
        contact_sheet(pictures, out / name / "sheet.png")
    index_page(report.pictures, out / "index.html")
    _write_findings(report, out / "findings.json")
    return report


def _program(
    names: tuple[str, ...], ways: tuple[Variant, ...]
) -> Iterator[tuple[Variant, str, View]]:
    # Variant by variant: what is laid out anew is then the screen, as in a visit, not the whole window.
    for variant in ways:
        known = views(variant.language, MODES[variant.mode])
        for name in names:
            yield variant, name, known[name]


def _write_findings(report: TourReport, target: Path) -> None:
    rows = [
        {"view": view, "variant": variant, **asdict(finding)}
        for view, variant, finding in report.findings
    ]
    target.write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf-8")
