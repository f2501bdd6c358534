"""The plausible outlines behind a result, as 8-bit probability levels at network resolution."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.screening.storage_nrrd import read_nrrd, write_nrrd
from OsteoScreenLib.segmentation.values import GridMapping, Hypotheses

LEVELS = 255
"""Probability 1 is level 255, so a stored probability is off by at most 1/510."""
LARGEST_LEVELS = 1 << 28
"""Bytes: 512 outlines of seven bones on a grid of 256 x 256."""


def write_hypotheses(path: Path, hypotheses: Hypotheses) -> None:
    """Write the probabilities as uint8 levels, hypotheses x 7 bones x rows x columns of the network grid.

    The file carries no position in space; weights, experts and the mapping to the film are in ``result.json``
    (`describe_hypotheses`). Raises `OutputError` where it cannot be written.
    """
    write_nrrd(path, probability_levels(hypotheses), {"kinds": ["domain", "domain", "list", "list"]})


def probability_levels(hypotheses: Hypotheses) -> np.ndarray:
    """The probabilities as they are stored: uint8, hypotheses x 7 bones x rows x columns of the network grid."""
    return np.rint(np.clip(hypotheses.probabilities, 0, 1) * np.float32(LEVELS)).astype(np.uint8)


def describe_hypotheses(hypotheses: Hypotheses, file: str) -> dict[str, Any]:
    """What ``result.json`` says of the hypotheses stored in ``file``."""
    mapping = hypotheses.mapping
    return {
        "file": file,
        "levels": LEVELS,
        "weights": [float(weight) for weight in hypotheses.weights],
        "experts": [int(expert) for expert in hypotheses.experts],
        "mapping": {
            "matrix": np.asarray(mapping.matrix, float).tolist(),
            "offset": np.asarray(mapping.offset, float).tolist(),
            "grid_shape": [int(size) for size in mapping.grid_shape],
            "film_shape": [int(size) for size in mapping.film_shape],
        },
    }


def read_hypotheses(path: Path, description: dict[str, Any]) -> Hypotheses:
    """Read hypotheses as described by ``result.json``. Raises `OutputError` where file and description do not fit."""
    levels, _ = read_nrrd(path, LARGEST_LEVELS)
    return hypotheses_of(levels, description, path)


def hypotheses_of(levels: np.ndarray, description: dict[str, Any], place: str | Path) -> Hypotheses:
    """Hypotheses of stored levels and their description. Raises `OutputError` at ``place`` where they do not fit."""
    mapping = description["mapping"]
    weights, experts = np.array(description["weights"], float), np.array(description["experts"], int)
    grid_shape = (int(mapping["grid_shape"][0]), int(mapping["grid_shape"][1]))
    expected = (weights.size, 7, *grid_shape)
    if levels.shape != expected or experts.shape != weights.shape:
        raise OutputError(place, f"holds an array of {levels.shape}, expected {expected}", "Screen the film again")
    return Hypotheses(
        probabilities=levels.astype(np.float32) / np.float32(description["levels"]),
        weights=weights,
        experts=experts,
        mapping=GridMapping(
            matrix=np.array(mapping["matrix"], float),
            offset=np.array(mapping["offset"], float),
            grid_shape=grid_shape,
            film_shape=(int(mapping["film_shape"][0]), int(mapping["film_shape"][1])),
        ),
    )
