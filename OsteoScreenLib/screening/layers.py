"""Sharing of label images between bones that do not overlap."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.bones import BONES, Bone


def group_into_layers(masks: np.ndarray) -> tuple[tuple[Bone, ...], ...]:
    """Put the bones into as few layers as a first-fit search finds, so that no two bones of a layer overlap.

    ``masks`` is bool, 7 x rows x columns. Every bone is in exactly one layer, an empty one in the first. There is at
    least one layer. A label image holds one layer; overlapping bones need several (Slicer keeps them so, too).
    """
    layers: list[list[Bone]] = []
    covered: list[np.ndarray] = []
    for bone in BONES:
        mask = masks[bone.channel]
        for members, union in zip(layers, covered, strict=True):
            if not np.any(union & mask):
                members.append(bone)
                union |= mask
                break
        else:
            layers.append([bone])
            covered.append(mask.copy())
    return tuple(tuple(members) for members in layers)


def label_image(masks: np.ndarray, layer: tuple[Bone, ...]) -> np.ndarray:
    """uint8 label image (rows x columns) of one layer: 1 for its first bone, 2 for its second, and so on."""
    labels = np.zeros(masks.shape[1:], np.uint8)
    for value, bone in enumerate(layer, start=1):
        labels[masks[bone.channel]] = value
    return labels
