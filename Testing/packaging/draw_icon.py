"""Draw the extension's icon: a metacarpal with its cortex and cavity, and the width that is measured across it.

``python Testing/packaging/draw_icon.py`` writes ``Resources/Icons/OsteoScreen.png``.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

ICON = Path(__file__).resolve().parents[2] / "Resources" / "Icons" / "OsteoScreen.png"
SIZE = 128
FINE = 16
"""Drawn this many times larger, then reduced: smooth edges."""
FILM, CORTEX, CAVITY, MEASURE = (27, 73, 101), (250, 246, 235), (80, 122, 147), (255, 159, 28)
TILT = math.radians(32)

# Half widths along the bone, base to head, in parts of its length; the shaft is narrowest in the middle.
AT = (0.0, 0.008, 0.03, 0.07, 0.13, 0.25, 0.37, 0.50, 0.63, 0.75, 0.84, 0.90, 0.95, 0.98, 0.995, 1.0)
OUTER = (0.110, 0.150, 0.178, 0.193, 0.192, 0.153, 0.127, 0.119, 0.126, 0.152, 0.180, 0.183, 0.160, 0.118, 0.065, 0.0)
INNER_AT = (0.200, 0.204, 0.218, 0.25, 0.37, 0.50, 0.63, 0.745, 0.777, 0.791, 0.795)
INNER = (0.0, 0.016, 0.034, 0.047, 0.058, 0.057, 0.058, 0.047, 0.034, 0.016, 0.0)


def draw() -> Image.Image:
    """Return the icon, RGBA, 128 x 128."""
    side = SIZE * FINE
    picture = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((2 * FINE, 2 * FINE, side - 2 * FINE, side - 2 * FINE), radius=24 * FINE, fill=FILM)
    pen.polygon(_place(_outline(AT, OUTER)), fill=CORTEX)
    pen.polygon(_place(_outline(INNER_AT, INNER)), fill=CAVITY)
    _measure(pen)
    return picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def _outline(at: tuple[float, ...], half: tuple[float, ...]) -> np.ndarray:
    """Return the closed outline (N x 2: along, across) of half widths joined smoothly."""
    from scipy.interpolate import PchipInterpolator

    along = np.linspace(at[0], at[-1], 400)
    across = PchipInterpolator(at, half)(along)
    return np.concatenate([np.stack([along, across], 1), np.stack([along, -across], 1)[::-1]])


def _place(points: np.ndarray) -> list[tuple[float, float]]:
    """Turn (along, across) in bone lengths into pixels: base at the lower left, head at the upper right."""
    length = 0.93 * SIZE * FINE
    along, across = (points[:, 0] - 0.5) * length, points[:, 1] * length
    x = along * math.sin(TILT) + across * math.cos(TILT) + SIZE * FINE / 2
    y = -along * math.cos(TILT) + across * math.sin(TILT) + SIZE * FINE / 2
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _measure(pen: ImageDraw.ImageDraw) -> None:
    """The line across the middle of the shaft, with its two ends."""
    reach, tick, thick = 0.225, 0.080, 0.021
    for first, last in (
        ((0.5, -reach), (0.5, reach)),
        ((0.5 - tick, -reach), (0.5 + tick, -reach)),
        ((0.5 - tick, reach), (0.5 + tick, reach)),
    ):
        (a, b), (c, d) = first, last
        if a == c:
            corners = [(a - thick, b), (a + thick, b), (c + thick, d), (c - thick, d)]
        else:
            corners = [(a, b - thick), (c, d - thick), (c, d + thick), (a, b + thick)]
        pen.polygon(_place(np.array(corners)), fill=MEASURE)


if __name__ == "__main__":
    draw().save(ICON, optimize=True)
    print(f"{ICON} written")
