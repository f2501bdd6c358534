"""What part of the hand lies on the film, how large and how it is turned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.radiograph.values import Laterality
from training.simulation.families import Family
from training.simulation.hand import Hand
from training.simulation.tubes import Placement


@dataclass(frozen=True)
class View:
    """Geometry of one film.

    Attributes
    ----------
    placement : the hand on the film
    film_area : (row, column) start and stop of the film within the canvas; outside it is padding
    kind : one of `VIEW_CHANCES`
    """

    placement: Placement
    film_area: tuple[int, int, int, int]
    kind: str

    @property
    def film_slices(self) -> tuple[slice, slice]:
        """The film's rows and columns within the canvas."""
        top, bottom, left, right = self.film_area
        return slice(top, bottom), slice(left, right)


VIEW_CHANCES = {"hand": 0.46, "wrist": 0.17, "zoom": 0.05, "close": 0.29, "both": 0.03}
"""The whole hand; the wrist with the fingers outside the field; the wrist alone, filling the field; a close look at the outlined
bones; and a hand beside the other one."""


def sample_view(
    hand: Hand,
    shape: tuple[int, int],
    rng: np.random.Generator,
    kind: str | None = None,
    without: frozenset[Family] = frozenset(),
    laterality: Laterality | None = None,
) -> View:
    """Draw a view.

    ``kind`` is one of `VIEW_CHANCES` or ``None`` to draw it; so is ``laterality``. Without `Family.FIELD` the film shows the
    whole hand, upright; without `Family.NUISANCES` it fills the canvas.
    """
    whole = (0, shape[0], 0, shape[1]) if Family.NUISANCES in without else None
    if Family.FIELD in without:
        return _plain_view(hand, shape, rng, kind or "hand", whole, laterality)
    chosen = kind or str(rng.choice(list(VIEW_CHANCES), p=list(VIEW_CHANCES.values())))
    angle = _angle(chosen, rng)
    side = _side(laterality, rng)
    upright = Placement((0.0, 0.0), 1.0, angle, side)
    points = upright.to_film(_points_of_interest(hand, chosen, _forearm_share(chosen, rng), _metacarpal_share(chosen, rng)))
    low, high = points.min(0), points.max(0)
    if chosen == "both":
        low, high = _room_beside(low, high, side, rng)
    extent = high - low
    drawn = _film_area(shape, extent, rng)
    film_area = whole or drawn
    size = np.array([film_area[3] - film_area[2], film_area[1] - film_area[0]], float)
    margin, shift = _margin_and_shift(chosen, rng)
    scale = float((size / (extent * (1 + margin))).min())
    centre = np.array([film_area[2], film_area[0]]) + size / 2 + shift * size
    origin = centre - scale * (low + high) / 2
    return View(Placement((float(origin[0]), float(origin[1])), scale, angle, side), film_area, chosen)


def _margin_and_shift(kind: str, rng: np.random.Generator) -> tuple[float, np.ndarray]:
    """Room around what the film shows, as a share of its extent, and how far off the middle it lies, as shares of the film."""
    if kind == "close":
        return float(rng.uniform(0.02, 0.22)), rng.normal(0, 0.04, 2)
    if kind == "zoom":
        return float(rng.uniform(-0.05, 0.2)), rng.normal(0, 0.04, 2)
    if kind == "both":
        return float(rng.uniform(0.02, 0.2)), rng.normal(0, 0.01, 2)
    margin = float(rng.uniform(-0.05, 0.15) if rng.random() < 0.7 else rng.uniform(0.1, 1.4))
    # Hands are cut off at times, not lost.
    room = max(margin, 0) / (2 * (1 + margin)) + 0.1
    return margin, np.clip(rng.normal(0, 0.04 + max(margin, 0) * 0.15, 2), -room, room)


def _side(laterality: Laterality | None, rng: np.random.Generator) -> int:
    """+1 for a left hand, -1 for a right one; drawn (whether needed or not) where it is not given."""
    drawn = 1 if rng.random() < 0.5 else -1
    return {None: drawn, Laterality.LEFT: 1, Laterality.RIGHT: -1}.get(laterality, drawn)


def _plain_view(
    hand: Hand,
    shape: tuple[int, int],
    rng: np.random.Generator,
    kind: str,
    whole: tuple[int, int, int, int] | None,
    laterality: Laterality | None,
) -> View:
    """Fit the hand with .8 metacarpal lengths of forearm upright into the film, 6 % of margin on all sides."""
    side = _side(laterality, rng)
    points = Placement((0.0, 0.0), 1.0, 0.0, side).to_film(_points_of_interest(hand, kind, 0.8, 0.6))
    low, high = points.min(0), points.max(0)
    film_area = whole or _film_area(shape, high - low, rng)
    size = np.array([film_area[3] - film_area[2], film_area[1] - film_area[0]], float)
    scale = float((size / ((high - low) * 1.12)).min())
    origin = np.array([film_area[2], film_area[0]]) + size / 2 - scale * (low + high) / 2
    return View(Placement((float(origin[0]), float(origin[1])), scale, 0.0, side), film_area, kind)


