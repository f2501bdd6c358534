"""One simulated person becomes cut-outs by the very code that cuts out bones at the clinician's, with imperfect outlines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.stats import norm

from OsteoScreenLib.bones import BONES, RADIOGRAMMETRY_BONES
from OsteoScreenLib.classification.cutouts import cut_out
from OsteoScreenLib.classification.frames import CUT_COLUMNS, CUT_ROWS
from OsteoScreenLib.radiogrammetry.measure import measure
from OsteoScreenLib.radiograph.values import FilmSource, Laterality, Polarity, PolarityBasis, Radiograph, Spacing
from OsteoScreenLib.segmentation.values import BoneSummary, Segmentation, UncertaintyMaps
from training.segmentation.annotators import EDGE_INSIDE_MM
from training.simulation.cohort import Population, sample_subject
from training.simulation.film import SimulatedFilm, cast_film
from training.simulation.subject import Subject

FILM_SIZES = (576, 704, 832)
OUTLINE_SD_MM, SHIFT_SD_MM, SMOOTHING_MM = 0.25, 0.15, 0.5
"""How far outlines scatter about the edge that is seen, how far they are displaced, and over what length they are smoothed."""
FEWEST_FILM_PIXELS = 250
"""Pixels of a mask below which a segmentation would not find the bone."""


@dataclass(frozen=True)
class Case:
    """All that training needs of one film.

    ``pixels`` (7 x rows x columns, float16, normalised, not masked) and ``masks`` (bool) are on the cut-out grid; ``found``
    (7) says which bones there are. ``measured_index`` is the mean cortical index that radiogrammetry measured, NaN where it
    could not.
    """

    pixels: np.ndarray
    masks: np.ndarray
    found: np.ndarray
    subject: Subject
    measured_index: float


def cast_case(seed: tuple[int, ...], population: Population) -> Case:
    """Cast a film of a person drawn from ``population`` and cut out its bones. Equal seeds give equal cases."""
    rng = np.random.default_rng(seed)
    size = int(rng.choice(FILM_SIZES))
    film = cast_film(rng, (size, size), subject=sample_subject(rng, population), kind="close")
    return case_of(film, drawn_outlines(film.masks, film.pixels_per_mm, rng))


def case_of(film: SimulatedFilm, masks: np.ndarray) -> Case:
    """Cut-outs and measured cortical index of a film outlined by ``masks`` (bool, 7 x rows x columns)."""
    bones = [bone for bone in BONES if int(masks[bone.channel].sum()) >= FEWEST_FILM_PIXELS]
    pixels = np.zeros((len(BONES), CUT_ROWS, CUT_COLUMNS), np.float16)
    inside = np.zeros(pixels.shape, bool)
    found = np.zeros(len(BONES), bool)
    for cutout in cut_out(film.pixels, masks, bones):
        channel = cutout.bone.channel
        pixels[channel], inside[channel], found[channel] = cutout.pixels, cutout.mask, True
    return Case(pixels, inside, found, film.subject, _measured_index(film, masks))


def drawn_outlines(masks: np.ndarray, pixels_per_mm: float, rng: np.random.Generator) -> np.ndarray:
    """Exact masks as a segmentation or an annotator would draw them: smoothed, a little too wide or tight, a little displaced."""
    drawn = np.zeros_like(masks)
    sigma = SMOOTHING_MM * pixels_per_mm
    for channel, mask in enumerate(masks):
        level = float(norm.cdf(-rng.normal(-EDGE_INSIDE_MM, OUTLINE_SD_MM) / SMOOTHING_MM))
        shift = rng.normal(0, SHIFT_SD_MM * pixels_per_mm, 2)
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not len(rows):
            continue
        room = int(np.ceil(3 * sigma + np.abs(shift).max())) + 1
        box = (
            slice(max(rows[0] - room, 0), rows[-1] + room + 1),
            slice(max(columns[0] - room, 0), columns[-1] + room + 1),
        )
        soft = ndimage.gaussian_filter(mask[box].astype(np.float32), sigma, truncate=3.0, mode="nearest")
        drawn[channel][box] = ndimage.shift(soft, shift, order=1, mode="nearest") >= level
    return drawn


def as_radiograph(film: SimulatedFilm) -> Radiograph:
    """A simulated film as the reader would hand it over, spacing unknown."""
    inside = film.pixels[film.field] if film.field.any() else film.pixels.ravel()
    low, high = np.percentile(inside[:: max(1, inside.size // 20000)], [0.5, 99.5])
    source = FilmSource("simulated", "0" * 64, "simulated", 12)
    polarity = Polarity(film.inverted, PolarityBasis.TAGS)
    pixels = 1 - film.pixels if film.inverted else film.pixels
    return Radiograph(
        pixels.astype(np.float32), film.field, (float(low), float(high)), Spacing(), Laterality.UNKNOWN, polarity, source
    )


def as_segmentation(masks: np.ndarray) -> Segmentation:
    """Masks (bool, 7 x rows x columns) as a segmentation without hypotheses."""
    areas = [int(mask.sum()) for mask in masks]
    zero = np.zeros(masks.shape[1:], np.float32)
    summaries = tuple(
        BoneSummary(bone, area >= FEWEST_FILM_PIXELS, area, 0.0, 0.0) for bone, area in zip(BONES, areas, strict=True)
    )
    return Segmentation(masks, UncertaintyMaps(zero, zero, zero), summaries, None)


def _measured_index(film: SimulatedFilm, masks: np.ndarray) -> float:
    measured = measure(as_radiograph(film), as_segmentation(masks), bones=RADIOGRAMMETRY_BONES)
    return float("nan") if measured.mean_mci is None else measured.mean_mci
