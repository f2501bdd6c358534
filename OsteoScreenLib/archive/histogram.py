"""A histogram as what a drawing of it needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 440.0, 130.0
"""Size of the area that the bars stand in, in units of the drawing."""
BIN = 0.025


@dataclass(frozen=True)
class Bar:
    """One bar: place and size in the drawing, and what it says."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True)
class Histogram:
    """Bars of an archive's values, and where known the line of the reference's (SVG path) and marked values (x, name)."""

    title: str
    films: int
    bars: tuple[Bar, ...]
    line: str | None
    ticks: tuple[tuple[float, str], ...]
    marks: tuple[tuple[float, str], ...]
    most: int


def histogram(
    title: str, values: np.ndarray, quantiles: tuple[float, ...] | None, marks: tuple[tuple[float, str], ...] = ()
) -> Histogram:
    """Draw ``values`` (0 to 1) in bins of `BIN`, and the reference's density between its 0 %, 10 % ... 100 % ``quantiles``.

    The reference is scaled to as many films as there are values.
    """
    known = [values, np.asarray(quantiles or ()), np.array([value for value, _ in marks])]
    together = np.concatenate(known) if any(each.size for each in known) else np.array([0.0, 1.0])
    low = np.floor(np.clip(together.min(), 0, 1) * 10) / 10
    high = max(np.ceil(np.clip(together.max(), 0, 1) * 10) / 10, low + 0.1)
    edges = np.linspace(low, high, round((high - low) / BIN) + 1)
    counts = np.histogram(values, edges)[0]
    expected = None if quantiles is None else np.diff(_below(edges, quantiles)) * values.size
    most = max(float(counts.max(initial=0)), 0.0 if expected is None else float(expected.max()), 1.0)

    def x(value: float) -> float:
        return round(float((value - low) / (high - low)) * WIDTH, 2)

    bars = tuple(
        Bar(
            x(left) + 0.5,
            round(HEIGHT * (1 - count / most), 2),
            round(x(right) - x(left) - 1.0, 2),
            round(HEIGHT * count / most, 2),
            f"{left:.3g} to {right:.3g}: {count:,} film{'' if count == 1 else 's'}",
        )
        for left, right, count in zip(edges[:-1], edges[1:], counts.tolist(), strict=True)
        if count
    )
    return Histogram(
        title=title,
        films=int(values.size),
        bars=bars,
        line=None if expected is None else _steps(expected, most, [x(edge) for edge in edges]),
        ticks=tuple((x(tick), f"{tick:.1f}") for tick in np.arange(low, high + 0.05, 0.1)),
        marks=tuple((x(value), name) for value, name in marks),
        most=int(counts.max(initial=0)),
    )


def _below(edges: np.ndarray, quantiles: tuple[float, ...]) -> np.ndarray:
    """Share of the reference below each edge, linear between the quantiles."""
    shares = np.linspace(0.0, 1.0, len(quantiles))
    return np.interp(edges, quantiles, shares, left=0.0, right=1.0)


def _steps(expected: np.ndarray, most: float, places: list[float]) -> str:
    path = f"M{places[0]} {HEIGHT}"
    for count, right in zip(expected, places[1:], strict=True):
        path += f"V{HEIGHT * (1 - count / most):.2f}H{right}"
    return f"{path}V{HEIGHT}"
