"""What is drawn over a film: outlines, short names and measured profiles, in picture coordinates.

The picture file and the page draw the same `Drawing`, so that both show the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.reports.picture import Picture, resized
from OsteoScreenLib.screening.values import ScreeningResult

SHORT_NAMES: dict[Bone, str] = {
    Bone.RADIUS: "R",
    Bone.ULNA: "U",
    Bone.METACARPAL_1: "MC1",
    Bone.METACARPAL_2: "MC2",
    Bone.METACARPAL_3: "MC3",
    Bone.METACARPAL_4: "MC4",
    Bone.METACARPAL_5: "MC5",
}

_SMOOTHING_PX = 0.7
"""In film or picture pixels, whichever are larger. Takes the stairs off a mask's edge before its half level is traced."""


@dataclass(frozen=True)
class BoneDrawing:
    """One found bone. ``outlines``: closed n x 2 arrays of (x, y); ``name_at``: (x, y) where its short name fits best."""

    bone: Bone
    name: str
    outlines: tuple[np.ndarray, ...]
    name_at: tuple[float, float]


@dataclass(frozen=True)
class ProfileDrawing:
    """One measured level, as points (x, y) across the bone: outer edge, endosteal edge, endosteal edge, outer edge."""

    bone: Bone
    level: float
    points: np.ndarray


@dataclass(frozen=True)
class Drawing:
    """Everything that is drawn over a picture."""

    bones: tuple[BoneDrawing, ...]
    profiles: tuple[ProfileDrawing, ...]


def drawing_of(result: ScreeningResult, picture: Picture) -> Drawing:
    """Trace the consensus masks and place names and profiles on a picture."""
    profiles = tuple(
        ProfileDrawing(
            bone=each.bone,
            level=each.level,
            points=picture.points(np.array([each.profile[0], each.medullary[0], each.medullary[1], each.profile[1]])),
        )
        for each in result.radiogrammetry.levels
    )
    covered = {bone: resized(result.segmentation.mask(bone), picture.shape) for bone in result.segmentation.found_bones}
    masks = {bone: part >= 0.5 for bone, part in covered.items() if part.max() >= 0.5}
    cover = np.stack([*masks.values(), np.zeros(picture.shape, bool)]).sum(axis=0, dtype=np.uint8)
    smoothing = _SMOOTHING_PX * max(1.0, *picture.scale)
    bones = tuple(
        BoneDrawing(
            bone=bone,
            name=SHORT_NAMES[bone],
            outlines=outlines_of(covered[bone], smoothing),
            name_at=_name_place(mask, cover, [each for each in profiles if each.bone is bone]),
        )
        for bone, mask in masks.items()
    )
    return Drawing(bones=bones, profiles=profiles)


def outlines_of(mask: np.ndarray, smoothing: float = _SMOOTHING_PX) -> tuple[np.ndarray, ...]:
    """Closed outlines (n x 2, x and y) of a rows x columns mask (bool, or covered fraction 0..1) at its half level.

    ``smoothing`` is the standard deviation in pixels of the Gaussian that the mask is smoothed with before.
    """
    from contourpy import contour_generator

    box = ndimage.find_objects((mask >= 0.5).astype(np.uint8))
    if not box:
        return ()
    margin = int(np.ceil(4 * smoothing))
    padded = np.pad(mask[box[0]].astype(np.float32), margin)
    smooth = ndimage.gaussian_filter(padded, smoothing)
    origin = np.array([box[0][1].start - margin, box[0][0].start - margin], float)
    return tuple(line + origin for line in contour_generator(z=smooth).lines(0.5) if len(line) > 3)


def _name_place(own: np.ndarray, cover: np.ndarray, profiles: list[ProfileDrawing]) -> tuple[float, float]:
    """(x, y) of the widest spot of a bone (bool mask) that no other bone (``cover`` counts them) and no profile covers."""
    box = ndimage.find_objects(own.astype(np.uint8))[0]
    inside = own[box]
    free = inside & (cover[box] == 1)
    width = ndimage.distance_transform_edt(np.pad(free if free.any() else inside, 1))[1:-1, 1:-1]
    rows, columns = np.ogrid[box]
    for profile in profiles:
        x, y = profile.points.mean(axis=0)
        half = np.linalg.norm(profile.points[-1] - profile.points[0]) / 2
        width = np.where(np.hypot(columns - x, rows - y) < 1.3 * half, 0.0, width)
    row, column = np.unravel_index(int(np.argmax(width)), width.shape)
    return (float(column + box[1].start), float(row + box[0].start))
