# SPDX-License-Identifier: Apache-2.0
"""``kiosk scan``: find the pages, straighten them, say what is wrong with them, make one PDF."""

from __future__ import annotations

import json
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

_DEADLINE_S: Final = 60.0
_WORDS: Final = {
    "media.no_documents": "no page found",
    "media.jam": "the paper is jammed",
    "media.cover_open": "the cover is open",
    "dev.not_present": "nothing there",
    "dev.unplugged": "the scanner was unplugged",
    "dev.deadline": "not finished in time",
}

_Row = dict[str, object]


@app.command()
def scan(
    source: list[str] = typer.Option(
        ..., "--source", metavar="SLOT|IMAGE", help="A slot, or a picture; may be repeated."
    ),
    images: list[str] = typer.Argument(None, metavar="[SLOT|IMAGE…]", help="Further sources."),
    out: Path = typer.Option(..., "--out", help="The PDF to write."),
    resolution: int = typer.Option(200, "--resolution", min=75, max=600, help="Dots per inch."),
    *,
    as_json: bool = JsonOption,
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Scan all sources into one PDF; exit 1 and no file when none of them has a page."""
    settings = settings_or_fail(config, data_dir)

    from drivers.document_scanner.page_pdf import as_pdf  # noqa: PLC0415 - keeps --help quick

    rows: list[_Row] = []
    sheets: list[Sheet] = []
    cards: list[StraightPage] = []
    for name in [*source, *(images or [])]:
        slot = next((slot for slot in settings.slots if slot.name == name), None)
        if slot is not None and not Path(name).is_file():
            new_rows, new_sheets = _from_slot(slot, settings, resolution)
            rows += new_rows
            sheets += new_sheets
        else:
            _from_picture(Path(name), resolution, rows, sheets, cards)
    _lay_cards(cards, sheets)
    found = any(row["found"] for row in rows)
    if found:
        try:
            out.write_bytes(as_pdf(sheets))
        except OSError as error:
            raise CommandFailed(f"--out {out}: {error.strerror}", WRONG_USAGE) from error
    _tell(rows, out, as_json=as_json)
    if not found:
        raise typer.Exit(FAILED)


def _from_picture(
    path: Path, resolution: int, rows: list[_Row], sheets: list[Sheet], cards: list[StraightPage]
) -> None:
    from drivers.document_scanner.page_scan import (  # noqa: PLC0415
        PictureError,
        decode,
        scan_picture,
    )
    from drivers.document_scanner.page_shape import PageFormat  # noqa: PLC0415
    from drivers.document_scanner.page_sheet import arranged  # noqa: PLC0415

    try:
        picture = decode(path.read_bytes())
    except OSError as error:
        raise CommandFailed(
            f"{path}: neither a slot of the configuration nor a readable picture", WRONG_USAGE
        ) from error
    except PictureError as error:
        raise CommandFailed(f"{path}: {error}") from error
    scans = scan_picture(picture, resolution_dpi=resolution)
    if not scans:
        rows.append({"source": str(path), **_NOTHING})
    for page in scans:
        rows.append({"source": str(path), **_row(page.placed())})
        if page.found.format is PageFormat.ID1:
            cards.append(page.straight)  # the other side may be the next picture
            if len(cards) % 2 == 0:
                _lay_cards(cards, sheets)
        else:
            _lay_cards(cards, sheets)
            sheets += arranged([page.straight])


def _lay_cards(cards: list[StraightPage], sheets: list[Sheet]) -> None:
    from drivers.document_scanner.page_sheet import arranged  # noqa: PLC0415

    sheets += arranged(cards)
    cards.clear()


def _from_slot(
    slot: SlotSettings, settings: Settings, resolution: int
) -> tuple[list[_Row], list[Sheet]]:
    """Scan one page with the configured driver, in its own process."""
    del settings
    if slot.role != "document_scanner" or slot.driver == "none":
        raise CommandFailed(f"{slot.name}: not a document scanner", WRONG_USAGE)

    from drivers.core import DeviceError, MediaError, Role, ScannedPage, ScanPage  # noqa: PLC0415
    from drivers.host import DeviceHost, SlotConfig  # noqa: PLC0415

    host = DeviceHost(
        [SlotConfig(slot.name, Role(slot.role), slot.driver, slot.options)],
        on_status=lambda _slot, _status: None,
    )
    host.start()
    try:
        job = host.submit(slot.name, ScanPage(resolution), deadline_s=_DEADLINE_S)
        page = job.result(_DEADLINE_S + 5)
    except MediaError as error:
        if error.code == "media.no_documents":
            return [{"source": slot.name, **_NOTHING}], []
        raise CommandFailed(_line(slot.name, error)) from error
    except DeviceError as error:
        raise CommandFailed(_line(slot.name, error)) from error
    finally:
        host.stop()
    if not isinstance(page, ScannedPage):
        raise TypeError(page)
    return _of_scanned(slot.name, page)


def _line(slot: str, error: Exception) -> str:
    code = str(getattr(error, "code", ""))
    return f"{slot}: {_WORDS.get(code, 'the page was not scanned')} ({error})"


def _of_scanned(name: str, page: ScannedPage) -> tuple[list[_Row], list[Sheet]]:
    """Take the picture of a scanner as it is; a camera has straightened it already."""
    from drivers.document_scanner.page_scan import decode  # noqa: PLC0415
    from drivers.document_scanner.page_sheet import sheet_of_picture  # noqa: PLC0415

    picture = decode(page.png)
    sheet = sheet_of_picture(picture, page.resolution_dpi)
    if page.pages:
        return [{"source": name, **_row(place)} for place in page.pages], [sheet]
    width, height = page.width_px, page.height_px
    whole: _Row = {
        "found": True,
        "corners": [[0, 0], [width, 0], [width, height], [0, height]],
        "rotation": 0.0,
        "format": "other",
        "warnings": [],
    }
    return [{"source": name, **whole}], [sheet]


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
