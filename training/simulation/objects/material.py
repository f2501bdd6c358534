"""What things are made of, as millimetres of compact bone and soft tissue that attenuate as one millimetre of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Material:
    """Equivalents of one millimetre: ``bone`` mm of compact bone and ``soft`` mm of soft tissue.

    Ratios of linear attenuation coefficients at 35 keV (xraylib 4), the middle of the spectra. Against bone they are nearly
    constant over them: aluminium 1.29 to 1.28, titanium 9.4 to 8.3 and iron 27 to 24 from 30 to 40 keV; plastics follow soft
    tissue.
    """

    bone: float = 0.0
    soft: float = 0.0


ALUMINIUM = Material(bone=1.28)
TITANIUM = Material(bone=8.9)
STEEL = Material(bone=25.8)
SILVER = Material(bone=158.0)
GOLD = Material(bone=110.0)
"""Gold of 14 carat, 13.5 g/cm3."""
LEAD = Material(bone=142.0)
PLASTER = Material(bone=0.32)
"""Set gypsum bandage, dried and porous, about 0.5 g/cm3."""
FIBREGLASS = Material(bone=0.14)
"""Resin bandage of glass fibres, about 0.4 g/cm3 of glass."""
ACRYLIC = Material(soft=1.04)
FOAM = Material(soft=0.06)
"""Dense polyethylene foam, 0.06 g/cm3."""
VINYL = Material(bone=0.8)


@dataclass(frozen=True)
class Layer:
    """One thing in the beam: its material, and its path length in mm at every pixel of the film (float32)."""

    material: Material
    path_mm: np.ndarray


def add_layers(bone_mm: np.ndarray, soft_mm: np.ndarray, layers: list[Layer]) -> tuple[np.ndarray, np.ndarray]:
    """Paths through bone and soft tissue with those of the layers' equivalents on top; new arrays where something is added."""
    for layer in layers:
        if layer.material.bone:
            bone_mm = bone_mm + np.float32(layer.material.bone) * layer.path_mm
        if layer.material.soft:
            soft_mm = soft_mm + np.float32(layer.material.soft) * layer.path_mm
    return bone_mm, soft_mm
