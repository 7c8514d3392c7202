# SPDX-License-Identifier: Apache-2.0
"""``kiosk scan``: find the pages, straighten them, say what is wrong with them, make one PDF."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from kiosk.cli.failures import (
    FAILED,
    WRONG_USAGE,
    CommandFailed,
    ConfigOption,
    DataDirOption,
    JsonOption,
    settings_or_fail,
)

if TYPE_CHECKING:  # OpenCV costs time that --help does not have
    from drivers.core import PlacedPage, ScannedPage
    from drivers.document_scanner.page_sheet import Sheet
    from drivers.document_scanner.page_straighten import StraightPage
    from kiosk.config import Settings, SlotSettings

app = typer.Typer(help="Document scanner.")

_Row = dict[str, object]


@app.command()
def scan(
    source: list[str] = typer.Option(
        ..., "--source", metavar="SLOT|IMAGE", help="A slot, or a picture; may be repeated."
    ),
    images: list[str] = typer.Argument(None, metavar="[SLOT|IMAGE…]", help="Further sources."),
    out: Path = typer.Option(None, "--out", help="The PDF to write."),
    card: Path = typer.Option(
        None, "--card", help="In place of --out: front and back of a card on one A4, in this PDF."
    ),
    resolution: int = typer.Option(200, "--resolution", min=75, max=600, help="Dots per inch."),
    *,
    most: int = typer.Option(30, "--most", min=1, max=200, help="Pages out of the feeder."),
    feeder: bool = typer.Option(False, "--feeder", help="Take what lies in the slot's feeder."),
    both_sides: bool = typer.Option(False, "--both-sides", help="Of the sheets in the feeder."),
    surely_both: bool = typer.Option(
        False,
        "--surely-both",
        help="Take both sides of the card however alike they look.",
    ),
    as_json: bool = JsonOption,
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Scan all sources into one PDF; exit 1 and no file when none of them has a page.

    Of a feeder that jams, the pages before are written, and exit is 1.
    """
    if (out is None) == (card is None):
        raise CommandFailed("one of --out FILE and --card FILE is needed", WRONG_USAGE)
    if both_sides and not feeder:
        raise CommandFailed("--both-sides goes with --feeder", WRONG_USAGE)
    settings = settings_or_fail(config, data_dir)
    sources = [_Source.named(name, settings) for name in [*source, *(images or [])]]
    if card is not None:
        from kiosk.cli.scan_card import both_sides_of  # noqa: PLC0415 - keeps --help quick

        placed, pdf = both_sides_of(
            [each.slot or each.path for each in sources], resolution, surely_both=surely_both
        )
        _write(card, pdf)
        _tell([{"source": name, **_row(place)} for name, place in placed], card, as_json=as_json)
        return
    from drivers.document_scanner.page_pdf import as_pdf  # noqa: PLC0415

    found = _Found([], [], [])
    stacks = (resolution, most, both_sides) if feeder else None
    for each in sources:
        if each.slot is not None:
            found.from_slot(each.slot, resolution, stacks)
        else:
            found.from_picture(each.path, resolution)
    found.lay_cards()
    any_page = any(row["found"] for row in found.rows)
    if any_page:
        _write(out, as_pdf(found.sheets))
    _tell(found.rows, out, as_json=as_json)
    if found.troubles:
        raise CommandFailed("; ".join(found.troubles))
    if not any_page:
        raise typer.Exit(FAILED)


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    slot: SlotSettings | None

    @classmethod
    def named(cls, name: str, settings: Settings) -> _Source:
        """Find what a name means: a file wins over a slot of the same name."""
        slot = next((slot for slot in settings.slots if slot.name == name), None)
        return cls(Path(name), None if Path(name).is_file() else slot)


@dataclass(slots=True)
class _Found:
    """What the sources gave so far."""

    rows: list[_Row]
    sheets: list[Sheet]
    cards: list[StraightPage]
    """Those that wait for another side."""
    troubles: list[str] = field(default_factory=list)

    def from_picture(self, path: Path, resolution: int) -> None:
        """Take all pages of a photograph; cards two by two on a sheet."""
        from drivers.document_scanner.page_shape import PageFormat  # noqa: PLC0415
        from drivers.document_scanner.page_sheet import arranged  # noqa: PLC0415
        from kiosk.cli.scan_card import scans_of  # noqa: PLC0415

        scans = scans_of(path, resolution)
        if not scans:
            self.rows.append({"source": str(path), **_NOTHING})
        for page in scans:
            self.rows.append({"source": str(path), **_row(page.placed())})
            if page.found.format is PageFormat.ID1:
                self.cards.append(page.straight)  # the other side may be the next picture
                if len(self.cards) % 2 == 0:
                    self.lay_cards()
            else:
                self.lay_cards()
                self.sheets += arranged([page.straight])

    def lay_cards(self) -> None:
        """Put the cards that wait on a sheet."""
        from drivers.document_scanner.page_sheet import arranged  # noqa: PLC0415

        self.sheets += arranged(self.cards)
        self.cards.clear()

    def from_slot(
        self, slot: SlotSettings, resolution: int, stack: tuple[int, int, bool] | None
    ) -> None:
        """Take one page, or what lies in the feeder."""
        from kiosk.cli.scan_slot import scanner_at  # noqa: PLC0415

        with scanner_at(slot) as scanner:
            if stack is None:
                page = scanner.page(resolution)
                pages: tuple[ScannedPage, ...] = () if page is None else (page,)
            else:
                _, most, both_sides = stack
                came = scanner.sheets(resolution, most, both_sides=both_sides)
                pages = came.pages
                self.troubles += [came.trouble] if came.trouble else []
        if not pages:
            self.rows.append({"source": slot.name, **_NOTHING})
        for page in pages:
            self._as_it_came(slot.name, page)

    def _as_it_came(self, name: str, page: ScannedPage) -> None:
        """Take the picture of a scanner as it is; a camera has straightened it already."""
        from drivers.document_scanner.page_scan import decode  # noqa: PLC0415
        from drivers.document_scanner.page_sheet import sheet_of_picture  # noqa: PLC0415

        self.sheets.append(sheet_of_picture(decode(page.png), page.resolution_dpi))
        if page.pages:
            self.rows += [{"source": name, **_row(place)} for place in page.pages]
            return
        width, height = page.width_px, page.height_px
        self.rows.append(
            {
                "source": name,
                "found": True,
                "corners": [[0, 0], [width, 0], [width, height], [0, height]],
                "rotation": 0.0,
                "format": "other",
                "warnings": [],
            }
        )


def _write(out: Path, pdf: bytes) -> None:
    try:
        out.write_bytes(pdf)
    except OSError as error:
        raise CommandFailed(f"{out}: {error.strerror}", WRONG_USAGE) from error


_NOTHING: Final[_Row] = {
    "found": False,
    "corners": None,
    "rotation": None,
    "format": None,
    "warnings": [],
}


def _row(page: PlacedPage) -> _Row:
    return {
        "found": True,
        "corners": [list(corner) for corner in page.corners],
        "rotation": page.rotation_deg,
        "format": page.format,
        "warnings": list(page.warnings),
    }


def _tell(rows: list[_Row], out: Path, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"pages": rows}, ensure_ascii=False))
        return
    for row in rows:
        if row["found"]:
            warnings = row["warnings"]
            words = ", ".join(warnings) if isinstance(warnings, list) and warnings else "clear"
            print(f"{row['source']}: {row['format']}, turned {row['rotation']}°, {words}")
        else:
            print(f"{row['source']}: no page found")
    if any(row["found"] for row in rows):
        print(f"→ {out}")
