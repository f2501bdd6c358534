"""Whole simulated films: determinism, exact masks and widths, views, laterality."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from OsteoScreenLib.bones import BONES, METACARPALS, RADIOGRAMMETRY_BONES, Bone
from OsteoScreenLib.radiograph.values import Laterality
from training.simulation import SimulatedFilm, Subject, cast_film, shaft_truth, subject_with_t_score
from training.simulation.field import VIEW_CHANCES
from training.simulation.hand import Hand, cortical_truth
from training.simulation.tubes import Placement, cast_tube

SIDE = 192
SHAPE = (SIDE, SIDE)


def cast_many(kind: str, seeds: range) -> list[SimulatedFilm]:
    return [cast_film(seed, SHAPE, kind=kind) for seed in seeds]


@pytest.fixture(scope="module")
def hands() -> list[SimulatedFilm]:
    return cast_many("hand", range(24))


@pytest.fixture(scope="module")
def wrists() -> list[SimulatedFilm]:
    return cast_many("wrist", range(100, 116))


@pytest.fixture(scope="module")
def close_looks() -> list[SimulatedFilm]:
    return cast_many("close", range(200, 216))


@pytest.fixture(scope="module")
def every_film(hands: list[SimulatedFilm], wrists: list[SimulatedFilm], close_looks: list[SimulatedFilm]) -> list[SimulatedFilm]:
    return [*hands, *wrists, *close_looks]


@pytest.mark.parametrize("kind", [None, *VIEW_CHANCES])
def test_equal_seeds_give_equal_films_and_others_do_not(kind: str | None) -> None:
    first, again, other = (cast_film(seed, SHAPE, kind=kind) for seed in (5, 5, 6))
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.masks, again.masks)
    assert np.array_equal(first.field, again.field)
    assert first.subject == again.subject
    assert first.exposure == again.exposure
    assert not np.array_equal(first.pixels, other.pixels)
    assert not np.array_equal(first.masks, other.masks)


def test_a_seed_and_its_generator_give_the_same_film() -> None:
    assert np.array_equal(cast_film(8, SHAPE).pixels, cast_film(np.random.default_rng(8), SHAPE).pixels)


def test_films_are_what_they_say(every_film: list[SimulatedFilm]) -> None:
    for film in every_film:
        assert film.pixels.shape == SHAPE
        assert film.pixels.dtype == np.float32
        assert film.pixels.min() >= 0
        assert film.pixels.max() <= 1
        assert film.masks.shape == (len(BONES), *SHAPE)
        assert film.masks.dtype == bool
        assert film.field.dtype == bool
        assert film.field.any()


def test_any_shape_can_be_cast() -> None:
    film = cast_film(3, (129, 90))
    assert film.pixels.shape == (129, 90)
    assert film.masks.shape == (7, 129, 90)


def test_inverted_is_one_minus_the_upright_film() -> None:
    bright, dark = cast_film(11, SHAPE), cast_film(11, SHAPE, inverted=True)
    assert np.array_equal(dark.pixels, 1 - bright.pixels)
    assert np.array_equal(dark.masks, bright.masks)
    assert dark.inverted
    assert not bright.inverted


def test_masks_lie_in_the_exposed_field(every_film: list[SimulatedFilm]) -> None:
    assert not any((film.masks & ~film.field).any() for film in every_film)


def test_the_field_lies_on_the_film_and_padding_is_black(every_film: list[SimulatedFilm]) -> None:
    smaller = 0
    for film in every_film:
        top, bottom, left, right = film.view.film_area
        outside = np.ones(SHAPE, bool)
        outside[top:bottom, left:right] = False
        assert not (film.field & outside).any()
        smaller += bool((~film.field & ~outside).any())
    assert 0.2 < smaller / len(every_film) < 0.9  # a collimator on about half of them


def test_bones_overlap_on_most_films(every_film: list[SimulatedFilm]) -> None:
    overlapping = [bool((film.masks.sum(axis=0) > 1).any()) for film in every_film]
    assert np.mean(overlapping) > 0.7


def test_a_whole_hand_shows_all_seven_bones_on_most_films(hands: list[SimulatedFilm]) -> None:
    present = [film.masks.any(axis=(1, 2)).all() for film in hands]
    assert np.mean(present) > 0.7


def test_bone_is_brighter_than_what_lies_beside_it(hands: list[SimulatedFilm]) -> None:
    brighter = []
    for film in hands:
        shaft = film.masks[Bone.METACARPAL_3.channel]
        free = film.field & ~film.masks.any(axis=0)
        brighter.append(film.pixels[shaft].mean() > film.pixels[free].mean())
    assert np.mean(brighter) > 0.95


def fingertips_in_field(film: SimulatedFilm) -> float:
    """Share of the five fingertips inside the exposed field."""
    points = film.view.placement.to_film(np.array(list(film.hand.fingertips.values())))
    columns, rows = np.round(points).astype(int).T
    on_canvas = (rows >= 0) & (rows < SIDE) & (columns >= 0) & (columns < SIDE)
    return float(np.mean([on and film.field[r, c] for on, r, c in zip(on_canvas, rows, columns, strict=True)]))


def test_wrist_films_cut_the_fingers_and_hand_films_show_them(hands: list[SimulatedFilm], wrists: list[SimulatedFilm]) -> None:
    shown, cut = ([fingertips_in_field(film) for film in films] for films in (hands, wrists))
    assert np.mean(shown) > 0.5
    assert np.mean(np.array(cut) == 0) > 0.45
    assert np.mean(shown) - np.mean(cut) > 0.3


def test_close_looks_show_the_metacarpals_larger_than_whole_hands(
    hands: list[SimulatedFilm], close_looks: list[SimulatedFilm]
) -> None:
    assert np.median([f.pixels_per_mm for f in close_looks]) > 1.15 * np.median([f.pixels_per_mm for f in hands])


def centroid(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(mask)
    return np.array([columns.mean(), rows.mean()])


def test_both_hands_are_cast_and_the_thumb_lies_on_the_side_they_claim(hands: list[SimulatedFilm]) -> None:
    seen = set()
    for film in hands:
        seen.add(film.laterality)
        assert film.laterality is (Laterality.LEFT if film.view.placement.side > 0 else Laterality.RIGHT)
        if not film.masks.any(axis=(1, 2)).all():
            continue
        tube = film.hand.outlined[Bone.METACARPAL_3]
        base, head = film.view.placement.to_film(np.array([tube.base, tube.head]))
        fingers = (head - base) / np.hypot(*(head - base))
        # Fingers up, a left hand seen from the back has its thumb on the right.
        to_the_right = np.array([-fingers[1], fingers[0]])
        at = [float((centroid(film.masks[b.channel]) - base) @ to_the_right) for b in METACARPALS]
        order = at if film.laterality is Laterality.RIGHT else at[::-1]
        assert order == sorted(order), f"metacarpals at {at} on a {film.laterality.value} hand"
        radius, ulna = (centroid(film.masks[b.channel]) @ to_the_right for b in (Bone.RADIUS, Bone.ULNA))
        assert (radius > ulna) == (film.laterality is Laterality.LEFT)
    assert seen == {Laterality.LEFT, Laterality.RIGHT}


def width_across(film: SimulatedFilm, bone: Bone, level: float) -> float | None:
    """Width of the bone's mask perpendicular to its axis in pixels; ``None`` where the field cuts it."""
    tube = film.hand.outlined[bone]
    base, head = film.view.placement.to_film(np.array([tube.base, tube.head]))
    axis = (head - base) / np.hypot(*(head - base))
    steps = np.arange(-0.15, 0.15, 0.0005) * SIDE
    line = (base + (head - base) * level)[:, None] + np.array([-axis[1], axis[0]])[:, None] * steps
    inside = map_coordinates(film.masks[bone.channel].astype(np.float32), line[::-1], order=1) > 0.5
    if not inside.any():
        return None
    reach = slice(max(np.nonzero(inside)[0][0] - 60, 0), np.nonzero(inside)[0][-1] + 60)
    in_field = map_coordinates(film.field.astype(np.float32), line[::-1, reach], order=1, mode="constant") > 0.99
    return float(inside.sum() * (steps[1] - steps[0])) if in_field.all() else None


