"""A small data set of annotated films on disk: simulated films, outlines by two annotators, PNG masks and one .seg.nrrd."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.ndimage import binary_dilation

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.radiograph.values import Laterality, Spacing
from OsteoScreenLib.screening.storage_segmentation import write_segmentation
from training.simulation import Family, SimulatedFilm, cast_film

SHAPE = (192, 160)
PLAIN = frozenset({Family.FIELD, Family.NUISANCES, Family.OBJECTS})


@lru_cache(maxsize=4)
def film(number: int) -> SimulatedFilm:
    """A whole hand, upright, without frame or markers, so that all seven bones are seen."""
    return cast_film(number, SHAPE, kind="close", without=PLAIN)


def loose(masks: np.ndarray) -> np.ndarray:
    """Outlines of someone who draws a pixel outside."""
    return np.stack([binary_dilation(mask) for mask in masks])


def write_data_set(folder: Path) -> Path:
    """Two films, one drawn by Ann (PNG masks) and Ben (.seg.nrrd), one by Ann and rejected by Ben. Returns the manifest."""
    films = []
    for number in (0, 1):
        image = folder / f"film{number}.png"
        Image.fromarray((film(number).pixels * 65535).astype(np.uint16)).save(image)
        annotations = [
            {"annotator": "Ann", "status": "accepted", "masks": write_masks(folder, f"ann{number}", film(number).masks)}
        ]
        if number == 0:
            write_segmentation(folder / "ben0.seg.nrrd", loose(film(0).masks), Spacing(), Laterality.LEFT)
            annotations.append({"annotator": "Ben", "status": "corrected", "segmentation": "ben0.seg.nrrd"})
        else:
            annotations.append({"annotator": "Ben", "status": "rejected", "comment": "motion"})
        films.append(
            {
                "id": f"f{number}",
                "subject": f"S{number}",
                "image": image.name,
                "sha256": hashlib.sha256(image.read_bytes()).hexdigest(),
                "spacing_mm": 0.2,
                "inverted": False,
                "annotations": annotations,
            }
        )
    content = {"format": "osteoscreen-annotations", "version": 1, "name": "Two films", "created": "2025-01-31T12:00:00Z"}
    return write_manifest(folder, content | {"films": films})


def write_masks(folder: Path, name: str, masks: np.ndarray) -> dict[str, str]:
    """One PNG per bone; returns what a manifest says of them."""
    (folder / name).mkdir()
    paths = {bone.value: f"{name}/{bone.value}.png" for bone in BONES}
    for bone in BONES:
        Image.fromarray(masks[bone.channel].astype(np.uint8) * 255).save(folder / paths[bone.value])
    return paths


def write_manifest(folder: Path, content: dict[str, Any]) -> Path:
    """Write ``manifest.json``."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(content))
    return path
