"""Findings from the picture itself, on simulated films with exact outlines: one that has the fault and one that has not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from unittest import mock

import numpy as np
import pytest
from scipy import ndimage

from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.quality.gate import assess
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiograph import radiograph_from_array
from Testing.quality.outlined import band_bundle, outlined
from training.simulation import Family, SimulatedFilm, cast_film, subject_with_t_score
from training.simulation.objects import choice
from training.simulation.objects.immobilisation import cast
from training.simulation.objects.implants import metacarpal_plate, radius_plate
from training.simulation.objects.worn import ring
from training.simulation.obliquity import Attitude

SHAPE = (520, 440)
PLAIN = frozenset({Family.NUISANCES, Family.FIELD, Family.PROCESSING, Family.FINDINGS})
PICTURE_FINDINGS = {"view_turned", "growth_plates_open", "metal_on_bone", "cast_or_splint", "two_hands", "noisy", "blurred"}
Draw = Callable[..., object]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return band_bundle(tmp_path_factory.mktemp("bundle"))


@cache
def filmed(
    seed: int,
    *,
    roll: float | None = None,
    age: float = 55.0,
    thing: Draw | None = None,
    kind: str = "hand",
) -> SimulatedFilm:
    """An upright adult's hand laid flat, with nothing else on the film unless asked for."""
    without = PLAIN - ({Family.FINDINGS} if age < 20 else set()) - ({Family.FIELD} if kind == "both" else set())
    if thing is None and kind != "both":
        without = without | {Family.OBJECTS}
    rng = np.random.default_rng([seed, 77])
    with mock.patch.dict(choice.ON_THE_HAND, {thing: 1.0} if thing else {}, clear=True):
        return cast_film(
            seed,
            SHAPE,
            subject=subject_with_t_score(rng, age, "F", -1.0),
            kind=kind,
            attitude=Attitude(np.deg2rad(roll or 0.0)),
            without=without,
        )


def found_on(film: SimulatedFilm, bundle: Bundle, pixels: np.ndarray | None = None) -> dict[str, QualityFinding]:
    """Findings of the gate about the picture, by code."""
    radiograph = radiograph_from_array(film.pixels if pixels is None else pixels, invert=False)
    found = assess(radiograph, outlined(film.masks), None, bundle)
    return {one.code: one for one in found if one.code in PICTURE_FINDINGS}


@pytest.mark.parametrize("seed", range(4))
def test_a_flat_adult_hand_has_none(bundle: Bundle, seed: int) -> None:
    assert found_on(filmed(seed), bundle) == {}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("roll", [-12.0, 12.0])
def test_a_hand_rolled_by_a_few_degrees_is_still_frontal(bundle: Bundle, seed: int, roll: float) -> None:
    assert "view_turned" not in found_on(filmed(seed, roll=roll), bundle)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("roll", [-45.0, 45.0])
def test_an_oblique_view_is_seen(bundle: Bundle, seed: int, roll: float) -> None:
    assert found_on(filmed(seed, roll=roll), bundle)["view_turned"].severity in (Severity.INDETERMINATE, Severity.REFUSAL)


@pytest.mark.parametrize("roll", [-90.0, 90.0])
def test_a_lateral_view_is_refused(bundle: Bundle, roll: float) -> None:
    film = filmed(0, roll=roll)
    found = assess(radiograph_from_array(film.pixels, invert=False), outlined(film.masks), None, bundle)
    assert found[0].severity is Severity.REFUSAL


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_open_growth_plates_are_seen(bundle: Bundle, seed: int) -> None:
    assert found_on(filmed(seed, age=13.0), bundle)["growth_plates_open"].severity is Severity.INDETERMINATE


@pytest.mark.parametrize("thing", [radius_plate, metacarpal_plate])
def test_metal_on_a_bone_is_seen(bundle: Bundle, thing: Draw) -> None:
    assert found_on(filmed(2, thing=thing), bundle)["metal_on_bone"].severity is Severity.INDETERMINATE


def test_a_ring_lies_on_no_outlined_bone(bundle: Bundle) -> None:
    assert "metal_on_bone" not in found_on(filmed(1, thing=ring), bundle)


def test_a_cast_is_seen(bundle: Bundle) -> None:
    assert found_on(filmed(3, thing=cast), bundle)["cast_or_splint"].severity is Severity.INDETERMINATE


def test_another_hand_beside_the_outlined_one_is_seen(bundle: Bundle) -> None:
    assert found_on(filmed(3, kind="both"), bundle)["two_hands"].severity is Severity.INDETERMINATE


def test_noise_is_seen(bundle: Bundle) -> None:
    film = filmed(0)
    rough = film.pixels + np.random.default_rng(0).normal(0, 0.12, film.pixels.shape).astype(np.float32)
    assert "noisy" in found_on(film, bundle, rough)


def test_blur_is_seen(bundle: Bundle) -> None:
    film = filmed(0)
    assert "blurred" in found_on(film, bundle, ndimage.gaussian_filter(film.pixels, 1.5 * film.pixels_per_mm))


def test_a_bundle_may_ask_for_cleaner_and_sharper_films(bundle: Bundle) -> None:
    strict = replace(bundle, quality=replace(bundle.quality, max_noise=0.0, min_sharpness=100.0))
    assert {"noisy", "blurred"} <= set(found_on(filmed(0), strict))