@pytest.mark.parametrize("level", [0.4, 0.5, 0.6])
def test_true_outer_widths_are_those_of_the_masks(
    hands: list[SimulatedFilm], close_looks: list[SimulatedFilm], level: float
) -> None:
    errors = []
    for film in [*hands, *close_looks]:
        for bone in RADIOGRAMMETRY_BONES:
            found = width_across(film, bone, level)
            if found is not None:
                errors.append(found - shaft_truth(film, bone, level).outer_width_px)
    assert len(errors) > 50
    assert np.abs(errors).max() < 1.0
    assert abs(np.mean(errors)) < 0.25


def test_true_cortical_index_is_that_of_the_subject(every_film: list[SimulatedFilm]) -> None:
    for film in every_film:
        truth = shaft_truth(film, Bone.METACARPAL_2, 0.5)
        assert 0 < truth.medullary_width_px < truth.outer_width_px
        assert truth.mci == pytest.approx(1 - truth.medullary_width_px / truth.outer_width_px)
        assert truth.mci == pytest.approx(film.subject.cortical_index, rel=0.35, abs=0.03)
    indices = np.array([shaft_truth(f, Bone.METACARPAL_2, 0.5).mci for f in every_film])
    wanted = np.array([f.subject.cortical_index for f in every_film])
    assert np.corrcoef(indices, wanted)[0, 1] > 0.9
    assert np.median(np.abs(indices - wanted)) < 0.05
    assert np.ptp(indices) > 0.3


