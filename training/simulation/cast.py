"""Rays through all bones of a hand: mineral, displaced soft tissue, and the exact masks of the outlined bones."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.bones import BONES
from training.simulation.families import Family
from training.simulation.hand import Hand
from training.simulation.resample import smooth_noise
from training.simulation.subject import Subject
from training.simulation.trabeculae import sample_struts
from training.simulation.tubes import Blob, Placement, Tube, cast_blob, cast_tube


def cast_bones(
    hand: Hand,
    placement: Placement,
    shape: tuple[int, int],
    subject: Subject,
    rng: np.random.Generator,
    without: frozenset[Family] = frozenset(),
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mineral path (mm of cortical bone), path displaced from soft tissue (mm), masks of outlined bones, mask of sesamoids."""
    mineral = np.zeros(shape, np.float32)
    displaced = np.zeros(shape, np.float32)
    masks = np.zeros((len(BONES), *shape), bool)
    sesamoids = np.zeros(shape, bool)
    even = Family.TRABECULAE in without
    texture = np.ones(shape, np.float32) if even else _patches(shape, placement.pixels_per_mm, rng)
    struts = None if even else sample_struts(subject.trabecular_spacing_mm, placement.pixels_per_mm, rng)
    channels = {id(tube): bone.channel for bone, tube in hand.outlined.items()}
    density = np.float32(subject.cortical_density)
    bones: tuple[Tube | Blob, ...] = (*hand.tubes, *hand.blobs)
    for number, shape_of_bone in enumerate(bones):
        chords = (
            cast_tube(shape_of_bone, placement, shape, texture, struts, number)
            if isinstance(shape_of_bone, Tube)
            else cast_blob(shape_of_bone, placement, shape, texture, struts, number)
        )
        if chords is None:
            continue
        mineral[chords.window] += chords.mineral * density
        displaced[chords.window] += chords.mineral
        channel = channels.get(id(shape_of_bone))
        if channel is not None:
            masks[channel][chords.window] = chords.outer > 0
        elif shape_of_bone.name == "sesamoid":
            sesamoids[chords.window] |= chords.outer > 0
    return mineral, displaced, masks, sesamoids


def _patches(shape: tuple[int, int], pixels_per_mm: float, rng: np.random.Generator) -> np.ndarray:
    """Denser and looser bone some millimetres wide, mean 1, float32."""
    patches = np.float32(rng.uniform(0.0, 0.35)) * smooth_noise(shape, float(rng.uniform(1.5, 4.0)) * pixels_per_mm, rng)
    return np.asarray(np.maximum(1 + patches, 0), dtype=np.float32)
