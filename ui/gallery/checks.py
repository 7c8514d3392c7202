# SPDX-License-Identifier: Apache-2.0
"""Finds what is wrong with a screen without eyes: each check returns findings, none is a verdict."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PIL import Image
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage
from PySide6.QtQuick import QQuickItem, QQuickWindow

from ui.bridge.scene import area_of, walk
from ui.keypad.stops import announced, stops_of
from ui.robot.glass import text_of

TARGET_MM: Final = 20.0
ELDER_TARGET_MM: Final = 26.0
CONTRAST: Final = 7.0
DISABLED_CONTRAST: Final = 4.5
_PRESSED: Final = (
    "act:",
    "tile:",
    "situation:",
    "field:",
    "choice:",
    "key:",
    "candidate:",
    "mode:",
    "page:",
    "way:",
)
_PRESSED_EXACTLY: Final = frozenset({"back", "exit", "help", "search", "signature"})
_FINGER_ONLY: Final = frozenset({"signature"})
"""Beside it stands a button that does the same."""
_TOLERANCE_PX: Final = 1.5
"""Rounding to whole pixels is no finding."""
_SAMPLE_PX: Final = 96
_SHADE: Final = 32


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at."""

    kind: str
    """``small_target``, ``cut_text``, ``outside``, ``overlap``, ``weak_contrast``, ``no_key`` or ``no_name``."""
    what: str
    detail: str


def look_over(
    window: QQuickWindow, picture: QImage, px_per_mm: float, *, elder: bool = False
) -> list[Finding]:
    """Return everything found on what the window shows; ``picture`` is its grab."""
    items = _on_top(window)
    return [
        *_small_targets(items, px_per_mm, ELDER_TARGET_MM if elder else TARGET_MM),
        *_cut_texts(items),
        *_outside(items, QRectF(0, 0, window.width(), window.height())),
        *_overlaps(items),
        *_weak_contrasts(items, picture),
    ]


def look_over_keys(window: QQuickWindow) -> list[Finding]:
    """Return what can be pressed by a finger only, and what the ear would learn nothing of."""
    stops = stops_of(window)
    reached = {stop.name for stop in stops}
    return [
        *(
            Finding("no_key", _name(item), "a finger reaches it, keys do not")
            for item in _on_top(window)
            if pressable(item)
            and item.isEnabled()
            and _in_sight(item)
            and item.objectName() not in reached | _FINGER_ONLY
        ),
        *(
            Finding("no_name", stop.name, "nothing to say of it")
            for stop in stops
            if not announced(stop).label.strip()
        ),
    ]


def pressable(item: QQuickItem) -> bool:
    """Tell whether a resident presses this item, by its object name."""
    name = item.objectName()
    return name.startswith(_PRESSED) or name in _PRESSED_EXACTLY


def _on_top(window: QQuickWindow) -> tuple[QQuickItem, ...]:
    """Return what is visible; only the overlay's items when one lies over the rest."""
    items = tuple(walk(window.contentItem()))
    overlays = [item for item in items if item.objectName().startswith("overlay:")]
    return tuple(walk(overlays[-1])) if overlays and overlays[-1].isVisible() else items


def _name(item: QQuickItem) -> str:
    return item.objectName() or f"“{text_of(item)[:24]}”"


def _clip_of(item: QQuickItem) -> QRectF | None:
    above = item.parentItem()
    clip: QRectF | None = None
    while above is not None:
        if above.clip():
            here = area_of(above)
            clip = here if clip is None else clip.intersected(here)
        above = above.parentItem()
    return clip


def _in_sight(item: QQuickItem) -> bool:
    """Tell whether an item lies where its page shows it; other pages wait behind a clip."""
    clip = _clip_of(item)
    return clip is None or clip.intersects(area_of(item))


def _small_targets(
    items: tuple[QQuickItem, ...], px_per_mm: float, least_mm: float
) -> Iterator[Finding]:
    least = least_mm * px_per_mm - _TOLERANCE_PX
    for item in items:
        if pressable(item) and _in_sight(item) and min(item.width(), item.height()) < least:
            size = f"{item.width() / px_per_mm:.1f} × {item.height() / px_per_mm:.1f} mm"
            yield Finding("small_target", _name(item), f"{size}, at least {least_mm:g} mm")


def _texts(items: tuple[QQuickItem, ...]) -> list[QQuickItem]:
    return [
        item
        for item in items
        if item.inherits("QQuickText") and text_of(item).strip() and _in_sight(item)
    ]


