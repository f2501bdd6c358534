"""What the evaluation is about: subjects, out-of-fold predictions, and estimates with their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.errors import UsageError

HALF = 0.5
"""The threshold of a row that chose none."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class Subjects:
    """The people of a cohort, one place each in every array (n).

    Attributes
    ----------
    id : names, each once
    truth : 1 with osteoporosis by the reference standard, 0 without
    t_score : NaN where it is not known
    age_years, woman : age, and whether the subject is a woman
    height_cm : NaN where it is not known
    cortical_index : as measured on the film; NaN where it could not be measured
    simulated : whether the films are simulated, which every figure says

    Raises `UsageError` where lengths differ, an id occurs twice, a truth is neither 0 nor 1, or an age is missing.
    """

    id: np.ndarray
    truth: np.ndarray
    t_score: np.ndarray
    age_years: np.ndarray
    woman: np.ndarray
    height_cm: np.ndarray
    cortical_index: np.ndarray
    simulated: bool

    def __post_init__(self) -> None:
        for name in ("truth", "t_score", "age_years", "woman", "height_cm", "cortical_index"):
            length = len(getattr(self, name))
            if length != len(self.id):
                raise UsageError(f"subjects' {name}", f"has {length} values for {len(self.id)} subjects", "Give one each")
        names, counts = np.unique(self.id, return_counts=True)
        if (counts > 1).any():
            raise UsageError(f"subject {names[counts > 1][0]}", "occurs twice", "Give every subject one place")
        wrong = ~np.isin(self.truth, (0, 1))
        if wrong.any():
            raise UsageError(f"subject {self.id[wrong][0]}", f"has the label {self.truth[wrong][0]}", "Give 0 or 1")
        unknown = ~np.isfinite(np.asarray(self.age_years, float))
        if unknown.any():
            raise UsageError(f"subject {self.id[unknown][0]}", "has no age", "Give an age or leave the subject out")

    def __len__(self) -> int:
        return len(self.id)

    @property
    def decade(self) -> np.ndarray:
        """First year of each subject's decade of life: 50 for 50 to 59 years."""
        return (np.asarray(self.age_years, float) // 10 * 10).astype(int)

    @property
    def cases(self) -> int:
        """Number of subjects with osteoporosis."""
        return int(np.sum(self.truth))

    @property
    def words(self) -> str:
        """Size and kind of the cohort, for titles."""
        return f"{len(self)} {'simulated ' if self.simulated else ''}subjects, {self.cases} with osteoporosis"


@dataclass(frozen=True)
class OutOfFold:
    """What one method (a row of the table) says of every subject when it has not been trained on that subject.

    Attributes
    ----------
    name : key of the row, as in `paper.PAPER` where the paper has it
    title : the row in words
    probability : (repeats, n) of osteoporosis; every subject is tested once a repeat
    threshold : at or above it a subject is called positive; one number, or (repeats, n) where every fold chose its own on
        subjects that it was not tested on
    bone_probability : (repeats, n, channels) by bone alone, NaN where a bone is not seen; ``None`` without bones

    Raises `UsageError` where shapes do not belong together or a probability is missing.
    """

    name: str
    title: str
    probability: np.ndarray
    threshold: float | np.ndarray = HALF
    bone_probability: np.ndarray | None = None

    def __post_init__(self) -> None:
        place, shape = f"row '{self.name}'", self.probability.shape
        if len(shape) != 2:
            raise UsageError(place, f"has probabilities of shape {shape}", "Give repeats x subjects")
        inside = (self.probability >= 0) & (self.probability <= 1)  # false for NaN, too
        if not inside.all():
            wrong = tuple(int(each) for each in np.argwhere(~inside)[0])
            fault = f"has the probability {self.probability[wrong]} in repeat {wrong[0]} for subject number {wrong[1]}"
            raise UsageError(place, fault, "Give a probability for every subject, that of an unseen one being the prevalence")
        if np.shape(self.threshold) not in {(), shape}:
            raise UsageError(place, f"has thresholds of shape {np.shape(self.threshold)}", f"Give one number or {shape}")
        if self.bone_probability is not None and self.bone_probability.shape[:2] != shape:
            raise UsageError(place, f"has bones of shape {self.bone_probability.shape}", f"Give {shape} x channels")

    @property
    def positive(self) -> np.ndarray:
        """Who is called positive, bool (repeats, n)."""
        return np.asarray(self.probability >= self.threshold)
