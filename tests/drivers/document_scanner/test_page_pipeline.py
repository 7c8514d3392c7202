# SPDX-License-Identifier: Apache-2.0
"""From a photograph to straight, even, judged pages and their PDF."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pypdfium2
import pytest

from drivers.document_scanner.page_pdf import PdfError, as_pdf
from drivers.document_scanner.page_scan import (
    PageScan,
    PictureError,
    decode,
    encode_png,
    scan_file,
    scan_picture,
)
from drivers.document_scanner.page_sheet import arranged, drawn, sheet_of_picture
from drivers.document_scanner.page_straighten import evened
from tests.support.page_figures import corner_error
from tests.support.photographed_pages import photograph

SIZE = (1400, 1050)


@cache
def only(scene: str, seed: int = 1, size: tuple[int, int] = SIZE) -> PageScan:
    scans = scan_picture(photograph(scene, seed, size).picture)
    assert len(scans) == 1
    return scans[0]


@pytest.mark.parametrize(
    ("scene", "warning"),
    [("blur", "blur"), ("glare", "glare"), ("low_light", "too_dark"), ("hand", "covered")],
)
def test_what_spoils_a_page_is_named(scene: str, warning: str) -> None:
    assert warning in only(scene).placed().warnings


@pytest.mark.parametrize("scene", ["dark_table", "steep", "wood", "shadow"])
def test_a_clear_page_has_no_warning(scene: str) -> None:
    assert only(scene).placed().warnings == ()


def test_a_small_page_is_called_so() -> None:
    assert "low_resolution" in only("plain", 1, (640, 480)).placed().warnings


def test_a_shadow_goes_and_the_paper_becomes_white() -> None:
    page = only("shadow").straight.picture
    edge = page[30:-30, 20:40].min(axis=2)  # a margin without print, half of it in the shadow
    assert np.percentile(edge, 5) > 215
    assert np.percentile(edge, 95) - np.percentile(edge, 5) < 35


def test_a_red_stamp_stays_red() -> None:
    flat = np.full((900, 640, 3), (150, 170, 175), np.uint8)
    flat[:, 320:] = (flat[:, 320:] * 0.5).astype(np.uint8)
    cv2.circle(flat, (200, 400), 60, (40, 40, 190), 6)
    even = evened(flat, keep_colours=False)
    assert even[100, 100].min() > 240
    assert even[100, 500].min() > 230
    blue, green, red = (int(value) for value in even[340, 200])
    assert red > blue + 80
    assert red > green + 80


@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)]
)
def test_the_print_tells_the_top_edge_whatever_the_rotation(seed: int) -> None:
    truth = photograph("dark_table", seed, (2000, 1500))
    (scan,) = scan_picture(truth.picture)
    assert scan.straight.orientation_confidence > 0.8
    off = np.abs(scan.straight.corners - truth.pages[0].corners).max()
    assert off < 0.01 * truth.pages[0].diagonal_px
    turned = abs((scan.placed().rotation_deg - truth.rotation_deg + 180) % 360 - 180)
    assert turned < 25  # perspective bends the angle


def test_a_page_without_print_stays_as_it_lay() -> None:
    table = np.full((900, 1200, 3), 40, np.uint8)
    cv2.fillConvexPoly(
        table, np.array([[400, 100], [820, 120], [800, 730], [380, 710]]), (235, 235, 235)
    )
    (scan,) = scan_picture(table)
    assert scan.straight.orientation_confidence < 0.5
    assert scan.placed().rotation_deg == pytest.approx(2.3, abs=1.5)
    assert scan.placed().corners[0] == pytest.approx((400, 100), abs=3)


def test_the_pdf_is_a4_and_small_and_always_the_same() -> None:
    scan = only("dark_table")
    pdf = as_pdf(arranged([scan.straight]))
    assert pdf == as_pdf(arranged([scan.straight]))
    assert len(pdf) < 600_000
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    assert document[0].get_size() == pytest.approx((595.28, 841.89), abs=0.1)
    picture = document[0].render(scale=1).to_numpy()
    assert picture[20:40, 20:40].min() > 225
    document.close()


def test_the_pdf_tells_nothing_but_the_pictures() -> None:
    pdf = as_pdf(arranged([only("dark_table").straight]))
    for word in (b"/Info", b"/Producer", b"/CreationDate", b"/Metadata", b"Exif", b"/ID"):
        assert word not in pdf


def test_front_and_back_of_a_card_share_a_sheet_in_true_size() -> None:
    scans = scan_picture(photograph("two_cards", 1, SIZE).picture)
    sheets = arranged([scan.straight for scan in scans])
    assert len(sheets) == 1
    assert [round(placed.width_mm, 1) for placed in sheets[0].pictures] == [85.6, 85.6]
    first, second = sheets[0].pictures
    assert first.bottom_mm > second.bottom_mm + second.height_mm
    document = pypdfium2.PdfDocument(as_pdf(sheets))
    assert len(document) == 1
    document.close()
    whole = drawn(sheets[0], 100)
    assert whole.shape == (1169, 827, 3)


def test_pages_and_cards_keep_their_order() -> None:
    card, page = only("card").straight, only("dark_table").straight
    assert [len(sheet.pictures) for sheet in arranged([page, card, card, page, card])] == [
        1,
        2,
        1,
        1,
    ]


def test_a_grey_page_is_stored_grey() -> None:
    grey = np.full((400, 300, 3), 240, np.uint8)
    coloured = grey.copy()
    coloured[100:200, 100:200] = (20, 20, 200)
    assert b"/DeviceGray" in as_pdf([sheet_of_picture(grey, 100)])
    assert b"/DeviceRGB" in as_pdf([sheet_of_picture(coloured, 100)])


def test_no_sheets_are_no_pdf() -> None:
    with pytest.raises(PdfError):
        as_pdf([])


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"secret name" * 40])
def test_what_is_no_picture_is_refused_without_quoting_it(data: bytes) -> None:
    with pytest.raises(PictureError) as refused:
        decode(data)
    assert "secret" not in str(refused.value)


def test_a_picture_survives_its_encoding() -> None:
    picture = photograph("plain", 1, (320, 240)).picture
    assert (decode(encode_png(picture)) == picture).all()


@pytest.mark.slow
def test_a_photograph_of_twelve_megapixels_becomes_one_a4_sheet() -> None:
    """How long that takes is measured by ``./test --bench --only pages``, not here."""
    done, packed = cv2.imencode(".jpg", photograph("wood", 1, (4000, 3000)).picture)
    assert done
    scans = scan_file(packed.tobytes(), resolution_dpi=200)
    assert len(scans) == 1
    document = pypdfium2.PdfDocument(as_pdf(arranged([scan.straight for scan in scans])))
    assert [tuple(map(round, page.get_size())) for page in document] == [(595, 842)]
    document.close()


@pytest.mark.parametrize("size", [(1800, 1350), pytest.param((3600, 2700), marks=pytest.mark.slow)])
def test_a_large_jpeg_is_scanned_as_its_whole_picture_would_be(size: tuple[int, int]) -> None:
    truth = photograph("shadow", 4, size)
    done, packed = cv2.imencode(".jpg", truth.picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
    assert done
    (quick,) = scan_file(packed.tobytes())
    (plain,) = scan_picture(decode(packed.tobytes()))
    assert quick.found.format is plain.found.format
    assert np.abs(quick.found.points - plain.found.points).max() < 0.002 * max(size)
    assert corner_error(quick.found.points, truth.pages[0].corners) < 0.01


@pytest.mark.parametrize("kind", [".png", ".jpg"])
def test_small_files_and_other_formats_are_scanned_all_the_same(kind: str) -> None:
    done, packed = cv2.imencode(kind, photograph("plain", 1, (1200, 900)).picture)
    assert done
    (scan,) = scan_file(packed.tobytes())
    assert scan.found.format == "a4"


def test_a_jpeg_cut_off_is_refused_or_scanned_but_never_hangs() -> None:
    done, packed = cv2.imencode(".jpg", photograph("blank", 1, (2000, 1500)).picture)
    assert done
    with pytest.raises(PictureError):
        scan_file(packed.tobytes()[:300])
