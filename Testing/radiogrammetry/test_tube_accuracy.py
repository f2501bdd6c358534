"""The cortical index of tubes whose widths are known exactly."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).parent))

from tube_phantom import Tube, film_of, flare

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.radiogrammetry import Radiogrammetry
from OsteoScreenLib.radiogrammetry.measure import measure

BONE = Bone.METACARPAL_3

PROCESSING = {
    "log": lambda image: image,
    "transmission": lambda image: 1 - np.exp(-image),
    "gamma": lambda image: np.clip((image - 0.6) / 1.4, 0, None) ** 0.6,
    "sigmoid": lambda image: 1 / (1 + np.exp(-5 * ((image - 0.6) / 1.4 - 0.4))),
    "unsharp": lambda image: image + 0.6 * (image - ndimage.gaussian_filter(image, 5)),
}


def errors(tube: Tube, result: Radiogrammetry) -> np.ndarray:
    """Errors of the index at every measured level."""
    found = []
    for one in result.levels:
        width = tube.width * float(flare(np.array(one.level)))
        found.append(one.mci - tube.mci * tube.width / width)
    return np.array(found)


@pytest.mark.parametrize("name", PROCESSING)
def test_index_is_right_whatever_the_display_processing(name: str) -> None:
    collected = []
    for number, (width, mci) in enumerate([(22, 0.5), (30, 0.3), (36, 0.6), (50, 0.42)]):
        tube = Tube(width=width, mci=mci, angle_deg=15 + 70 * number, blur=0.6 + 0.2 * number, asymmetry=0.1 * number)
        film, segmentation = film_of(tube, PROCESSING[name], seed=number)
        result = measure(film, segmentation, bones=[BONE])
        assert not result.rejected
        collected.append(errors(tube, result))
    error = np.concatenate(collected)
    assert np.median(np.abs(error)) <= 0.02
    assert np.abs(error).max() <= 0.06


@pytest.mark.parametrize("mci", [0.2, 0.35, 0.5, 0.7])
def test_index_follows_the_cortex_from_thin_to_thick(mci: float) -> None:
    tube = Tube(width=40, mci=mci, angle_deg=-30)
    film, segmentation = film_of(tube)
    result = measure(film, segmentation, bones=[BONE])
    assert len(result.levels) == 3
    assert np.abs(errors(tube, result)).max() <= 0.02
    assert result.mean_mci == pytest.approx(np.mean([one.mci for one in result.levels]))


def test_outer_width_is_the_tubes_width() -> None:
    tube = Tube(width=45, mci=0.45, angle_deg=62)
    film, segmentation = film_of(tube)
    for one in measure(film, segmentation, bones=[BONE]).levels:
        assert one.outer_width_px == pytest.approx(tube.width * float(flare(np.array(one.level))), rel=0.015)
        assert one.mci == pytest.approx(1 - one.medullary_width_px / one.outer_width_px)
        assert one.pca == pytest.approx(1 - (1 - one.mci) ** 2)


def test_fuller_sections_than_an_ellipse_stay_within_reach() -> None:
    error = []
    for exponent in (2.0, 2.3, 2.6):
        tube = Tube(width=40, mci=0.45, exponent=exponent)
        film, segmentation = film_of(tube)
        error.extend(errors(tube, measure(film, segmentation, bones=[BONE])))
    assert np.abs(error).max() <= 0.04


def test_index_does_not_depend_on_the_outline_being_exact() -> None:
    tube = Tube(width=34, mci=0.45, angle_deg=20)
    film, segmentation = film_of(tube)
    reference = measure(film, segmentation, bones=[BONE]).mean_mci
    assert reference is not None
    for change, pixels in ((ndimage.binary_erosion, 3), (ndimage.binary_dilation, 3), (ndimage.binary_dilation, 1)):
        masks = segmentation.masks.copy()
        masks[BONE.channel] = change(masks[BONE.channel], iterations=pixels)
        moved = type(segmentation)(masks, segmentation.uncertainty, segmentation.bones, None)
        assert measure(film, moved, bones=[BONE]).mean_mci == pytest.approx(reference, abs=0.01)


def test_index_does_not_depend_on_the_films_rotation() -> None:
    values = []
    for angle in (0, 10, 95, 180, -130):
        film, segmentation = film_of(Tube(width=34, mci=0.45, noise=0.004, angle_deg=angle))
        values.append(measure(film, segmentation, bones=[BONE]).mean_mci)
    assert max(values) - min(values) < 0.01
