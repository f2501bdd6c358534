"""The training loop: settings, schedules, checkpoints, and a killed run that goes on as if nothing had happened."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError

from training.segment import main
from training.segmentation import train as loop
from training.segmentation.films import training_film
from training.segmentation.network import NetworkSettings, StochasticExperts, draw_latents
from training.segmentation.settings import SegmentationSettings, Stage, read_settings
from training.segmentation.transport import transport_loss

TINY = SegmentationSettings(
    seed=3,
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
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, loop.RunState]:
    folder = tmp_path_factory.mktemp("run") / "new"
    return folder, loop.train(TINY, folder, resume=False, quiet=True)


def rows_of(folder: Path) -> list[dict[str, str]]:
    with open(folder / loop.METRICS, newline="") as handle:
        return list(csv.DictReader(handle))


def test_a_run_counts_its_steps_and_films(whole_run: tuple[Path, loop.RunState]) -> None:
    _, state = whole_run
    assert state.step == TINY.total_steps == 6
    assert state.films == 12


def test_a_run_leaves_settings_metrics_and_a_checkpoint(whole_run: tuple[Path, loop.RunState]) -> None:
    folder, state = whole_run
    assert read_settings(folder / "settings.json") == TINY
    rows = rows_of(folder)
    assert [row["step"] for row in rows] == ["3", "6"]
    assert [row["films"] for row in rows] == ["6", "12"]
    assert all(0 <= float(row["validation_dice"]) <= 1 and float(row["transport"]) > 0 for row in rows)
    saved = loop.restore(TINY, folder)
    assert saved.step == 6
    assert all(torch.equal(a, b) for a, b in zip(saved.network.parameters(), state.network.parameters(), strict=True))
    assert not list(folder.glob("*.partial"))


def test_weights_and_their_average_have_moved(whole_run: tuple[Path, loop.RunState]) -> None:
    _, state = whole_run
    start = loop.new_state(TINY)
    for fresh, trained, average in zip(
        start.network.parameters(), state.network.parameters(), state.average.parameters(), strict=True
    ):
        assert not torch.equal(fresh, trained)
        assert not torch.equal(trained, average)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(
    whole_run: tuple[Path, loop.RunState], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, uninterrupted = whole_run
    steps = iter(range(100))
    real = loop.transport_loss

    def killed(*arguments: object, **options: object) -> object:
        if next(steps) == 4:
            raise KeyboardInterrupt
        return real(*arguments, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(loop, "transport_loss", killed)
        with pytest.raises(KeyboardInterrupt):
            loop.train(TINY, tmp_path, resume=False, quiet=True)
    assert loop.restore(TINY, tmp_path).step == 4
    resumed = loop.train(TINY, tmp_path, resume=True, quiet=True)
    assert resumed.step == uninterrupted.step
    assert resumed.films == uninterrupted.films
    for one, other in ((uninterrupted.network, resumed.network), (uninterrupted.average, resumed.average)):
        states = one.state_dict(), other.state_dict()
        assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_resuming_a_finished_run_changes_nothing(whole_run: tuple[Path, loop.RunState]) -> None:
    folder, state = whole_run
    before = len(rows_of(folder))
    again = loop.train(TINY, folder, resume=True, quiet=True)
    assert again.step == state.step
    assert len(rows_of(folder)) == before
    assert all(torch.equal(a, b) for a, b in zip(again.network.parameters(), state.network.parameters(), strict=True))


def test_the_command_trains_from_a_settings_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = TINY.model_copy(update={"stages": (Stage(size=64, batch=2, steps=1, rate=1e-3, final_rate=1e-4),)})
    (tmp_path / "mine.json").write_text(short.model_dump_json())
    main(["--run", str(tmp_path / "run"), "--settings", str(tmp_path / "mine.json"), "--quiet"])
    assert read_settings(tmp_path / "run" / "settings.json") == short
    assert (tmp_path / "run" / loop.CHECKPOINT).is_file()


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("stages.0.size", {"stages": [{"size": 100, "batch": 4, "steps": 1, "rate": 1e-3, "final_rate": 1e-4}]}),
        ("stages.0.batch", {"stages": [{"size": 64, "batch": 1, "steps": 1, "rate": 1e-3, "final_rate": 1e-4}]}),
        ("stages.0.rate", {"stages": [{"size": 64, "batch": 4, "steps": 1, "rate": 0, "final_rate": 1e-4}]}),
        ("stages.0.steps", {"stages": [{"size": 64, "batch": 4, "rate": 1e-3, "final_rate": 1e-4}]}),
        ("stages", {"stages": []}),
        ("averaging", {"averaging": 1.0}),
        ("gamma_until", {"gamma_until": 0}),
        ("kl_weight", {"kl_weight": -1}),
        ("learning_rate", {"learning_rate": 1e-3}),
        ("workers", {"workers": "many"}),
    ],
)
def test_wrong_settings_are_refused_by_name(tmp_path: Path, field: str, change: dict[str, object]) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(change))
    with pytest.raises(ValidationError) as caught:
        read_settings(path)
    assert [".".join(map(str, error["loc"])) for error in caught.value.errors()] == [field]


def test_learning_rate_warms_up_then_falls_to_its_end() -> None:
    stage = Stage(size=64, batch=2, steps=500, rate=1e-3, final_rate=1e-5)
    rates = [loop.learning_rate(stage, step) for step in range(500)]
    peak = max(range(500), key=rates.__getitem__)
    assert rates[0] == pytest.approx(1e-3 / loop.WARM_UP_STEPS, rel=1e-3)
    assert abs(peak - loop.WARM_UP_STEPS) < 5
    assert rates[peak] == pytest.approx(1e-3, rel=0.05)
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] == pytest.approx(1e-5, rel=0.02)


def test_row_bound_rises_from_one_share_to_one() -> None:
    bounds = [loop.gamma_at(TINY, step, 8) for step in range(TINY.total_steps + 1)]
    assert bounds[0] == pytest.approx(1 / 8)
    assert bounds == sorted(bounds)
    assert bounds[3:] == pytest.approx([1.0] * 4)


def test_validation_films_are_seeded_apart_and_leave_no_trace() -> None:
    state = loop.new_state(TINY)
    first, again = (loop.validate(TINY, state.average, 64) for _ in range(2))
    assert first == again
    assert not torch.equal(training_film(64, TINY.seed + loop.VALIDATION_SEED_OFFSET, 0)[0], training_film(64, TINY.seed, 0)[0])


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
