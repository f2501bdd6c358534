"""Things on a film: they attenuate where they lie and nowhere else, and leave the outlined bones as they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from OsteoScreenLib.bones import Bone
from training.simulation import Family, cast_film, subject_with_t_score
from training.simulation.beam import beam_table
from training.simulation.field import sample_view
from training.simulation.hand import Hand, build_hand
from training.simulation.objects import choice
from training.simulation.objects.aids import acrylic_plate, blocker, foam_wedge, ruler, tubing
from training.simulation.objects.immobilisation import cast, splint
from training.simulation.objects.implants import metacarpal_plate, radius_plate, wire, wires
from training.simulation.objects.material import ACRYLIC, ALUMINIUM, STEEL, TITANIUM, Layer, add_layers
from training.simulation.objects.other_hand import beside
from training.simulation.objects.plane import hoop
from training.simulation.objects.worn import bracelet, ring, watch
from training.simulation.pose import sample_pose
from training.simulation.tubes import Placement

SHAPE = (320, 288)
PPM = 1.3
Draw = Callable[[Hand, Placement, tuple[int, int], np.random.Generator], Layer]
EVERYTHING: tuple[Draw, ...] = (
    *(ring, bracelet, watch, radius_plate, metacarpal_plate, wires),
    *(cast, splint, acrylic_plate, foam_wedge, tubing),
)


@pytest.fixture(scope="module")
def hand() -> Hand:
    rng = np.random.default_rng(3)
    return build_hand(subject_with_t_score(rng, 60, "F", -1.0), sample_pose(rng), rng)


@pytest.fixture(scope="module")
def placement() -> Placement:
    return Placement((150.0, 200.0), PPM, 0.1, -1)


def centre_mm(path: np.ndarray, placement: Placement) -> np.ndarray:
    """Centre of a path's weight in the hand's frame, mm."""
    rows, columns = np.indices(path.shape)
    at = np.array([(path * columns).sum(), (path * rows).sum()]) / path.sum()
    origin, x, y = placement.to_film(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    return np.linalg.solve(np.stack([x - origin, y - origin], axis=1), at - origin)


@pytest.mark.parametrize("draw", EVERYTHING)
def test_things_are_repeatable_paths_on_the_film(draw: Draw, hand: Hand, placement: Placement) -> None:
    for seed in range(5):
        first, again = (draw(hand, placement, SHAPE, np.random.default_rng(seed)) for _ in range(2))
        assert first.path_mm.shape == SHAPE
        assert np.array_equal(first.path_mm, again.path_mm)
        assert first.path_mm.min() >= 0
        assert np.isfinite(first.path_mm).all()


def test_each_thing_is_drawn_as_often_as_documented(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, int] = {}

    def counting(name: str) -> Draw:
        def draw(*_: object) -> Layer:
            seen[name] = seen.get(name, 0) + 1
            return Layer(STEEL, np.zeros(1))

        return draw

    chances = {draw.__name__: chance for draw, chance in choice.ON_THE_HAND.items()}
    monkeypatch.setattr(choice, "ON_THE_HAND", {counting(name): chance for name, chance in chances.items()})
    for name in ("ruler", "blocker"):
        monkeypatch.setattr(choice, name, counting(name))
    rng, films = np.random.default_rng(1), 8000
    view, masks = sample_view(hand, SHAPE, rng, "hand"), np.zeros((7, 1, 1), bool)
    plain = sum(not choice.sample_objects(hand, view, masks, (1, 1), rng) for _ in range(films))
    for name, chance in {**chances, "ruler": choice.RULER_CHANCE, "blocker": choice.BLOCKER_CHANCE}.items():
        assert seen[name] / films == pytest.approx(chance, abs=4 * np.sqrt(chance / films))
    assert plain / films > 0.75


@pytest.mark.parametrize("finger", [2, 3, 4, 5])
def test_a_ring_lies_around_its_proximal_phalanx_and_nowhere_else(hand: Hand, placement: Placement, finger: int) -> None:
    layer = ring(hand, placement, SHAPE, np.random.default_rng(2), finger=finger)
    phalanx = next(tube for tube in hand.tubes if tube.name.startswith(f"phalanx_{finger}"))
    base, head = np.array(phalanx.base), np.array(phalanx.head)
    share = (centre_mm(layer.path_mm, placement) - base) @ (head - base) / ((head - base) @ (head - base))
    assert 0.2 < share < 0.65
    rows, columns = np.nonzero(layer.path_mm)
    middle = placement.to_film(np.stack([base + (head - base) * share]))[0]
    # Not wider than the finger with the ring's wall (2.2 mm) on both sides.
    assert np.hypot(columns - middle[0], rows - middle[1]).max() < (hand.unit_mm * 0.175 + 2.2 + 3.5) * PPM


def test_a_hoop_is_thickest_at_its_inner_edges() -> None:
    across = np.linspace(-12, 12, 2401).astype(np.float32)
    path = hoop(across, 9.0, 9.0, 1.5)
    assert path[1200] == pytest.approx(3.0, abs=1e-4)
    assert abs(across[path.argmax()]) == pytest.approx(9.0, abs=0.02)
    assert path.max() == pytest.approx(2 * np.sqrt(10.5**2 - 9**2), rel=0.01)
    assert not path[np.abs(across) > 10.51].any()


@pytest.mark.parametrize("pixels_per_mm", [0.7, 2.0, 15.0])
def test_a_wire_keeps_its_cross_section_at_any_resolution(pixels_per_mm: float) -> None:
    across = ((np.arange(401) - 200.3) / pixels_per_mm).astype(np.float32)
    path = wire(across, 0.7, pixels_per_mm)
    assert path.sum() / pixels_per_mm == pytest.approx(np.pi * 0.7**2, rel=1e-3)
    assert path.max() <= 1.4 + 1e-5


@pytest.mark.parametrize(("draw", "bone"), [(radius_plate, Bone.RADIUS), (metacarpal_plate, Bone.METACARPAL_3)])
def test_plates_lie_on_their_bones_and_their_screws_run_along_the_beam(
    draw: Callable[..., Layer], bone: Bone, hand: Hand, placement: Placement
) -> None:
    number = {"number": 3} if bone is Bone.METACARPAL_3 else {}
    layer = draw(hand, placement, SHAPE, np.random.default_rng(4), **number)
    tube = hand.outlined[bone]
    base, head = np.array(tube.base), np.array(tube.head)
    axis = (base - head) / np.hypot(*(base - head))
    away = centre_mm(layer.path_mm, placement) - head
    assert 0 < away @ axis < tube.length
    assert abs(away @ np.array([-axis[1], axis[0]])) < 5
    assert layer.material in (TITANIUM, STEEL)
    plate = np.median(layer.path_mm[layer.path_mm > 0.5])
    assert 0.9 < plate < 4
    assert layer.path_mm.max() > 5


def test_casts_cover_wrist_and_forearm_and_end_before_the_fingertips(hand: Hand, placement: Placement) -> None:
    for seed in range(4):
        layer = cast(hand, placement, SHAPE, np.random.default_rng(seed))
        for bone in (Bone.RADIUS, Bone.ULNA):
            column, row = np.round(placement.to_film(np.array([hand.outlined[bone].head]))[0]).astype(int)
            assert layer.path_mm[row, column] > 1
        for tip in hand.fingertips.values():
            column, row = np.round(placement.to_film(np.array([tip]))[0]).astype(int)
            if tip != hand.fingertips[1]:
                assert layer.path_mm[row, column] == 0


def test_layers_add_their_equivalents() -> None:
    bone, soft, path = np.full((4, 4), 2.0), np.full((4, 4), 20.0), np.eye(4, dtype=np.float32)
    both = add_layers(bone, soft, [Layer(STEEL, path), Layer(ACRYLIC, 3 * path)])
    assert both[0] == pytest.approx(2 + 25.8 * np.eye(4))
    assert both[1] == pytest.approx(20 + 3 * 1.04 * np.eye(4))
    assert (bone == 2).all()


def test_equivalents_agree_with_the_beams_coefficients() -> None:
    table = beam_table()
    at_35_kev = 11
    assert ALUMINIUM.bone == pytest.approx(table.aluminium[at_35_kev] / table.bone[at_35_kev], rel=0.01)


def test_a_blocker_stays_off_the_bones_and_takes_a_corner(hand: Hand) -> None:
    view = sample_view(hand, SHAPE, np.random.default_rng(0), "hand")
    masks = np.zeros((7, *SHAPE), bool)
    masks[0, : SHAPE[0] // 2] = True
    masks[3, :, : SHAPE[1] // 2 + 20] = True
    for seed in range(6):
        layer = blocker(view, masks, SHAPE, np.random.default_rng(seed))
        if layer is not None:
            assert not (layer.path_mm[masks.any(axis=0)] > 0).any()
    assert blocker(view, np.ones((7, *SHAPE), bool), SHAPE, np.random.default_rng(0)) is None


def test_a_rulers_ticks_are_five_millimetres_apart(hand: Hand) -> None:
    view = sample_view(hand, (600, 600), np.random.default_rng(1), "wrist", frozenset({Family.NUISANCES}))
    ppm = view.placement.pixels_per_mm
    path = ruler(view, (600, 600), np.random.default_rng(2)).path_mm
    line = max(path.sum(axis=0), path.sum(axis=1), key=lambda profile: np.abs(np.fft.rfft(profile)[20:]).max())
    ticks = np.nonzero((line[1:-1] > line[:-2]) & (line[1:-1] >= line[2:]) & (line[1:-1] > 0.5 * line.max()))[0]
    assert len(ticks) >= 5
    assert np.median(np.diff(ticks)) / ppm == pytest.approx(5, rel=0.12) or np.median(np.diff(ticks)) / ppm == pytest.approx(
        10, rel=0.06
    )


def test_objects_leave_the_masks_alone() -> None:
    changed = 0
    for seed in range(30):
        film = cast_film(5000 + seed, (96, 96))
        bare = cast_film(5000 + seed, (96, 96), without=frozenset({Family.OBJECTS}))
        assert np.array_equal(film.masks, bare.masks)
        assert film.exposure == bare.exposure
        changed += not np.array_equal(film.pixels, bare.pixels)
    assert 0 < changed < 20


def test_of_two_hands_the_one_nearest_the_middle_is_outlined() -> None:
    size = 160
    for seed in range(12):
        film = cast_film(6000 + seed, (size, size), kind="both", without=frozenset({Family.NUISANCES}))
        other = beside(film.hand, film.hand, film.view.placement, 15.0, 0.0, 0.0)
        assert other.side == -film.view.placement.side
        middles = [
            place.to_film(np.array([film.hand.outlined[Bone.METACARPAL_3].base]))[0, 0] for place in (film.view.placement, other)
        ]
        distances = [abs(middle - size / 2) for middle in middles]
        assert distances[0] < distances[1]
        alone = cast_film(6000 + seed, (size, size), kind="both", without=frozenset({Family.NUISANCES, Family.OBJECTS}))
        assert np.array_equal(film.masks, alone.masks)
        # All outlines lie in the outlined hand's half of the film.
        columns = np.nonzero(film.masks.any(axis=0))[1]
        edge = (middles[0] + middles[1]) / 2
        assert ((columns < edge) == (middles[0] < edge)).mean() > 0.97


def test_wrist_zooms_show_the_wrist_larger_than_wrist_films() -> None:
    films = {kind: [cast_film(7000 + seed, (64, 64), kind=kind) for seed in range(20)] for kind in ("zoom", "wrist")}
    scales = {kind: np.median([film.pixels_per_mm for film in cast]) for kind, cast in films.items()}
    assert scales["zoom"] > 1.3 * scales["wrist"]
