"""`OsteoScreenLogic` from Slicer's Python console, without the panel."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from OsteoScreenLib.classification.values import State
from OsteoScreenLib.errors import OsteoScreenError
from Testing.panel.canned_worker import CannedWorker
from Testing.screening_results import make_screening_result


@pytest.fixture
def worker(panel_application: Any, tmp_path: Path) -> CannedWorker:
    return CannedWorker(tmp_path / "runs")


@pytest.fixture
def logic(worker: CannedWorker) -> Iterator[Any]:
    from OsteoScreenPanel.warm_worker import WarmWorker

    from OsteoScreen import OsteoScreenLogic

    made = OsteoScreenLogic()
    made.screening.worker = WarmWorker(lambda keep_warm: worker.session())
    yield made
    made.close()
    assert worker.leftovers == []


@pytest.fixture
def film(panel_application: Any) -> Any:
    import slicer

    from OsteoScreenLib.scene.film import film_node

    return film_node(slicer.mrmlScene, make_screening_result()[1])


def soon(worker: CannedWorker, answer: Any) -> None:
    """Answer the next job once it is there."""
    import qt

    count = len(worker.jobs)

    def look() -> None:
        if len(worker.jobs) > count:
            answer()
        else:
            qt.QTimer.singleShot(5, look)

    qt.QTimer.singleShot(0, look)


def test_process_gives_the_result_and_writes_it_into_the_scene(logic: Any, worker: CannedWorker, film: Any) -> None:
    heard: list[tuple[str, float]] = []

    def answer() -> None:
        worker.stage("segmentation", 0.5)
        worker.finish(worker.result_of_job(state=State.CONSIDER_DXA))

    soon(worker, answer)
    result = logic.process(film, spacing_mm=0.2, side="right", age=70, sex="F", invert=False, seed=3,
                           on_progress=lambda words, fraction: heard.append((words, fraction)))  # fmt: skip
    assert result.score.state is State.CONSIDER_DXA
    assert ("Outlining the bones", 0.5) in heard
    job = worker.job
    assert (job.spacing_mm, job.side.value, job.age_years, job.sex, job.invert, job.seed) == (0.2, "right", 70, "F", False, 3)
    assert film.GetSpacing()[:2] == (0.2, 0.2)
    assert logic.nodes(film).segmentation.GetSegmentation().GetNumberOfSegments() == 7
    assert logic.result(film).score == result.score


def test_rescore_scores_the_outlines_as_they_are(logic: Any, worker: CannedWorker, film: Any) -> None:
    soon(worker, lambda: worker.finish(worker.result_of_job()))
    logic.process(film)
    soon(worker, lambda: worker.finish(worker.result_of_job(state=State.NOT_FLAGGED)))
    assert logic.rescore(film).score.state is State.NOT_FLAGGED
    assert worker.job.kind == "rescore"


def test_a_failure_is_one_line_and_carries_the_details(logic: Any, worker: CannedWorker, film: Any) -> None:
    soon(worker, lambda: worker.refuse("hand: is no hand. Choose another film."))
    with pytest.raises(OsteoScreenError) as caught:
        logic.process(film)
    assert str(caught.value) == "hand: is no hand. Choose another film."

    def die() -> None:
        worker.stage("reading", 0.0)
        worker.die(1, "MemoryError\n")

    soon(worker, die)
    with pytest.raises(OsteoScreenError, match="memory") as caught:
        logic.process(film)
    assert caught.value.details == "MemoryError"


def test_a_result_that_cannot_be_shown_ends_the_waiting(
    logic: Any, worker: CannedWorker, film: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from OsteoScreenPanel import logic as module

    def broken(*_: Any) -> None:
        raise RuntimeError("no such display")

    monkeypatch.setattr(module.FilmJobs, "take", broken)
    soon(worker, lambda: worker.finish(worker.result_of_job()))
    with pytest.raises(OsteoScreenError, match="no such display") as caught:
        logic.process(film)
    assert "RuntimeError" in caught.value.details


def test_closing_the_logic_ends_the_waiting(logic: Any, worker: CannedWorker, film: Any) -> None:
    soon(worker, logic.close)
    with pytest.raises(OsteoScreenError, match="cancelled"):
        logic.process(film)


def test_start_returns_at_once_and_cancel_stops_it(panel_application: Any, logic: Any, worker: CannedWorker, film: Any) -> None:
    ends: list[str] = []
    logic.start(
        film,
        on_finished=lambda result: ends.append("finished"),
        on_failed=lambda message, details: ends.append("failed"),
        on_cancelled=lambda: ends.append("cancelled"),
    )
    with pytest.raises(OsteoScreenError, match="going on"):
        logic.start(film)
    panel_application.wait_until(lambda: worker.jobs)
    logic.cancel()
    panel_application.wait_until(lambda: ends)
    assert ends == ["cancelled"]
    assert logic.nodes(film) is None
    assert logic.result(film) is None


def test_a_film_deleted_during_a_run_counts_as_cancelled(logic: Any, worker: CannedWorker, film: Any) -> None:
    import slicer

    def answer() -> None:
        result = worker.result_of_job()
        slicer.mrmlScene.RemoveNode(film)
        worker.finish(result)

    soon(worker, answer)
    with pytest.raises(OsteoScreenError, match="cancelled"):
        logic.process(film)


@pytest.mark.parametrize(
    ("words", "said"), [({"side": "up"}, "side"), ({"spacing_mm": -1}, "spacing"), ({"age": 900}, "age"), ({"sex": "X"}, "sex")]
)
def test_words_that_make_no_sense_are_refused(logic: Any, worker: CannedWorker, film: Any, words: Any, said: str) -> None:
    with pytest.raises(OsteoScreenError, match=said):
        logic.process(film, **words)
    assert worker.jobs == []


def test_what_is_no_film_is_refused(logic: Any, worker: CannedWorker, film: Any) -> None:
    import slicer

    table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode")
    empty = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    for node in (None, table, empty):
        with pytest.raises(OsteoScreenError):
            logic.process(node)
    with pytest.raises(OsteoScreenError, match="Screen the film first"):
        logic.rescore(film)


def test_missing_packages_are_named(logic: Any, film: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from OsteoScreenLib.workflow import packages

    monkeypatch.setattr(packages, "installed_version", lambda name: None)
    monkeypatch.setattr(packages, "missing", lambda requirements: tuple(requirements))
    with pytest.raises(OsteoScreenError, match="openvino"):
        logic.process(film)


def test_several_films_of_a_volume_are_given_one_by_one(logic: Any, film: Any) -> None:
    assert logic.films(film) == (film,)


def test_an_unused_process_ends_by_itself(
    panel_application: Any, logic: Any, worker: CannedWorker, film: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from OsteoScreenPanel import warm_worker as module

    monkeypatch.setattr(module, "IDLE_S", 0.05)
    soon(worker, lambda: worker.finish(worker.result_of_job()))
    logic.process(film)
    assert worker.processes[-1].running
    panel_application.wait_until(lambda: not worker.processes[-1].running)


def test_the_interpreter_is_slicers_launcher_where_there_is_one(panel_application: Any, tmp_path: Path) -> None:
    import slicer
    from OsteoScreenPanel.surroundings import interpreter

    assert interpreter() == (sys.executable,)
    launcher = Path(slicer.app.slicerHome) / "bin" / ("PythonSlicer.exe" if sys.platform == "win32" else "PythonSlicer")
    launcher.parent.mkdir(parents=True)
    launcher.touch()
    assert interpreter() == (str(launcher),)


def test_the_dicom_file_comes_from_the_database_or_from_the_nodes_own_file(film: Any, tmp_path: Path) -> None:
    from OsteoScreenPanel.surroundings import dicom_file

    assert dicom_file(film) is None
    path = tmp_path / "film"
    path.write_bytes(bytes(128) + b"DICM")
    film.AddDefaultStorageNode()
    film.GetStorageNode().SetFileName(str(path))
    assert dicom_file(film) == path
    path.write_bytes(b"\x89PNG")
    assert dicom_file(film) is None


def test_a_real_worker_screens_a_sample_film(panel_application: Any) -> None:
    """The whole way once: Qt's process, the worker, the shipped model, the scene."""
    import slicer

    from OsteoScreen import OsteoScreenLogic
    from OsteoScreenLib.bundle.location import resources_folder
    from OsteoScreenLib.radiograph import read_radiograph
    from OsteoScreenLib.scene.open_film import open_film

    film = open_film(slicer.mrmlScene, read_radiograph(resources_folder() / "SampleData" / "simulated_hand.png"))
    logic = OsteoScreenLogic()
    try:
        result = logic.process(film, samples=1)
        assert sum(bone.found for bone in result.segmentation.bones) == 7
        assert logic.result(film).score == result.score
        again = logic.rescore(film)
        assert again.radiogrammetry.mean_mci == pytest.approx(result.radiogrammetry.mean_mci, abs=0.02)
    finally:
        logic.close()
