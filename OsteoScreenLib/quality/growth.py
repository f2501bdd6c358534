"""Open growth plates: a dark band across a bone's whole width where cartilage has no mineral yet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from OsteoScreenLib.bones import FOREARM_BONES, METACARPALS, Bone
from OsteoScreenLib.quality.picture import Picture
from OsteoScreenLib.quality.shape import BoneShape
from OsteoScreenLib.quality.values import QualityFinding, Severity

BIN = 0.012
"""Length of a section along the bone, in lengths of metacarpal 3 (.8 mm)."""
SHOULDER_BINS = 5
"""The bone on both sides of a band is looked for within so many sections (4 mm)."""
ZONE = (0.06, 0.32)
"""Where the plates lie: distance from the bone's end in lengths of metacarpal 3."""
CLEAR = 0.5
"""Depth from which a band across the radius or ulna is an open plate; closed ones leave up to .45 in simulated adults."""
CLEAR_METACARPALS = 0.32
"""The same for the median of the metacarpals, which reaches .25 in 98 of 100 simulated adults."""
LIKELY, LIKELY_METACARPALS = 0.38, 0.26
"""Depths of which two of the three together tell the same."""
STRIPS = 3
WIDE = 0.75
"""Share of the half width that the strips cover: beyond it an outline's error would show."""


def growth_plates_open(picture: Picture | None, shapes: Mapping[Bone, BoneShape]) -> QualityFinding | None:
    """A skeleton that still grows; closed plates, also with their scars, are none."""
    if picture is None:
        return None
    depths = bands(picture, shapes)
    metacarpals = [depth for bone, depth in depths.items() if bone in METACARPALS]
    signs = [(depths[bone], CLEAR, LIKELY) for bone in FOREARM_BONES if bone in depths]
    if metacarpals:
        signs.append((float(np.median(metacarpals)), CLEAR_METACARPALS, LIKELY_METACARPALS))
    clear = any(depth > limit for depth, limit, _ in signs)
    if not clear and sum(depth > limit for depth, _, limit in signs) < 2:
        return None
    return QualityFinding(
        "growth_plates_open",
        Severity.INDETERMINATE,
        "Dark bands near the ends of the bones look like open growth plates: the score was made for grown-up skeletons.",
    )


def bands(picture: Picture, shapes: Mapping[Bone, BoneShape]) -> dict[Bone, float]:
    """Depth of the darkest band across each bone near its growing end, in contrasts of bone against soft tissue.

    A band counts as deep as it is in the strip of the bone (radial, middle, ulnar) where it is shallowest.
    """
    distal = _distal(shapes)
    if distal is None:
        return {}
    depths = {}
    for bone in (*FOREARM_BONES, *METACARPALS):
        if bone in shapes:
            towards = -distal if bone is Bone.METACARPAL_1 else distal
            depth = _band(picture, bone, shapes[bone], towards)
            if depth is not None:
                depths[bone] = depth
    return depths


def _band(picture: Picture, bone: Bone, shape: BoneShape, towards: np.ndarray) -> float | None:
    points = np.argwhere(picture.masks[bone.channel])
    if len(points) < 50:
        return None
    axis = shape.axis if float(shape.axis @ towards) >= 0 else -shape.axis
    along = points @ axis
    section = ((along.max() - along) / (BIN * picture.unit)).astype(int)
    last = int(ZONE[1] / BIN) + SHOULDER_BINS + 1
    near = section < last
    if section.max() < last:
        return None
    points, section = points[near], section[near]
    across = points @ np.array([-axis[1], axis[0]])
    count = np.maximum(np.bincount(section, minlength=last), 1)
    middle = np.bincount(section, across, last) / count
    half = np.sqrt(3 * np.maximum(np.bincount(section, (across - middle[section]) ** 2, last) / count, 0.1))
    place = (across - middle[section]) / half[section]
    strip = np.floor((place + WIDE) * STRIPS / (2 * WIDE)).astype(int)
    values = picture.pixels[points[:, 0], points[:, 1]]
    shallowest = np.full(last, np.inf)
    for number in range(STRIPS):
        inside = strip == number
        total = np.bincount(section[inside], values[inside], last)
        profile = total / np.maximum(np.bincount(section[inside], minlength=last), 1)
        # A plate may run a little askew.
        shallowest = np.minimum(shallowest, ndimage.maximum_filter1d(_dips(profile), 3))
    zone = shallowest[round(ZONE[0] / BIN) : round(ZONE[1] / BIN)]
    return float(zone.max()) / picture.contrast


def _dips(profile: np.ndarray) -> np.ndarray:
    """How far each section lies below the lower of the brightest sections on either side of it."""
    size = SHOULDER_BINS
    padded = np.pad(profile, size, constant_values=-np.inf)
    before = np.max([padded[shift : shift + len(profile)] for shift in range(size)], axis=0)
    after = np.max([padded[size + shift : size + shift + len(profile)] for shift in range(1, size + 1)], axis=0)
    return np.maximum(np.minimum(before, after) - profile, 0)


def _distal(shapes: Mapping[Bone, BoneShape]) -> np.ndarray | None:
    forearm = [shapes[bone].centroid for bone in FOREARM_BONES if bone in shapes]
    hand = [shapes[bone].centroid for bone in METACARPALS if bone in shapes]
    return np.mean(hand, axis=0) - np.mean(forearm, axis=0) if forearm and hand else None
