"""Many films on a few pictures, each with its outlines: for looking through by eye."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.reports.colours import hex_colour
from OsteoScreenLib.reports.drawing import outlines_of
from OsteoScreenLib.segmentation.values import Segmentation

TILE = (460, 400)
"""Rows and columns of one film's place."""
GRID = (3, 4)
"""Rows and columns of films on one page."""
CAPTION = 14
AROUND = 0.12
"""Rim shown around the outlines, as a fraction of their longer side."""


def tile(radiograph: Radiograph, segmentation: Segmentation, caption: str, marked: bool) -> Image.Image:
    """The region with outlines (the whole film where there are none) under a caption, red where ``marked``."""
    box = _region(np.asarray(segmentation.masks.any(0)))
    grey = np.rint(255 * radiograph.normalised()[box]).astype(np.uint8)
    factor = min((TILE[0] - CAPTION) / grey.shape[0], TILE[1] / grey.shape[1])
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    place = Image.new("RGB", TILE[::-1])
    place.paste(Image.fromarray(grey).resize(size, Image.Resampling.LANCZOS), (0, CAPTION))
    pen = ImageDraw.Draw(place)
    for bone in BONES:
        for line in outlines_of(segmentation.mask(bone)[box]):
            points = (line + 0.5) * factor + np.array([0, CAPTION])
            pen.line([tuple(point) for point in points], fill=hex_colour(bone), width=1)
    pen.text((2, 1), caption, fill="#ff5050" if marked else "#ffffff")
    return place


def write_sheet(tiles: list[Image.Image], folder: Path) -> list[Path]:
    """Write pages ``sheet_01.png`` ... into ``folder`` (created) and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, page in enumerate(_pages(tiles), start=1):
        paths.append(folder / f"sheet_{number:02}.png")
        page.save(paths[-1])
    return paths


def _pages(tiles: list[Image.Image]) -> Iterator[Image.Image]:
    rows, columns = GRID
    for start in range(0, len(tiles), rows * columns):
        page = Image.new("RGB", (columns * TILE[1], rows * TILE[0]))
        for i, one in enumerate(tiles[start : start + rows * columns]):
            page.paste(one, (i % columns * TILE[1], i // columns * TILE[0]))
        yield page


def _region(anywhere: np.ndarray) -> tuple[slice, slice]:
    if not anywhere.any():
        return (slice(None), slice(None))
    rows, columns = np.flatnonzero(anywhere.any(1)), np.flatnonzero(anywhere.any(0))
    rim = round(AROUND * max(np.ptp(rows), np.ptp(columns)))
    return (slice(max(rows[0] - rim, 0), rows[-1] + rim + 1), slice(max(columns[0] - rim, 0), columns[-1] + rim + 1))
