"""Where a method tells and where not: by bone, by decade of life, by sex; a number only where there are people enough for one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.bones import BONES
from training.evaluation import weighted
from training.evaluation.bootstrap import RESAMPLES, bootstrap
from training.evaluation.values import Interval, OutOfFold, Subjects

FEWEST = 5
"""Cases, and controls, below which no AUC is given."""


@dataclass(frozen=True)
class Subgroup:
    """Some of the subjects (or one bone of them) with the AUC there; ``auc`` is ``None`` where there are too few of a kind."""

    name: str
    subjects: int
    cases: int
    auc: Interval | None

    @property
    def words(self) -> str:
        """The AUC with its interval, or that there are too few subjects for one."""
        if self.auc is not None:
            return str(self.auc)
        return f"too few {'cases' if self.cases < self.subjects - self.cases else 'controls'}"


def by_bone(row: OutOfFold, subjects: Subjects, seed: int = 0, resamples: int = RESAMPLES) -> tuple[Subgroup, ...]:
    """AUC of every bone alone, over the subjects in whom it was seen in every repeat; none where the row has no bones."""
    if row.bone_probability is None:
        return ()
    found = []
    for bone in BONES:
        said = row.bone_probability[:, :, bone.channel]
        found.append(_subgroup(bone.value.replace("_", " "), subjects, said, np.isfinite(said).all(0), seed, resamples))
    return tuple(found)


def by_decade(row: OutOfFold, subjects: Subjects, seed: int = 0, resamples: int = RESAMPLES) -> tuple[Subgroup, ...]:
    """AUC within every decade of life that occurs: what the method knows beyond age."""
    decades = ((f"{first} to {first + 9} years", subjects.decade == first) for first in np.unique(subjects.decade))
    return _subgroups(decades, row, subjects, seed, resamples)


def by_sex(row: OutOfFold, subjects: Subjects, seed: int = 0, resamples: int = RESAMPLES) -> tuple[Subgroup, ...]:
    """AUC within women and within men."""
    woman = np.asarray(subjects.woman, bool)
    return _subgroups(iter((("women", woman), ("men", ~woman))), row, subjects, seed, resamples)


def _subgroups(
    groups: Iterator[tuple[str, np.ndarray]], row: OutOfFold, subjects: Subjects, seed: int, resamples: int
) -> tuple[Subgroup, ...]:
    return tuple(_subgroup(name, subjects, row.probability, chosen, seed, resamples) for name, chosen in groups)


def _subgroup(name: str, subjects: Subjects, said: np.ndarray, chosen: np.ndarray, seed: int, resamples: int) -> Subgroup:
    truth = subjects.truth[chosen]
    count, cases = len(truth), int(truth.sum())
    enough = min(cases, count - cases) >= FEWEST
    return Subgroup(name, count, cases, bootstrap(truth, said[:, chosen], weighted.auc, seed, resamples) if enough else None)
