"""Annotated films as training films: pixels and masks that stay together, seeds, annotators, mixtures, and a run on them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.segmentation.sampling import InputGrid
from Testing.training.annotated_folder import SHAPE, film, loose, write_data_set
from training.bundle import training_data
from training.segment import main
from training.segmentation.annotated_films import AnnotatedFilms, Patch, PreparedFilm, coverage_in, prepare
from training.segmentation.annotators import ANNOTATORS
from training.segmentation.augmentation import draw_view, vary_grey
from training.segmentation.film_source import MixedFilms, films_of
from training.segmentation.films import training_film
from training.segmentation.manifest import ManifestError
from training.segmentation.network import NetworkSettings
from training.segmentation.run_folder import METRICS, RECORD
from training.segmentation.settings import AnnotationSettings, SegmentationSettings, Stage
from training.segmentation.train import train

SIZE = 128


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_set(tmp_path_factory.mktemp("annotated"))


@pytest.fixture(scope="module")
def prepared(manifest: Path) -> tuple[PreparedFilm, ...]:
    return prepare(manifest, SIZE)


def settings_with(manifest: Path, share: float) -> SegmentationSettings:
    return SegmentationSettings(
        seed=3,
        network=NetworkSettings(widths=(8, 8, 8, 8, 8), features=8, experts=2, latent=2),
        stages=(Stage(size=64, batch=2, steps=2, rate=1e-3, final_rate=1e-4),),
        annotations=AnnotationSettings(manifest=manifest, share=share),
        validation_films=1,
        workers=0,
        samples=1,
    )


def marked(number: int) -> PreparedFilm:
    """The film with its pixels replaced by the radius' mask, so that pixels tell where the outline should be."""
    mask = film(number).masks[Bone.RADIUS.channel]
    found = np.argwhere(mask)
    patch = Patch(mask.astype(np.uint8) * 255, (0, 0))
    return PreparedFilm(mask.astype(np.uint16) * 65535, ((patch, *[None] * 6),), (found.min(axis=0), found.max(axis=0)))


