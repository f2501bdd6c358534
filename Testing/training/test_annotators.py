"""Simulated annotators: habits that differ as people's do, and no bias on average."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import combinations

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from OsteoScreenLib.bones import BONES, FOREARM_BONES, METACARPALS, Bone
from training.segmentation.annotators import ANNOTATORS, NEIGHBOURS, PLAIN, AnnotatorStyle, annotate, draw_style
from training.segmentation.network import OUTPUT_STRIDE
from training.simulation import Family, SimulatedFilm, cast_film

SIDE = 320
CAREFUL = AnnotatorStyle()


@pytest.fixture(scope="module")
def films() -> list[SimulatedFilm]:
    return [cast_film(seed, (SIDE, SIDE), kind="close") for seed in range(6)]


@pytest.fixture(scope="module")
def upright() -> SimulatedFilm:
    """A whole hand without frame or markers: the forearm leaves through the lower edge."""
    return cast_film(4, (SIDE, SIDE), without=frozenset({Family.FIELD, Family.NUISANCES}))


def exact_coverage(film: SimulatedFilm) -> np.ndarray:
    """Share of each output pixel that the bone covers."""
    half = film.masks.shape[1] // OUTPUT_STRIDE
    return film.masks.reshape(len(BONES), half, OUTPUT_STRIDE, half, OUTPUT_STRIDE).mean(axis=(2, 4))


def drawings(film: SimulatedFilm, seed: int = 0) -> np.ndarray:
    return annotate(film, np.random.default_rng(seed))


def drawn_by(film: SimulatedFilm, **habits: object) -> np.ndarray:
    """Share of each output pixel (7 x rows x columns) inside the outlines of one annotator."""
    return annotate(film, np.random.default_rng(0), (replace(CAREFUL, **habits),))[0] / 255  # type: ignore[arg-type]


def dice(one: np.ndarray, other: np.ndarray) -> float:
    """Of coverages 0..1."""
    return float(2 * np.minimum(one, other).sum() / (one.sum() + other.sum()))


def position_along(film: SimulatedFilm, bone: Bone) -> tuple[np.ndarray, float]:
    """Position of each output pixel along a bone's axis from its base on, and the axis' length; pixels."""
    tube = film.hand.outlined[bone]
    base, head = film.view.placement.to_film(np.array([tube.base, tube.head])) / OUTPUT_STRIDE
    length = float(np.hypot(*(head - base)))
    rows, columns = np.indices((SIDE // OUTPUT_STRIDE, SIDE // OUTPUT_STRIDE))
    return ((columns - base[0]) * (head - base)[0] + (rows - base[1]) * (head - base)[1]) / length, length


def border_length(coverage: np.ndarray) -> float:
    """Length of the outline in pixels: the change of area when the outline moves, by half a pixel to either side."""
    inside, outside = distance_transform_edt(coverage > 0.5), distance_transform_edt(coverage <= 0.5)
    return float(((outside > 0) & (outside < 1.5)).sum() + ((inside > 0) & (inside < 1.5)).sum()) / 2


def test_annotations_are_coverage_on_the_output_grid(films: list[SimulatedFilm]) -> None:
    drawn = drawings(films[0])
    assert drawn.shape == (ANNOTATORS, len(BONES), SIDE // OUTPUT_STRIDE, SIDE // OUTPUT_STRIDE)
    assert drawn.dtype == np.uint8
    assert drawn.min() == 0
    assert drawn.max() == 255
    between = (drawn > 0) & (drawn < 255)
    assert 0 < between.mean() < 0.1  # soft edges only


def test_equal_generators_draw_equally(films: list[SimulatedFilm]) -> None:
    assert np.array_equal(drawings(films[0], 3), drawings(films[0], 3))
    assert not np.array_equal(drawings(films[0], 3), drawings(films[0], 4))


def test_who_has_no_habits_draws_the_exact_outline(films: list[SimulatedFilm]) -> None:
    for film in films:
        for drawn, exact in zip(drawn_by(film), exact_coverage(film), strict=True):
            if exact.sum() > 100:
                assert dice(drawn, exact) > 0.96
                assert drawn.sum() == pytest.approx(exact.sum(), rel=0.012)


@pytest.mark.parametrize("offset_mm", [-0.3, 0.3])
def test_a_loose_outline_lies_outside_by_its_offset(films: list[SimulatedFilm], offset_mm: float) -> None:
    gained, expected = 0.0, 0.0
    for film in films:
        for drawn, exact in zip(drawn_by(film, offset_mm=offset_mm), exact_coverage(film), strict=True):
            if exact.sum() > 100:
                gained += drawn.sum() - exact.sum()
                expected += border_length(exact) * offset_mm * film.pixels_per_mm / OUTPUT_STRIDE
    assert gained == pytest.approx(expected, rel=0.12)


def test_smoothing_rounds_corners_and_leaves_shafts(films: list[SimulatedFilm]) -> None:
    film = films[0]
    pixel = film.pixels_per_mm / OUTPUT_STRIDE
    careful, smooth = drawn_by(film), drawn_by(film, smoothing_mm=1.0)
    for bone in METACARPALS:
        along, length = position_along(film, bone)
        shaft = (along > 0.3 * length) & (along < 0.7 * length)
        one, other = careful[bone.channel], smooth[bone.channel]
        assert dice(one[shaft], other[shaft]) > 0.96
        lost = one.sum() - other.sum()
        # Rounding by sigma costs a closed outline about pi sigma^2.
        assert 0 < lost < 3 * np.pi * pixel**2


@pytest.mark.parametrize("radial_in_front", [True, False])
def test_who_draws_what_is_seen_lets_hidden_parts(films: list[SimulatedFilm], radial_in_front: bool) -> None:
    overlap = kept = 0.0
    for film in films:
        careful = drawn_by(film)
        seen = drawn_by(film, visible_only=True, radial_in_front=radial_in_front)
        assert (seen <= careful).all()
        for radial, ulnar in NEIGHBOURS:
            under = ulnar if radial_in_front else radial
            both = np.minimum(careful[radial.channel], careful[ulnar.channel])
            overlap += both.sum()
            kept += np.minimum(both, seen[under.channel]).sum()
        # Nothing lies in front of the outermost bones.
        foremost = (Bone.RADIUS, Bone.METACARPAL_1) if radial_in_front else (Bone.ULNA, Bone.METACARPAL_5)
        for bone in foremost:
            assert np.array_equal(seen[bone.channel], careful[bone.channel])
    assert overlap > 100
    assert kept < 0.7 * overlap


def test_hidden_parts_are_let_only_under_a_neighbour(films: list[SimulatedFilm]) -> None:
    for film in films:
        careful, seen = drawn_by(film), drawn_by(film, visible_only=True)
        for index, bone in enumerate(BONES):
            others = np.delete(careful, index, axis=0).max(axis=0)
            assert (careful[bone.channel] - seen[bone.channel])[others == 0].max() < 0.1


@pytest.mark.parametrize("gap_mm", [1.0, 3.0])
def test_some_stop_the_forearm_before_the_border(upright: SimulatedFilm, gap_mm: float) -> None:
    careful, short = drawn_by(upright), drawn_by(upright, border_gap_mm=gap_mm)
    for bone in FOREARM_BONES:
        width = careful[bone.channel][-1].sum()  # of the bone where it leaves the film
        assert width > 5
        lost = (careful - short)[bone.channel].sum() / width * OUTPUT_STRIDE / upright.pixels_per_mm
        assert lost == pytest.approx(gap_mm, rel=0.15)
    others = [bone.channel for bone in METACARPALS]
    assert np.array_equal(careful[others], short[others])


def test_some_end_the_forearm_by_a_straight_line(upright: SimulatedFilm) -> None:
    """Where a collimator cuts it aslant, the line across its axis takes the corner that reaches further."""
    rows, columns = np.indices(upright.field.shape)
    middle = float(np.nonzero(upright.masks[Bone.RADIUS.channel])[1].mean())
    field = rows < SIDE * 0.93 + 0.4 * (columns - middle)
    film = replace(upright, masks=upright.masks & field, field=field)
    channel = Bone.RADIUS.channel
    careful, straight = drawn_by(film)[channel], drawn_by(film, straight_end=True)[channel]
    along, _ = position_along(film, Bone.RADIUS)
    lost = careful - straight > 0.5
    kept = straight > 0.5
    assert lost.sum() > 5
    assert along[lost].max() <= along[kept].min() + 1.5  # one line across the axis parts the two
    assert along[lost].max() - along[lost].min() < 5.5 * film.pixels_per_mm / OUTPUT_STRIDE
    assert np.array_equal(drawn_by(film)[2:], drawn_by(film, straight_end=True)[2:])


def test_some_draw_the_sesamoid_with_the_thumb(films: list[SimulatedFilm]) -> None:
    half = SIDE // OUTPUT_STRIDE
    gains = []
    for film in films:
        careful, more = drawn_by(film), drawn_by(film, sesamoid=True)
        gained = more - careful
        sesamoids = film.sesamoids.reshape(half, OUTPUT_STRIDE, half, OUTPUT_STRIDE).max(axis=(1, 3))
        near = distance_transform_edt(~sesamoids) <= 1.5
        assert not np.delete(gained, Bone.METACARPAL_1.channel, axis=0).any()
        thumb = gained[Bone.METACARPAL_1.channel]
        assert thumb.min() >= 0
        assert not thumb[~near].any()
        gains.append(thumb.sum() / careful[Bone.METACARPAL_1.channel].sum())
    assert 0.003 < np.mean(gains) < 0.1


def test_a_sesamoid_of_another_bone_stays_out(upright: SimulatedFilm) -> None:
    far = np.zeros_like(upright.sesamoids)
    far[10:20, 10:20] = True
    moved = replace(upright, sesamoids=far)
    assert np.array_equal(drawn_by(moved), drawn_by(moved, sesamoid=True))


@pytest.mark.parametrize("flare_mm", [-0.5, 0.5])
def test_flares_change_the_base_of_metacarpals_only(films: list[SimulatedFilm], flare_mm: float) -> None:
    film = films[0]
    careful, flared = drawn_by(film), drawn_by(film, flare_mm=flare_mm)
    for bone in BONES:
        change = flared[bone.channel] - careful[bone.channel]
        if bone in FOREARM_BONES:
            assert not change.any()
            continue
        assert np.sign(change.sum()) == np.sign(flare_mm)
        along, length = position_along(film, bone)
        assert along[change != 0].max() < 0.25 * length


def test_tremor_moves_outlines_both_ways_and_slowly(films: list[SimulatedFilm]) -> None:
    film = films[0]
    pixel = film.pixels_per_mm / OUTPUT_STRIDE
    careful, shaken = drawn_by(film), drawn_by(film, tremor_mm=0.25)
    for bone in METACARPALS:
        change = shaken[bone.channel] - careful[bone.channel]
        assert change.max() > 0.1
        assert change.min() < -0.1
        moved = np.abs(change).sum() / border_length(careful[bone.channel]) / pixel
        assert 0.08 < moved < 0.35  # mm, around .8 of the standard deviation
        assert abs(change.sum()) < 0.8 * np.abs(change).sum()


def test_no_outline_strays_further_than_a_millimetre_and_a_half(films: list[SimulatedFilm]) -> None:
    """Beside the parts that some leave out on purpose."""
    for seed, film in enumerate(films):
        rng = np.random.default_rng(seed)
        plain = {"visible_only": False, "border_gap_mm": 0.0, "straight_end": False, "sesamoid": False}
        styles = tuple(replace(draw_style(rng), **plain) for _ in range(ANNOTATORS))
        allowed = 1.5 * film.pixels_per_mm / OUTPUT_STRIDE + 1  # and a pixel of the output grid
        for channel, exact in enumerate(exact_coverage(film) > 0.5):
            if exact.sum() <= 100:
                continue
            outwards = distance_transform_edt(~exact)
            inwards = distance_transform_edt(exact)
            for drawn in annotate(film, rng, styles)[:, channel] > 127:
                assert outwards[drawn].max() <= allowed
                missed = exact & ~drawn
                if missed.any():
                    assert np.percentile(inwards[missed], 99) <= allowed


def test_the_average_annotator_keeps_the_area_inside_the_edge_that_is_seen() -> None:
    """Habits that only remove bone are so rare that the mean area stays within about 1 % of the plain drawing's."""
    drawn_area, plain_area, exact_area = (np.zeros(len(BONES)) for _ in range(3))
    for seed in range(24):
        film = cast_film(np.random.default_rng([seed, 11]), (224, 224))
        rng = np.random.default_rng(seed)
        styles = tuple(draw_style(rng) for _ in range(3 * ANNOTATORS))
        drawn_area += annotate(film, rng, styles).mean(axis=0).sum(axis=(1, 2)) / 255
        plain_area += annotate(film, rng, (PLAIN,))[0].sum(axis=(1, 2)) / 255
        exact_area += exact_coverage(film).sum(axis=(1, 2))
    assert exact_area.min() > 3000
    assert drawn_area / plain_area == pytest.approx(np.ones(len(BONES)), abs=0.015)
    assert (plain_area < 0.99 * exact_area).all()
    assert (plain_area > 0.92 * exact_area).all()


