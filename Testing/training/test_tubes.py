"""Rays through tubes and blobs against formulas, and where the hand lands on the film."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from training.simulation.hand import build_hand
from training.simulation.pose import sample_pose
from training.simulation.subject import sample_training_subject
from training.simulation.tubes import END_KNOTS, STATIONS, Blob, Chords, Placement, Tube, cast_blob, cast_tube

SHAPE = (240, 200)
ONES = np.ones(SHAPE, np.float32)
S = np.linspace(0, 1, STATIONS)


def elliptic_tube(*, half_width: float = 5.0, half_depth: float = 4.0, cortex: float = 1.4, fill: float = 0.2) -> Tube:
    full = np.ones(STATIONS)
    return Tube(
        name="phantom",
        base=(0.0, -25.0),
        head=(0.0, 25.0),
        radial=full * half_width,
        ulnar=full * half_width,
        depth=full * half_depth,
        cortex=full * cortex,
        fill=full * fill,
        base_end=np.zeros(END_KNOTS),
        head_ends=(np.zeros(END_KNOTS),),
        base_cap=2.0,
        head_cap=2.0,
    )


def upright(pixels_per_mm: float = 4.0, side: int = 1) -> Placement:
    return Placement((100.0, 120.0), pixels_per_mm, 0.0, side)


def on_film(chords: Chords | None, name: str = "outer") -> np.ndarray:
    assert chords is not None
    film = np.zeros(SHAPE, np.float32)
    film[chords.window] = getattr(chords, name)
    return film


@pytest.mark.parametrize(("cortex", "fill"), [(0.6, 0.0), (1.4, 0.2), (3.0, 0.5)])
def test_chords_at_mid_shaft_are_those_of_nested_ellipses(cortex: float, fill: float) -> None:
    chords = cast_tube(elliptic_tube(cortex=cortex, fill=fill), upright(), SHAPE, ONES)
    x = (np.arange(SHAPE[1]) - 100) / 4.0
    outer = 2 * 4.0 * np.sqrt(np.maximum(1 - (x / 5.0) ** 2, 0))
    inner = 2 * (4.0 - cortex) * np.sqrt(np.maximum(1 - (x / (5.0 - cortex)) ** 2, 0))
    assert on_film(chords)[120] == pytest.approx(outer, rel=0.005, abs=1e-3)
    assert on_film(chords, "mineral")[120] == pytest.approx(outer - (1 - fill) * inner, rel=0.005, abs=1e-3)


def test_filling_the_cavity_with_mineral_makes_the_bone_solid() -> None:
    chords = cast_tube(elliptic_tube(fill=1.0), upright(), SHAPE, ONES)
    assert chords is not None
    assert chords.mineral == pytest.approx(chords.outer)


def test_texture_moves_the_mineral_of_the_cavity_only() -> None:
    plain = cast_tube(elliptic_tube(), upright(), SHAPE, ONES)
    dense = cast_tube(elliptic_tube(), upright(), SHAPE, ONES * 1.5)
    assert plain is not None
    assert dense is not None
    assert np.array_equal(plain.outer, dense.outer)
    x = (np.arange(SHAPE[1]) - 100) / 4.0
    inner = 2 * 2.6 * np.sqrt(np.maximum(1 - (x / 3.6) ** 2, 0))
    gained = on_film(dense, "mineral")[120] - on_film(plain, "mineral")[120]
    assert gained == pytest.approx(0.2 * 0.5 * inner, abs=2e-3)


def test_a_tilted_bone_meets_longer_rays() -> None:
    flat = on_film(cast_tube(elliptic_tube(), upright(), SHAPE, ONES))
    tilted = on_film(cast_tube(replace(elliptic_tube(), foreshortening=0.8), upright(), SHAPE, ONES))
    assert tilted[120, 90:111] == pytest.approx(flat[120, 90:111] / 0.8, rel=1e-5)


def test_ends_are_rounded_and_nothing_lies_beyond_them() -> None:
    film = on_film(cast_tube(elliptic_tube(), upright(), SHAPE, ONES))
    rows = np.nonzero(film.any(axis=1))[0]
    assert rows[0] == pytest.approx(120 - 100, abs=1)
    assert rows[-1] == pytest.approx(120 + 100, abs=1)
    assert 0 < film[22, 100] < film[60, 100]


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("angle", [0.0, 0.7, -2.4])
def test_width_across_the_mask_is_the_sum_of_both_half_widths(angle: float, side: int) -> None:
    tube = replace(elliptic_tube(), radial=3 + 2 * S, ulnar=6 - 3 * S)
    placement = Placement((100.0, 120.0), 3.5, angle, side)
    mask = on_film(cast_tube(tube, placement, SHAPE, ONES)) > 0
    base, head = placement.to_film(np.array([tube.base, tube.head]))
    radial = placement.to_film(np.array([[1.0, 0.0]]))[0] - placement.to_film(np.array([[0.0, 0.0]]))[0]
    radial /= np.hypot(*radial)
    steps = np.arange(-40, 40, 0.05)
    for station in (0.2, 0.5, 0.8):
        line = (base + (head - base) * station)[:, None] + radial[:, None] * steps
        inside = steps[map_coordinates(mask.astype(float), line[::-1], order=1) > 0.5]
        assert inside.max() == pytest.approx(3.5 * (3 + 2 * station), abs=0.8)
        assert -inside.min() == pytest.approx(3.5 * (6 - 3 * station), abs=0.8)


def test_placement_maps_millimetres_to_pixels() -> None:
    quarter = Placement((10.0, 20.0), 2.0, np.pi / 2, 1)
    # Upright, fingers (y) point to smaller rows and a left hand's thumb (x) to larger columns.
    assert upright(2.0).to_film(np.array([[3.0, 4.0]]))[0] == pytest.approx([106.0, 112.0])
    assert upright(2.0, side=-1).to_film(np.array([[3.0, 4.0]]))[0] == pytest.approx([94.0, 112.0])
    assert quarter.to_film(np.array([[3.0, 4.0]]))[0] == pytest.approx([10.0 + 2 * 4.0, 20.0 + 2 * 3.0])


def test_a_right_hand_is_the_mirrored_left_hand() -> None:
    rng = np.random.default_rng(3)
    subject = sample_training_subject(rng)
    hand = build_hand(subject, sample_pose(rng), rng)
    left = Placement((95.25, 150.5), 1.1, 0.21, 1)
    right = Placement((SHAPE[1] - 1 - 95.25, 150.5), 1.1, -0.21, -1)
    films = []
    for placement in (left, right):
        film = np.zeros(SHAPE, np.float32)
        for bone in (*hand.tubes, *hand.blobs):
            cast = cast_tube if isinstance(bone, Tube) else cast_blob
            chords = cast(bone, placement, SHAPE, ONES)  # type: ignore[arg-type]
            if chords is not None:
                film[chords.window] += chords.mineral
        films.append(film)
    assert films[0].max() > 5
    # Rounding moves single pixels over a bone's rim or an angle's step, and nothing else.
    difference = np.abs(films[0] - films[1][:, ::-1])
    assert (difference > 1e-3).mean() < 1e-3
    assert difference.mean() < 1e-4


def test_a_round_blob_has_the_area_and_chord_of_a_disc() -> None:
    blob = Blob("disc", (1.0, -2.0), np.full(180, 9.0), 6.0, 0.8, 0.3)
    chords = cast_blob(blob, upright(), SHAPE, ONES)
    film = on_film(chords)
    assert (film > 0).sum() == pytest.approx(np.pi * (9.0 * 4) ** 2, rel=0.01)
    centre = (120 + 8, 100 + 4)
    assert film[centre] == pytest.approx(12.0, rel=1e-3)
    assert on_film(chords, "mineral")[centre] == pytest.approx(12.0 - 0.7 * 2 * 5.2, rel=1e-3)


def test_an_irregular_blob_has_the_area_of_its_outline() -> None:
    angles = np.arange(180) * 2 * np.pi / 180
    radius = 8 + 1.5 * np.cos(2 * angles) + 0.7 * np.sin(3 * angles)
    film = on_film(cast_blob(Blob("blob", (0.0, 0.0), radius, 5.0, 0.8, 0.3), upright(), SHAPE, ONES))
    assert (film > 0).sum() / 16 == pytest.approx(0.5 * (radius**2).mean() * 2 * np.pi, rel=0.01)


def test_bones_off_the_film_are_not_cast() -> None:
    away = Placement((900.0, 900.0), 4.0, 0.0, 1)
    assert cast_tube(elliptic_tube(), away, SHAPE, ONES) is None
    assert cast_blob(Blob("disc", (0.0, 0.0), np.full(180, 9.0), 6.0, 0.8, 0.3), away, SHAPE, ONES) is None


def test_condyles_are_flat_beside_the_body_and_the_outline_runs_around_them() -> None:
    plain = elliptic_tube()
    share = np.full(STATIONS, 0.7)
    condylar = replace(plain, radial_body=share, ulnar_body=np.ones(STATIONS), condyle_depth=0.25)
    chords = on_film(cast_tube(condylar, upright(), SHAPE, ONES))[120]
    x = (np.arange(SHAPE[1]) - 100) / 4.0
    half = np.where(x > 0, 0.7 * 5.0, 5.0)
    expected = 8.0 * (0.75 * np.sqrt(np.maximum(1 - (x / half) ** 2, 0)) + 0.25 * np.sqrt(np.maximum(1 - (x / 5.0) ** 2, 0)))
    assert chords == pytest.approx(expected, rel=0.005, abs=1e-3)
    whole = on_film(cast_tube(plain, upright(), SHAPE, ONES))[120]
    assert np.array_equal(chords > 0, whole > 0)
    assert chords[(x > 3.6) & (x < 4.9)].max() < 0.5 * whole[(x > 3.6) & (x < 4.9)].min() + 0.5