def test_items_are_what_the_loop_takes(prepared: tuple[PreparedFilm, ...]) -> None:
    pixels, coverage = AnnotatedFilms(prepared, SIZE, 1)(0)
    assert pixels.shape == (1, SIZE, SIZE)
    assert pixels.dtype == torch.float32
    assert 0 <= float(pixels.min()) < float(pixels.max()) <= 1
    assert coverage.shape == (ANNOTATORS, len(BONES), SIZE // 2, SIZE // 2)
    assert coverage.dtype == torch.uint8
    simulated = training_film(SIZE, 1, 0)
    assert [(part.shape, part.dtype) for part in simulated] == [(part.shape, part.dtype) for part in (pixels, coverage)]


def test_item_i_of_a_seed_is_always_the_same(prepared: tuple[PreparedFilm, ...]) -> None:
    films, again = AnnotatedFilms(prepared, SIZE, 1), AnnotatedFilms(prepared, SIZE, 1)
    for index in (5, 0, 5):
        assert all(torch.equal(a, b) for a, b in zip(films(index), again(index), strict=True))
    assert not torch.equal(films(0)[0], films(1)[0])
    assert not torch.equal(films(0)[0], AnnotatedFilms(prepared, SIZE, 2)(0)[0])


def test_every_film_is_shown(prepared: tuple[PreparedFilm, ...]) -> None:
    assert len(prepared) == 2
    films = AnnotatedFilms(prepared, SIZE, 1)
    # Annotators tell which film it is: two different ones, or one who is repeated.
    assert {len({drawn.numpy().tobytes() for drawn in films(index)[1]}) for index in range(8)} == {1, 2}


def test_pixels_and_masks_stay_together() -> None:
    """However the view is turned, scaled or mirrored, the outline lies where the pixels show it."""
    films = AnnotatedFilms((marked(0),), SIZE, 2)
    compared = 0
    for index in range(24):
        pixels, coverage = (part.numpy() for part in films(index))
        on_output = pixels[0].reshape(SIZE // 2, 2, SIZE // 2, 2).mean(axis=(1, 3))
        drawn = coverage[0, Bone.RADIUS.channel] / 255
        if drawn.sum() > 30:
            bright = on_output > (on_output[drawn > 0.9].mean() + on_output[drawn < 0.1].mean()) / 2
            assert 2 * (bright & (drawn > 0.5)).sum() / (bright.sum() + (drawn > 0.5).sum()) > 0.93
            compared += 1
    assert compared > 15


def test_an_upright_view_gives_the_masks_themselves(prepared: tuple[PreparedFilm, ...]) -> None:
    view = InputGrid(np.eye(2), np.zeros(2), SHAPE, SHAPE)
    found = coverage_in(view, prepared[0].patches[0]) / 255
    expected = film(0).masks.reshape(len(BONES), SHAPE[0] // 2, 2, SHAPE[1] // 2, 2).mean(axis=(2, 4))
    rows, columns = np.indices(expected.shape[1:])
    for one, other in zip(found, expected, strict=True):
        assert one.sum() == pytest.approx(other.sum(), rel=0.012)
        assert 2 * np.minimum(one, other).sum() / (one.sum() + other.sum()) > 0.96
        for axis in (rows, columns):
            assert (axis * one).sum() / one.sum() == pytest.approx((axis * other).sum() / other.sum(), abs=0.15)


def test_large_films_are_reduced_without_moving(manifest: Path) -> None:
    small, large = prepare(manifest, 32)[0], prepare(manifest, 512)[0]
    assert large.pixels.shape == SHAPE
    assert small.pixels.shape == (SHAPE[0] // 3, -(-SHAPE[1] // 3))
    for one, other in zip(small.patches[0], large.patches[0], strict=True):
        assert one is not None
        assert other is not None
        assert one.coverage.sum() / 255 * 9 == pytest.approx(other.coverage.sum() / 255, rel=0.01)
        centres = []
        for patch, factor in ((one, 3), (other, 1)):
            rows, columns = np.indices(patch.coverage.shape)
            weights = patch.coverage / patch.coverage.sum()
            centre = np.array([(rows * weights).sum(), (columns * weights).sum()]) + patch.corner
            centres.append(factor * centre + (factor - 1) / 2)
        assert np.abs(centres[0] - centres[1]).max() < 0.05


def test_annotators_are_repeated_evenly(prepared: tuple[PreparedFilm, ...]) -> None:
    both, alone = prepared
    for index in range(4):
        drawn = AnnotatedFilms((both,), SIZE, 1)(index)[1].numpy()
        different = {part.tobytes() for part in drawn}
        assert len(different) == 2
        assert sorted(sum(part.tobytes() == one for part in drawn) for one in different) == [2, 2]
        assert len({part.tobytes() for part in AnnotatedFilms((alone,), SIZE, 1)(index)[1].numpy()}) == 1


def test_of_many_annotators_a_few_are_shown_in_turn(prepared: tuple[PreparedFilm, ...]) -> None:
    patches = prepared[0].patches[0]
    people = tuple(tuple(patch if i == n % 7 else None for i, patch in enumerate(patches)) for n in range(6))
    films = AnnotatedFilms((PreparedFilm(prepared[0].pixels, people, prepared[0].box),), SIZE, 1)
    shown = []
    for index in range(12):
        drawn = films(index)[1].numpy().any(axis=(2, 3))
        assert drawn.sum(axis=1).max() <= 1
        shown.append(frozenset(np.flatnonzero(drawn.any(axis=0)).tolist()))
    assert max(len(people) for people in shown) == ANNOTATORS
    assert len(set(shown)) > 3


def test_views_turn_mirror_and_come_close() -> None:
    box = (np.array([40, 60]), np.array([180, 120]))
    views = [draw_view(box, (200, 160), SIZE, np.random.default_rng(seed)) for seed in range(200)]
    mirrored = [np.linalg.det(view.matrix) < 0 for view in views]
    assert 0.35 < np.mean(mirrored) < 0.65
    angles = [np.degrees(np.arctan2(view.matrix[1, 0], view.matrix[0, 0])) for view in views]
    assert 0.5 < np.mean(np.abs(angles) < 15) < 0.95
    assert max(np.abs(angles)) > 40
    assert max(view.scale for view in views) > 2 * min(view.scale for view in views)
    corners = np.array([(r, c) for r in (40, 180) for c in (60, 120)])
    inside = []
    for view in views:
        on_grid = (corners - view.offset) @ np.linalg.inv(view.matrix).T
        inside.append(((on_grid > -SIZE * 0.1) & (on_grid < SIZE * 1.1)).all())
    assert np.mean(inside) > 0.95


def test_grey_values_vary_within_their_range() -> None:
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))
    varied = [vary_grey(ramp, np.random.default_rng(seed)) for seed in range(20)]
    for grey in varied:
        assert grey.dtype == np.float32
        assert 0 <= grey.min() < 0.2
        assert 0.8 < grey.max() <= 1
        assert grey[:, 44:52].mean() > grey[:, 12:20].mean() + 0.2  # bright stays bright
    assert np.std([grey[:, 32].mean() for grey in varied]) > 0.02


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_a_mixture_holds_its_share(share: float) -> None:
    def kind(value: int) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.full((1,), float(value)), torch.zeros(1)

    films = MixedFilms(lambda index: kind(index), lambda index: kind(index + 10_000), share, seed=4)
    values = [int(films(index)[0]) for index in range(1000)]
    assert np.mean([value >= 10_000 for value in values]) == pytest.approx(share, abs=0.05)
    assert [value % 10_000 for value in values] == list(range(1000))
    assert values == [int(films(index)[0]) for index in range(1000)]


def test_films_come_from_where_the_settings_say(manifest: Path, prepared: tuple[PreparedFilm, ...]) -> None:
    plain = films_of(SegmentationSettings())(64, 9)(3)
    assert all(torch.equal(a, b) for a, b in zip(plain, training_film(64, 9, 3), strict=True))
    annotated = films_of(settings_with(manifest, 1.0))(SIZE, 9)(3)
    # Prepared for stages of 64 pixels, both films are small enough to be kept as they are.
    expected = AnnotatedFilms(prepare(manifest, 64), SIZE, 9)(3)
    assert all(torch.equal(a, b) for a, b in zip(annotated, expected, strict=True))


def test_a_run_trains_on_annotated_films(manifest: Path, tmp_path: Path) -> None:
    settings = settings_with(manifest, 0.5)
    state = train(settings, tmp_path / "run", quiet=True)
    assert state.step == 2
    assert len((tmp_path / "run" / METRICS).read_text().splitlines()) >= 2
    (session,) = json.loads((tmp_path / "run" / RECORD).read_text())["sessions"]
    assert session["annotations"]["name"] == "Two films"
    assert session["annotations"]["films"] == 2
    assert train(settings, tmp_path / "run", resume=True, quiet=True).step == 2
    said = training_data(tmp_path / "run", settings, state.films)
    assert said.startswith("4 films for the outlines: about 50% varied from the 2 annotated films of Two films")


def test_the_command_tells_what_is_wrong_with_a_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = write_data_set(tmp_path)
    (tmp_path / "film0.png").unlink()
    (tmp_path / "film1.png").unlink()
    settings = tmp_path / "settings.json"
    settings.write_text(settings_with(manifest, 0.5).model_dump_json())
    assert main(["--run", str(tmp_path / "run"), "--settings", str(settings), "--quiet"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "there is no file 'film0.png'" in line
    assert "1 more: python -m training.annotations check" in line
    assert not (tmp_path / "run").exists()
    with pytest.raises(ManifestError):
        films_of(settings_with(manifest, 0.5))


@pytest.mark.parametrize("change", [{"share": 0}, {"share": 1.5}, {"manifests": "a"}, {"manifest": 5}])
def test_wrong_annotation_settings_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SegmentationSettings.model_validate({"annotations": {"manifest": "a/manifest.json"} | change})


def test_a_loose_annotator_stays_loose(prepared: tuple[PreparedFilm, ...]) -> None:
    larger = loose(film(0).masks).sum() / film(0).masks.sum()
    coverage = np.concatenate([AnnotatedFilms(prepared[:1], SIZE, 5)(index)[1].numpy() for index in range(4)])
    areas = np.array([part.sum() for part in coverage.astype(float)]).reshape(4, ANNOTATORS)
    assert areas.max(axis=1) / areas.min(axis=1) == pytest.approx(np.full(4, larger), rel=0.1)
