"""Are the outlined bones the bones they are called? Their places are compared with those in a usual hand, either side up.

A usual hand is laid over the outlines' landmarks by the similarity (left or right hand, any size, turn and place) that fits
best, once for every way in which the names could be dealt to the outlines. The way with the smallest misfit is the
anatomical one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

import numpy as np

from OsteoScreenLib.bones import BONES, FOREARM_BONES, METACARPALS, Bone
from OsteoScreenLib.segmentation.landmarks import Landmarks, landmarks

_HAND: dict[Bone, tuple[tuple[complex, float], ...]] = {
    Bone.RADIUS: ((0.124 - 0.643j, 0.10),),
    Bone.ULNA: ((-0.437 - 0.633j, 0.10),),
    Bone.METACARPAL_1: ((0.470 - 0.220j, 0.06), (0.888 + 0.272j, 0.17)),
    Bone.METACARPAL_2: ((0.195 - 0.068j, 0.04), (0.386 + 0.982j, 0.06)),
    Bone.METACARPAL_3: ((0.000 + 0.000j, 0.035), (0.000 + 1.000j, 0.045)),
    Bone.METACARPAL_4: ((-0.189 - 0.014j, 0.035), (-0.302 + 0.871j, 0.05)),
    Bone.METACARPAL_5: ((-0.346 - 0.098j, 0.04), (-0.604 + 0.683j, 0.065)),
}
"""Landmarks and their spread in lengths of metacarpal 3: x towards the thumb, y towards the fingers.

Medians of 210 simulated hands; in eight films with drawn outlines they lie within .04, the thumb's head within .09. The
spread is the simulated hands' with a little added for errors of outlines.
"""
_WIDTH_RATIO = (0.57, 0.25)
"""Logarithm of the radius' largest width over the ulna's, and its spread, on the same hands."""

FEWEST_LANDMARKS = 5
"""With fewer landmarks of metacarpals, places say too little about names."""
TRUNCATED = 16.0
"""Largest misfit that one landmark can add, in squared standard deviations: one wrong outline must not rename others."""
CLEARLY_BETTER = 20.0
"""Misfit by which other names must fit better than the given ones, and than any third, for outlines to be renamed."""
DOUBTFUL = 12.0
"""Misfit by which other names may fit better before the given ones are doubted; correct simulated hands and wrists reach 5."""
WORST_MISFIT = 5.0
"""Largest mean misfit per landmark: beyond it this is no usual hand. Correct simulated hands reach 3.8, drawn ones .8."""
ENOUGH_LANDMARKS = 9
"""With fewer landmarks, as on a wrist with cut metacarpals, a large misfit alone raises no doubt."""
_ROUNDS = 6
"""Rounds of reweighting with which the usual hand finds its place regardless of single wrong landmarks."""


@dataclass(frozen=True)
class Order:
    """How names and places agree.

    Attributes
    ----------
    channels : for every bone, in channel order, the channel that holds its outline; 0 to 6 where all stays
    doubtful : whether these may be the wrong names: others fit better, but not clearly, or none fit
    """

    channels: tuple[int, ...]
    doubtful: bool

    @property
    def renamed(self) -> tuple[Bone, ...]:
        """Bones whose outline comes from another channel."""
        return tuple(bone for bone in BONES if self.channels[bone.channel] != bone.channel)


IN_ORDER = Order(tuple(range(len(BONES))), False)
"""What is said of hands in order, and where too little is seen."""


def anatomical_order(masks: np.ndarray, inside: np.ndarray | None = None) -> Order:
    """Which channel of ``masks`` (7 x rows x columns, bool) holds which bone.

    ``inside`` (rows x columns, bool): the exposed part of the film; ends cut off by its edge say nothing. Outlines are renamed
    only where the new names fit clearly better than the given ones and than all others.
    """
    seen = landmarks(masks, inside)
    if seen is None or np.isfinite(seen.points[2:]).sum() < FEWEST_LANDMARKS:
        return IN_ORDER
    ways = _ways()
    misfits = np.array([_misfits(seen, ways, mirrored) for mirrored in (False, True)]).min(axis=0)
    found = np.isfinite(seen.points).any(axis=1)
    # Ways that differ only in where the bones not found are listed are the same.
    dealt = np.where(found[ways], ways, -1)
    best = int(np.argmin(misfits))
    same = (dealt == dealt[best]).all(axis=1)
    count = int(np.isfinite(seen.points).sum())
    fits = bool(misfits[best] <= WORST_MISFIT * count)
    gain = float(misfits[0] - misfits[best])
    if same[0] or gain < DOUBTFUL:
        return Order(IN_ORDER.channels, not fits and count >= ENOUGH_LANDMARKS)
    if fits and min(gain, float(misfits[~same].min() - misfits[best])) >= CLEARLY_BETTER:
        return Order(tuple(int(channel) for channel in ways[best]), False)
    return Order(IN_ORDER.channels, True)


@lru_cache(maxsize=1)
def _ways() -> np.ndarray:
    """All ways to deal names within forearm and metacarpals (240 x 7): the channel for each bone. The first is as given."""
    forearm, hand = ([bone.channel for bone in group] for group in (FOREARM_BONES, METACARPALS))
    return np.array([(*one, *other) for one in permutations(forearm) for other in permutations(hand)])


def _misfits(seen: Landmarks, ways: np.ndarray, mirrored: bool) -> np.ndarray:
    """Misfit of each way (its rows) to deal the names, in squared standard deviations of the usual hand."""
    usual = np.array([point for bone in BONES for point, _ in _HAND[bone]])
    spread = np.array([width for bone in BONES for _, width in _HAND[bone]])
    place = np.array([(bone.channel, i) for bone in BONES for i in range(len(_HAND[bone]))])
    there = seen.points[ways[:, place[:, 0]], place[:, 1]]
    known = np.isfinite(there)
    there = np.where(known, there, 0)
    usual = usual.conj() if mirrored else usual
    trust = np.ones(there.shape)
    for _ in range(_ROUNDS):
        weights = known * trust / spread**2
        weights = weights / weights.sum(axis=1, keepdims=True)
        centre, middle = (weights * there).sum(1, keepdims=True), (weights * usual).sum(1, keepdims=True)
        scale = (weights * (usual - middle).conj() * (there - centre)).sum(1, keepdims=True)
        scale = scale / (weights * np.abs(usual - middle) ** 2).sum(1, keepdims=True)
        away = np.abs(there - centre - scale * (usual - middle)) / np.maximum(np.abs(scale), 1e-9) / spread
        # Geman and McClure's weights: those far off hardly pull.
        trust = 1 / (1 + away**2 / TRUNCATED) ** 2
    misfit = np.where(known, np.minimum(away**2, TRUNCATED), 0).sum(axis=1)
    widths = np.log(seen.widths[ways[:, 0]] / seen.widths[ways[:, 1]])
    ratio = ((widths - _WIDTH_RATIO[0]) / _WIDTH_RATIO[1]) ** 2
    return np.asarray(misfit + np.where(np.isfinite(ratio), np.minimum(ratio, TRUNCATED), 0))
