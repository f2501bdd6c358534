"""The one look of all figures: size, type and colours that people with colour blindness can tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito, Color Universal Design (2008)."""
STYLES = ("-", "--", "-.", (0, (1, 1.2)), (0, (5, 1, 1, 1, 1, 1)), (0, (3, 3)))
"""A line has a dash of its own, so that it is known without its colour."""
MARKERS = ("o", "s", "^", "D", "v", "P")
MOST_LINES = len(COLOURS)
GREY = "#6b6b6b"
WIDTH, DPI = 7.2, 120
"""Inches and pixels an inch: 864 pixels, the width of a README."""
_SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#444444",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.8,
    "figure.facecolor": "white",
}


@contextmanager
def figure(path: Path, height: float, title: str, words: str) -> Iterator[Figure]:
    """A figure of README width and ``height`` inches, written to ``path`` (PNG) at the end; ``words`` say of whom."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_SETTINGS):
        drawn = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
        FigureCanvasAgg(drawn)
        drawn.suptitle(f"{title}\n", x=0.012, ha="left", fontsize=11.5, fontweight="bold")
        engine = drawn.get_layout_engine()
        assert engine is not None
        engine.set(w_pad=0.08, h_pad=0.06)  # type: ignore[call-arg]
        drawn.text(0.012, 1 - 0.37 / height, words, ha="left", va="top", fontsize=9, color=GREY)
        yield drawn
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn.savefig(path, metadata={"Software": None})


def unit_axes(axes: Axes, across: str, up: str) -> None:
    """Both axes from 0 to 1, equal in length."""
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel=across, ylabel=up, aspect="equal")
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1])