def test_two_annotators_differ_as_much_as_two_readers(films: list[SimulatedFilm]) -> None:
    pairs = []
    for seed, film in enumerate(films):
        drawn = drawings(film, seed) / 255
        for channel in range(len(BONES)):
            if drawn[:, channel].sum() > 100 * ANNOTATORS:
                pairs += [dice(drawn[a, channel], drawn[b, channel]) for a, b in combinations(range(ANNOTATORS), 2)]
    assert len(pairs) > 150
    assert 0.94 < np.mean(pairs) < 0.985


def test_drawn_styles_vary_in_every_habit() -> None:
    styles = [draw_style(np.random.default_rng(seed)) for seed in range(80)]
    for field in fields(AnnotatorStyle):
        assert len({getattr(style, field.name) for style in styles}) > 1
    for habit in ("visible_only", "straight_end", "sesamoid", "border_gap_mm"):
        assert np.mean([bool(getattr(style, habit)) for style in styles]) < 0.4


def test_an_absent_bone_stays_absent(films: list[SimulatedFilm]) -> None:
    masks = films[0].masks.copy()
    masks[np.arange(len(BONES)) != 2] = False
    drawn = drawings(replace(films[0], masks=masks))
    assert drawn[:, 2].any(axis=(1, 2)).all()
    assert not np.delete(drawn, 2, axis=1).any()
