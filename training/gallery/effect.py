"""What is told of one effect beside its picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.simulation.families import Family

Pair = tuple[np.ndarray, np.ndarray]
"""Grey values 0..1 without and with the effect."""


@dataclass(frozen=True)
class Effect:
    """One effect of the simulation.

    Attributes
    ----------
    name : file name of the picture
    title : what it is
    functions : where it lives, "module.function" within ``training.simulation``
    units : what it is given in, and the range drawn
    often : how often films have it
    shown : what the picture shows
    draw : makes the pair of panels
    """

    family: Family
    name: str
    title: str
    functions: tuple[str, ...]
    units: str
    often: str
    shown: str
    draw: Callable[[], Pair]
