"""The model card that a bundle carries beside its figures: who, why, what, where and when (TRIPOD+AI, CLAIM)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class FilmOrigin(str, Enum):
    """What films a part of the model was trained or tested on."""

    SIMULATED = "simulated films"
    PATIENTS = "films of patients"
    BOTH = "simulated films and films of patients"


@dataclass(frozen=True)
class Figure:
    """One measured number; ``interval`` is its 95 % interval where one was computed."""

    name: str
    value: float
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class ModelCard:
    """What the other fields of a bundle do not say.

    ``outlines`` and ``score`` tell the films that each was trained on, ``figures_from`` those behind ``figures`` and the
    operating point (both ``None`` without a classifier). ``setting`` is where, ``period`` when the data were collected;
    ``date`` is the day (ISO) on which the bundle was assembled.
    """

    outlines: FilmOrigin
    score: FilmOrigin | None
    figures_from: FilmOrigin | None
    developers: str
    contact: str
    licence: str
    date: str
    purpose: str
    users: str
    setting: str
    period: str
    reference_standard: str
    evaluation_data: str
    out_of_scope: tuple[str, ...]
    failure_modes: tuple[str, ...]
    figures: tuple[Figure, ...] = ()

    @property
    def headline(self) -> str:
        """What the model was trained and tested on, in one or two sentences that stand above everything else."""
        if self.score is None:
            return f"Outlines trained on {self.outlines.value}. There is no score."
        if self.outlines is self.score is self.figures_from is FilmOrigin.SIMULATED:
            return "Trained on simulated films only, outlines and score. The score was never tested on patients."
        trained = f"Outlines trained on {self.outlines.value}; score trained on {self.score.value}."
        return trained if self.figures_from is None else f"{trained} Figures from {self.figures_from.value}."