def _angle(kind: str, rng: np.random.Generator) -> float:
    draw = rng.random()
    if kind == "both":
        return float(np.deg2rad(rng.normal(0, 7)))
    if kind == "close":
        return float(np.deg2rad(rng.normal(0, 9) if draw < 0.85 else rng.uniform(-40, 40)))
    if draw < 0.68:
        return float(np.deg2rad(rng.normal(0, 12)))
    if draw < 0.92:
        return float(np.deg2rad(rng.uniform(-50, 50)))
    return float(rng.uniform(-np.pi, np.pi))


def _points_of_interest(hand: Hand, kind: str, forearm_share: float, metacarpal_share: float) -> np.ndarray:
    """Points (mm) whose bounding box the film shows: so much of the forearm, and of the metacarpals of a wrist film."""
    unit = hand.unit_mm
    radius = hand.outlined[next(iter(b for b in hand.outlined if b.value == "radius"))]
    head, base = np.array(radius.head), np.array(radius.base)
    forearm = head + (base - head) / np.hypot(*(base - head)) * unit * forearm_share
    sides = np.array([[unit * 0.42, 0.0], [-unit * 0.5, 0.0]]) * (0.85 if kind == "zoom" else 1.0)
    points = [forearm + sides[0], forearm + sides[1]]
    metacarpals = [tube for bone, tube in hand.outlined.items() if bone.value.startswith("metacarpal")]
    if kind == "zoom":
        # The thumb's metacarpal may leave the field but for its base.
        points += [np.array(t.base) + (np.array(t.head) - np.array(t.base)) * metacarpal_share for t in metacarpals[1:]]
        points += [np.array(t.base) for t in metacarpals]
    elif kind == "wrist":
        points += [np.array(t.base) + (np.array(t.head) - np.array(t.base)) * metacarpal_share for t in metacarpals]
        points += [np.array(t.base) for t in metacarpals]
    else:
        points += [np.array(p) for t in metacarpals for p in (t.base, t.head)]
    if kind in ("hand", "both"):
        points += [np.array(tip) for tip in hand.fingertips.values()]
    return np.array(points)


def _forearm_share(kind: str, rng: np.random.Generator) -> float:
    """Length of forearm on the film in metacarpal-3 lengths."""
    if kind == "close":
        return float(rng.uniform(0.15, 1.7))
    if kind == "zoom":
        return float(rng.uniform(0.25, 1.0))
    if rng.random() < 0.15:
        return float(rng.uniform(0.03, 0.35))
    return float(rng.uniform(0.3, 2.2) if kind == "wrist" else rng.uniform(0.3, 1.5))


def _metacarpal_share(kind: str, rng: np.random.Generator) -> float:
    """Length of the metacarpals on a wrist film, as a share of theirs."""
    return float(rng.uniform(0.15, 0.6) if kind == "zoom" else rng.uniform(0.25, 1.35))


def _room_beside(low: np.ndarray, high: np.ndarray, side: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Widen a hand's box so that 30 to 100 % of the other one fits beside its thumb, with the hand itself nearest the middle."""
    width = high[0] - low[0]
    share = 1.15 if rng.random() < 0.5 else float(rng.uniform(0.3, 1.0))
    beyond = width * share
    before = width * (max(0.0, share - 0.7) + float(rng.uniform(0.05, 0.25)))
    left, right = (before, beyond) if side > 0 else (beyond, before)
    return low - np.array([left, 0]), high + np.array([right, 0])


def _film_area(shape: tuple[int, int], extent: np.ndarray, rng: np.random.Generator) -> tuple[int, int, int, int]:
    aspect = float(np.clip(extent[0] / extent[1] * np.exp(rng.normal(0.03, 0.12)), 0.5, 1.5))
    if aspect < 1:
        rows, columns = shape[0], round(shape[1] * aspect)
    else:
        rows, columns = round(shape[0] / aspect), shape[1]
    top = int(rng.integers(0, shape[0] - rows + 1)) if rng.random() < 0.3 else 0
    left = int(rng.integers(0, shape[1] - columns + 1)) if rng.random() < 0.3 else 0
    return top, top + rows, left, left + columns
