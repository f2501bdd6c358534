"""The whole way from a click to a result: session, real child process, real worker, real engine, a tiny model."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib.radiograph.exchange import FilmArray, load_radiograph, save_film_array
from OsteoScreenLib.radiograph.values import Spacing, SpacingProvenance
from OsteoScreenLib.screening.storage import load_result
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.worker import Job, ReadJob
from OsteoScreenLib.workflow.messages import STAGE_WORDS, STARTING
from OsteoScreenLib.workflow.run_folder import RunFolder
from OsteoScreenLib.workflow.session import RunListeners, WorkerSession
from OsteoScreenLib.workflow.subprocess_worker import EventLoop, SubprocessWorker
from Testing.band_bundle import band_film, hand_masks, write_band_bundle
from Testing.workflow.fake_world import Told

ROOT = Path(__file__).resolve().parents[2]


class Desk:
    """What the panel has: a session over the real worker, and a film."""

    def __init__(self, folder: Path) -> None:
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.loop = EventLoop()
        self.bundle = write_band_bundle(folder / "bands", classifier=True)
        self.workers: list[SubprocessWorker] = []
        self.session = WorkerSession(self._make, self.loop, [sys.executable], ROOT, temporary=self.temporary)
        self.session.bundle = self.bundle
        self.masks = hand_masks()
        self.results: list[ScreeningResult] = []

    def _make(self) -> SubprocessWorker:
        self.workers.append(SubprocessWorker(self.loop))
        return self.workers[-1]

    def film(self, folder: RunFolder) -> Path:
        pixels = (band_film(self.masks).pixels * 60000).astype(np.uint16)
        spacing = Spacing(0.15, 0.15, SpacingProvenance.DETECTOR)
        save_film_array(FilmArray(pixels, "bands", spacing, tag_inverted=False), folder.film)
        return folder.film

    def screen(self, told: Told) -> None:
        folder = self.session.run_folder()
        job = Job(self.film(folder), folder.result, self.bundle, invert=False, samples=2, scene=False, report=False)
        self.session.submit(job, self._reading(told), folder)

    def _reading(self, told: Told) -> RunListeners:
        """As the panel does, read the result while it is there."""
        listeners = told.listeners

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            self.results.append(load_result(folder))
            listeners.on_finished(folder, state, notes)

        return RunListeners(listeners.on_progress, finished, listeners.on_failed, listeners.on_cancelled)

    def until_end(self, told: Told) -> tuple:
        assert self.loop.pump_until(lambda: bool(told.ends), 120), told.events
        return told.ends[0]

    def until_stage(self, told: Told, words: str) -> None:
        assert self.loop.pump_until(lambda: bool(told.ends) or words in [each[0] for each in told.progress], 120), told.events


@pytest.fixture
def desk(tmp_path):
    pytest.importorskip("openvino")
    desk = Desk(tmp_path)
    yield desk
    desk.session.close()
    assert desk.loop.pump_until(lambda: not any(worker.running for worker in desk.workers))


def test_screen_cancel_and_screen_again(desk) -> None:
    first, cancelled, again = Told(), Told(), Told()
    desk.screen(first)
    assert desk.until_end(first)[0] == "finished", first.ends
    desk.screen(cancelled)
    desk.until_stage(cancelled, "Outlining the bones")
    desk.session.cancel()
    assert desk.until_end(cancelled) == ("cancelled",)
    assert not desk.workers[0].running
    assert list(desk.temporary.iterdir()) == []
    desk.screen(again)
    kind, _, state, _ = desk.until_end(again)
    assert kind == "finished"
    one, other = desk.results
    assert (state, other.score.state.value) == (one.score.state.value, one.score.state.value)
    assert np.array_equal(one.segmentation.masks, other.segmentation.masks)
    assert one.segmentation.masks.any()
    assert len(desk.workers) == 2
    assert list(desk.temporary.iterdir()) == []
    fractions = [fraction for _, fraction in first.progress]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert {words for words, _ in first.progress} <= {STARTING, *STAGE_WORDS.values()}
    assert len(again.ends) == len(cancelled.ends) == len(first.ends) == 1


def test_bad_film_fails_in_words_and_the_warm_process_reads_the_next(desk) -> None:
    bad, good = Told(), Told()
    folder = desk.session.run_folder()
    desk.session.submit(ReadJob(folder.path / "none.png", folder.result), bad.listeners, folder)
    kind, message, _ = desk.until_end(bad)
    assert kind == "failed"
    assert "none.png" in message
    shapes = []
    listeners = good.listeners
    folder = desk.session.run_folder()
    desk.session.submit(
        ReadJob(desk.film(folder), folder.result, invert=False),
        RunListeners(
            listeners.on_progress,
            lambda result, state, notes: (
                shapes.append(load_radiograph(result).shape),
                listeners.on_finished(result, state, notes),
            )[1],
            listeners.on_failed,
            listeners.on_cancelled,
        ),
        folder,
    )
    assert desk.until_end(good)[2] is None
    assert shapes == [desk.masks.shape[1:]]
    assert len(desk.workers) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_worker_fails_in_words_and_leaves_nothing(desk) -> None:
    told = Told()
    desk.screen(told)
    desk.until_stage(told, "Outlining the bones")
    process = desk.workers[0]._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    kind, *rest = desk.until_end(told)
    # Even a killed one may have finished in the same moment.
    assert kind == "finished" or "killed by the system" in rest[0]
    assert list(desk.temporary.iterdir()) == []
