"""A film becomes cut-outs by the very code that outlines and cuts out bones at the clinician's."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.classification.cutouts import Cutout, cut_out, hypothesis_masks, normalise
from OsteoScreenLib.classification.frames import Frame
from OsteoScreenLib.radiogrammetry.measure import measure
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.screening.either_polarity import segment_either
from OsteoScreenLib.segmentation.engine import InferenceEngine
from OsteoScreenLib.segmentation.sampling import InputGrid, sample
from OsteoScreenLib.segmentation.values import Hypotheses, Segmentation
from training.cohort.values import LANDMARK_SHAPE, LANDMARKS, WHOLE_SHAPE, FilmCuts, empty_bones

LANDMARK_SIDE = 0.42
"""Side of a landmark's square, in lengths of the longest metacarpal."""
_LANDMARK_BONES = (Bone.RADIUS, Bone.ULNA, Bone.METACARPAL_2, Bone.METACARPAL_3, Bone.METACARPAL_4)


def cut_film(radiograph: Radiograph, bundle: Bundle, engine: InferenceEngine, seed: int) -> FilmCuts:
    """Outline a film with ``bundle`` and cut it up for every method. Raises what outlining raises."""
    radiograph, segmentation = segment_either(radiograph, bundle, engine, seed=seed, samples=None, progress=lambda _: None)
    found = [bone for bone in BONES if segmentation.found(bone)]
    cutouts = cut_out(radiograph.pixels, segmentation.masks, found, radiograph.spacing)
    pixels, masks = empty_bones(), np.zeros((7, *empty_bones().shape[1:]), bool)
    single, seen = np.zeros_like(masks), np.zeros(7, bool)
    for cutout in cutouts:
        channel = cutout.bone.channel
        pixels[channel], masks[channel], seen[channel] = cutout.pixels, cutout.mask, True
        single[channel] = _one_outline(cutout, segmentation, bundle)
    whole, field = _whole(radiograph)
    landmarks, marked = _landmarks(radiograph, cutouts)
    index = measure(radiograph, segmentation).mean_mci
    return FilmCuts(
        pixels=pixels,
        masks=masks,
        single=single,
        found=seen,
        whole=whole,
        whole_field=field,
        landmarks=landmarks,
        landmark_found=marked,
        measured_index=float("nan") if index is None else index,
        trusted_spacing=radiograph.spacing.trusted,
    )


def _one_outline(cutout: Cutout, segmentation: Segmentation, bundle: Bundle) -> np.ndarray:
    """The first outline of the expert that the gate trusts most, in place of the consensus of all."""
    hypotheses = segmentation.hypotheses
    if hypotheses is None:
        return cutout.mask
    return hypothesis_masks(cutout, hypotheses, bundle.segmentation.threshold(cutout.bone), most_trusted(hypotheses))[0]


def most_trusted(hypotheses: Hypotheses) -> np.ndarray:
    """Number (in an array of one) of the first hypothesis of the expert with the largest weight."""
    experts = np.unique(hypotheses.experts)
    weights = [float(hypotheses.weights[hypotheses.experts == expert].sum()) for expert in experts]
    return np.flatnonzero(hypotheses.experts == experts[int(np.argmax(weights))])[:1]


def _whole(radiograph: Radiograph) -> tuple[np.ndarray, np.ndarray]:
    """The exposed field of the film, brought to `WHOLE_SHAPE` with its proportions kept; grey values relative to its own."""
    rows, columns = np.flatnonzero(radiograph.field.any(1)), np.flatnonzero(radiograph.field.any(0))
    top, left = float(rows[0]), float(columns[0])
    high, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    scale = max(high / WHOLE_SHAPE[0], wide / WHOLE_SHAPE[1])
    middle = np.array([top + (high - 1) / 2, left + (wide - 1) / 2])
    offset = middle - scale * (np.array(WHOLE_SHAPE) - 1) / 2
    grid = InputGrid(np.eye(2) * scale, offset, WHOLE_SHAPE, radiograph.shape)
    field = sample(radiograph.field.astype(np.float32), grid) >= 0.5
    return normalise(sample(radiograph.pixels, grid), field).astype(np.float16), field


def _landmarks(radiograph: Radiograph, cutouts: tuple[Cutout, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Upright squares of film, soft tissue included: ends of radius and ulna, middles of metacarpals 2 to 4."""
    squares = np.zeros((LANDMARKS, *LANDMARK_SHAPE), np.float16)
    marked = np.zeros(LANDMARKS, bool)
    length = max((_length(one) for one in cutouts if one.bone in _LANDMARK_BONES[2:]), default=0.0)
    if not length:
        return squares, marked
    scale = LANDMARK_SIDE * length / LANDMARK_SHAPE[0]
    frames = {one.bone: one for one in cutouts}
    for number, bone in enumerate(_LANDMARK_BONES):
        if bone not in frames:
            continue
        middle = _landmark(frames[bone])
        offset = middle - scale * (np.array(LANDMARK_SHAPE) - 1) / 2
        square = sample(radiograph.pixels, InputGrid(np.eye(2) * scale, offset, LANDMARK_SHAPE, radiograph.shape))
        squares[number], marked[number] = normalise(square, np.ones(LANDMARK_SHAPE, bool)), True
    return squares, marked


def _length(cutout: Cutout) -> float:
    """Length of a metacarpal in film pixels."""
    return float(cutout.mask.any(1).sum()) * cutout.frame.film_pixels_per_pixel


def _landmark(cutout: Cutout) -> np.ndarray:
    """Film place (row, column) of a bone's landmark: the metaphysis of a forearm bone, the middle of a metacarpal."""
    rows = np.flatnonzero(cutout.mask.any(1))
    share = 0.25 if cutout.bone in (Bone.RADIUS, Bone.ULNA) else 0.5
    row = rows[0] + share * (rows[-1] - rows[0])
    columns = np.flatnonzero(cutout.mask[int(row)])
    frame: Frame = cutout.frame
    column = float(columns.mean()) if len(columns) else cutout.mask.shape[1] / 2
    return frame.matrix @ np.array([row, column]) + frame.offset
