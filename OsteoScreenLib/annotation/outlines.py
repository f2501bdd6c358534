"""Outlines of one film as files, and the rule that an empty outline must be explained."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from OsteoScreenLib.annotation.durable import write_durably
from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.errors import OutputError, UsageError
from OsteoScreenLib.radiograph.values import Laterality, Spacing
from OsteoScreenLib.screening.storage_nrrd import read_nrrd
from OsteoScreenLib.screening.storage_segmentation import read_segmentation, write_segmentation

SUFFIX = ".seg.nrrd"
UNKNOWN_SPACING = Spacing()


@dataclass(frozen=True)
class FilmFrame:
    """What is known of the grid that outlines are drawn on; ``shape`` (rows, columns) is ``None`` before a result tells it."""

    shape: tuple[int, int] | None = None
    spacing: Spacing = UNKNOWN_SPACING
    laterality: Laterality = Laterality.UNKNOWN


def check_masks(masks: np.ndarray, frame: FilmFrame) -> None:
    """Raise `UsageError` where ``masks`` are no bool array of 7 x rows x columns on the film's grid."""
    wanted = "7 x rows x columns" if frame.shape is None else (len(BONES), *frame.shape)
    fits = masks.ndim == 3 and masks.shape[0] == len(BONES) and masks.shape[1:] == (frame.shape or masks.shape[1:])
    if masks.dtype != np.bool_ or not fits:
        raise UsageError(
            "masks", f"are {masks.dtype} {masks.shape}, not bool {wanted}", "Give one mask per bone on the film's grid"
        )


def check_absent(masks: np.ndarray, absent: Collection[Bone]) -> tuple[Bone, ...]:
    """Return the bones said to be absent, in channel order.

    Training compares all seven bones, so an empty mask must not be a slip: raises `UsageError` where a bone is neither
    drawn nor absent, or both.
    """
    drawn = {bone for bone in BONES if masks[bone.channel].any()}
    silent = [bone.title for bone in BONES if bone not in drawn and bone not in absent]
    if silent:
        remedy = "Draw each bone, or mark those that the film does not show as absent"
        raise UsageError("outlines", f"{_listed(silent)} not drawn", remedy)
    both = [bone.title for bone in BONES if bone in drawn and bone in absent]
    if both:
        raise UsageError("outlines", f"{_listed(both)} drawn and marked as absent", "Erase the outline, or take the mark away")
    return tuple(bone for bone in BONES if bone in absent)


def write_outlines(path: Path, masks: np.ndarray, frame: FilmFrame) -> None:
    """Write masks (bool, 7 x rows x columns) so that a crash leaves the former file or the new one. Raises `OutputError`."""
    write_durably(path, lambda part: write_segmentation(part, masks, frame.spacing, frame.laterality), SUFFIX)


def read_outlines(path: Path) -> np.ndarray:
    """Masks (bool, 7 x rows x columns) that `write_outlines` wrote. Raises `OutputError`."""
    labels, _ = read_nrrd(path)
    if labels.ndim not in (3, 4):
        raise OutputError(path, f"holds an array of {labels.shape}, no outlines", "Restore it from a copy")
    return read_segmentation(path, (int(labels.shape[1]), int(labels.shape[2])))


def _listed(bones: list[str]) -> str:
    return f"{', '.join(bones)} {'is' if len(bones) == 1 else 'are'}"
