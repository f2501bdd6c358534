"""Masks on the film's own grid: smooth, connected, without holes, and where they belong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from OsteoScreenLib.segmentation.consensus import film_maps, film_mask
from OsteoScreenLib.segmentation.parts import largest_part
from OsteoScreenLib.segmentation.values import GridMapping

FILM = (600, 480)


def mapping(angle: float = 0.0, pixels: float = 8.0, grid: tuple[int, int] = (90, 80)) -> GridMapping:
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * pixels
    return GridMapping(matrix, (np.array(FILM) - 1) / 2 - matrix @ ((np.array(grid) - 1) / 2), grid, FILM)


def capsule(points: np.ndarray, angle: float = 0.35) -> np.ndarray:
    """Signed distance, in film pixels, of film points (... x 2) to a bone 60 pixels wide; positive inside."""
    along = np.array([np.cos(angle), np.sin(angle)])
    away = points - (np.array(FILM) - 1) / 2
    t = np.clip(away @ along, -150, 150)
    return 30 - np.linalg.norm(away - t[..., None] * along, axis=-1)


def on_grid(place: GridMapping, softness: float = 6.0) -> np.ndarray:
    points = place.to_film(np.stack(np.indices(place.grid_shape), -1).reshape(-1, 2))
    return (1 / (1 + np.exp(-capsule(points) / softness))).reshape(place.grid_shape).astype(np.float32)


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi])
def test_an_outline_is_placed_to_a_fraction_of_a_grid_pixel(angle: float) -> None:
    place = mapping(angle)
    probability = on_grid(place)
    mask = film_mask(probability, 0.5, largest_part(probability, 0.5, 10, 0.5), place)
    distance = capsule(np.stack(np.indices(FILM), -1).astype(float))
    wrong = mask != (distance > 0)
    assert np.abs(distance[wrong]).max() < 2.5  # film pixels; a grid pixel has 8
    truth = distance > 0
    assert 2 * (mask & truth).sum() / (mask.sum() + truth.sum()) > 0.985


def test_only_the_largest_part_is_kept_and_its_hole_is_filled() -> None:
    place = mapping()
    probability = on_grid(place)
    probability[2:8, 2:8] = 0.99
    probability[45, 40] = 0.01
    part = largest_part(probability, 0.5, 10, 0.5)
    mask = film_mask(probability, 0.5, part, place)
    _, count = ndimage.label(mask)
    assert count == 1
    assert ndimage.label(~mask)[1] == 1
    assert not mask[:80, :80].any()


def test_the_threshold_moves_the_outline() -> None:
    place = mapping()
    probability = on_grid(place)
    areas = [film_mask(probability, level, largest_part(probability, level, 10, 0.1), place).sum() for level in (0.3, 0.5, 0.7)]
    assert areas[0] > areas[1] > areas[2]


def test_no_part_gives_an_empty_mask() -> None:
    place = mapping()
    nothing = np.zeros(place.grid_shape, np.float32)
    assert not film_mask(nothing, 0.5, largest_part(nothing, 0.5, 10, 0.5), place).any()


def test_largest_part_is_judged_by_mass_and_by_its_mean() -> None:
    probability = np.zeros((40, 40), np.float32)
    probability[2:12, 2:12] = 0.55  # 100 pixels, mass 55
    probability[20:28, 20:30] = 0.9  # 80 pixels, mass 72
    part = largest_part(probability, 0.5, 50, 0.6)
    assert part.found
    assert part.area == 80
    assert part.mask[24, 24]
    assert not largest_part(probability, 0.5, 81, 0.6).found
    assert not largest_part(np.where(probability > 0.6, 0, probability), 0.5, 50, 0.6).found


@pytest.mark.parametrize("angle", [0.0, 0.2])
def test_maps_are_interpolated_linearly_and_vanish_outside_the_grid(angle: float) -> None:
    place = mapping(angle, pixels=4.0, grid=(60, 50))
    rows, columns = np.indices(place.grid_shape)
    (film,) = film_maps([(1 + rows + 2 * columns).astype(np.float32)], place)
    points = np.stack(np.indices(FILM), -1).reshape(-1, 2)
    there = place.to_grid(points)
    inside = ((there > 0) & (there < np.array(place.grid_shape) - 1)).all(1)
    wanted = 1 + there[:, 0] + 2 * there[:, 1]
    np.testing.assert_allclose(film.ravel()[inside], wanted[inside], atol=1e-3)
    outside = ((there < -1) | (there > np.array(place.grid_shape))).any(1)
    assert outside.any()
    assert not film.ravel()[outside].any()


@pytest.mark.parametrize("angle", [0.05, 0.3, 0.7])
@pytest.mark.parametrize("softness", [0.3, 1.0])
def test_a_straight_shaft_has_a_straight_outline_on_a_large_film(angle: float, softness: float) -> None:
    """Roughness of a shaft's edge on a film of 2000 pixels, of which a grid pixel covers eight."""
    film, pixels = (2000, 800), 8.0
    grid = (round(film[0] / pixels), round(film[1] / pixels))
    matrix = np.eye(2) * pixels
    place = GridMapping(matrix, (np.array(film) - 1) / 2 - matrix @ ((np.array(grid) - 1) / 2), grid, film)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    away = place.to_film(np.stack(np.indices(grid), -1).reshape(-1, 2)) - (np.array(film) - 1) / 2
    depth = 70 - np.hypot(away @ across, np.maximum(np.abs(away @ along) - 350, 0))
    probability = (1 / (1 + np.exp(-np.clip(depth / (pixels * softness), -30, 30)))).reshape(grid).astype(np.float32)
    mask = film_mask(probability, 0.5, largest_part(probability, 0.5, 10, 0.5), place)
    edge = mask & ~ndimage.binary_erosion(mask)
    points = np.argwhere(edge) - (np.array(film) - 1) / 2
    side = points[(np.abs(points @ along) < 330) & (points @ across > 0)] @ across
    assert len(side) > 400
    # Pixels on a perfect edge lie up to half a pixel's diagonal inside it.
    assert side.std() < 0.7
    assert np.ptp(side) < 3.0
    assert side.mean() == pytest.approx(70, abs=1.0)
