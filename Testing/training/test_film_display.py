"""Display processing, resampling and markers."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter, zoom

from training.simulation.archive import dim, jpeg, quantise, sample_quality, store
from training.simulation.collimator import frame, turned_rectangle
from training.simulation.display import equalise, render, sharpen, tone
from training.simulation.markers import add_markers
from training.simulation.multiscale import double, halve, multiscale_contrast, power_law
from training.simulation.resample import enlarge, shrink, smooth_noise

PICTURE = np.random.default_rng(2).random((48, 40)).astype(np.float32)


def test_tone_curves_rise_and_stay_in_range() -> None:
    ramp = np.linspace(-0.1, 1.2, 800, dtype=np.float32)
    curves = [tone(ramp, np.random.default_rng(seed)) for seed in range(60)]
    for curve in curves:
        assert curve.dtype == np.float32
        assert np.diff(curve).min() >= 0
        assert curve.min() >= 0
        assert curve.max() <= 1
        assert curve[-1] - curve[0] > 0.8
    middles = [curve[400] for curve in curves]
    assert np.ptp(middles) > 0.3  # gammas, sigmoids and straight lines


@pytest.mark.parametrize("levels", [2, 64, 256, 4096])
def test_quantised_film_has_so_many_evenly_spaced_levels(levels: int) -> None:
    ramp = np.linspace(0, 1, 20_000, dtype=np.float32)
    found = quantise(ramp, levels)
    assert np.unique(found) == pytest.approx(np.arange(levels) / (levels - 1), abs=1e-6)
    assert np.abs(found - ramp).max() <= 0.5 / (levels - 1) + 1e-6


@pytest.mark.parametrize("value", [-0.3, 0.0, 2.5])
def test_sharpening_leaves_a_flat_film_alone(value: float) -> None:
    flat = np.full((30, 40), value, np.float32)
    assert sharpen(flat, 2.0, 1.2) == pytest.approx(flat, abs=1e-6)


def test_sharpening_leaves_halos_at_edges() -> None:
    edge = np.where(np.arange(60) < 30, 0.2, 0.8).astype(np.float32) * np.ones((20, 1), np.float32)
    found = sharpen(edge, 2.0, 0.8)
    assert found.max() > 0.85
    assert found.min() < 0.15
    assert found[:, [0, -1]] == pytest.approx(edge[:, [0, -1]], abs=1e-3)


def test_equalising_takes_a_share_of_slow_variation_and_leaves_detail() -> None:
    x = np.arange(160, dtype=np.float32)
    slow = np.sin(2 * np.pi * x / 160) * np.ones((160, 1), np.float32)
    detail = np.float32(0.1) * np.sin(2 * np.pi * x / 5) * np.ones((160, 1), np.float32)
    found = equalise(slow + detail, 6.0, 0.5)
    middle = slice(30, 130)
    assert np.ptp(equalise(slow, 6.0, 0.5)[:, middle]) == pytest.approx(0.5 * np.ptp(slow[:, middle]), rel=0.06)
    assert (found - equalise(slow, 6.0, 0.5))[:, middle] == pytest.approx(detail[:, middle], abs=0.01)


def test_rendered_films_fill_the_range_with_bone_bright() -> None:
    signal = np.linspace(0, 3, 100 * 80, dtype=np.float32).reshape(100, 80)
    inside = np.ones(signal.shape, bool)
    for seed in range(12):
        grey = render(signal, inside, 2.0, np.random.default_rng(seed))
        assert grey.min() >= 0
        assert grey.max() <= 1
        assert grey[:10].mean() < 0.25
        assert grey[-10:].mean() > 0.75


@pytest.mark.parametrize("factor", [1, 2, 4, 8])
def test_enlarging_is_bilinear_and_keeps_the_mean(factor: int) -> None:
    shape = (PICTURE.shape[0] * factor, PICTURE.shape[1] * factor)
    found = enlarge(PICTURE, factor, shape)
    expected = zoom(PICTURE, factor, order=1, mode="nearest", grid_mode=True)
    assert found == pytest.approx(expected, abs=1e-5)
    assert found.mean() == pytest.approx(PICTURE.mean(), abs=1e-5)


@pytest.mark.parametrize("factor", [1, 2, 4, 8])
def test_shrinking_takes_area_means(factor: int) -> None:
    found = shrink(PICTURE, factor)
    rows, columns = PICTURE.shape[0] // factor, PICTURE.shape[1] // factor
    assert found == pytest.approx(PICTURE.reshape(rows, factor, columns, factor).mean(axis=(1, 3)), abs=1e-6)
    assert found.mean() == pytest.approx(PICTURE.mean(), abs=1e-6)


def test_incomplete_blocks_are_means_over_what_is_there() -> None:
    found = shrink(PICTURE[:45, :37], 8)
    assert found.shape == (6, 5)
    assert found[-1, -1] == pytest.approx(PICTURE[40:45, 32:37].mean(), abs=1e-6)


def test_a_flat_film_survives_shrinking_and_enlarging() -> None:
    flat = np.full((50, 43), 1.75, np.float32)
    back = enlarge(shrink(flat, 8), 8, (50, 43))
    assert back.shape == flat.shape
    assert back == pytest.approx(flat, abs=1e-5)


@pytest.mark.parametrize("sigma", [1.0, 6.0, 20.0])
def test_smooth_noise_has_mean_zero_deviation_one_and_its_length(sigma: float) -> None:
    fields = [smooth_noise((256, 200), sigma, np.random.default_rng(seed)) for seed in range(12)]
    assert fields[0].shape == (256, 200)
    assert np.mean([f.std() for f in fields]) == pytest.approx(1.0, abs=0.25)
    assert abs(np.mean([f.mean() for f in fields])) < 0.25
    # Neighbours at distance d of white noise smoothed by sigma correlate by exp(-d^2 / (4 sigma^2)).
    distance = round(2 * sigma)
    correlation = np.mean([np.corrcoef(f[:-distance].ravel(), f[distance:].ravel())[0, 1] for f in fields])
    assert 0.05 < correlation < 0.65


def test_markers_are_drawn_at_times_and_leave_the_film_in_range() -> None:
    film = np.full((200, 160), 0.3, np.float32)
    changed, over_bone = [], 0
    bones = np.zeros(film.shape, bool)
    bones[:, 60:100] = True
    for seed in range(60):
        found = add_markers(film, 1, bones, np.random.default_rng(seed))
        assert found.shape == film.shape
        assert found.min() >= 0.3 - 1e-6
        assert found.max() <= 1
        changed.append(float((found != film).mean()))
        over_bone += bool((found != film)[bones].any())
    assert min(changed) == 0
    assert 0 < np.median(changed) < 0.2
    assert 0 < over_bone < 40  # most keep off the bones, not all
    assert (film == np.float32(0.3)).all()


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_compression_is_pillows_jpeg_of_that_quality(quality: int) -> None:
    buffer = BytesIO()
    eight_bit = np.round(PICTURE * 255).astype(np.uint8)
    Image.fromarray(eight_bit).save(buffer, "JPEG", quality=quality)
    expected = np.asarray(Image.open(buffer), np.float32) / 255
    assert jpeg(PICTURE, quality) == pytest.approx(expected, abs=1e-6)


def test_lower_quality_errs_more() -> None:
    errors = [float(np.abs(jpeg(PICTURE, quality) - PICTURE).mean()) for quality in (95, 75, 30)]
    assert errors[0] < errors[1] < errors[2]
    qualities = [sample_quality(np.random.default_rng(seed)) for seed in range(400)]
    assert min(qualities) >= 30
    assert max(qualities) <= 95
    assert np.mean(np.array(qualities) >= 75) > 0.75


def test_stored_films_stay_in_range_and_close() -> None:
    smooth = gaussian_filter(PICTURE, 2)
    for seed in range(20):
        found = store(smooth, np.random.default_rng(seed))
        assert found.shape == smooth.shape
        assert 0 <= found.min() <= found.max() <= 1
        assert np.abs(found - smooth).mean() < 0.02


def test_dim_films_use_a_part_of_the_scale() -> None:
    found = dim(np.linspace(0, 1, 11, dtype=np.float32), 0.1, 0.4)
    assert found == pytest.approx(np.linspace(0.1, 0.4, 11), abs=1e-6)


@pytest.mark.parametrize("shape", [(64, 64), (75, 51), (33, 129)])
def test_a_pyramid_with_power_one_gives_the_image_back(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(4).standard_normal(shape).astype(np.float32)
    assert multiscale_contrast(picture, 1.0, 0.3) == pytest.approx(picture, abs=1e-5)


def test_power_law_raises_weak_detail_over_strong() -> None:
    band = np.array([-1.0, -0.3, -0.03, 0.0, 0.03, 0.3, 1.0], np.float32)
    found = power_law(band, 0.6, 0.3)
    assert found == pytest.approx(0.3 * np.sign(band) * (np.abs(band) / 0.3) ** 0.6, abs=1e-5)
    # The gain is limited to 8, which noise at a 180th of the reach would exceed.
    assert power_law(np.array([1e-5], np.float32), 0.6, 0.3) == pytest.approx(np.array([8e-5]), rel=1e-3)


def test_a_pyramid_evens_out_contrasts_of_different_strength() -> None:
    x = np.arange(256)
    wave = np.sin(2 * np.pi * x / 6) * np.ones((256, 1))
    picture = np.where(x < 128, 0.03, 0.3) * wave
    found = multiscale_contrast(picture.astype(np.float32), 0.6, 0.2)
    before, after = (np.ptp(image[:, 150:240]) / np.ptp(image[:, 20:110]) for image in (picture, found))
    assert before == pytest.approx(10, rel=0.05)
    assert after == pytest.approx(10**0.6, rel=0.25)


def test_halving_and_doubling_keep_the_mean_and_ramps() -> None:
    ramp = np.arange(32, dtype=np.float32) * np.ones((20, 1), np.float32)
    assert halve(ramp).mean() == pytest.approx(ramp.mean())
    assert double(halve(ramp), (20, 32))[:, 1:-1] == pytest.approx(ramp[:, 1:-1], abs=1e-5)
    assert halve(np.ones((7, 5), np.float32)).shape == (4, 3)


def test_a_collimated_field_is_the_stated_rectangle() -> None:
    found = turned_rectangle((100, 80), (10, 90, 20, 60), np.array([0.1, 0.0, 0.0, 0.25]), 0.0)
    rows, columns = np.nonzero(found)
    # Pixels whose centres lie inside: 40 columns less 4 on the left, 80 rows less 20 below.
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (11, 69, 25, 59)
    turned = turned_rectangle((100, 80), (10, 90, 20, 60), np.zeros(4), np.deg2rad(20))
    assert turned.sum() == pytest.approx(40 * 80, rel=0.03)
    assert not turned[12, 22]


@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_a_frame_has_its_level_outside_and_a_rim_at_the_edge(level: float) -> None:
    exposed = turned_rectangle((80, 80), (0, 80, 0, 80), np.full(4, 0.2), 0.0)
    grey = np.full((80, 80), 0.5, np.float32)
    plain, rimmed = frame(grey, exposed, level, 1.0, 0.0), frame(grey, exposed, level, 1.0, 0.4)
    assert plain[5, 5] == pytest.approx(level, abs=1e-6)
    assert plain[40, 40] == pytest.approx(0.5, abs=1e-6)
    assert rimmed[40, 40] == pytest.approx(0.5, abs=1e-6)
    rise = (rimmed - plain)[40, :40]
    assert 0.15 < rise.max() <= 0.4 + 1e-6
    assert abs(rise.argmax() - 15.5) <= 2
