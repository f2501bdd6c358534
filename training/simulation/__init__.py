"""Simulated hand and wrist radiographs with exact truth, by our own ray caster."""

from training.simulation.families import Family
from training.simulation.film import ShaftTruth, SimulatedFilm, cast_film, shaft_truth
from training.simulation.subject import Subject, sample_training_subject, subject_with_t_score

__all__ = [
    "Family",
    "ShaftTruth",
    "SimulatedFilm",
    "Subject",
    "cast_film",
    "sample_training_subject",
    "shaft_truth",
    "subject_with_t_score",
]
