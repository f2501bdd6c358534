"""Who trains, who calibrates and who is tested: repeated stratified cross-validation over subjects, never over films.

Strata are label, decade of life and sex. Subjects are ordered by stratum, at random within it, and dealt to the folds in
turn, so that the folds' numbers of cases, and of subjects of any stratum, differ by one at most, however few there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.errors import UsageError
from training.evaluation.values import Subjects

FOLDS = 5
REPEATS = 5
VALIDATION = 0.15


@dataclass(frozen=True)
class Fold:
    """Places in `Subjects` of the three disjoint parts, int and ascending.

    ``validation`` is for calibration, thresholds and early choices; ``test`` for nothing but the figures.
    """

    repeat: int
    number: int
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def __post_init__(self) -> None:
        together = np.concatenate([self.train, self.validation, self.test])
        assert len(np.unique(together)) == len(together), "a subject is in two parts of a fold"
        assert min(len(self.train), len(self.validation), len(self.test)) > 0, "a part of a fold is empty"


@dataclass(frozen=True)
class FilmParts:
    """Places in a list of films of the parts of a fold."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def repeated_folds(
    subjects: Subjects, folds: int = FOLDS, repeats: int = REPEATS, validation: float = VALIDATION, seed: int = 0
) -> tuple[Fold, ...]:
    """Every subject is tested once a repeat; ``validation`` is the share of a fold's other subjects that is kept from training.

    Raises `UsageError` with too few cases or controls for that many folds.
    """
    fewest = min(subjects.cases, len(subjects) - subjects.cases)
    if not 2 <= folds <= fewest:
        fault = f"has {subjects.cases} cases among {len(subjects)} subjects, too few for {folds} folds"
        raise UsageError("cohort", fault, f"Ask for 2 to {max(fewest, 2)} folds, or add subjects")
    found = []
    for repeat in range(repeats):
        rng = np.random.default_rng([seed, repeat])
        order = _by_stratum(subjects, np.arange(len(subjects)), rng)
        dealt = (np.arange(len(order)) + int(rng.integers(folds))) % folds
        tests = [np.sort(order[dealt == number]) for number in range(folds)]
        assert np.array_equal(np.sort(np.concatenate(tests)), np.arange(len(subjects))), "not everybody is tested once"
        found += [_fold(subjects, test, repeat, number, validation, rng) for number, test in enumerate(tests)]
    return tuple(found)


def hold_out(subjects: Subjects, test: float = 0.2, validation: float = VALIDATION, seed: int = 0) -> Fold:
    """One split, for cohorts large enough; ``test`` is a share of all, ``validation`` a share of the rest."""
    rng = np.random.default_rng(seed)
    return _fold(subjects, _part(subjects, np.arange(len(subjects)), test, rng), 0, 0, validation, rng)


def film_parts(fold: Fold, subjects: Subjects, film_subject: np.ndarray) -> FilmParts:
    """The films of a fold's parts; ``film_subject`` is each film's subject id.

    Raises `UsageError` where a film's subject is not in the cohort.
    """
    known = np.isin(film_subject, subjects.id)
    if not known.all():
        wrong = int(np.flatnonzero(~known)[0])
        fault = f"is of subject {film_subject[wrong]}, who is not in the cohort"
        raise UsageError(f"film number {wrong}", fault, "Add the subject or leave the film out")
    rows = [np.flatnonzero(np.isin(film_subject, subjects.id[part])) for part in (fold.train, fold.validation, fold.test)]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        shared = np.intersect1d(film_subject[rows[first]], film_subject[rows[second]])
        assert not len(shared), f"films of subject {shared[0]} are in two parts of a fold"
    return FilmParts(*rows)


def _fold(subjects: Subjects, test: np.ndarray, repeat: int, number: int, validation: float, rng: np.random.Generator) -> Fold:
    rest = np.setdiff1d(np.arange(len(subjects)), test)
    inner = _part(subjects, rest, validation, rng)
    return Fold(repeat, number, np.setdiff1d(rest, inner), inner, test)


def _part(subjects: Subjects, places: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A share of ``places`` at even distances in the order of strata, so that every stratum gives its part; at least one."""
    order = _by_stratum(subjects, places, rng)
    count = min(max(round(share * len(order)), 1), len(order) - 1)
    return np.sort(order[((np.arange(count) + rng.random()) * len(order) / count).astype(int)])


def _by_stratum(subjects: Subjects, places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    mixed = rng.permutation(places)
    keys = (subjects.woman[mixed], subjects.decade[mixed], subjects.truth[mixed])  # the last one counts most
    return mixed[np.lexsort(keys)]