def _cut_texts(items: tuple[QQuickItem, ...]) -> Iterator[Finding]:
    for item in _texts(items):
        if item.property("truncated"):
            yield Finding("cut_text", _name(item), "ends in an ellipsis")
        wide = float(item.property("contentWidth")) - item.width()
        if wide > _TOLERANCE_PX:
            yield Finding("cut_text", _name(item), f"{wide:.0f} px wider than its place")
        clip = _clip_of(item)
        if clip is not None and not clip.adjusted(-2, -2, 2, 2).contains(area_of(item)):
            yield Finding("cut_text", _name(item), "reaches out of its clip")


def _outside(items: tuple[QQuickItem, ...], glass: QRectF) -> Iterator[Finding]:
    room = glass.adjusted(-_TOLERANCE_PX, -_TOLERANCE_PX, _TOLERANCE_PX, _TOLERANCE_PX)
    for item in items:
        if pressable(item) and _in_sight(item) and not room.contains(area_of(item)):
            yield Finding("outside", _name(item), _place(area_of(item)))
    for item in _texts(items):
        if not room.contains(area_of(item)):
            yield Finding("outside", _name(item), _place(area_of(item)))


def _overlaps(items: tuple[QQuickItem, ...]) -> Iterator[Finding]:
    controls = [(item, area_of(item)) for item in items if pressable(item) and _in_sight(item)]
    texts = [(item, area_of(item)) for item in _texts(items)]
    for (one, first), (other, second) in itertools.chain(
        itertools.combinations(controls, 2),
        itertools.combinations(texts, 2),
        # The hint on the signature's paper lies under it, and goes with the first stroke.
        itertools.product([entry for entry in controls if _name(entry[0]) != "signature"], texts),
    ):
        both = first.intersected(second)
        deep = min(both.width(), both.height())
        # The box of a line is higher than its letters: two texts overlap only from a quarter on.
        letters = 0.25 * min(first.height(), second.height())
        allowed = _TOLERANCE_PX if pressable(other) else letters
        if deep > allowed and not one.isAncestorOf(other) and not other.isAncestorOf(one):
            yield Finding("overlap", f"{_name(one)} and {_name(other)}", f"{deep:.0f} px")


def _weak_contrasts(items: tuple[QQuickItem, ...], picture: QImage) -> Iterator[Finding]:
    for item in _texts(items):
        area = area_of(item).toAlignedRect().intersected(picture.rect())
        if area.isEmpty():
            continue
        ink = item.property("color")
        if not isinstance(ink, QColor):
            continue
        ground = _ground_of(picture.copy(area), ink)
        ratio = contrast(ink, ground)
        least = CONTRAST if item.isEnabled() else DISABLED_CONTRAST
        if ratio < least:
            yield Finding(
                "weak_contrast",
                _name(item),
                f"{ink.name()} on {ground.name()}: {ratio:.1f}, at least {least:g}",
            )


def _ground_of(piece: QImage, ink: QColor) -> QColor:
    """Return the colour that most of a picture has besides the ink; the ink's own where nothing else is.

    Alike shades count as one: on a gradient no single shade would outnumber the letters.
    """
    small = piece.scaled(min(piece.width(), _SAMPLE_PX), min(piece.height(), _SAMPLE_PX))
    rgb = small.convertToFormat(QImage.Format.Format_RGB888)
    pixels = Image.frombytes(
        "RGB", (rgb.width(), rgb.height()), bytes(rgb.constBits()), "raw", "RGB", rgb.bytesPerLine()
    )
    colours = Counter(zip(*(band.tobytes() for band in pixels.split()), strict=True))
    shades: dict[tuple[int, ...], Counter[tuple[int, ...]]] = {}
    for colour, times in colours.items():
        shades.setdefault(_shade(colour), Counter())[colour] += times
    shades.pop(_shade((ink.red(), ink.green(), ink.blue())), None)
    if not shades:
        return ink
    ground = max(shades.values(), key=Counter.total)
    return QColor(*ground.most_common(1)[0][0])


def _shade(colour: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(part // _SHADE for part in colour)


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast ratio as WCAG 2 defines it, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - the standard's numbers

    red, green, blue = (linear(part) for part in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _place(area: QRectF) -> str:
    return f"at {area.left():.0f}, {area.top():.0f}, {area.width():.0f} × {area.height():.0f} px"
