"""Cast one film: subject, pose, view, rays, detector, display, frame, markers; with exact truth."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.radiograph.values import Laterality
from training.simulation.archive import DIM_CHANCE, dim, store
from training.simulation.beam import attenuation
from training.simulation.body import body_thickness
from training.simulation.cast import cast_bones
from training.simulation.detector import Exposure, detect, ideal_signal, sample_exposure
from training.simulation.display import render, stretch
from training.simulation.families import Family
from training.simulation.field import View, sample_view
from training.simulation.hand import Hand, build_hand, cortical_truth
from training.simulation.nuisances import add_nuisances
from training.simulation.objects.choice import sample_objects
from training.simulation.objects.material import add_layers
from training.simulation.objects.other_hand import other_hand_paths
from training.simulation.obliquity import Attitude
from training.simulation.pose import sample_pose
from training.simulation.subject import Subject, sample_training_subject


@dataclass(frozen=True)
class SimulatedFilm:
    """A film and all that is known of it.

    Attributes
    ----------
    pixels : float32, rows x columns, 0..1; bright bone unless ``inverted``
    masks : bool, 7 x rows x columns: exact projections inside the exposed field; bones overlap
    sesamoids : bool, rows x columns: projection of all sesamoids inside the exposed field
    field : bool, rows x columns: the exposed field
    """

    pixels: np.ndarray
    masks: np.ndarray
    sesamoids: np.ndarray
    field: np.ndarray
    pixels_per_mm: float
    laterality: Laterality
    inverted: bool
    subject: Subject
    hand: Hand
    view: View
    exposure: Exposure


@dataclass(frozen=True)
class _Streams:
    """One random stream per step, so that a step left out does not change the others."""

    subject: np.random.Generator
    pose: np.random.Generator
    hand: np.random.Generator
    view: np.random.Generator
    bones: np.random.Generator
    body: np.random.Generator
    other_hand: np.random.Generator
    objects: np.random.Generator
    exposure: np.random.Generator
    detector: np.random.Generator
    display: np.random.Generator
    nuisances: np.random.Generator
    storage: np.random.Generator

    @classmethod
    def drawn_from(cls, rng: np.random.Generator) -> _Streams:
        """Seed all streams by the generator."""
        seeds = rng.integers(2**63, size=len(fields(cls)))
        return cls(*(np.random.default_rng(int(seed)) for seed in seeds))

    def of_person(self, anatomy: int) -> _Streams:
        """The same visit of a person whose body ``anatomy`` seeds; pose, film and exposure stay those of the visit."""
        body = _Streams.drawn_from(np.random.default_rng([anatomy, 0xB0D4]))
        return replace(self, subject=body.subject, hand=body.hand, bones=body.bones, body=body.body)

    def on_machine(self, machine: int) -> _Streams:
        """The same visit on the machine that ``machine`` seeds: its technique and its display processing."""
        settings = _Streams.drawn_from(np.random.default_rng([machine, 0x3AC]))
        return replace(self, exposure=settings.exposure, display=settings.display)


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
    anatomy: int | None = None,
    machine: int | None = None,
    attitude: Attitude | None = None,
    without: frozenset[Family] = frozenset(),
) -> SimulatedFilm:
    """Cast a film of ``shape`` (rows, columns). Equal arguments give equal films.

    ``subject`` is drawn for outlining where not given; ``kind`` fixes the view (see `VIEW_CHANCES`). Films of equal
    ``anatomy`` show the same bones and soft tissue, repositioned and exposed anew by each ``seed`` (only the trabecular
    pattern moves against the bone); films of equal ``machine`` are taken with the same technique, detector and display
    processing, as a department does it. ``attitude`` fixes the hand's turn out of the film plane, for oblique and lateral films.
    ``without`` leaves out families of effects and changes nothing else: each step draws from a random stream of its own.
    """
    steps = _Streams.drawn_from(np.random.default_rng(seed))
    if anatomy is not None:
        steps = steps.of_person(anatomy)
    if machine is not None:
        steps = steps.on_machine(machine)
    person = subject or sample_training_subject(steps.subject)
    pose = sample_pose(steps.pose, without)
    if attitude is not None:
        pose = replace(pose, attitude=attitude)
    hand = build_hand(person, pose, steps.hand, without)
    view = sample_view(hand, shape, steps.view, kind, without, person.side)
    bone_mm, solid_mm, masks, sesamoids = cast_bones(hand, view.placement, shape, person, steps.bones, without)
    soft_mm = np.maximum(body_thickness(hand, view.placement, shape, steps.body) - solid_mm, 0)
    if Family.OBJECTS not in without:
        if view.kind == "both":
            beside_bone_mm, beside_soft_mm = other_hand_paths(hand, view, shape, person, steps.other_hand, without)
            bone_mm, soft_mm = bone_mm + beside_bone_mm, soft_mm + beside_soft_mm
        bone_mm, soft_mm = add_layers(bone_mm, soft_mm, sample_objects(hand, view, masks, shape, steps.objects))
    exposure = sample_exposure(steps.exposure)
    ppm = view.placement.pixels_per_mm
    attenuated = attenuation(soft_mm, bone_mm, exposure.tube_voltage_kv, exposure.filtration)
    ideal = Family.ACQUISITION in without
    log_signal = ideal_signal(attenuated) if ideal else detect(attenuated, ppm, exposure, steps.detector)
    inside = np.zeros(shape, bool)
    inside[view.film_slices] = True
    plain = Family.PROCESSING in without
    grey = stretch(log_signal, inside) if plain else render(log_signal, inside, ppm, steps.display)
    if not plain and steps.storage.random() < DIM_CHANCE:
        grey = dim(grey, float(steps.storage.uniform(0, 0.1)), float(steps.storage.uniform(0.2, 0.6)))
    exposed = inside
    if Family.NUISANCES not in without:
        grey, exposed = add_nuisances(grey, view, np.asarray(masks.any(axis=0)), steps.nuisances)
    if not plain:
        grey = store(grey, steps.storage)
    return SimulatedFilm(
        pixels=1 - grey if inverted else grey,
        masks=masks & exposed,
        sesamoids=sesamoids & exposed,
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
