"""Cast one film: subject, pose, view, rays, detector, display, frame, markers; with exact truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.radiograph.values import Laterality
from training.simulation.beam import attenuation
from training.simulation.body import body_thickness
from training.simulation.cast import cast_bones
from training.simulation.detector import Exposure, detect, sample_exposure
from training.simulation.display import quantise, render
from training.simulation.field import View, collimate, sample_view
from training.simulation.hand import Hand, build_hand, cortical_truth, sample_pose
from training.simulation.markers import add_markers
from training.simulation.subject import Subject, sample_training_subject


@dataclass(frozen=True)
class SimulatedFilm:
    """A film and all that is known of it.

    Attributes
    ----------
    pixels : float32, rows x columns, 0..1; bright bone unless ``inverted``
    masks : bool, 7 x rows x columns: exact projections inside the exposed field; bones overlap
    field : bool, rows x columns: the exposed field
    """

    pixels: np.ndarray
    masks: np.ndarray
    field: np.ndarray
    pixels_per_mm: float
    laterality: Laterality
    inverted: bool
    subject: Subject
    hand: Hand
    view: View
    exposure: Exposure


@dataclass(frozen=True)
class ShaftTruth:
    """Exact widths of a shaft at one level, in film pixels and as an index."""

    outer_width_px: float
    medullary_width_px: float

    @property
    def mci(self) -> float:
        """Metacarpal cortical index (W - d) / W."""
        return 1 - self.medullary_width_px / self.outer_width_px


def cast_film(
    seed: int | np.random.Generator,
    shape: tuple[int, int] = (512, 512),
    *,
    subject: Subject | None = None,
    kind: str | None = None,
    inverted: bool = False,
) -> SimulatedFilm:
    """Cast a film of ``shape`` (rows, columns). Equal arguments give equal films.

    ``subject`` is drawn for outlining where not given; ``kind`` fixes the view ("hand", "wrist", "close").
    """
    rng = np.random.default_rng(seed)
    person = subject or sample_training_subject(rng)
    hand = build_hand(person, sample_pose(rng), rng)
    view = sample_view(hand, shape, rng, kind)
    bone_mm, solid_mm, masks = cast_bones(hand, view.placement, shape, person, rng)
    soft_mm = np.maximum(body_thickness(hand, view.placement, shape, rng) - solid_mm, 0)
    exposure = sample_exposure(rng)
    ppm = view.placement.pixels_per_mm
    log_signal = detect(attenuation(soft_mm, bone_mm, exposure.tube_voltage_kv), ppm, exposure, rng)
    top, bottom, left, right = view.film_area
    inside = np.zeros(shape, bool)
    inside[top:bottom, left:right] = True
    grey = render(log_signal, inside, ppm, rng)
    if rng.random() < 0.5:
        grey = add_markers(grey, view.placement.side, rng)
        grey, exposed = collimate(grey, view, rng)
    else:
        grey, exposed = collimate(grey, view, rng)
        grey = add_markers(grey, view.placement.side, rng)
    grey = quantise(grey, int(rng.choice([64, 256, 256, 1024, 4096])))
    return SimulatedFilm(
        pixels=1 - grey if inverted else grey,
        masks=masks & exposed,
        field=exposed,
        pixels_per_mm=ppm,
        laterality=Laterality.LEFT if view.placement.side > 0 else Laterality.RIGHT,
        inverted=inverted,
        subject=person,
        hand=hand,
        view=view,
        exposure=exposure,
    )


def shaft_truth(film: SimulatedFilm, bone: Bone, level: float) -> ShaftTruth:
    """Exact widths at ``level`` (fraction of the bone's length from its base)."""
    truth = cortical_truth(film.hand, bone)
    outer = float(np.interp(level, truth.stations, truth.outer_width_mm))
    inner = float(np.interp(level, truth.stations, truth.medullary_width_mm))
    return ShaftTruth(outer * film.pixels_per_mm, inner * film.pixels_per_mm)
