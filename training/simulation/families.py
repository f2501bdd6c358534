"""Families of effects that a film can be cast without, to measure what each one is worth."""

from __future__ import annotations

from enum import Enum


class Family(str, Enum):
    """One family of effects; `cast_film` leaves out those it is told to.

    Attributes
    ----------
    SHAPE : individual proportions, positions, ends and pose (without: one hand in one pose for all films)
    CORTEX : cortical shell around a marrow cavity (without: solid bones)
    TRABECULAE : trabecular pattern and patches (without: even fill)
    FINDINGS : what age and disease leave: growth-plate scars, osteophytes, endosteal scalloping
    ACQUISITION : scatter, blur, noise, uneven beam, grid (without: an ideal detector)
    PROCESSING : local contrast, sharpening, tone curve, compression (without: a linear stretch)
    FIELD : rotation, magnification, crops, wrist and close views (without: a whole hand, upright)
    NUISANCES : frames, padding, markers, letters
    OBJECTS : second hand, rings, casts, plates, positioning aids
    """

    SHAPE = "shape"
    CORTEX = "cortex"
    TRABECULAE = "trabeculae"
    FINDINGS = "findings"
    ACQUISITION = "acquisition"
    PROCESSING = "processing"
    FIELD = "field"
    NUISANCES = "nuisances"
    OBJECTS = "objects"
