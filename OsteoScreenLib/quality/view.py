"""Is it a postero-anterior view? Judged by what turning a hand does to the places of its bones, not by tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from OsteoScreenLib.bones import METACARPALS, Bone
from OsteoScreenLib.quality.picture import Picture
from OsteoScreenLib.quality.shape import BoneShape
from OsteoScreenLib.quality.values import QualityFinding, Severity

FINGER_METACARPALS = METACARPALS[1:]


@dataclass(frozen=True)
class Turn:
    """Signs of a turn out of the film plane; NaN where they cannot be seen.

    Attributes
    ----------
    step_lengths, step_widths : distance from one finger metacarpal to the next across the hand, in lengths and widths of a
        metacarpal: they come closer as the hand is rolled
    thumb_widths : distance of metacarpal 1 from metacarpal 2 across the hand, in widths; negative beyond it
    overlap : largest share of a metacarpal that another one covers
    forearm_overlap : share of the ulna or radius, whichever is smaller, that the other one covers
    """

    step_lengths: float = np.nan
    step_widths: float = np.nan
    thumb_widths: float = np.nan
    overlap: float = np.nan
    forearm_overlap: float = np.nan


DOUBTFUL = Turn(step_lengths=0.205, step_widths=1.15, thumb_widths=0.8, overlap=0.15, forearm_overlap=0.08)
"""Where a sign of a turn begins; no film of 108 real postero-anterior ones shows any, and 5 of 75 simulated ones do."""
REFUSED = Turn(step_lengths=0.17, step_widths=0.85, thumb_widths=-0.5, overlap=0.45, forearm_overlap=0.3)
"""Where the bones hide each other so far that nothing measured on them counts."""


def view_turned(picture: Picture | None, shapes: Mapping[Bone, BoneShape]) -> QualityFinding | None:
    """An oblique or lateral view: bones closer to each other, or over each other, than in a hand laid flat."""
    if picture is None:
        return None
    turn = turn_of(picture, shapes)
    if not _beyond(turn, DOUBTFUL):
        return None
    text = "The bones lie closer together or cover each other more than in a postero-anterior view: the hand seems to be turned"
    if _beyond(turn, REFUSED):
        return QualityFinding("view_turned", Severity.REFUSAL, f"{text} so far (oblique or lateral) that no score can be given.")
    return QualityFinding("view_turned", Severity.INDETERMINATE, f"{text} (oblique view), or an outline is wrong.")


def turn_of(picture: Picture, shapes: Mapping[Bone, BoneShape]) -> Turn:
    """Measure the signs of a turn."""
    fingers = [bone for bone in FINGER_METACARPALS if bone in shapes]
    pairs = combinations([bone for bone in METACARPALS if bone in shapes], 2)
    return Turn(
        *_steps(fingers, shapes),
        overlap=max((_overlap(picture, *pair) for pair in pairs), default=np.nan),
        forearm_overlap=_overlap(picture, Bone.RADIUS, Bone.ULNA) if Bone.RADIUS in shapes and Bone.ULNA in shapes else np.nan,
    )


def _beyond(turn: Turn, limits: Turn) -> bool:
    """Whether any sign passes its limit; a sign that cannot be seen does not."""
    return bool(
        turn.step_lengths < limits.step_lengths
        or turn.step_widths < limits.step_widths
        or turn.thumb_widths < limits.thumb_widths
        or turn.overlap > limits.overlap
        or turn.forearm_overlap > limits.forearm_overlap
    )


def _steps(fingers: list[Bone], shapes: Mapping[Bone, BoneShape]) -> tuple[float, float, float]:
    if len(fingers) < 2:
        return np.nan, np.nan, np.nan
    doubled = sum(complex(*shapes[bone].axis) ** 2 for bone in fingers)
    along = np.sqrt(doubled) / max(abs(doubled) ** 0.5, 1e-9)
    across = np.array([-along.imag, along.real])
    places = np.array([float(shapes[bone].centroid @ across) for bone in fingers])
    numbers = np.array([METACARPALS.index(bone) for bone in fingers])
    step = float(np.polyfit(numbers, places, 1)[0])
    width, length = (float(np.median([getattr(shapes[bone], name) for bone in fingers])) for name in ("width", "length"))
    thumb = np.nan
    if Bone.METACARPAL_1 in shapes and Bone.METACARPAL_2 in shapes:
        away = float((shapes[Bone.METACARPAL_2].centroid - shapes[Bone.METACARPAL_1].centroid) @ across)
        thumb = away * np.sign(step) / width
    return abs(step) / length, abs(step) / width, float(thumb)


def _overlap(picture: Picture, one: Bone, other: Bone) -> float:
    first, second = picture.masks[one.channel], picture.masks[other.channel]
    return float((first & second).sum()) / max(1, min(int(first.sum()), int(second.sum())))
