# SPDX-License-Identifier: Apache-2.0
"""Makes photographs of papers on tables, with the truth about their corners; the same seed, the same picture.

A page is drawn flat, laid on a table of some colour and texture, looked at by a pinhole camera from up to
35° off the vertical, lit unevenly, and spoilt as asked: shadow, low light, glare, blur, a hand, two cards.
Everything on the papers is made up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.support.synthetic_papers import draw_card, draw_page

Picture = NDArray[np.uint8]
Field = NDArray[np.float32]

A4_MM: Final = (210.0, 297.0)
CARD_MM: Final = (85.6, 53.98)
CARD_RADIUS_MM: Final = 3.18

SCENES: Final = (
    "plain",
    "steep",
    "dark_table",
    "white_table",
    "wood",
    "patterned",
    "shadow",
    "low_light",
    "hand",
    "card",
    "two_cards",
    "glare",
    "blur",
    "mat",
    "blank",
)


@dataclass(frozen=True, slots=True)
class TruePage:
    """Where a paper really lies: its own top-left, top-right, bottom-right, bottom-left, in pixels."""

    format: str
    corners: NDArray[np.float64]

    @property
    def diagonal_px(self) -> float:
        """The longer diagonal."""
        a, b, c, d = self.corners
        return float(max(np.hypot(*(c - a)), np.hypot(*(d - b))))


@dataclass(frozen=True, slots=True)
class Photograph:
    """One picture and the truth about it."""

    scene: str
    seed: int
    picture: Picture
    """BGR, as OpenCV has it."""
    pages: tuple[TruePage, ...]
    tilt_deg: float
    rotation_deg: float


def photograph(
    scene: str, seed: int, size: tuple[int, int] = (1200, 900), *, backs: bool = False
) -> Photograph:
    """Take the picture ``seed`` of ``scene`` (one of :data:`SCENES`) in ``size`` pixels (width, height).

    With ``backs`` a card lies on its face.
    """
    rng = np.random.default_rng((seed, SCENES.index(scene)))
    camera = _Camera.random(rng, size, steep=scene == "steep")
    papers = _lay(scene, rng, camera)
    camera = camera.fitted([corners for _format, corners in papers], rng)
    plane = camera.homography()
    table = _TABLES.get(scene, _any_table)(rng)
    width, height = size
    scale = 2  # drawn larger and averaged, so that edges are as soft as a lens makes them
    big = np.diag([scale, scale, 1.0]) @ plane
    big_size = (width * scale, height * scale)
    scene_rgb = cv2.warpPerspective(
        table, big @ _table_to_plane(table), big_size, borderMode=cv2.BORDER_REFLECT
    ).astype(np.float32)
    if scene == "mat":
        _lay_mat(scene_rgb, big, camera, rng)
    true_pages = []
    for number, (kind, corners) in enumerate(papers):
        paper = _draw(kind, rng, number + backs, camera.pixels_per_mm() * scale)
        _lay_paper(scene_rgb, paper, big, corners, rng)
        true_pages.append(TruePage(kind, camera.seen(corners)))
    picture = cv2.resize(scene_rgb, size, interpolation=cv2.INTER_AREA)
    if scene == "hand":
        _lay_hand(picture, true_pages[0].corners, rng)
    picture = _lit(picture, scene, true_pages, rng)
    return Photograph(
        scene,
        seed,
        _as_camera_gives(picture, scene, rng),
        tuple(true_pages),
        camera.tilt_deg,
        camera.rotation_deg,
    )


# --- the camera ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Camera:
    size: tuple[int, int]
    focal_px: float
    tilt_deg: float
    axis_deg: float
    rotation_deg: float
    distance_mm: float
    centre_mm: tuple[float, float]
    fill: float

    @classmethod
    def random(cls, rng: np.random.Generator, size: tuple[int, int], *, steep: bool) -> _Camera:
        tilt = rng.uniform(25, 35) if steep else rng.uniform(0, 22)
        return cls(
            size=size,
            focal_px=max(size) * float(rng.uniform(0.8, 1.3)),
            tilt_deg=float(tilt),
            axis_deg=float(rng.uniform(0, 360)),
            rotation_deg=float(rng.uniform(0, 360)),
            distance_mm=600.0,
            centre_mm=(0.0, 0.0),
            fill=float(rng.uniform(0.55, 0.93)),
        )

    def homography(self) -> NDArray[np.float64]:
        """Return what takes millimetres on the table to pixels."""
        turn, tilt, axis = (
            math.radians(v) for v in (self.rotation_deg, self.tilt_deg, self.axis_deg)
        )
        in_plane = np.array(
            [[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]]
        )
        leaning, _ = cv2.Rodrigues(
            np.array([math.cos(axis), math.sin(axis), 0.0], dtype=np.float64) * tilt
        )
        rotation = leaning @ in_plane
        width, height = self.size
        lens = np.array([[self.focal_px, 0, width / 2], [0, self.focal_px, height / 2], [0, 0, 1]])
        back = np.array([0.0, 0.0, self.distance_mm]) - rotation @ np.array([*self.centre_mm, 0.0])
        return np.asarray(
            lens @ np.column_stack([rotation[:, 0], rotation[:, 1], back]), dtype=np.float64
        )

    def seen(self, corners_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        points = np.column_stack([corners_mm, np.ones(len(corners_mm))]) @ self.homography().T
        return np.asarray(points[:, :2] / points[:, 2:], dtype=np.float64)

    def pixels_per_mm(self) -> float:
        return self.focal_px / self.distance_mm

    def fitted(self, papers: list[NDArray[np.float64]], rng: np.random.Generator) -> _Camera:
        """Come as near as all papers still fit, then look a little beside them."""
        corners = np.concatenate(papers) if papers else np.array([[-150.0, -105.0], [150.0, 105.0]])
        near, far = 60.0, 6000.0
        middle = tuple(corners.mean(axis=0))
        for _ in range(40):
            distance = (near + far) / 2
            camera = self._at(distance, (float(middle[0]), float(middle[1])))
            if camera._slack(corners, 1 - self.fill) > 0:
                far = distance
            else:
                near = distance
        best = self._at(far, (float(middle[0]), float(middle[1])))
        for _ in range(20):
            aside = rng.uniform(-40, 40, 2)
            moved = self._at(far, (float(middle[0] + aside[0]), float(middle[1] + aside[1])))
            if moved._slack(corners, 0.04) > 0:
                return moved
        return best

    def _at(self, distance_mm: float, centre_mm: tuple[float, float]) -> _Camera:
        return _Camera(
            self.size,
            self.focal_px,
            self.tilt_deg,
            self.axis_deg,
            self.rotation_deg,
            distance_mm,
            centre_mm,
            self.fill,
        )

    def _slack(self, corners_mm: NDArray[np.float64], margin: float) -> float:
        seen = self.seen(corners_mm)
        width, height = self.size
        border_x, border_y = width * margin / 2, height * margin / 2
        return float(
            min(
                seen[:, 0].min() - border_x,
                width - border_x - seen[:, 0].max(),
                seen[:, 1].min() - border_y,
                height - border_y - seen[:, 1].max(),
            )
        )


# --- papers -------------------------------------------------------------------------------------


def _rectangle(
    size_mm: tuple[float, float], centre: tuple[float, float] = (0, 0), turn_deg: float = 0
) -> NDArray[np.float64]:
    width, height = size_mm
    turn = math.radians(turn_deg)
    flat = np.array([[-width, -height], [width, -height], [width, height], [-width, height]]) / 2
    spin = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    return np.asarray(flat @ spin + np.array(centre), dtype=np.float64)


def _lay(
    scene: str, rng: np.random.Generator, camera: _Camera
) -> list[tuple[str, NDArray[np.float64]]]:
    del camera
    if scene == "blank":
        return []
    if scene == "card":
        return [("card", _rectangle(CARD_MM))]
    if scene == "two_cards":
        apart = float(rng.uniform(62, 85))
        turn = float(rng.uniform(-12, 12))
        return [
            ("card", _rectangle(CARD_MM, (0, -apart / 2))),
            ("card", _rectangle(CARD_MM, (float(rng.uniform(-10, 10)), apart / 2), turn)),
        ]
    return [("a4", _rectangle(A4_MM))]


def _draw(
    kind: str, rng: np.random.Generator, number: int, pixels_per_mm: float
) -> tuple[Picture, NDArray[np.uint8]]:
    resolution = float(np.clip(pixels_per_mm, 3.0, 12.0))
    if kind == "card":
        texture = draw_card(rng, is_front=number % 2 == 0, pixels_per_mm=resolution)
    else:
        texture = draw_page(rng, pixels_per_mm=resolution)
    height, width = texture.shape[:2]
    opacity = np.full((height, width), 255, np.uint8)
    if kind == "card":
        radius = round(CARD_RADIUS_MM * resolution)
        opacity[:] = 0
        cv2.rectangle(opacity, (radius, 0), (width - 1 - radius, height - 1), 255, -1)
        cv2.rectangle(opacity, (0, radius), (width - 1, height - 1 - radius), 255, -1)
        for x in (radius, width - 1 - radius):
            for y in (radius, height - 1 - radius):
                cv2.circle(opacity, (x, y), radius, 255, -1)
    return texture, opacity


def _lay_paper(
    scene_rgb: Field,
    paper: tuple[Picture, NDArray[np.uint8]],
    big: NDArray[np.float64],
    corners_mm: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    texture, opacity = paper
    height, width = texture.shape[:2]
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    onto_plane = cv2.getPerspectiveTransform(flat, corners_mm.astype(np.float32))
    size = (scene_rgb.shape[1], scene_rgb.shape[0])
    seen = cv2.warpPerspective(texture, big @ onto_plane, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(opacity, big @ onto_plane, size).astype(np.float32) / 255
    # The paper's own thin shadow on the table.
    depth = float(rng.uniform(1.0, 4.0)) * 2
    angle = float(rng.uniform(0, 2 * math.pi))
    shift = np.array([[1, 0, depth * math.cos(angle)], [0, 1, depth * math.sin(angle)]])
    under = cv2.GaussianBlur(cv2.warpAffine(mask, shift, size), (0, 0), depth)
    scene_rgb *= (1 - float(rng.uniform(0.1, 0.35)) * under)[..., None]
    scene_rgb *= (1 - mask)[..., None]
    scene_rgb += seen * mask[..., None]


def _lay_mat(
    scene_rgb: Field, big: NDArray[np.float64], camera: _Camera, rng: np.random.Generator
) -> None:
    """Put the usual green or black pad with a printed grid under the page."""
    middle = (float(camera.centre_mm[0] * 0.3), float(camera.centre_mm[1] * 0.3))
    wide = 60.0 * rng.uniform(1.0, 1.6)
    pad = _rectangle((A4_MM[0] + wide, A4_MM[1] + wide), middle, float(rng.uniform(-4, 4)))
    green = np.array([60.0, 95.0, 40.0]) if rng.random() < 0.6 else np.array([45.0, 45.0, 48.0])
    texture = np.empty((760, 760, 3), np.uint8)
    texture[:] = green
    for at in range(0, 760, 38):
        cv2.line(texture, (at, 20), (at, 740), (green + 50).tolist(), 1)
        cv2.line(texture, (20, at), (740, at), (green + 50).tolist(), 1)
    _lay_paper(scene_rgb, (texture, np.full((760, 760), 255, np.uint8)), big, pad, rng)


# --- tables -------------------------------------------------------------------------------------

_TABLE_PX: Final = 1400
_TABLE_MM: Final = 1800.0


def _table_to_plane(table: Picture) -> NDArray[np.float64]:
    per_px = _TABLE_MM / table.shape[1]
    half = _TABLE_MM / 2
    return np.array([[per_px, 0, -half], [0, per_px, -half], [0, 0, 1]])


def _uniform(rng: np.random.Generator, colour: tuple[float, float, float], grain: float) -> Picture:
    noise = rng.normal(0, grain, (_TABLE_PX, _TABLE_PX, 1)).astype(np.float32)
    noise += cv2.resize(
        rng.normal(0, grain * 1.5, (40, 40)).astype(np.float32), (_TABLE_PX, _TABLE_PX)
    )[..., None]
    return np.clip(np.array(colour, np.float32) + noise, 0, 255).astype(np.uint8)


_COLOURS: Final = (
    (60, 70, 80),
    (120, 125, 130),
    (160, 190, 205),
    (150, 90, 50),
    (70, 110, 60),
    (60, 60, 140),
    (40, 45, 90),
    (190, 180, 160),
    (100, 140, 180),
)


def _plain_table(rng: np.random.Generator) -> Picture:
    blue, green, red = _COLOURS[int(rng.integers(len(_COLOURS)))]
    return _uniform(rng, (blue, green, red), float(rng.uniform(1, 4)))


def _dark_table(rng: np.random.Generator) -> Picture:
    level = float(rng.uniform(12, 45))
    return _uniform(rng, (level, level, level * float(rng.uniform(0.9, 1.3))), 2.0)


def _white_table(rng: np.random.Generator) -> Picture:
    level = float(rng.uniform(196, 222))
    return _uniform(rng, (level * 0.97, level, level * 1.01), 1.0)


def _wooden_table(rng: np.random.Generator) -> Picture:
    rows = np.cumsum(rng.normal(0, 1, _TABLE_PX)).astype(np.float32)
    rows -= cv2.GaussianBlur(rows[:, None], (0, 0), 60)[:, 0]
    bend = np.cumsum(rng.normal(0, 0.15, _TABLE_PX))
    grain = np.stack([np.roll(rows, round(float(b))) for b in bend], axis=1)
    fine = cv2.GaussianBlur(
        rng.normal(0, 30, (_TABLE_PX, _TABLE_PX)).astype(np.float32), (41, 1), 0
    )
    base = np.array([(70, 110, 160), (45, 70, 110), (110, 160, 200)][int(rng.integers(3))])
    strength = float(rng.uniform(1.0, 2.5))
    table = base.astype(np.float32) + (grain * strength + fine * 0.6)[..., None]
    if rng.random() < 0.5:  # boards with dark joints
        for at in range(0, _TABLE_PX, int(rng.integers(90, 180))):
            table[at : at + 3] *= 0.45
    return np.clip(table, 0, 255).astype(np.uint8)


def _patterned_table(rng: np.random.Generator) -> Picture:
    kind = int(rng.integers(4))
    if kind == 0:  # granite
        spots = rng.normal(0, 1, (_TABLE_PX, _TABLE_PX)).astype(np.float32)
        spots = cv2.GaussianBlur(spots, (0, 0), 2.0)
        table = 110 + 55 * spots / float(spots.std())
        return cv2.cvtColor(np.clip(table, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    table = _plain_table(rng)
    darker = (table[0, 0].astype(np.float32) * float(rng.uniform(0.55, 0.8))).tolist()
    step = int(rng.integers(60, 140))
    if kind == 1:  # tiles
        for at in range(0, _TABLE_PX, step):
            cv2.line(table, (at, 0), (at, _TABLE_PX), darker, 4)
            cv2.line(table, (0, at), (_TABLE_PX, at), darker, 4)
    elif kind == 2:  # striped cloth
        for at in range(0, _TABLE_PX, step):
            table[:, at : at + step // 2] = np.array(darker)
    else:  # a table that ends, and the floor
        edge = int(_TABLE_PX * rng.uniform(0.32, 0.38))
        table[:edge] = np.array(darker) * 0.5
    return table


def _any_table(rng: np.random.Generator) -> Picture:
    kinds = (_plain_table, _plain_table, _dark_table, _wooden_table, _patterned_table)
    return kinds[int(rng.integers(len(kinds)))](rng)


def _blank_table(rng: np.random.Generator) -> Picture:
    kinds = (_plain_table, _dark_table, _white_table, _wooden_table, _patterned_table)
    return kinds[int(rng.integers(len(kinds)))](rng)


_TABLES: Final[dict[str, Callable[[np.random.Generator], Picture]]] = {
    "plain": _plain_table,
    "dark_table": _dark_table,
    "white_table": _white_table,
    "wood": _wooden_table,
    "patterned": _patterned_table,
    "mat": _plain_table,
    "blank": _blank_table,
}


# --- light and lens -----------------------------------------------------------------------------


def _lit(picture: Field, scene: str, pages: list[TruePage], rng: np.random.Generator) -> Field:
    height, width = picture.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (xs / width - 0.5) * rng.uniform(-0.4, 0.4)
    down = (ys / height - 0.5) * rng.uniform(-0.4, 0.4)
    light = (1.0 + across + down).astype(np.float32) * np.float32(rng.uniform(0.82, 1.0))
    if scene in {"shadow", "blank"} and (scene == "shadow" or rng.random() < 0.5):
        for _ in range(int(rng.integers(1, 3))):
            light *= _shadow(xs, ys, pages, rng)
    if scene == "low_light":
        light *= np.float32(rng.uniform(0.12, 0.28))
    colour = np.array([rng.uniform(0.8, 1.05), 1.0, rng.uniform(0.85, 1.05)], np.float32)
    picture = picture * light[..., None] * colour
    if scene == "glare":
        page = pages[0].corners
        inner = page.mean(axis=0) + (page[int(rng.integers(4))] - page.mean(axis=0)) * 0.4
        reach = pages[0].diagonal_px * rng.uniform(0.08, 0.14)
        away = ((xs - inner[0]) / reach) ** 2 + ((ys - inner[1]) / (reach * 0.7)) ** 2
        # A lamp on glossy paper: lost altogether in the middle, soft outside.
        picture = picture * np.float32(0.8) + (330 * np.exp(-away))[..., None].astype(np.float32)
    return picture


def _shadow(xs: Field, ys: Field, pages: list[TruePage], rng: np.random.Generator) -> Field:
    height, width = xs.shape
    centre = pages[0].corners.mean(axis=0) if pages else np.array([width / 2, height / 2])
    softness = float(rng.uniform(4, 50)) * width / 1200
    strength = float(rng.uniform(0.35, 0.6))
    if rng.random() < 0.6:  # somebody stands in the light
        angle = rng.uniform(0, 2 * math.pi)
        along = (xs - centre[0]) * math.cos(angle) + (ys - centre[1]) * math.sin(angle)
        depth = along + rng.uniform(-0.1, 0.1) * width
    else:  # a head
        reach = width * rng.uniform(0.15, 0.3)
        depth = np.hypot(xs - centre[0] - reach * 0.8, (ys - centre[1]) * 0.8) - reach
    soft = 1 / (1 + np.exp(np.clip(depth / softness, -30, 30)))
    return np.asarray(1 - strength * soft, dtype=np.float32)


def _lay_hand(picture: Field, page: NDArray[np.float64], rng: np.random.Generator) -> None:
    """Let fingers reach from beyond the picture over one edge of the page, not over a corner."""
    height, width = picture.shape[:2]
    side = int(rng.integers(4))
    start, end = page[side], page[(side + 1) % 4]
    along = (end - start) / np.hypot(*(end - start))
    outward = np.array([along[1], -along[0]])
    middle = start + (end - start) * rng.uniform(0.38, 0.62)
    reach = np.hypot(*(page[2] - page[0]))
    thick = reach * 0.026
    mask = np.zeros((height, width), np.uint8)
    tone = np.array([(120, 155, 205), (90, 125, 180), (140, 175, 225)][int(rng.integers(3))])
    for finger in range(4):
        at = middle + along * (finger - 1.5) * thick * 2.3
        tip = at - outward * reach * rng.uniform(0.03, 0.07)
        root = at + outward * reach * 0.16
        cv2.line(mask, _point(tip), _point(root), 255, max(2, round(thick * 2)), cv2.LINE_AA)
    palm = middle + outward * reach * 0.22
    cv2.circle(mask, _point(palm), round(thick * 4.6), 255, -1, cv2.LINE_AA)
    wrist = middle + outward * reach * 1.2
    cv2.line(mask, _point(palm), _point(wrist), 255, max(2, round(thick * 6)), cv2.LINE_AA)
    soft = cv2.GaussianBlur(mask, (0, 0), 1.2).astype(np.float32) / 255
    shade = cv2.GaussianBlur(mask, (0, 0), thick).astype(np.float32) / 255
    picture *= (1 - 0.35 * cv2.GaussianBlur(shade, (0, 0), 3))[..., None]
    picture *= (1 - soft)[..., None]
    picture += (0.6 + 0.4 * shade)[..., None] * tone.astype(np.float32) * soft[..., None]


def _point(at: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(at[0])), round(float(at[1]))


def _as_camera_gives(picture: Field, scene: str, rng: np.random.Generator) -> Picture:
    height, width = picture.shape[:2]
    if scene == "blur":
        sigma = width / 1200 * float(rng.uniform(2.6, 4.0))
        picture = cv2.GaussianBlur(picture, (0, 0), sigma)
    else:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.6)
    noise = 5.0 if scene == "low_light" else float(rng.uniform(0.8, 2.5))
    picture = picture + rng.normal(0, noise, (height, width, 3)).astype(np.float32)
    flat = np.clip(picture, 0, 255).astype(np.uint8)
    quality = int(rng.integers(80, 96))
    _done, packed = cv2.imencode(".jpg", flat, [cv2.IMWRITE_JPEG_QUALITY, quality])
    unpacked = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    if unpacked is None:
        raise RuntimeError("a picture just written cannot be read")
    return np.asarray(unpacked, dtype=np.uint8)
