"""Pixel centres land where they belong, and shrinking averages instead of picking."""

from __future__ import annotations

import numpy as np
import pytest

from OsteoScreenLib.segmentation.looks import whole_film
from OsteoScreenLib.segmentation.sampling import InputGrid, block_mean, sample


def ramp(shape: tuple[int, int]) -> np.ndarray:
    rows, columns = np.indices(shape, dtype=np.float32)
    return 3 * rows + columns


@pytest.mark.parametrize("scale", [0.6, 1.0, 1.4, 2.0, 4.883])
@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 2])
def test_a_linear_film_is_sampled_exactly_at_the_mapped_centres(scale: float, angle: float) -> None:
    shape = (301, 257)
    film = ramp(shape)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = rotation * scale
    grid_shape = (64, 32)
    offset = (np.array(shape) - 1) / 2 - matrix @ ((np.array(grid_shape) - 1) / 2)
    sampled = sample(film, InputGrid(matrix, offset, grid_shape, shape))
    points = np.stack(np.indices(grid_shape), -1).reshape(-1, 2) @ matrix.T + offset
    wanted = (3 * points[:, 0] + points[:, 1]).reshape(grid_shape)
    well_inside = ((points > 10) & (points < np.array(shape) - 11)).all(1).reshape(grid_shape)
    assert well_inside.sum() > 200
    np.testing.assert_allclose(sampled[well_inside], wanted[well_inside], atol=2e-3)


def test_outside_the_film_is_zero_and_inside_is_not() -> None:
    film = np.ones((100, 60), np.float32)
    grid = whole_film((100, 60), 64)
    sampled = sample(film, grid)
    assert sampled.shape == (64, 64)
    assert set(np.unique(sampled)) == {0.0, 1.0}
    assert abs(float(sampled.sum()) - 64 * 64 * 0.6) <= 64


def test_fine_stripes_average_to_grey_instead_of_aliasing() -> None:
    film = np.zeros((400, 400), np.float32)
    film[:, ::2] = 1
    sampled = sample(film, whole_film((400, 400), 96))
    np.testing.assert_allclose(sampled, 0.5, atol=0.13)
    assert abs(float(sampled.mean()) - 0.5) < 0.01


@pytest.mark.parametrize("shape", [(12, 9), (13, 10), (14, 11), (2, 2), (3, 40)])
def test_block_mean_is_the_mean_of_each_block(shape: tuple[int, int]) -> None:
    film = np.random.default_rng(0).random(shape).astype(np.float32)
    wanted = [[film[r : r + 3, c : c + 3].mean() for c in range(0, shape[1], 3)] for r in range(0, shape[0], 3)]
    np.testing.assert_allclose(block_mean(film, 3), wanted, rtol=1e-5)


def test_output_pixels_lie_between_their_input_pixels() -> None:
    grid = whole_film((500, 400), 128)
    mapping = grid.output_mapping(2, (64, 64))
    for output in ([0, 0], [10, 20], [63, 63]):
        inputs = 2 * np.array(output) + 0.5
        np.testing.assert_allclose(mapping.to_film(np.array([output]))[0], grid.matrix @ inputs + grid.offset)
    assert mapping.film_pixels_per_grid_pixel == pytest.approx(2 * grid.scale)
