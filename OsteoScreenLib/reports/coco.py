"""Outlines as COCO instances (https://cocodataset.org/#format-data), which programs for annotating read.

x runs along columns, y along rows; 0 is the film's edge, so that the first pixel reaches from 0 to 1. A polygon goes through the
middles of the edges between pixels inside and outside, simplified by less than a pixel: the pixels whose centres it holds are
those of the mask. COCO polygons have no holes; those of a mask are filled, and ``holes_px`` says how many pixels they had.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from scipy import ndimage

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.bones import BONE_CODES, BONES, FOREARM_BONES, Bone
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.screening.values import ScreeningResult

TOLERANCE_PX = 0.25
"""How far a polygon may pass from the middles of the edges. No centre of a pixel lies nearer to them than .35."""


def coco_document(results: Iterable[ScreeningResult]) -> dict[str, Any]:
    """One document over the films of all results, in their order; a result is let go before the next is asked for.

    Beside COCO's own keys an image says ``sha256``, ``laterality``, ``spacing_mm`` and ``bundle``, an annotation ``disagreement``
    and ``mean_uncertainty`` (0..1), ``drawn`` (by a person) and ``holes_px``.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    dates, versions = {""}, set()
    for result in results:
        images.append(_image(result, len(images) + 1))
        dates.add(result.created)
        versions.add(result.software_version)
        for bone in result.segmentation.found_bones:
            if result.segmentation.mask(bone).any():
                annotations.append(_annotation(result, bone, len(annotations) + 1, images[-1]["id"]))
    return {
        "info": {
            "description": f"Outlines by OsteoScreen. {RESEARCH_USE_NOTICE}",
            "version": ", ".join(sorted(versions)),
            "date_created": max(dates),
        },
        "licenses": [],
        "images": images,
        "categories": [_category(bone) for bone in BONES],
        "annotations": annotations,
    }


def write_coco(result: ScreeningResult, path: Path) -> None:
    """Write the document of one film. Raises `OutputError`."""
    save_document(coco_document([result]), path)


def save_document(document: dict[str, Any], path: Path) -> None:
    """Write a document; it appears complete or not at all. Raises `OutputError`."""
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        with part.open("w", encoding="utf-8") as stream:
            json.dump(document, stream, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            stream.write("\n")
        os.replace(part, path)
    except OSError as error:
        fault = f"cannot be written ({error.strerror or error})"
        raise OutputError(path, fault, "Choose a folder with room and write access") from error
    finally:
        part.unlink(missing_ok=True)


def polygons_of(mask: np.ndarray) -> tuple[np.ndarray, ...]:
    """Closed outlines (n x 2: x, y; the first point is not repeated) of the parts of a bool mask with its holes filled."""
    from contourpy import contour_generator

    box = ndimage.find_objects(mask.astype(np.uint8))
    if not box:
        return ()
    whole = np.pad(ndimage.binary_fill_holes(mask[box[0]]), 1).astype(np.float32)
    first = np.array([box[0][1].start, box[0][0].start]) - 0.5  # of the padding, whose centre lies half a pixel before it
    lines = contour_generator(z=whole).lines(0.5)
    return tuple(_simplified(np.asarray(line)[:-1]) + first for line in lines)


def _simplified(points: np.ndarray) -> np.ndarray:
    """A closed line with fewer points, none of those left out further than `TOLERANCE_PX` from it (Douglas and Peucker, 1973)."""
    far = int(np.argmax(((points - points[0]) ** 2).sum(axis=1)))
    closed = np.concatenate([points, points[:1]])
    kept = np.zeros(len(closed), bool)
    kept[[0, far, -1]] = True
    spans = [(0, far), (far, len(closed) - 1)]
    while spans:
        start, end = spans.pop()
        if end - start < 2:
            continue
        distance = _distances(closed[start + 1 : end], closed[start], closed[end])
        worst = int(np.argmax(distance))
        if distance[worst] > TOLERANCE_PX:
            middle = start + 1 + worst
            kept[middle] = True
            spans += [(start, middle), (middle, end)]
    return closed[:-1][kept[:-1]]


def _distances(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Of points from the stretch between two others."""
    along = end - start
    share = np.clip((points - start) @ along / max(float(along @ along), 1e-12), 0.0, 1.0)
    return np.linalg.norm(points - start - share[:, np.newaxis] * along, axis=1)


def _image(result: ScreeningResult, number: int) -> dict[str, Any]:
    film, spacing = result.film, result.film.spacing
    return {
        "id": number,
        "file_name": film.source.name.replace("\\", "/").rpartition("/")[2],  # readers join it to a folder
        "width": int(film.shape[1]),
        "height": int(film.shape[0]),
        "sha256": film.source.sha256,
        "laterality": film.laterality.value,
        "spacing_mm": [spacing.row_mm, spacing.column_mm] if spacing.trusted else None,
        "bundle": {"name": result.bundle.name, "version": result.bundle.version, "sha256": result.bundle.sha256},
    }


def _category(bone: Bone) -> dict[str, Any]:
    group = "forearm" if bone in FOREARM_BONES else "metacarpal"
    return {"id": bone.channel + 1, "name": bone.value, "supercategory": group, "snomed": BONE_CODES[bone].snomed}


def _annotation(result: ScreeningResult, bone: Bone, number: int, image: int) -> dict[str, Any]:
    mask, summary = result.segmentation.mask(bone), result.segmentation.bones[bone.channel]
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    area = int(ndimage.binary_fill_holes(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]).sum())
    return {
        "id": number,
        "image_id": image,
        "category_id": bone.channel + 1,
        "segmentation": [polygon.ravel().tolist() for polygon in polygons_of(mask)],
        "area": area,
        "bbox": [int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)],
        "iscrowd": 0,
        "disagreement": float(summary.disagreement),
        "mean_uncertainty": float(summary.mean_uncertainty),
        "drawn": bool(summary.drawn),
        "holes_px": area - int(mask.sum()),
    }
