"""A look at how a run outlines: validation films with the annotators' outlines and the hypotheses'."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from training.segmentation.validate import Reading

FILMS = 3
SIDE = 3.2
"""Inches of one panel, at 100 pixels per inch."""
ANNOTATORS, HYPOTHESES = "#3fd2ff", "#ffb000"


def draw(readings: Sequence[Reading], title: str) -> Image.Image:
    """Two rows of panels, annotators above and hypotheses below; a heavier hypothesis is drawn more strongly."""
    figure = Figure(figsize=(SIDE * len(readings), 2 * SIDE + 0.3), dpi=100, facecolor="black")
    panels = figure.subplots(2, len(readings), squeeze=False)
    figure.subplots_adjust(0, 0, 1, 2 * SIDE / (2 * SIDE + 0.3), 0.02, 0.02)
    figure.text(0.01, 1 - 0.08 / (2 * SIDE + 0.3), title, color="white", size=9, va="top")
    for column, reading in enumerate(readings):
        annotators = np.full(len(reading.coverage), 0.7)
        strength = reading.weights.numpy() / float(reading.weights.max())
        for panel, masks, alphas, colour in (
            (panels[0, column], reading.coverage, annotators, ANNOTATORS),
            (panels[1, column], reading.hypotheses, 0.1 + 0.6 * strength, HYPOTHESES),
        ):
            _panel(panel, reading.pixels.numpy())
            for mask, alpha in zip(masks.numpy(), alphas, strict=True):
                _outline(panel, mask, float(alpha), colour)
    FigureCanvasAgg(figure)
    written = BytesIO()
    figure.savefig(written, format="png", facecolor="black")
    return Image.open(written).convert("P", palette=Image.Palette.ADAPTIVE)


def _panel(panel: object, pixels: np.ndarray) -> None:
    panel.imshow(pixels, cmap="gray", vmin=0, vmax=1)  # type: ignore[attr-defined]
    panel.set_axis_off()  # type: ignore[attr-defined]


def _outline(panel: object, bones: np.ndarray, alpha: float, colour: str) -> None:
    # Output pixel i covers the film's pixels 2 i and 2 i + 1: its centre lies between them.
    rows, columns = (2 * np.arange(side) + 0.5 for side in bones.shape[1:])
    for bone in bones:
        if bone.max() > 0.5 > bone.min():
            panel.contour(columns, rows, bone, [0.5], colors=[colour], linewidths=0.7, alpha=alpha)  # type: ignore[attr-defined]
