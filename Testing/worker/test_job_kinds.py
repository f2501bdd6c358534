"""Reading, re-scoring and fetching: real films, a real bundle (the brightness bands) and real files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.errors import FilmError, OsteoScreenError, OutputError, UsageError
from OsteoScreenLib.radiograph.exchange import FilmArray, load_radiograph, save_film_array
from OsteoScreenLib.radiograph.values import Laterality, Spacing, SpacingProvenance
from OsteoScreenLib.screening.storage import load_result
from OsteoScreenLib.screening.storage_segmentation import write_segmentation
from OsteoScreenLib.worker import FetchJob, Job, ReadJob, ReportJob, RescoreJob, real_steps, run_any, run_job
from Testing.band_bundle import band_film, hand_masks, write_band_bundle
from Testing.screening_steps import StandInSteps

MASKS = hand_masks((240, 216))
SPACING = Spacing(0.5, 0.4, SpacingProvenance.DETECTOR)


class Told:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, float]] = []

    def __call__(self, stage: str, fraction: float) -> None:
        self.lines.append((stage, fraction))

    @property
    def stages(self) -> list[str]:
        return list(dict.fromkeys(stage for stage, _ in self.lines))


def silent(stage: str, fraction: float) -> None:
    """Progress that nobody watches."""


def film_folder(folder: Path, *, dark_bone: bool = False, **changes) -> Path:
    pixels = np.round(band_film(MASKS).pixels * 60000).astype(np.uint16)
    film = FilmArray(65535 - pixels if dark_bone else pixels, "node", SPACING, Laterality.LEFT)
    save_film_array(replace(film, **changes), folder)
    return folder


@pytest.fixture
def screened(tmp_path) -> Job:
    """A screened film: its job, with film, folder and bundle."""
    bundle = write_band_bundle(tmp_path / "bundle", classifier=True)
    job = Job(film_folder(tmp_path / "film"), tmp_path / "result", bundle, invert=False, scene=False, report=False)
    run_job(job, real_steps(), silent)
    return job


def rescoring(screened: Job, **changes) -> RescoreJob:
    masks = screened.folder.parent / "masks.seg.nrrd"
    job = RescoreJob(
        screened.film,
        screened.folder.parent / "new",
        result=screened.folder,
        masks=masks,
        bundle=screened.bundle,
        invert=False,
    )
    return replace(job, **changes)


def test_film_handed_over_as_an_array_is_screened_with_what_is_known_of_it(screened: Job) -> None:
    film = load_result(screened.folder).film
    assert (film.shape, film.spacing, film.laterality, film.source.name) == (MASKS.shape[1:], SPACING, Laterality.LEFT, "node")
    assert film.source.file_format == "array"


def test_users_word_replaces_what_the_film_says(tmp_path) -> None:
    folder = film_folder(tmp_path / "film", dark_bone=True)
    job = ReadJob(folder, tmp_path / "read", spacing_mm=0.25, invert=True, side=Laterality.RIGHT, age_years=71.5, sex="F")
    finished = run_any(job, real_steps(), silent)
    film = load_radiograph(finished.folder)
    assert (film.spacing.row_mm, film.spacing.column_mm, film.spacing.provenance) == (0.25, 0.25, SpacingProvenance.USER)
    assert (film.laterality, film.source.patient_age_years, film.source.patient_sex) == (Laterality.RIGHT, 71.5, "F")
    assert film.polarity.inverted


def test_users_age_reaches_the_quality_gate(screened: Job) -> None:
    codes = [finding.code for finding in load_result(screened.folder).quality]
    assert "age_below_training" not in codes
    younger = run_job(replace(screened, age_years=9.0), real_steps(), silent).result
    assert "age_below_training" in [finding.code for finding in younger.quality]


def test_read_film_is_handed_over_whole(tmp_path) -> None:
    told = Told()
    job = ReadJob(film_folder(tmp_path / "film"), tmp_path / "out" / "read", invert=False)
    finished = run_any(job, real_steps(), told)
    assert (finished.folder, finished.state, finished.notes) == (tmp_path / "out" / "read", None, ())
    film = load_radiograph(finished.folder)
    assert np.array_equal(film.pixels, np.round(band_film(MASKS).pixels * 60000))
    assert told.stages == ["reading", "writing", "done"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["read"]


def test_film_that_cannot_be_read_leaves_nothing(tmp_path) -> None:
    folder = film_folder(tmp_path / "film")
    (folder / "film.npy").write_bytes(b"nothing")
    with pytest.raises(FilmError, match=r"film\.npy"):
        run_any(ReadJob(folder, tmp_path / "out" / "read"), real_steps(), silent)
    assert not (tmp_path / "out").exists()


def test_folder_without_a_film_is_said_to_be_a_folder(tmp_path) -> None:
    with pytest.raises(FilmError, match="this is a folder"):
        run_any(ReadJob(tmp_path, tmp_path / "read"), real_steps(), silent)


def test_corrected_outlines_are_measured_and_scored_anew(screened: Job) -> None:
    before = load_result(screened.folder)
    corrected = before.segmentation.masks.copy()
    corrected[Bone.ULNA.channel] = False
    told = Told()
    job = rescoring(screened, spacing_mm=0.2, age_years=80.0)
    write_segmentation(job.masks, corrected, SPACING, Laterality.LEFT)
    finished = run_any(job, real_steps(), told)
    after = load_result(finished.folder)
    assert finished.state == after.score.state.value
    assert np.array_equal(after.segmentation.masks, corrected)
    assert after.segmentation.hypotheses is not None
    assert not after.segmentation.hypotheses.probabilities[:, Bone.ULNA.channel].any()
    assert Bone.ULNA not in after.segmentation.found_bones
    assert after.film.spacing == Spacing(0.2, 0.2, SpacingProvenance.USER)
    assert after.film.source.patient_age_years == 80.0
    assert {round(level.outer_width_mm / level.outer_width_px, 6) for level in after.radiogrammetry.levels} == {0.2}
    assert told.stages == ["reading", "loading the model", "radiogrammetry", "quality", "classification", "writing", "done"]
    assert [fraction for _, fraction in told.lines] == sorted(fraction for _, fraction in told.lines)


def test_result_may_be_rescored_into_its_own_folder(screened: Job) -> None:
    before = load_result(screened.folder)
    job = rescoring(screened, folder=screened.folder, masks=screened.folder / "segmentation.seg.nrrd")
    finished = run_any(job, real_steps(), silent)
    after = load_result(finished.folder)
    assert np.array_equal(after.segmentation.masks, before.segmentation.masks)
    assert after.score.probability == pytest.approx(before.score.probability)
    assert (finished.folder / "hypotheses.nrrd").exists()


def test_report_is_written_of_a_stored_result(screened: Job) -> None:
    told = Told()
    job = ReportJob(screened.film, screened.folder.parent / "report", result=screened.folder, invert=False)
    finished = run_any(job, real_steps(), told)
    assert finished.state == load_result(screened.folder).score.state.value
    assert sorted(path.name for path in finished.folder.iterdir()) == ["overlay.png", "report.html", "report.pdf"]
    assert (finished.folder / "report.pdf").read_bytes().startswith(b"%PDF")
    assert told.stages == ["reading", "drawing", "report", "done"]


def test_report_of_another_films_result_is_refused(screened: Job, tmp_path) -> None:
    other = film_folder(tmp_path / "other", dark_bone=True)
    job = ReportJob(other, tmp_path / "report", result=screened.folder, invert=True)
    with pytest.raises(OsteoScreenError, match="Screen the film again"):
        run_any(job, real_steps(), silent)
    assert not job.folder.exists()


def fault_of(screened: Job, job: RescoreJob) -> OsteoScreenError:
    with pytest.raises(OsteoScreenError) as caught:
        run_any(job, real_steps(), silent)
    assert not job.folder.exists()
    assert "\n" not in str(caught.value)
    return caught.value


def test_result_of_other_pixels_is_not_rescored(screened: Job) -> None:
    job = rescoring(screened, film=film_folder(screened.film.parent / "other", dark_bone=True))
    write_segmentation(job.masks, MASKS, SPACING, Laterality.LEFT)
    error = fault_of(screened, job)
    assert isinstance(error, UsageError)
    assert "other pixels than those of node" in str(error)


def test_result_of_another_size_is_not_rescored(screened: Job) -> None:
    small = np.zeros((70, 80), np.uint16)
    small[10:40, 20:50] = 9
    job = rescoring(screened, film=film_folder(screened.film.parent / "other", pixels=small))
    assert "240 x 216 pixels, not 70 x 80" in str(fault_of(screened, job))


def test_masks_of_another_film_are_refused(screened: Job) -> None:
    job = rescoring(screened)
    write_segmentation(job.masks, hand_masks((200, 200)), SPACING, Laterality.LEFT)
    error = fault_of(screened, job)
    assert isinstance(error, OutputError)
    assert str(error).startswith(str(job.masks))


def test_changed_bundle_is_loaded_anew(screened: Job) -> None:
    steps = real_steps()
    assert screened.bundle is not None
    first = steps.open_screener(screened.bundle, "openvino")
    assert steps.open_screener(screened.bundle, "openvino") is first
    index = screened.bundle / "bundle.json"
    index.write_text(index.read_text().replace('"0.0.1"', '"0.0.22"'))
    assert run_job(screened, steps, silent).result.bundle.version == "0.0.22"


def test_fetched_bundle_is_named(tmp_path) -> None:
    told = Told()
    finished = run_any(FetchJob("https://models.example/bands", tmp_path), StandInSteps().steps, told)
    assert (finished.folder, finished.state) == (tmp_path / "bands", None)
    assert told.stages == ["downloading", "done"]
