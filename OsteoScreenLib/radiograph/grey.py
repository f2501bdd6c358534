"""Colour to grey: a film stored in colour is its luminance, a colour photograph is refused."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.errors import FilmError

LUMINANCE = (0.299, 0.587, 0.114)
"""Rec. ITU-R BT.601 weights of red, green and blue."""
COLOUR = 0.12
"""A pixel is coloured when its channels differ by more than this fraction of the image's range."""
MOST_COLOURED = 0.05
"""Part of the pixels that annotations may colour."""


def to_grey(image: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Return (grey values, padding mask or ``None``) of an image of rows x columns [x 1..4 channels].

    Two channels are grey and alpha, four are RGB and alpha. Fully transparent pixels carry no image; otherwise alpha is ignored.

    Raises
    ------
    FilmError
        For another number of channels, or for a picture that is really coloured.
    """
    if image.ndim == 2:
        return image, None
    if image.ndim != 3 or image.shape[2] not in (1, 2, 3, 4):
        raise FilmError(name, f"the array has the shape {image.shape}", "Give a grey or an RGB image of one film")
    channels = image.shape[2]
    padding = None
    if channels in (2, 4):
        transparent = image[:, :, -1] == 0
        if transparent.any() and not transparent.all():
            padding = transparent
    if channels <= 2:
        return np.ascontiguousarray(image[:, :, 0]), padding
    red, green, blue = image[:, :, 0], image[:, :, 1], image[:, :, 2]
    if np.array_equal(red, green) and np.array_equal(green, blue):
        return np.ascontiguousarray(red), padding
    _refuse_photograph(image[:, :, :3], padding, name)
    grey = (
        LUMINANCE[0] * red.astype(np.float32) + LUMINANCE[1] * green.astype(np.float32) + LUMINANCE[2] * blue.astype(np.float32)
    )
    return grey, padding


def _refuse_photograph(rgb: np.ndarray, padding: np.ndarray | None, name: str) -> None:
    step = max(1, int(np.sqrt(rgb.shape[0] * rgb.shape[1] / 250_000)))
    sample = rgb[::step, ::step].astype(np.float32)
    seen = np.ones(sample.shape[:2], bool) if padding is None else ~padding[::step, ::step]
    extent = float(sample.max() - sample.min()) or 1.0
    spread = (sample.max(axis=2) - sample.min(axis=2))[seen] / extent
    coloured = float(np.mean(spread > COLOUR)) if spread.size else 0.0
    if coloured > MOST_COLOURED:
        raise FilmError(
            name,
            f"this is a colour picture ({100 * coloured:.0f} % of the pixels are coloured), not a radiograph",
            "Give the radiograph itself, exported in grey",
        )
