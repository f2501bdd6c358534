"""A film through the real engine: bones, uncertainty, reproducibility."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.bundle import Bundle, load_bundle
from OsteoScreenLib.errors import BundleError, UsageError
from OsteoScreenLib.segmentation.engine import ENGINE_NAMES, OpenVinoEngine, make_engine
from OsteoScreenLib.segmentation.inference import draw_latents, segment
from OsteoScreenLib.segmentation.values import Segmentation
from Testing.band_bundle import BANDS, EXPERTS, GATE, band_film, hand_masks, plain_film, write_band_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(write_band_bundle(tmp_path_factory.mktemp("bundle")))


@pytest.fixture(scope="module")
def engine() -> OpenVinoEngine:
    return OpenVinoEngine()


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return 2 * float((one & other).sum()) / float(one.sum() + other.sum())


@pytest.mark.parametrize(
    ("shape", "turn", "scale"),
    [
        ((400, 360), 0, 1.0),
        ((1200, 1000), 0, 0.7),
        ((1200, 1000), 25, 0.7),
        ((1200, 1000), 180, 0.7),
        ((1000, 1200), 90, 0.8),
    ],
)
def test_all_bones_are_outlined_whatever_the_size_and_turn(
    bundle: Bundle, engine: OpenVinoEngine, shape: tuple[int, int], turn: float, scale: float
) -> None:
    masks = hand_masks(shape, turn, scale)
    found = segment(band_film(masks), bundle, engine)
    assert found.masks.shape == masks.shape
    assert found.found_bones == BONES
    # The band network loses a pixel of its own grid around each bone (blurred edges are in no band).
    assert min(dice(found.mask(bone), masks[bone.channel]) for bone in BONES) > 0.82
    assert all(summary.area_px == found.mask(summary.bone).sum() for summary in found.bones)


def test_channels_that_were_mixed_up_are_put_in_order_with_all_that_is_said_of_them(
    bundle: Bundle, engine: OpenVinoEngine
) -> None:
    masks = hand_masks((600, 520))
    taken_for = {Bone.RADIUS: Bone.ULNA, Bone.ULNA: Bone.RADIUS, Bone.METACARPAL_3: Bone.METACARPAL_4}
    taken_for[Bone.METACARPAL_4] = Bone.METACARPAL_3
    brightness = {bone: BANDS[taken_for.get(bone, bone)] for bone in BONES}
    found = segment(band_film(masks, brightness=brightness), bundle, engine)
    assert found.renamed == (Bone.RADIUS, Bone.ULNA, Bone.METACARPAL_3, Bone.METACARPAL_4)
    assert min(dice(found.mask(bone), masks[bone.channel]) for bone in BONES) > 0.82
    assert found.hypotheses is not None
    there = np.round(found.hypotheses.mapping.to_grid([np.argwhere(masks[b.channel]).mean(0) for b in BONES])).astype(int)
    for bone, (row, column) in zip(BONES, there, strict=True):
        assert (found.hypotheses.probabilities[:, bone.channel, row, column] > 0.5).all()
    assert segment(band_film(masks), bundle, engine).renamed == ()


def test_a_missing_bone_is_not_found_and_has_no_mask(bundle: Bundle, engine: OpenVinoEngine) -> None:
    masks = hand_masks()
    masks[Bone.ULNA.channel] = False
    found = segment(band_film(masks), bundle, engine)
    assert found.found_bones == tuple(bone for bone in BONES if bone is not Bone.ULNA)
    assert not found.mask(Bone.ULNA).any()


@pytest.mark.parametrize("level", [0.0, 0.05, 1.0])
def test_an_empty_film_gives_no_bones(bundle: Bundle, engine: OpenVinoEngine, level: float) -> None:
    found = segment(plain_film(np.full((300, 200), level, np.float32)), bundle, engine)
    assert found.found_bones == ()
    assert not found.masks.any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (33, 17)])
def test_tiny_films_do_not_crash(bundle: Bundle, engine: OpenVinoEngine, shape: tuple[int, int]) -> None:
    found = segment(plain_film(np.zeros(shape, np.float32)), bundle, engine)
    assert found.masks.shape == (7, *shape)


def test_weights_experts_and_maps_keep_their_definitions(bundle: Bundle, engine: OpenVinoEngine) -> None:
    found = segment(band_film(hand_masks()), bundle, engine, samples=2)
    hypotheses = found.hypotheses
    assert hypotheses is not None
    assert hypotheses.probabilities.shape[0] == 2 * EXPERTS
    assert hypotheses.weights.sum() == pytest.approx(1)
    np.testing.assert_array_equal(hypotheses.experts, np.repeat(np.arange(EXPERTS), 2))
    np.testing.assert_allclose(hypotheses.weights, np.repeat(GATE, 2) / 2, rtol=1e-6)
    maps = found.uncertainty
    np.testing.assert_allclose(maps.total, maps.between + maps.within, atol=1e-6)
    for entropy in (maps.total, maps.between, maps.within):
        assert entropy.dtype == np.float32
        assert entropy.min() >= 0
        assert entropy.max() <= 1
    assert maps.total.max() > 0.5
    inside = found.masks.any(0)
    assert maps.total[inside].mean() > 5 * maps.total[~inside].mean()


def same(one: Segmentation, other: Segmentation) -> bool:
    assert one.hypotheses is not None
    assert other.hypotheses is not None
    return bool(
        np.array_equal(one.masks, other.masks)
        and np.array_equal(one.hypotheses.probabilities, other.hypotheses.probabilities)
        and np.array_equal(one.uncertainty.total, other.uncertainty.total)
    )


def test_the_seed_decides_everything(bundle: Bundle, engine: OpenVinoEngine) -> None:
    film = band_film(hand_masks())
    first = segment(film, bundle, engine, seed=5)
    assert same(first, segment(film, bundle, engine, seed=5))
    assert same(first, segment(film, bundle, OpenVinoEngine(), seed=5))
    assert not same(first, segment(film, bundle, engine, seed=6))


def test_more_samples_keep_the_first_ones(bundle: Bundle) -> None:
    few, many = (draw_latents(bundle.segmentation, 3, count) for count in (2, 5))
    np.testing.assert_array_equal(few, many[:, :2])


@pytest.mark.parametrize(("seed", "samples"), [(0, 0), (0, 10_000), (-1, 4)])
def test_wrong_seeds_and_samples_are_refused(bundle: Bundle, seed: int, samples: int) -> None:
    with pytest.raises(UsageError, match=f"is {seed if seed else samples}"):
        draw_latents(bundle.segmentation, seed, samples)


def test_progress_rises_to_one(bundle: Bundle, engine: OpenVinoEngine) -> None:
    seen: list[float] = []
    segment(band_film(hand_masks()), bundle, engine, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_both_engines_say_the_same(bundle: Bundle, engine: OpenVinoEngine) -> None:
    pytest.importorskip("onnxruntime")
    film = band_film(hand_masks())
    one, other = segment(film, bundle, engine), segment(film, bundle, make_engine("onnxruntime"))
    assert one.hypotheses is not None
    assert other.hypotheses is not None
    np.testing.assert_allclose(one.hypotheses.probabilities, other.hypotheses.probabilities, atol=1e-4)


def test_an_unknown_engine_names_those_there_are() -> None:
    with pytest.raises(UsageError, match=", ".join(ENGINE_NAMES)):
        make_engine("tensorflow")


def test_a_graph_that_is_none_is_one_clear_line(bundle: Bundle, engine: OpenVinoEngine, tmp_path: Path) -> None:
    graph = tmp_path / "broken.onnx"
    graph.write_bytes(b"this is no graph")
    with pytest.raises(BundleError) as caught:
        engine.run(graph, {"film": np.zeros((1, 1, 32, 32), np.float32)})
    assert "broken.onnx" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_graph_of_another_size_than_promised_is_refused(tmp_path: Path, engine: OpenVinoEngine) -> None:
    folder = write_band_bundle(tmp_path / "bundle")
    text = (folder / "bundle.json").read_text().replace('"output_stride": 2', '"output_stride": 4')
    (folder / "bundle.json").write_text(text)
    with pytest.raises(BundleError, match="output 'hypotheses' is"):
        segment(band_film(hand_masks()), load_bundle(folder), engine)
