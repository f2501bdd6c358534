"""Multi-scale contrast: a Laplacian pyramid whose bands follow a power law (after Vuylsteke and Schoeters, SPIE 2167, 1994)."""

from __future__ import annotations

import numpy as np


def multiscale_contrast(image: np.ndarray, power: float, reach: float, levels: int = 5, latitude: float = 1.0) -> np.ndarray:
    """Raise weak detail over strong at every scale; float32, same shape.

    Each band b becomes reach * sign(b) * (|b| / reach)^power: below 1, what is fainter than ``reach`` gains and what is stronger
    loses. ``levels`` bands are doublings of a pixel; the rest behind them is scaled by ``latitude``. With power 1 and latitude 1
    the image comes back.
    """
    bands: list[np.ndarray] = []
    current = np.asarray(image, dtype=np.float32)
    for _ in range(levels):
        smaller = halve(current)
        bands.append(current - double(smaller, (current.shape[0], current.shape[1])))
        current = smaller
    if latitude != 1.0:
        mean = np.float32(current.mean())
        current = mean + np.float32(latitude) * (current - mean)
    for band in reversed(bands):
        current = double(current, (band.shape[0], band.shape[1])) + power_law(band, power, reach)
    return current


def power_law(band: np.ndarray, power: float, reach: float) -> np.ndarray:
    """Reach * sign(b) * (|b| / reach)^power, with the gain limited to 8 around zero so that noise is not all that is seen."""
    if power == 1.0:
        return band
    weakest = reach * 8 ** (-1 / (1 - power)) if power < 1 else 0.0
    share = np.maximum(np.abs(band), np.float32(max(weakest, 1e-6))) * np.float32(1 / reach)
    gain = np.exp(np.log(share) * np.float32(power - 1))
    return np.asarray(band * gain, dtype=np.float32)


def halve(image: np.ndarray) -> np.ndarray:
    """Mean of 2 x 2 pixels; an odd last row or column counts twice."""
    rows, columns = image.shape
    if rows % 2 or columns % 2:
        image = np.pad(image, ((0, rows % 2), (0, columns % 2)), mode="edge")
    pairs = image[0::2] + image[1::2]
    return np.asarray((pairs[:, 0::2] + pairs[:, 1::2]) * np.float32(0.25))


def double(image: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Bilinear enlargement by two (weights 3/4 and 1/4), cropped to ``shape``."""
    return _double_rows(_double_rows(image).T).T[: shape[0], : shape[1]]


def _double_rows(image: np.ndarray) -> np.ndarray:
    out = np.empty((2 * image.shape[0], image.shape[1]), np.float32)
    near = image * np.float32(0.75)
    far = image * np.float32(0.25)
    out[0] = image[0]
    np.add(near[1:], far[:-1], out=out[2::2])
    np.add(near[:-1], far[1:], out=out[1:-1:2])
    out[-1] = image[-1]
    return out
