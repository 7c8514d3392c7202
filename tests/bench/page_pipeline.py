# SPDX-License-Identifier: Apache-2.0
"""How long a 12-megapixel photograph takes to become an A4 PDF, against decoding and encoding it.

The figure of ``./test --bench --only pages``. It is no test: on a busy machine both sides swing, and
whether the PDF is right is checked by ``tests/drivers/document_scanner/test_page_pipeline.py``.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import cv2
import numpy as np

from drivers.document_scanner.page_pdf import as_pdf
from drivers.document_scanner.page_scan import scan_file
from drivers.document_scanner.page_sheet import arranged
from tests.support.photographed_pages import photograph

ROUNDS = 9
SCENES = ("dark_table", "wood", "shadow", "plain")
TWELVE_MEGAPIXELS = (4000, 3000)
QUALITY = 90


@dataclass(frozen=True, slots=True)
class Timed:
    """The best times of several rounds: what else the machine does is measured as little as can be."""

    scene: str
    plain_ms: float
    whole_ms: float

    @property
    def ratio(self) -> float:
        """Ours to theirs."""
        return self.whole_ms / self.plain_ms


def measured() -> list[Timed]:
    """Measure each scene; the last line is all of them together."""
    each = [_timed(scene) for scene in SCENES]
    plain, whole = (
        sum(times) for times in zip(*((t.plain_ms, t.whole_ms) for t in each), strict=True)
    )
    return [*each, Timed("together", plain, whole)]


def _timed(scene: str) -> Timed:
    picture = photograph(scene, 1, TWELVE_MEGAPIXELS).picture
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
    plain, whole = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        again = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        cv2.imencode(".jpg", again, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        plain.append(time.perf_counter() - started)
        started = time.perf_counter()
        scans = scan_file(data, resolution_dpi=200)
        as_pdf(arranged([scan.straight for scan in scans]))
        whole.append(time.perf_counter() - started)
    return Timed(scene, min(plain) * 1000, min(whole) * 1000)
