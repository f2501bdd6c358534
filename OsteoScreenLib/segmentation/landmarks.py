"""Where outlined bones lie: base and head of the metacarpals, wrist end and width of the forearm bones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OsteoScreenLib.bones import BONES, FOREARM_BONES, METACARPALS, Bone

_SLICE = 0.08
"""Share of a metacarpal's pixels that make up its base or head."""
_WRIST_SLICE = 0.3
"""Depth of the wrist end of a forearm bone, in its largest width."""
_ELONGATED = 2.2
"""Length over width from which on a bone's own axis is trusted."""
_ACROSS = 0.6
"""Cosine of the angle to the hand's direction below which a bone stands across it."""
_RIM = 2
"""Pixels within which an end beside the film's or field's edge counts as cut off."""
_CUT_SHARE = 0.08
"""Share of an end's pixels that lie so."""
_FEWEST_PIXELS = 12


@dataclass(frozen=True)
class Landmarks:
    """Points of every channel's outline as complex numbers, column + i row, NaN where not seen.

    Attributes
    ----------
    points : complex array, 7 x 2: base and head of a metacarpal (NaN where cut off); wrist end of radius or ulna, then NaN
    widths : float array, 7: largest width across the direction of the forearm, NaN for metacarpals
    """

    points: np.ndarray
    widths: np.ndarray


def landmarks(masks: np.ndarray, inside: np.ndarray | None = None) -> Landmarks | None:
    """Landmarks of ``masks`` (7 x rows x columns, bool); ``None`` without two metacarpals or without any direction.

    ``inside`` (rows x columns, bool) is the exposed part of the film: ends at its edge are taken to be cut off. Which end
    of the hand is which follows from the forearm, or else from the metacarpals, whose heads lie further apart than their bases;
    the names of the channels are not looked at beyond the two groups.
    """
    points = {bone: _points(masks[bone.channel]) for bone in BONES if masks[bone.channel].sum() >= _FEWEST_PIXELS}
    hand = {bone: points[bone] for bone in METACARPALS if bone in points}
    forearm = {bone: points[bone] for bone in FOREARM_BONES if bone in points}
    if len(hand) < 2:
        return None
    distal = _distal(hand, forearm)
    if distal is None:
        return None
    edge = _edge(masks.shape[1:], inside)
    found = np.full((len(BONES), 2), np.nan + 0j)
    widths = np.full(len(BONES), np.nan)
    along = {bone: _along(cloud, distal) for bone, cloud in hand.items()}
    first = {bone: _ends(cloud, along[bone]) for bone, cloud in hand.items()}
    middle = np.mean([base.mean() for base, _ in first.values()])
    for bone, (base, head) in first.items():
        across = (along[bone] * distal.conjugate()).real < _ACROSS
        # A thumb may stand across the hand: its base is the end next to the other bases.
        if across and abs(head.mean() - middle) < abs(base.mean() - middle):
            base, head = head, base
        for i, part in enumerate((base, head)):
            if not _cut(part, edge):
                found[bone.channel, i] = part.mean()
    for bone, cloud in forearm.items():
        own = _along(cloud, distal)
        # What little of a forearm a film may show is wider than long.
        lengthwise = (own * distal.conjugate()).real >= _ACROSS
        found[bone.channel, 0], widths[bone.channel] = _wrist_end(cloud, own if lengthwise else distal)
    return Landmarks(found, widths)


def _points(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(mask)
    return columns + 1j * rows


def _axis(cloud: np.ndarray) -> tuple[complex, float]:
    """Unit vector along a cloud of points, without a meaningful sign, and length over width."""
    away = cloud - cloud.mean()
    spread = np.array([[np.mean(away.real**2), np.mean(away.real * away.imag)], [0, np.mean(away.imag**2)]])
    values, vectors = np.linalg.eigh(spread, UPLO="U")
    return complex(*vectors[:, 1]), float(np.sqrt(values[1] / max(values[0], 1e-9)))


def _along(cloud: np.ndarray, distal: complex) -> complex:
    """The bone's own direction, distally; the hand's where the bone is hardly elongated."""
    axis, elongation = _axis(cloud)
    if elongation < _ELONGATED:
        return distal
    return axis if (axis * distal.conjugate()).real >= 0 else -axis


def _distal(hand: Mapping[Bone, np.ndarray], forearm: Mapping[Bone, np.ndarray]) -> complex | None:
    """Unit vector from wrist to fingers."""
    centre = complex(np.mean([cloud.mean() for cloud in hand.values()]))
    axes = [axis for axis, elongation in map(_axis, hand.values()) if elongation >= _ELONGATED]
    # Axes have no sign: squaring makes opposite directions equal before they are averaged.
    doubled = complex(np.mean([axis**2 for axis in axes])) if axes else 0j
    away = centre - complex(np.mean([cloud.mean() for cloud in forearm.values()])) if forearm else 0j
    if abs(doubled) < 0.3:
        return away / abs(away) if away else None
    direction = complex(np.sqrt(doubled / abs(doubled)))
    if away:
        return direction if (direction * away.conjugate()).real >= 0 else -direction
    ends = [_ends(cloud, _along(cloud, direction)) for cloud in hand.values()]
    one, other = (np.std([end[i].mean() for end in ends]) for i in (0, 1))
    return direction if other >= one else -direction


def _ends(cloud: np.ndarray, along: complex) -> tuple[np.ndarray, np.ndarray]:
    """The first and last pixels of a bone along a direction."""
    place = (cloud * np.conj(along)).real
    low, high = np.quantile(place, (_SLICE, 1 - _SLICE))
    return cloud[place <= low], cloud[place >= high]


def _wrist_end(cloud: np.ndarray, along: complex) -> tuple[complex, float]:
    """Middle of a forearm bone's last stretch before the wrist, and its largest width."""
    place = (cloud * np.conj(along)).real
    # Pixels per step along the bone are its width there; steps of two pixels even out how a turned bone meets the grid.
    width = float(np.bincount(((place - place.min()) / 2).astype(int)).max()) / 2
    return complex(cloud[place >= place.max() - _WRIST_SLICE * width].mean()), width


def _edge(shape: tuple[int, ...], inside: np.ndarray | None) -> np.ndarray:
    beyond = np.pad(np.zeros(shape, bool) if inside is None else ~inside, 1, constant_values=True)
    return np.asarray(ndimage.binary_dilation(beyond, np.ones((3, 3)), iterations=_RIM)[1:-1, 1:-1])


def _cut(end: np.ndarray, edge: np.ndarray) -> bool:
    return float(edge[end.imag.astype(int), end.real.astype(int)].mean()) > _CUT_SHARE
