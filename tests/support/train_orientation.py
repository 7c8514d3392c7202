# SPDX-License-Identifier: Apache-2.0
"""Trains the network of ``page_orientation`` on random characters and writes its weights.

``python -m tests.support.train_orientation`` takes some minutes; the same seed gives the same weights up to
rounding. Chinese characters are those of GB 2312's first level, which are as frequent as they come.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from drivers.document_scanner.page_orientation import PATCH_PX, character_patches

ROOT: Final = Path(__file__).parents[2]
WEIGHTS: Final = ROOT / "drivers" / "document_scanner" / "character_orientation.npz"
FONTS: Final = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc", 2),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 0),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf", 0),
)
HANZI: Final = "".join(
    bytes((row, cell)).decode("gb2312", "ignore")
    for row in range(0xB0, 0xD8)
    for cell in range(0xA1, 0xFF)
)
LATIN: Final = "etaoinshrdlucmfwypvbgkjqxz" * 2 + "etaoinshrdlu" * 3 + "ABCDEFGHIKLMNOPRSTUVW"
PAGES: Final = 600
HIDDEN: Final = 64
EPOCHS: Final = 10
SEED: Final = 20261121


def words(rng: np.random.Generator, *, latin: bool) -> str:
    """Make up a line of nonsense."""
    if latin:
        return " ".join(
            "".join(rng.choice(list(LATIN), int(rng.integers(2, 10)))) for _ in range(14)
        )
    line = list(rng.choice(list(HANZI), 46))
    for _ in range(int(rng.integers(2, 7))):
        line[int(rng.integers(46))] = str(rng.choice(list("，。、；：0123456789年月日（）")))
    return "".join(line)


def page(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a page of it, spoilt a little as a camera would."""
    path, index = FONTS[int(rng.integers(len(FONTS)))]
    latin = index == 0 or bool(rng.random() < 0.25)
    size = int(rng.integers(11, 34))
    image = Image.new("L", (800, 560), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(path, size, index=index)
    y = int(rng.integers(4, 20))
    while y < 540:
        indent = int(rng.choice([16, 16, 16, 16 + 2 * size]))
        draw.text((indent, y), words(rng, latin=latin), fill=int(rng.integers(0, 90)), font=font)
        y += int(size * rng.uniform(1.25, 2.1))
    grey = np.asarray(image, dtype=np.float32)
    grey = cv2.GaussianBlur(grey, (0, 0), float(rng.uniform(0.3, 0.06 * size)))
    if rng.random() < 0.45:  # a camera that saw too few pixels, and the page enlarged again
        coarse = max(0.5, 9 / size) * float(rng.uniform(1.0, 1.6))
        coarse = min(coarse, 1.0)
        small = cv2.resize(grey, None, fx=coarse, fy=coarse, interpolation=cv2.INTER_AREA)
        small += rng.normal(0, rng.uniform(1, 12), small.shape).astype(np.float32)
        grey = cv2.resize(small, (800, 560), interpolation=cv2.INTER_LINEAR)
    grey = grey + rng.normal(0, rng.uniform(0, 7), grey.shape).astype(np.float32)
    turned = cv2.warpAffine(
        grey,
        cv2.getRotationMatrix2D((400, 280), float(rng.normal(0, 0.7)), 1.0),
        (800, 560),
        borderValue=255,
    )
    return np.clip(turned, 0, 255).astype(np.uint8)


def samples(rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return patches and how many quarter turns anticlockwise make each upright."""
    upright = np.concatenate([character_patches(page(rng)) for _ in range(PAGES)])
    # Turned clockwise by k quarters, k quarters anticlockwise make it upright.
    turned = [np.rot90(upright, -k, axes=(1, 2)) for k in range(4)]
    labels = np.repeat(np.arange(4), len(upright))
    patches = np.concatenate(turned).reshape(-1, PATCH_PX * PATCH_PX)
    return patches.astype(np.float32), labels


def train(
    patches: NDArray[np.float32], labels: NDArray[np.intp], rng: np.random.Generator
) -> dict[str, NDArray[np.float32]]:
    """Fit the two layers by Adam on the cross entropy."""
    wide = patches.shape[1]
    weights = {
        "inner": rng.normal(0, np.sqrt(2 / wide), (wide, HIDDEN)).astype(np.float32),
        "inner_bias": np.zeros(HIDDEN, np.float32),
        "outer": rng.normal(0, np.sqrt(2 / HIDDEN), (HIDDEN, 4)).astype(np.float32),
        "outer_bias": np.zeros(4, np.float32),
    }
    first = {name: np.zeros_like(value) for name, value in weights.items()}
    second = {name: np.zeros_like(value) for name, value in weights.items()}
    step = 0
    for epoch in range(EPOCHS):
        rate = 2e-3 * 0.5 ** (epoch / 3)
        right = 0
        order = rng.permutation(len(patches))
        for start in range(0, len(order) - 255, 256):
            part = order[start : start + 256]
            x, y = patches[part], labels[part]
            hidden = np.maximum(x @ weights["inner"] + weights["inner_bias"], 0)
            scores = hidden @ weights["outer"] + weights["outer_bias"]
            right += int((scores.argmax(axis=1) == y).sum())
            shares = np.exp(scores - scores.max(axis=1, keepdims=True))
            shares /= shares.sum(axis=1, keepdims=True)
            shares[np.arange(len(y)), y] -= 1
            shares /= len(y)
            back = (shares @ weights["outer"].T) * (hidden > 0)
            gradients = {
                "inner": x.T @ back + 2e-5 * weights["inner"],
                "inner_bias": back.sum(axis=0),
                "outer": hidden.T @ shares,
                "outer_bias": shares.sum(axis=0),
            }
            step += 1
            for name, gradient in gradients.items():
                first[name] = 0.9 * first[name] + 0.1 * gradient
                second[name] = 0.999 * second[name] + 0.001 * gradient**2
                ahead = first[name] / (1 - 0.9**step)
                spread = np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8
                weights[name] = (weights[name] - rate * ahead / spread).astype(np.float32)
        print(f"epoch {epoch}: {right / len(patches):.3f} of single spots")  # noqa: T201
    return weights


def main() -> None:
    """Train and write."""
    rng = np.random.default_rng(SEED)
    patches, labels = samples(rng)
    print(f"{len(patches)} samples")  # noqa: T201
    weights = train(patches, labels, rng)
    np.savez_compressed(
        WEIGHTS, **{name: value.astype(np.float16) for name, value in weights.items()}
    )


if __name__ == "__main__":
    main()
