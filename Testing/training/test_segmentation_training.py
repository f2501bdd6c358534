"""The training loop: what a run leaves behind, its schedules, and an interrupted run that goes on as if nothing had happened."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from OsteoScreenLib.errors import UsageError
from training.segmentation import state as states
from training.segmentation import train as loop
from training.segmentation.device import choose_device
from training.segmentation.export import deployed
from training.segmentation.films import training_film
from training.segmentation.network import NetworkSettings, StochasticExperts, draw_latents
from training.segmentation.progress import Progress, duration, work_until
from training.segmentation.run_folder import METRICS, RECORD, SAMPLES, TENSORBOARD
from training.segmentation.schedule import WARM_UP_STEPS, gamma_at, learning_rate
from training.segmentation.settings import SegmentationSettings, Stage, read_settings
from training.segmentation.state import BEST, CHECKPOINT, RunState
from training.segmentation.transport import transport_loss
from training.segmentation.validate import SEED_OFFSET, validate

TINY = SegmentationSettings(
    seed=3,
    network=NetworkSettings(widths=(8, 8, 8, 8, 8), features=8, experts=2, latent=2),
    stages=(
        Stage(size=64, batch=2, steps=3, rate=2e-3, final_rate=1e-3),
        Stage(size=96, batch=2, steps=3, rate=1e-3, final_rate=1e-4),
    ),
    checkpoint_every=2,
    validate_every=100,
    validation_films=2,
    workers=0,
    samples=1,
)


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunState]:
    folder = tmp_path_factory.mktemp("run") / "new"
    return folder, loop.train(TINY, folder, quiet=True)


def rows_of(folder: Path) -> list[dict[str, str]]:
    with open(folder / METRICS, newline="") as handle:
        return list(csv.DictReader(handle))


def same_weights(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    theirs = other.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in one.state_dict().items())


def test_a_run_counts_its_steps_and_films(whole_run: tuple[Path, RunState]) -> None:
    _, state = whole_run
    assert state.step == TINY.total_steps == 6
    assert state.films == 12


def test_a_run_leaves_settings_metrics_and_a_checkpoint(whole_run: tuple[Path, RunState]) -> None:
    folder, state = whole_run
    assert read_settings(folder / "settings.json") == TINY
    rows = rows_of(folder)
    assert [row["step"] for row in rows] == ["3", "6"]
    assert [row["films"] for row in rows] == ["6", "12"]
    assert all(0 <= float(row["validation_dice"]) <= 1 and float(row["transport"]) > 0 for row in rows)
    saved = states.restore(TINY, folder)
    assert saved.step == 6
    assert same_weights(saved.network, state.network)
    assert not list(folder.glob("*.partial"))


def test_a_run_says_how_it_was_made(whole_run: tuple[Path, RunState]) -> None:
    record = json.loads((whole_run[0] / RECORD).read_text())
    assert record["seed"] == TINY.seed
    assert record["initial"] is None
    (session,) = record["sessions"]
    assert session["torch"] == torch.__version__
    assert session["step"] == 0
    assert (session["device"], session["processes"]) == ("cpu", 1)
    assert session["commit"]


def test_the_best_weights_of_the_last_stage_are_kept(whole_run: tuple[Path, RunState]) -> None:
    folder, state = whole_run
    best = states.read(folder / BEST)
    assert best["step"] == 6
    assert best["validation_dice"] == pytest.approx(float(rows_of(folder)[-1]["validation_dice"]), abs=1e-5)
    assert state.best == (1, best["validation_dice"])
    assert all(torch.equal(value, best["average"][name]) for name, value in state.average.state_dict().items())


def test_curves_and_pictures_can_be_looked_at(whole_run: tuple[Path, RunState]) -> None:
    folder, _ = whole_run
    events = EventAccumulator(str(folder / TENSORBOARD)).Reload()
    rows = rows_of(folder)
    for name in ("transport", "validation_dice"):
        curve = events.Scalars(name)
        assert [point.step for point in curve] == [3, 6]
        assert [point.value for point in curve] == pytest.approx([float(row[name]) for row in rows], rel=1e-4)
    pictures = sorted((folder / SAMPLES).iterdir())
    assert [path.name for path in pictures] == ["step_000003.png", "step_000006.png"]
    assert all(1_000 < path.stat().st_size < 300_000 for path in pictures)


def test_weights_and_their_average_have_moved(whole_run: tuple[Path, RunState]) -> None:
    _, state = whole_run
    start = states.new_state(TINY)
    for fresh, trained, average in zip(
        start.network.parameters(), state.network.parameters(), state.average.parameters(), strict=True
    ):
        assert not torch.equal(fresh, trained)
        assert not torch.equal(trained, average)


@pytest.mark.parametrize("moment", ["transport_loss", "_checkpoint"])
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(
    whole_run: tuple[Path, RunState], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    folder, uninterrupted = whole_run
    calls = iter(range(100))
    real = getattr(loop, moment)

    def interrupted(*arguments: object, **options: object) -> object:
        # The loss of step 5; or the checkpoint of step 4 (after those of steps 0, 2 and 3), which a row of metrics precedes.
        if next(calls) == {"transport_loss": 4, "_checkpoint": 3}[moment]:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(loop, moment, interrupted)
        with pytest.raises(KeyboardInterrupt):
            loop.train(TINY, tmp_path, quiet=True)
    assert states.restore(TINY, tmp_path).step == {"transport_loss": 4, "_checkpoint": 3}[moment]
    resumed = loop.train(TINY, tmp_path, resume=True, quiet=True)
    assert (resumed.step, resumed.films) == (uninterrupted.step, uninterrupted.films)
    assert same_weights(resumed.network, uninterrupted.network)
    assert same_weights(resumed.average, uninterrupted.average)
    assert [row["transport"] for row in rows_of(tmp_path)] == [row["transport"] for row in rows_of(folder)]


def test_resuming_a_finished_run_changes_nothing(whole_run: tuple[Path, RunState]) -> None:
    folder, state = whole_run
    before = len(rows_of(folder))
    again = loop.train(TINY, folder, resume=True, quiet=True)
    assert again.step == state.step
    assert len(rows_of(folder)) == before
    assert same_weights(again.network, state.network)


def test_a_checkpoint_of_the_first_release_can_be_resumed(whole_run: tuple[Path, RunState], tmp_path: Path) -> None:
    folder, state = whole_run
    old = states.read(folder / CHECKPOINT)
    for name in ("scaler", "seconds", "best"):
        del old[name]
    states.write(old, tmp_path / CHECKPOINT)
    (tmp_path / "settings.json").write_text(TINY.model_dump_json(exclude={"device", "precision"}))
    assert same_weights(loop.train(TINY, tmp_path, resume=True, quiet=True).average, state.average)
    assert same_weights(deployed(tmp_path).network, state.average)


@pytest.mark.parametrize("part", ["loss", "gradient"])
def test_a_run_that_diverges_stops_and_keeps_its_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    real = loop.transport_loss
    steps = iter(range(100))

    def diverging(*arguments: object, **options: object) -> object:
        loss, parts = real(*arguments, **options)  # type: ignore[arg-type]
        if next(steps) < 4:
            return loss, parts
        return (loss * float("nan") if part == "loss" else loss - loss.detach() + (loss - loss.detach()).sqrt()), parts

    monkeypatch.setattr(loop, "transport_loss", diverging)
    with pytest.raises(FloatingPointError, match=rf"the {part} is (nan|inf) at step 4: lower the learning rate"):
        loop.train(TINY, tmp_path, quiet=True)
    saved = states.restore(TINY, tmp_path)
    assert saved.step == 4
    assert all(bool(torch.isfinite(value).all()) for value in saved.network.state_dict().values())


def test_learning_rate_warms_up_then_falls_to_its_end() -> None:
    stage = Stage(size=64, batch=2, steps=500, rate=1e-3, final_rate=1e-5)
    rates = [learning_rate(stage, step) for step in range(500)]
    peak = max(range(500), key=rates.__getitem__)
    assert rates[0] == pytest.approx(1e-3 / WARM_UP_STEPS, rel=1e-3)
    assert abs(peak - WARM_UP_STEPS) < 5
    assert rates[peak] == pytest.approx(1e-3, rel=0.05)
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] == pytest.approx(1e-5, rel=0.02)


def test_row_bound_rises_from_one_share_to_one() -> None:
    bounds = [gamma_at(TINY, step, 8) for step in range(TINY.total_steps + 1)]
    assert bounds[0] == pytest.approx(1 / 8)
    assert bounds == sorted(bounds)
    assert bounds[3:] == pytest.approx([1.0] * 4)


def test_validation_films_are_seeded_apart_and_leave_no_trace() -> None:
    state = states.new_state(TINY)
    first, again = (validate(TINY, state.average, 64) for _ in range(2))
    assert first == again
    assert not torch.equal(training_film(64, TINY.seed + SEED_OFFSET, 0)[0], training_film(64, TINY.seed, 0)[0])


def test_time_left_counts_larger_films_as_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = 2 * 64**2 / 1e6, 2 * 96**2 / 1e6
    assert [work_until(TINY, step) for step in (0, 2, 3, 6)] == pytest.approx([0, 2 * small, 3 * small, 3 * small + 3 * large])
    clock = iter((100.0, 110.0))
    monkeypatch.setattr("training.segmentation.progress.time.monotonic", lambda: next(clock))
    progress = Progress(TINY, 1, quiet=True)
    assert progress.seconds_left(3) == pytest.approx(10 * 3 * large / (2 * small))
    assert [duration(seconds) for seconds in (12, 600, 3600 * 3 + 300)] == ["12 s", "10 min", "3 h 05 min"]


def test_float16_is_refused_where_only_gpus_compute_it() -> None:
    with pytest.raises(UsageError, match="precision: float16 needs a GPU"):
        choose_device("cpu", "float16")
    assert choose_device("cpu", "bfloat16").kind == torch.bfloat16
    assert choose_device("cpu", "auto").kind in (torch.bfloat16, torch.float32)
    with pytest.raises(UsageError, match="device: cuda:99"):
        choose_device("cuda:99", "auto")


def test_a_few_films_can_be_learnt_by_heart() -> None:
    torch.manual_seed(0)
    settings = NetworkSettings(widths=(12, 16, 24, 32, 32), features=16)
    network = StochasticExperts(settings)
    films = [training_film(64, 5, index) for index in range(3)]
    pixels = torch.stack([p for p, _ in films])
    coverage = torch.stack([c for _, c in films]).float() / 255
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(0)
    losses = []
    for _ in range(35):
        logits, gate = network(pixels, draw_latents(settings, 2, generator, 3))
        loss, parts = transport_loss(logits, gate, coverage, gamma=1.0, kl_weight=0.1, cross_entropy=4.0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(parts["transport"])
    assert losses[-1] < 0.35 * losses[0]
