"""The shipped model on the shipped samples: bones where they are, the same masks from every file, figures near the truth."""

import itertools
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
import SimpleITK as sitk

from OsteoScreenLib.bones import BONES, RADIOGRAMMETRY_BONES
from OsteoScreenLib.bundle import DEFAULT_BUNDLE, load_bundle, resources_folder
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.radiograph import radiograph_from_array, read_radiograph
from OsteoScreenLib.radiograph.negative import negative
from OsteoScreenLib.radiograph.values import Polarity, PolarityBasis
from OsteoScreenLib.screening.screener import Screener
from OsteoScreenLib.segmentation.engine import make_engine
from OsteoScreenLib.segmentation.inference import segment
from Testing.radiograph.dicom_films import LOSSLESS, write_dicom
from training.simulation import cast_film, shaft_truth

SAMPLES = sorted((resources_folder() / "SampleData").glob("*.png"))
SPACING_TAGS = (
    {},
    {"ImagerPixelSpacing": [0.14, 0.14]},
    {"ImagerPixelSpacing": [0.14, 0.14], "EstimatedRadiographicMagnificationFactor": 1.1},
    {"ImagerPixelSpacing": [0.14, 0.14], "PixelSpacing": [0.13, 0.13], "PixelSpacingCalibrationType": "GEOMETRY"},
)


@lru_cache(maxsize=1)
def screener():
    return Screener(load_bundle(DEFAULT_BUNDLE))


@lru_cache(maxsize=1)
def engine():
    return make_engine("openvino")


def outlines(film):
    return segment(film, screener().bundle, engine(), seed=3, samples=2).masks


@pytest.fixture(scope="module")
def small_film():
    """A sample film at a third of its size, 8 bits."""
    pixels = sitk.GetArrayFromImage(sitk.ReadImage(str(SAMPLES[0])))
    rows, columns = (n // 3 * 3 for n in pixels.shape)
    small = pixels[:rows, :columns].reshape(rows // 3, 3, columns // 3, 3).mean(axis=(1, 3))
    return np.round(small).astype(np.uint8)


@pytest.fixture(scope="module")
def wanted(small_film):
    masks = outlines(radiograph_from_array(small_film))
    assert masks.any(axis=(1, 2)).all()
    return masks


@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda uid: uid.keyword)
def test_every_dicom_of_a_film_gives_the_same_masks(tmp_path, small_film, wanted, syntax):
    polarities = itertools.product(("MONOCHROME1", "MONOCHROME2"), (None, "IDENTITY", "INVERSE"))
    for number, ((photometric, presentation), tags) in enumerate(itertools.product(polarities, SPACING_TAGS)):
        dress = {"photometric": photometric, "presentation": presentation, "transfer_syntax": syntax, "tags": tags}
        path = write_dicom(tmp_path / f"{number}.dcm", small_film, **dress)
        np.testing.assert_array_equal(outlines(read_radiograph(path)), wanted)


@pytest.mark.parametrize("ending", [".png", ".tif", ".nrrd"])
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_every_picture_of_a_film_gives_the_same_masks(tmp_path, small_film, wanted, ending, inverted, depth):
    top = np.iinfo(depth).max
    pixels = small_film.astype(depth) * (257 if depth is np.uint16 else 1)
    path = tmp_path / f"film{ending}"
    sitk.WriteImage(sitk.GetImageFromArray(top - pixels if inverted else pixels), str(path))
    np.testing.assert_array_equal(outlines(read_radiograph(path)), wanted)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_sample_films_are_screened_and_say_what_they_were_trained_on(path):
    result = screener().screen(read_radiograph(path), seed=0)
    assert len(result.segmentation.found_bones) == len(BONES)
    assert result.score.state is not State.NOT_ANALYSABLE
    low, high = result.score.interval
    assert 0 <= low <= result.score.probability <= high <= 1
    assert "imulated" in result.bundle.training_data
    assert result.radiogrammetry.mean_mci is not None


def test_a_film_taken_for_its_negative_is_put_right_by_its_outlines_unless_a_person_said_so():
    film = read_radiograph(SAMPLES[0])
    wrong = negative(film)
    right = screener().screen(film, seed=0, samples=1)
    mended = screener().screen(wrong, seed=0, samples=1)
    assert wrong.polarity.inverted is not right.film.polarity.inverted
    assert mended.film.polarity == right.film.polarity
    np.testing.assert_array_equal(mended.segmentation.masks, right.segmentation.masks)
    again = screener().rescore(wrong, mended, mended.segmentation.masks)
    assert again.radiogrammetry.mean_mci == pytest.approx(right.radiogrammetry.mean_mci, abs=1e-6)

    insisted = replace(wrong, polarity=Polarity(wrong.polarity.inverted, PolarityBasis.USER))
    kept = screener().screen(insisted, seed=0, samples=1)
    assert kept.film.polarity == insisted.polarity
    assert kept.score.state is State.NOT_ANALYSABLE


def test_outlines_and_cortical_index_of_simulated_films_are_near_the_truth():
    dice, errors = [], []
    for seed in range(6):
        film = cast_film([77, seed], (1000, 800), kind="close")
        result = screener().screen(radiograph_from_array(film.pixels, name=f"simulated {seed}"), seed=0)
        for bone in BONES:
            found, true = result.segmentation.mask(bone), film.masks[bone.channel]
            if true.sum() > 500:
                dice.append(2 * (found & true).sum() / (found.sum() + true.sum()))
        for level in result.radiogrammetry.levels:
            errors.append(abs(level.mci - shaft_truth(film, level.bone, level.level).mci))
            assert level.bone in RADIOGRAMMETRY_BONES
    assert np.median(dice) > 0.95
    assert np.median(errors) < 0.04


def test_same_seed_same_result_other_seed_other_hypotheses():
    film = read_radiograph(SAMPLES[0])
    first, again, other = (
        segment(film, screener().bundle, engine(), seed=seed, samples=2).hypotheses.probabilities for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_hypotheses_are_not_all_the_same():
    hypotheses = segment(read_radiograph(SAMPLES[0]), screener().bundle, engine(), seed=0).hypotheses
    spread = hypotheses.probabilities.max(axis=0) - hypotheses.probabilities.min(axis=0)
    assert spread.max() > 0.2


def test_a_picture_without_a_hand_is_not_analysable():
    rng = np.random.default_rng(5)
    rows, columns = np.mgrid[0:600, 0:500]
    blobs = sum(np.exp(-((rows - r) ** 2 + (columns - c) ** 2) / 9000) for r, c in rng.uniform(100, 500, (4, 2)))
    picture = np.clip(blobs * 120 + rng.normal(0, 4, blobs.shape), 0, 255).astype(np.uint8)
    result = screener().screen(radiograph_from_array(picture), seed=0)
    assert result.score.state is State.NOT_ANALYSABLE
    assert result.score.probability is None
    assert result.score.reasons
