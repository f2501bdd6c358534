"""Films of simulated people, as a hospital would hold them: several views and sizes, half of them with a trusted spacing."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.radiograph import radiograph_from_array
from OsteoScreenLib.radiograph.values import Radiograph, Spacing, SpacingProvenance
from training.cohort.values import Member
from training.simulation.film import SimulatedFilm, cast_film
from training.simulation.subject import Subject

VIEWS: dict[str, tuple[float, tuple[int, int]]] = {
    "hand": (0.45, (880, 720)),
    "close": (0.40, (660, 580)),
    "wrist": (0.15, (580, 580)),
}
"""View: its share of the films, and rows x columns."""
WITHOUT_WRISTS = ("hand", "close")
SPACING_TRUSTED = 0.5
"""Share of the films whose file gives a spacing."""


def film_of(
    person: Subject,
    seed: tuple[int, ...],
    visit: int = 0,
    views: tuple[str, ...] = tuple(VIEWS),
    machine: int | None = None,
) -> SimulatedFilm:
    """A film of a person; ``seed`` is the person's, another ``visit`` repositions and exposes them anew.

    Films of equal ``machine`` share technique, detector and display processing.
    """
    rng = np.random.default_rng([*seed, 0xF11, visit])
    share = np.array([VIEWS[view][0] for view in views])
    kind = str(rng.choice(views, p=share / share.sum()))
    anatomy = int(np.random.default_rng([*seed, 0xA7]).integers(2**31))
    return cast_film(rng, VIEWS[kind][1], subject=person, kind=kind, anatomy=anatomy, machine=machine)


def radiograph_of(film: SimulatedFilm, name: str, seed: tuple[int, ...], visit: int = 0) -> Radiograph:
    """The film as its reader hands it over; half of all people's films have a trusted spacing."""
    trusted = np.random.default_rng([*seed, 0x5AC]).random() < SPACING_TRUSTED
    mm = 1 / film.pixels_per_mm
    spacing = Spacing(mm, mm, SpacingProvenance.DETECTOR) if trusted else Spacing()
    return radiograph_from_array(film.pixels, name=f"{name}-{visit}", spacing=spacing, laterality=film.laterality)


def member_of(person: Subject, name: str, visit: int = 0) -> Member:
    """The row of a simulated person in the cohort's table."""
    return Member(
        subject=name,
        film=f"{name}-{visit}",
        age_years=person.age_years,
        woman=person.sex == "F",
        osteoporotic=person.osteoporotic,
        t_score=person.t_score,
        height_cm=person.height_cm,
        side="" if person.side is None else person.side.value,
        true_index=person.cortical_index,
    )