def drawn_cavity_mm(hand: Hand, bone: Bone) -> float:
    """Width of the medullary cavity that rays meet at mid-shaft."""
    tube = hand.outlined[bone]
    empty = replace(tube, fill=np.zeros_like(tube.fill))
    pixels_per_mm = 16.0
    middle = (np.array(tube.base) + np.array(tube.head)) / 2
    placement = Placement((200 - pixels_per_mm * middle[0], 200 + pixels_per_mm * middle[1]), pixels_per_mm, 0.0, 1)
    chords = cast_tube(empty, placement, (401, 401), np.ones((401, 401), np.float32))
    assert chords is not None
    inner = np.zeros((401, 401), np.float32)
    inner[chords.window] = chords.outer - chords.mineral
    axis = (np.array(tube.head) - np.array(tube.base)) / tube.length
    steps = np.arange(-180, 180, 0.1)
    # Rows grow downwards, hence the signs: this is the line across the bone.
    line = 200 + np.array([axis[0], axis[1]])[:, None] * steps
    return float((map_coordinates(inner, line, order=1) > 0.02).sum() * 0.1 / pixels_per_mm)


def test_true_cavities_are_those_that_rays_meet(every_film: list[SimulatedFilm]) -> None:
    errors = []
    for film in every_film[::3]:
        for bone in RADIOGRAMMETRY_BONES:
            tube, truth = film.hand.outlined[bone], cortical_truth(film.hand, bone)
            at = len(truth.stations) // 2
            if tube.cortex[at] < 0.9 * min(tube.radial[at], tube.ulnar[at]):
                errors.append(drawn_cavity_mm(film.hand, bone) - truth.medullary_width_mm[at])
    assert len(errors) > 40
    assert np.abs(errors).max() < 0.3
    assert np.median(np.abs(errors)) < 0.1


def test_true_widths_scale_with_the_film() -> None:
    small, large = (cast_film(21, (side, side), kind="close") for side in (128, 256))
    assert large.pixels_per_mm == pytest.approx(2 * small.pixels_per_mm, rel=0.03)
    outer = [shaft_truth(f, Bone.METACARPAL_3, 0.5).outer_width_px / f.pixels_per_mm for f in (small, large)]
    assert outer[0] == pytest.approx(outer[1])
    assert 4 < outer[0] < 14


def cortex_rises_above_the_cavity(subject: Subject) -> float:
    """Brightness of the cortex over that of the cavity at the third metacarpal's mid-shaft, mean of some films."""
    ratios = []
    for seed in range(6):
        film = cast_film(seed, (256, 256), kind="close", subject=subject)
        tube = film.hand.outlined[Bone.METACARPAL_3]
        ends = film.view.placement.to_film(np.array([tube.base, tube.head]))
        half = shaft_truth(film, Bone.METACARPAL_3, 0.5).outer_width_px / 2
        axis = (ends[1] - ends[0]) / np.hypot(*(ends[1] - ends[0]))
        across = np.array([-axis[1], axis[0]])
        middle = ends.mean(axis=0)
        at = [middle + across * half * share for share in (0.0, 0.75, -0.75)]
        values = map_coordinates(film.pixels, np.array(at).T[::-1], order=1)
        ratios.append(values[1:].mean() - values[0])
    return float(np.mean(ratios))


def test_the_bone_of_a_low_t_score_shows_a_wider_cavity() -> None:
    rng = np.random.default_rng(4)
    healthy = [subject_with_t_score(rng, 60, "F", 1.0).cortical_index for _ in range(40)]
    porous = [subject_with_t_score(rng, 60, "F", -4.0).cortical_index for _ in range(40)]
    assert np.mean(healthy) - np.mean(porous) == pytest.approx(0.25, abs=0.06)
    # The cortex of thin bone stands out beside its wide cavity; thick cortices merge into a bright shaft.
    thin = Subject(70, "F", -4.0, 0.25, 0.15, 0.9, 63.0)
    thick = Subject(30, "F", 1.0, 0.75, 0.3, 0.97, 63.0)
    assert cortex_rises_above_the_cavity(thin) > cortex_rises_above_the_cavity(thick)
