# SPDX-License-Identifier: Apache-2.0
"""Draws flat papers for photographs: pages and cards, all made up, each its own by its generator."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]

_SANS: Final = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
_SERIF: Final = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"
_SC: Final = 2
"""Simplified Chinese in these collections."""

_TITLES: Final = ("情况说明", "个人承诺书", "居住证明", "营业执照申请表", "Statement", "收入证明")
_PHRASES: Final = (
    "本人已知晓办理该事项所需的全部材料，",
    "并保证所填写的内容真实、准确、完整。",
    "如有不实之处，愿意承担相应的法律责任。",
    "现将有关情况说明如下：",
    "自二〇二六年三月起在本市居住和工作，",
    "请有关部门予以核实办理。",
    "The applicant confirms that all statements are true. ",
    "上述材料一式两份，双方各执一份。",
    "经办人员应当一次告知需要补正的全部内容。",
)


@cache
def _font(path: str, size_px: int) -> ImageFont.FreeTypeFont:
    if not Path(path).exists():
        raise FileNotFoundError(f"{path}: install fonts-noto-cjk")
    return ImageFont.truetype(path, size_px, index=_SC)


def draw_page(rng: np.random.Generator, *, pixels_per_mm: float) -> Picture:
    """Draw an A4 page (BGR): a title, paragraphs, perhaps a table and a red round stamp."""
    unit = pixels_per_mm
    width, height = round(210 * unit), round(297 * unit)
    level = int(rng.integers(228, 252))
    tint = (level, level, int(level * rng.uniform(0.955, 1.0)))
    image = Image.new("RGB", (width, height), tint)
    draw = ImageDraw.Draw(image)
    face = _SERIF if rng.random() < 0.5 else _SANS
    ink = tuple(int(v) for v in rng.integers(15, 60, 3))
    margin = 25 * unit
    title = _TITLES[int(rng.integers(len(_TITLES)))]
    draw.text(
        (width / 2, 28 * unit), title, fill=ink, font=_font(face, round(8 * unit)), anchor="mm"
    )
    y = 45 * unit
    size = round(float(rng.uniform(3.6, 5.0)) * unit)
    bottom = height * float(rng.uniform(0.45, 0.88))
    has_table = bool(rng.random() < 0.45)
    while y < bottom:
        y = _paragraph(draw, rng, (margin, y, width - margin), _font(face, size), ink)
        if has_table:
            y = _table(draw, rng, (margin, y + 4 * unit, width - margin), unit, ink)
            has_table = False
    sign_x, sign_y = width * 0.62, min(y + 10 * unit, height - 45 * unit)
    draw.text((sign_x, sign_y), "签名：王苗苗", fill=ink, font=_font(face, size))
    draw.text((sign_x, sign_y + size * 1.8), "2026年11月21日", fill=ink, font=_font(face, size))
    if rng.random() < 0.5:
        _stamp(draw, (sign_x + 12 * unit, sign_y + size), 19 * unit, unit)
    return cv2.cvtColor(np.asarray(image, dtype=np.uint8), cv2.COLOR_RGB2BGR).astype(np.uint8)


def _paragraph(
    draw: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    box: tuple[float, float, float],
    font: ImageFont.FreeTypeFont,
    ink: tuple[int, ...],
) -> float:
    left, y, right = box
    line = "　　"
    for _ in range(int(rng.integers(2, 7))):
        for character in _PHRASES[int(rng.integers(len(_PHRASES)))]:
            if font.getlength(line + character) > right - left:
                draw.text((left, y), line, fill=ink, font=font)
                y += font.size * 1.7
                line = ""
            line += character
    draw.text((left, y), line, fill=ink, font=font)
    return y + font.size * 2.4


def _table(
    draw: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    box: tuple[float, float, float],
    unit: float,
    ink: tuple[int, ...],
) -> float:
    left, y, right = box
    rows, pitch = int(rng.integers(4, 9)), 9 * unit
    line = max(1, round(0.4 * unit))
    font = _font(_SANS, round(3.8 * unit))
    labels = ("姓名", "住址", "联系电话", "事项", "材料", "份数", "备注", "日期")
    for row in range(rows):
        top = y + row * pitch
        draw.rectangle((left, top, right, top + pitch), outline=ink, width=line)
        draw.text((left + 3 * unit, top + 2 * unit), labels[row % 8], fill=ink, font=font)
    for split in (0.2, 0.6):
        x = left + (right - left) * split
        draw.line((x, y, x, y + rows * pitch), fill=ink, width=line)
    return y + rows * pitch + 6 * unit


def _stamp(
    draw: ImageDraw.ImageDraw, centre: tuple[float, float], radius: float, unit: float
) -> None:
    x, y = centre
    red = (205, 40, 45)
    draw.ellipse(
        (x - radius, y - radius, x + radius, y + radius),
        outline=red,
        width=max(1, round(1.1 * unit)),
    )
    draw.text((x, y), "样章", fill=red, font=_font(_SANS, round(8 * unit)), anchor="mm")


def draw_card(rng: np.random.Generator, *, is_front: bool, pixels_per_mm: float) -> Picture:
    """Draw a made-up card of ID-1 size (BGR), pale and patterned; it looks like no real one."""
    unit = pixels_per_mm
    width, height = round(85.6 * unit), round(53.98 * unit)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    base = np.array(
        [(225, 228, 205), (235, 225, 228), (215, 230, 238)][int(rng.integers(3))], np.float32
    )
    waves = np.sin(xs / (4 * unit) + 3 * np.sin(ys / (9 * unit))) * 7
    pattern = np.clip(base + waves[..., None] * np.array([1.0, 0.4, -0.6], np.float32), 0, 255)
    image = Image.fromarray(pattern.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    ink = (35, 40, 50)
    if is_front:
        font = _font(_SANS, round(3.4 * unit))
        rows = (
            "姓名　李测试",
            "性别　女　民族　汉",
            "出生　1990年1月1日",
            "住址　样例省样例市样例路",
        )
        for row, text in enumerate(rows):
            draw.text((6 * unit, (6 + row * 7) * unit), text, fill=ink, font=font)
        draw.text((6 * unit, 44 * unit), "样本号码　000000", fill=ink, font=font)
        draw.rectangle((58 * unit, 8 * unit, 79 * unit, 36 * unit), fill=(190, 200, 215))
        draw.ellipse((63.5 * unit, 11 * unit, 73.5 * unit, 23 * unit), fill=(120, 100, 90))
        draw.ellipse((60 * unit, 24 * unit, 77 * unit, 46 * unit), fill=(70, 75, 95))
        draw.rectangle(
            (57 * unit, 36 * unit, 80 * unit, 47 * unit),
            fill=tuple(pattern[5, 5].astype(int).tolist()),
        )
    else:
        draw.ellipse((6 * unit, 5 * unit, 22 * unit, 21 * unit), fill=(200, 60, 50))
        big, small = _font(_SERIF, round(6.5 * unit)), _font(_SANS, round(3.2 * unit))
        draw.text((52 * unit, 11 * unit), "样本证件", fill=ink, font=big, anchor="mm")
        draw.text((52 * unit, 20 * unit), "演示用", fill=ink, font=big, anchor="mm")
        draw.text((18 * unit, 38 * unit), "签发机关　样例市样例局", fill=ink, font=small)
        draw.text((18 * unit, 44 * unit), "有效期限　2020.01.01-2040.01.01", fill=ink, font=small)
    return cv2.cvtColor(np.asarray(image, dtype=np.uint8), cv2.COLOR_RGB2BGR).astype(np.uint8)
