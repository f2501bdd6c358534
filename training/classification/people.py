"""The people of a classifier's training: who trains it, who calibrates it, and whom only the reported figures see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.errors import UsageError
from training.cohort.samples import BoneSamples, samples_of
from training.cohort.store import Cohort
from training.evaluation.folds import hold_out
from training.evaluation.values import Subjects

SPLITS = ("train", "validation", "test")
TEST, VALIDATION = 0.2, 0.25
"""Shares of all subjects that are tested, and of the others that calibrate, where the table names no splits."""
CALIBRATING = 0.5
"""Share of a calibration cohort that calibrates; the others are tested."""


@dataclass(frozen=True)
class Part:
    """Some people: their cut-outs, with subject numbers that count within ``subjects``."""

    subjects: Subjects
    samples: BoneSamples

    @property
    def truth(self) -> np.ndarray:
        """1 with osteoporosis, 0 without (n)."""
        return np.asarray(self.subjects.truth, float)


def subjects_of(cohort: Cohort) -> Subjects:
    """The people of a cohort; of several films of one, the first gives the age and all give the mean cortical index."""
    first, rows = cohort.first_films, cohort.subject_rows
    index = cohort.arrays["measured_index"]
    known = np.isfinite(index)
    count = np.bincount(rows[known], minlength=len(first))
    total = np.bincount(rows[known], index[known], minlength=len(first))
    return Subjects(
        id=np.array(cohort.subjects),
        truth=cohort.column("osteoporotic")[first].astype(int),
        t_score=cohort.column("t_score")[first],
        age_years=cohort.column("age_years")[first],
        woman=cohort.column("woman")[first],
        height_cm=cohort.column("height_cm")[first],
        cortical_index=np.where(count > 0, total / np.maximum(count, 1), np.nan),
        simulated=cohort.simulated,
    )


def parts_of(cohort: Cohort, calibration: Cohort | None, seed: int) -> dict[str, Part]:
    """Training, validation and test people, no person in two of them.

    With a ``calibration`` cohort all of ``cohort`` trains, and the other is halved. Without, the table's splits hold where it has
    them, else people are split at random by strata. Raises `UsageError` where a split has no case or no other subject.
    """
    if calibration is not None:
        fold = hold_out(subjects_of(calibration), test=1 - CALIBRATING, seed=seed)
        places = {"validation": np.concatenate([fold.train, fold.validation]), "test": fold.test}
        parts = {"train": _part(cohort, np.arange(len(cohort.subjects)))}
        parts |= {name: _part(calibration, np.sort(chosen)) for name, chosen in places.items()}
    else:
        parts = {name: _part(cohort, chosen) for name, chosen in _splits(cohort, seed).items()}
    for name, part in parts.items():
        if not 0 < part.subjects.cases < len(part.subjects):
            fault = f"has {part.subjects.cases} cases among {len(part.subjects)} subjects in its {name} part"
            raise UsageError(cohort.folder, fault, "Add subjects of both kinds, or split them otherwise")
    return parts


def _splits(cohort: Cohort, seed: int) -> dict[str, np.ndarray]:
    named = cohort.column("split")[cohort.first_films]
    if (named != "").any():
        return {name: np.flatnonzero(named == name) for name in SPLITS}
    fold = hold_out(subjects_of(cohort), TEST, VALIDATION, seed)
    return {"train": fold.train, "validation": fold.validation, "test": fold.test}


def _part(cohort: Cohort, places: np.ndarray) -> Part:
    everybody = subjects_of(cohort)
    values = {name: getattr(everybody, name)[places] for name in _ARRAYS}
    samples = samples_of(cohort).of_subjects(places)
    renumbered = np.full(len(cohort.subjects), -1)
    renumbered[places] = np.arange(len(places))
    return Part(Subjects(**values, simulated=cohort.simulated), samples.renumbered(renumbered))


_ARRAYS = ("id", "truth", "t_score", "age_years", "woman", "height_cm", "cortical_index")
