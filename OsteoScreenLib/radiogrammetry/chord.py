"""Chord of an ellipse seen through a Gaussian blur, from a table: what a tube's wall looks like across a film."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

_BLURS = np.exp(np.linspace(np.log(0.004), np.log(4.0), 96))
_PLACES = 768
_SPAN = 3.5


def blurred_chord(position: np.ndarray, left: np.ndarray, right: np.ndarray, blur: np.ndarray) -> np.ndarray:
    """Half chord of ellipses of unit half depth between ``left`` and ``right``, blurred, and its second shape term.

    Parameters
    ----------
    position
        Samples.
    left, right
        N, edges in units of ``position``.
    blur
        N, standard deviation in units of ``position``.

    Returns
    -------
    2 x n x samples: the blurred sqrt(1 - u^2) and the blurred u^2 sqrt(1 - u^2), where u runs from -1 at the left edge to
    1 at the right one. A little of the second makes the section fuller (or, negative, more pointed) than an ellipse.
    """
    half = 0.5 * (right - left)
    u = (position - 0.5 * (left + right)[:, None]) / half[:, None]
    sigma = np.clip(blur / half, _BLURS[0], _BLURS[-1])
    row = np.log(sigma / _BLURS[0]) * ((len(_BLURS) - 1) / np.log(_BLURS[-1] / _BLURS[0]))
    upper = np.minimum(row.astype(int), len(_BLURS) - 2)
    down = (row - upper)[:, None]
    table = _table()
    values = np.zeros((2, *u.shape))
    for offset, weight in ((0, 1.0 - down), (1, down)):
        reach = 1.0 + _SPAN * _BLURS[upper + offset]
        column = np.minimum(np.abs(u) * ((_PLACES - 1) / reach)[:, None], _PLACES - 1.0)
        first = np.minimum(column.astype(int), _PLACES - 2)
        part = (column - first) * weight
        index = (upper + offset)[:, None] * _PLACES + first
        values += table[:, index] * (weight - part) + table[:, index + 1] * part
    return values


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    """Both blurred chords for each blur (rows) at places from the centre to where they have faded (columns), flattened."""
    edges = np.linspace(-_SPAN, _SPAN, 42)
    mass = np.exp(-0.5 * (0.5 * (edges[1:] + edges[:-1])) ** 2)
    mass /= mass.sum()
    # The mean of the chord over a bin is the difference of its antiderivative at the bin's edges: no root is sampled.
    weights = -np.diff(np.concatenate([[0.0], mass, [0.0]])) / (edges[1] - edges[0])
    u = np.linspace(0.0, 1.0, _PLACES) * (1.0 + _SPAN * _BLURS[:, None])
    chords = np.empty((2, *u.shape))
    for row, sigma in enumerate(_BLURS):
        v = np.clip(u[row, :, None] + sigma * edges, -1.0, 1.0)
        root, angle = v * np.sqrt(1.0 - v * v), np.arcsin(v)
        chords[0, row] = 0.5 * (root + angle) @ weights / sigma
        chords[1, row] = 0.125 * (angle - root * (1.0 - 2.0 * v * v)) @ weights / sigma
    return chords.reshape(2, -1)
