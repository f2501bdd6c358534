"""Draw the thumbnails of the sample films with their real outlines, as Slicer's Sample Data module shows them.

``python Testing/packaging/draw_thumbnails.py`` screens the films and writes ``Resources/Icons/<film>.png``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.radiograph import read_radiograph
from OsteoScreenLib.reports.colours import hex_colour
from OsteoScreenLib.reports.drawing import drawing_of
from OsteoScreenLib.reports.picture import picture_of
from OsteoScreenLib.screening.screener import Screener

RESOURCES = Path(__file__).resolve().parents[2] / "Resources"
SIZE = (260, 280)
"""Columns and rows, as Slicer's own thumbnails."""
FINE = 4


def thumbnail(film: Path, screener: Screener) -> Image.Image:
    """Return the part of the film around its bones, outlined in the bones' colours; 260 x 280."""
    radiograph = read_radiograph(film)
    picture = picture_of(radiograph, longest_side=2000)
    bones = drawing_of(screener.screen(radiograph), picture).bones
    points = np.concatenate([line for bone in bones for line in bone.outlines])
    left, top, right, bottom = window(points, picture.shape)
    scale = FINE * SIZE[0] / (right - left)
    canvas = Image.fromarray(picture.grey).crop((left, top, right, bottom)).convert("RGB")
    canvas = canvas.resize((FINE * SIZE[0], FINE * SIZE[1]), Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(canvas)
    for width, rim in ((15, True), (8, False)):
        for bone in bones:
            for line in bone.outlines:
                placed = [tuple(point) for point in (line + 0.5 - (left, top)) * scale]
                pen.line([*placed, placed[0]], fill="#000000" if rim else hex_colour(bone.bone), width=width, joint="curve")
    return canvas.resize(SIZE, Image.Resampling.LANCZOS)


def window(points: np.ndarray, shape: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return (left, top, right, bottom) of the largest window of the thumbnail's shape, around the points where it can be."""
    rows, columns = shape
    unit = min(columns / SIZE[0], rows / SIZE[1])
    wide, high = unit * SIZE[0], unit * SIZE[1]
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    left = float(np.clip(middle[0] - wide / 2, 0, columns - wide))
    top = float(np.clip(middle[1] - high / 2, 0, rows - high))
    return round(left), round(top), round(left + wide), round(top + high)


if __name__ == "__main__":
    loaded = Screener(load_bundle())
    for each in sorted((RESOURCES / "SampleData").glob("*.png")):
        target = RESOURCES / "Icons" / each.name
        thumbnail(each, loaded).save(target, optimize=True)
        print(f"{target} written")
