"""Lead letters, plates and burnt-in text beside the hand."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_LETTERS = "ABCDEFGHJKLMNPRSTW0123456789"


BESIDE_CHANCE = 0.75
"""Markers that were laid beside the bones of interest; the others lie anywhere."""
_TRIES = 8


def add_markers(grey: np.ndarray, side: int, bones: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw up to three markers; returns float32 0..1 of the same shape.

    ``bones`` (bool, same shape) is what most markers keep off.
    """
    out = grey
    for index in range(int(rng.choice([0, 1, 1, 2, 3]))):
        first = ("L" if side > 0 else "R") if index == 0 else str(rng.choice(list(_LETTERS)))
        text = first + "".join(rng.choice(list(_LETTERS), int(rng.integers(0, 4))))
        out = _stamp(out, text, bones, rng)
    return out


def _stamp(grey: np.ndarray, text: str, bones: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    size = int(max(8, min(grey.shape) * rng.uniform(0.025, 0.075)))
    font = ImageFont.load_default(size)
    stacked = rng.random() < 0.5 and len(text) > 1
    label = text[0] + "\n" + text[1:] if stacked else text
    left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox((0, 0), label, font=font)
    pad = max(2, size // 4)
    plate = Image.new("L", (int(right - left) + 2 * pad, int(bottom - top) + 2 * pad), 0)
    has_plate = rng.random() < 0.6
    ImageDraw.Draw(plate).multiline_text((pad - left, pad - top), label, fill=255, font=font, align="center")
    letters = plate.rotate(angle := float(rng.normal(0, 18)), expand=True, resample=Image.Resampling.BILINEAR)
    body = Image.new("L", plate.size, 255).rotate(angle, expand=True)
    height, width = letters.size[1], letters.size[0]
    if height >= grey.shape[0] or width >= grey.shape[1]:
        return grey
    row, column = _spot(height, width, bones, rng)
    out = grey.copy()
    area = out[row : row + height, column : column + width]
    if has_plate:
        cover = np.asarray(body, np.float32) / 255
        area += cover * np.float32(rng.uniform(0.02, 0.25))
    ink = np.asarray(letters, np.float32) / 255
    area[:] = area * (1 - ink) + ink * np.float32(rng.uniform(0.75, 1.0))
    return np.clip(out, 0, 1)


def _spot(height: int, width: int, bones: np.ndarray, rng: np.random.Generator) -> tuple[int, int]:
    """Row and column of a marker's corner."""
    tries = _TRIES if rng.random() < BESIDE_CHANCE else 1
    for _ in range(tries):
        row, column = int(rng.integers(0, bones.shape[0] - height)), int(rng.integers(0, bones.shape[1] - width))
        if not bones[row : row + height : 2, column : column + width : 2].any():
            break
    return row, column
