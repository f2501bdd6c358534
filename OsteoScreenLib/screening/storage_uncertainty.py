"""Uncertainty maps as one three-component volume on the film's grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.values import Spacing
from OsteoScreenLib.screening.nrrd_geometry import space_fields
from OsteoScreenLib.screening.storage_nrrd import read_nrrd, write_nrrd
from OsteoScreenLib.segmentation.values import UncertaintyMaps

CHANNELS = ("total", "between", "within")
STEPS_PER_BIT = 1024
"""Maps are rounded to 1/1024 bit before they are written: a 2000 x 2500 film takes about 1 MB instead of 55 MB and a
tenth of the time, and no palette or threshold can show the difference."""


def round_maps(maps: UncertaintyMaps) -> UncertaintyMaps:
    """The maps as they come back from a file: between and within to the nearest step, total their sum."""
    between, within = _rounded(maps.between), _rounded(maps.within)
    return UncertaintyMaps(total=between + within, between=between, within=within)


def write_uncertainty(path: Path, maps: UncertaintyMaps, spacing: Spacing) -> None:
    """Write the maps as float32 with the components total, between, within (bits, 0..1).

    Slicer opens the file as a vector volume beside the film. Raises `OutputError` where it cannot be written.
    """
    rounded = round_maps(maps)
    channels = np.stack([getattr(rounded, name) for name in CHANNELS], axis=-1)[np.newaxis]
    header = {
        "kinds": ["vector", "domain", "domain", "domain"],
        **space_fields(spacing, 1),
        "osteoscreen_components": ",".join(CHANNELS),
        "osteoscreen_unit": "bit",
    }
    write_nrrd(path, channels, header)


def read_uncertainty(path: Path, shape: tuple[int, int]) -> UncertaintyMaps:
    """Read the maps of a film of ``shape``. Raises `OutputError` where the file is damaged or of another film."""
    channels, _ = read_nrrd(path, 8 * len(CHANNELS) * shape[0] * shape[1])
    if channels.shape != (1, *shape, len(CHANNELS)):
        raise OutputError(
            path, f"holds an array of {channels.shape}, expected {(1, *shape, len(CHANNELS))}", "Screen the film again"
        )
    maps = {name: np.ascontiguousarray(channels[0, :, :, n], dtype=np.float32) for n, name in enumerate(CHANNELS)}
    return UncertaintyMaps(**maps)


def _rounded(values: np.ndarray) -> np.ndarray:
    steps = np.float32(STEPS_PER_BIT)
    return np.rint(values * steps).astype(np.float32) / steps
