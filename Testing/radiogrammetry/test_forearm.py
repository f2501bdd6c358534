"""The distal radius on simulated forearms, whose widths and ulnar surface are known exactly."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tube_phantom import radiograph_of, segmentation_of

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.radiogrammetry.forearm import measure_radius
from OsteoScreenLib.radiograph.values import Radiograph, Spacing, SpacingProvenance
from OsteoScreenLib.segmentation.values import Segmentation

MM = Spacing(0.2, 0.2, SpacingProvenance.DETECTOR)
ULNAR_SURFACE = 120
"""Row of the ulna's distal surface; the styloid process stands 5 mm past it."""


def forearm(rows: int, spacing: Spacing = MM) -> tuple[Radiograph, Segmentation]:
    """Radius (13 mm wide, cavity 8 mm) and ulna, upright, fingers up, 5 pixels per millimetre, ``rows`` of it on the film."""
    shape = (rows, 320)
    row, column = np.mgrid[: shape[0], : shape[1]]
    pixels, masks = np.ones(shape), np.zeros((len(BONES), *shape), bool)
    for bone, middle, outer, cavity, first in ((Bone.RADIUS, 110, 65, 40, 105), (Bone.ULNA, 215, 45, 28, ULNAR_SURFACE)):
        x = column - middle
        inside = (np.abs(x) < outer / 2) & (row >= first)
        chord = np.sqrt(np.maximum(1 - (2 * x / outer) ** 2, 0)) - 0.6 * np.sqrt(np.maximum(1 - (2 * x / cavity) ** 2, 0))
        pixels += np.where(inside, chord, 0)
        masks[bone.channel] = inside
    styloid = (np.abs(column - 232) < 5) & (row >= ULNAR_SURFACE - 25) & (row < ULNAR_SURFACE)
    masks[Bone.ULNA.channel] |= styloid
    masks[Bone.METACARPAL_3.channel] = (np.abs(column - 130) < 20) & (row < 60)
    pixels += 0.5 * masks[Bone.METACARPAL_3.channel]
    return radiograph_of(pixels.astype(np.float32), spacing), segmentation_of(masks)


@pytest.mark.parametrize("turned", [False, True])
def test_width_and_place_are_those_of_the_forearm(turned: bool) -> None:
    film, segmentation = forearm(560)
    if turned:
        film = replace(film, pixels=film.pixels[::-1].copy())
        segmentation = segmentation_of(segmentation.masks[:, ::-1].copy())
    measured, rejected = measure_radius(film, segmentation)
    assert rejected == ()
    assert [each.distance_mm for each in measured] == [50, 70]
    for each in measured:
        assert each.outer_width_mm == pytest.approx(13, abs=0.2)
        assert each.combined_thickness_mm == pytest.approx(5, abs=0.3)
        assert each.cortical_index == pytest.approx(5 / 13, abs=0.03)
        row = float(np.mean(each.profile, axis=0)[0])
        row = film.pixels.shape[0] - 1 - row if turned else row
        assert (row - ULNAR_SURFACE) * 0.2 == pytest.approx(each.distance_mm, abs=0.5)


def test_what_is_not_on_the_film_is_said() -> None:
    measured, rejected = measure_radius(*forearm(ULNAR_SURFACE + 300))
    assert [each.distance_mm for each in measured] == [50]
    assert [each.distance_mm for each in rejected] == [70]
    assert rejected[0].reason.startswith("Not on the film: it shows 60 mm of radius proximal to the distal ulnar surface; 74 mm")
    measured, rejected = measure_radius(*forearm(ULNAR_SURFACE + 100))
    assert measured == ()
    assert all(each.reason.startswith("Not on the film") for each in rejected)


def test_without_trusted_millimetres_or_without_the_ulna_there_is_no_place() -> None:
    film, segmentation = forearm(560)
    for spacing in (Spacing(), Spacing(0.2, 0.2, SpacingProvenance.UNKNOWN)):
        measured, rejected = measure_radius(replace(film, spacing=spacing), segmentation)
        assert measured == ()
        assert all("not trusted" in each.reason for each in rejected)
    masks = segmentation.masks.copy()
    masks[Bone.ULNA.channel] = False
    assert [each.reason for each in measure_radius(film, segmentation_of(masks))[1]] == ["Ulna was not found."] * 2
