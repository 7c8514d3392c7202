# SPDX-License-Identifier: Apache-2.0
"""Measures the page search on the made-up photographs and writes the table of ``docs/scanning.md``.

``python -m tests.support.page_figures`` rewrites the table; the slow test measures the same and compares.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.document_scanner.page_finder import find_pages
from tests.support.photographed_pages import SCENES, photograph

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = ROOT / "docs" / "scanning.md"
SEEDS: Final = range(100, 106)
BLANK_SEEDS: Final = range(100, 124)
LIMIT: Final = 0.01
"""Of the page's own diagonal: how far the worst corner may be off."""
_TABLE: Final = re.compile(r"(<!-- figures -->\n).*?(<!-- /figures -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured in one scene."""

    scene: str
    pictures: int
    pages: int
    within: int
    """Pages whose four corners are all within the limit."""
    invented: int
    """Answers where there is no page."""
    median_error: float
    worst_error: float
    """Of those within the limit, in parts of the diagonal."""


def corner_error(found: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    """Return the worst corner's error in parts of the true diagonal, whichever corner comes first."""
    diagonal = max(np.hypot(*(true[2] - true[0])), np.hypot(*(true[3] - true[1])))
    return min(
        float(np.hypot(*(np.roll(found, turn, axis=0) - true).T).max() / diagonal)
        for turn in range(4)
    )


def measure(scene: str, seeds: Sequence[int], size: tuple[int, int] = (1200, 900)) -> Figures:
    """Search the pages of every picture of a scene."""
    errors: list[float] = []
    pages = invented = 0
    for seed in seeds:
        picture = photograph(scene, seed, size)
        found = find_pages(picture.picture)
        hits = [
            min((corner_error(one.points, page.corners) for one in found), default=1.0)
            for page in picture.pages
        ]
        good = [error for error in hits if error <= LIMIT]
        errors += good
        pages += len(picture.pages)
        invented += len(found) - len(good)
    return Figures(
        scene,
        len(seeds),
        pages,
        len(errors),
        invented,
        float(np.median(errors)) if errors else 0.0,
        max(errors, default=0.0),
    )


def measure_all() -> tuple[Figures, ...]:
    """Measure every scene with its published seeds."""
    return tuple(measure(scene, BLANK_SEEDS if scene == "blank" else SEEDS) for scene in SCENES)


def table(figures: Sequence[Figures]) -> str:
    """Return the table of the document."""
    rows = [
        "| scene | pictures | pages | found within 1 % | invented | median error | worst error |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in figures:
        errors = (
            f"{one.median_error * 100:.2f} % | {one.worst_error * 100:.2f} %"
            if one.within
            else "– | –"
        )
        rows.append(
            f"| {one.scene.replace('_', ' ')} | {one.pictures} | {one.pages} | {one.within} "
            f"| {one.invented} | {errors} |"
        )
    pages, within = sum(f.pages for f in figures), sum(f.within for f in figures)
    rows.append(
        f"| **all** | {sum(f.pictures for f in figures)} | {pages} | **{within}** "
        f"| **{sum(f.invented for f in figures)}** | | |"
    )
    return "\n".join(rows) + "\n"


def published() -> dict[str, tuple[int, ...]]:
    """Return per scene what the document says: pictures, pages, found, invented."""
    found = re.findall(
        r"^\| ([a-z ]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|",
        DOCUMENT.read_text("utf-8"),
        re.MULTILINE,
    )
    return {name.replace(" ", "_"): tuple(map(int, numbers)) for name, *numbers in found}


def main() -> None:
    """Rewrite the table."""
    text = DOCUMENT.read_text("utf-8")
    fresh = table(measure_all())
    DOCUMENT.write_text(_TABLE.sub(lambda m: m[1] + fresh + m[2], text), "utf-8")
    print(fresh)  # noqa: T201


if __name__ == "__main__":
    main()
