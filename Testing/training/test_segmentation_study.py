"""The comparison of trainings: films cast once, a whole small run, and what the tables say of several."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from training.results import fill
from training.segmentation.export import Deployed
from training.segmentation.films import training_film
from training.segmentation.network import NetworkSettings, StochasticExperts
from training.segmentation.state import CHECKPOINT, read
from training.segmentation.study.film_store import FilmStore
from training.segmentation.study.real_test import annotated_films, real_scores
from training.segmentation.study.rows import COUPLINGS, EFFECTS, EXACT, Budget
from training.segmentation.study.run import EVALUATION, run, start_from_backbone
from training.segmentation.study.simulated_test import simulated_scores
from training.segmentation.study.tables import couplings_table, effects_table, evaluations, experts_table
from training.simulation import cast_film
from training.simulation.families import Family

TINY = Budget(size=64, batch=2, steps=2, cast=3, test_films=2)


def test_store_gives_the_films_of_the_simulation_and_is_continued(tmp_path: Path) -> None:
    store = FilmStore(tmp_path, size=64, seed=3, count=3, without=frozenset(), quiet=True)
    pixels, coverage = training_film(64, 3, 2)
    assert store(2)[0].numpy() == pytest.approx(pixels.numpy(), abs=1e-3)
    assert torch.equal(store(2)[1], coverage)
    before = store(0)[0]
    (store.folder / "done").write_text("1")
    store.pixels[2] = 0
    again = FilmStore(tmp_path, size=64, seed=3, count=3, without=frozenset(), quiet=True)
    assert torch.equal(again(0)[0], before)
    assert again(2)[0].numpy() == pytest.approx(pixels.numpy(), abs=1e-3)


def test_films_without_a_family_are_kept_apart(tmp_path: Path) -> None:
    with_all = FilmStore(tmp_path, size=64, seed=3, count=1, without=frozenset(), quiet=True)
    solid = FilmStore(tmp_path, size=64, seed=3, count=1, without=frozenset({Family.CORTEX}), quiet=True)
    assert not torch.equal(with_all(0)[0], solid(0)[0])


class Oracle(torch.nn.Module):
    """Stands for a network that knows the answer: its hypotheses are given."""

    def __init__(self, hypotheses: np.ndarray) -> None:
        super().__init__()
        self.network = StochasticExperts(
            NetworkSettings(widths=(4, 4, 4, 4, 4), features=2, experts=len(hypotheses), stochastic=False)
        )
        self.hypotheses = torch.from_numpy(hypotheses.astype(np.float32))

    def forward(self, film: torch.Tensor, latents: torch.Tensor) -> tuple[torch.Tensor, ...]:
        gate = torch.full((len(self.hypotheses),), 1 / len(self.hypotheses))
        return self.hypotheses, gate, self.hypotheses.mean(0), torch.zeros_like(self.hypotheses[0])


def test_the_annotators_themselves_get_full_marks_and_their_negative_none() -> None:
    pixels, coverage = training_film(128, 4, 1)
    binary = (coverage >= 128).numpy()
    perfect = simulated_scores(Oracle(binary), lambda index: (pixels, coverage), 1, 0)  # type: ignore[arg-type]
    assert perfect.energy_distance == pytest.approx(0, abs=1e-6)
    assert perfect.matched_iou == pytest.approx(1)
    assert perfect.calibration_error == pytest.approx(0, abs=1e-6)
    assert perfect.dice == pytest.approx(1)
    assert perfect.hausdorff_percent == pytest.approx(0)
    wrong = simulated_scores(Oracle(~binary), lambda index: (pixels, coverage), 1, 0)  # type: ignore[arg-type]
    assert wrong.energy_distance > 1
    assert wrong.dice < 0.1


def test_real_films_are_measured_where_they_lie_on_the_canvas(tmp_path: Path) -> None:
    from PIL import Image

    from OsteoScreenLib.bones import BONES

    film = cast_film(8, (160, 120), kind="hand")
    folder = tmp_path / "annotated" / "one"
    folder.mkdir(parents=True)
    Image.fromarray((film.pixels * 255).astype(np.uint8)).save(folder / "image.png")
    for bone, mask in zip(BONES, film.masks, strict=True):
        Image.fromarray(mask.astype(np.uint8) * 255).save(folder / f"{bone.value}.png")
    (real,) = annotated_films(tmp_path, 96)
    assert real.pixels.shape == (1, 96, 96)
    assert real.masks.shape == (7, 48, 48)
    assert not real.masks[:, :, 37:].any(), "the film is 72 of 96 columns wide"
    scores = real_scores(Oracle(real.masks[None]), [real], [real], 0)  # type: ignore[arg-type]
    assert (scores.dice, scores.worst_dice, scores.failing) == (1, 1, 0)
    assert real_scores(Oracle(~real.masks[None]), [real], [real], 0).failing == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("row", COUPLINGS, ids=lambda row: row.name)
def test_a_whole_run_leaves_its_figures(row: Any, tmp_path: Path) -> None:
    run(row, 0, TINY, tmp_path, None)
    figures = json.loads((tmp_path / "runs" / f"{row.name}-0" / EVALUATION).read_text())
    assert figures["row"] == row.name
    assert 0 <= figures["simulated"]["dice"] <= 1
    assert figures["peak_memory_mb"] > 50
    assert evaluations(tmp_path)[row.name] == [figures]


def test_rows_may_start_from_a_trained_encoder_and_decoder(tmp_path: Path) -> None:
    run(EXACT, 0, TINY, tmp_path / "first", None)
    backbone = tmp_path / "first" / "runs" / "exact-0"
    settings = TINY.settings(COUPLINGS[0], 5, rate=1e-3)
    start_from_backbone(settings, tmp_path / "warm", backbone)
    trained, start = (read(folder / CHECKPOINT)["average"] for folder in (backbone, tmp_path / "warm"))
    assert torch.equal(start["up2.mix.weight"], trained["up2.mix.weight"])
    assert start["experts.mean"].shape == (1, 8)
    assert not torch.equal(start["experts.head.weight"], trained["experts.head.weight"])
    run(COUPLINGS[0], 5, TINY, tmp_path / "second", None, backbone)
    figures = json.loads((tmp_path / "second" / "runs" / "single-5" / EVALUATION).read_text())
    assert figures["backbone_films"] == 4


def evaluation(row: str, seed: int, energy: float, dice: float) -> dict[str, Any]:
    simulated = {"energy_distance": energy, "matched_iou": 0.8, "calibration_error": 0.01, "dice": dice, "hausdorff_percent": 1.0}
    real = {"dice": 0.9, "worst_dice": 0.7, "failing": 4, "unlabelled": 100}
    return {"row": row, "seed": seed, "simulated": simulated, "real": real, "cpu_seconds_per_step": 0.2, "peak_memory_mb": 900.0}


def test_table_says_which_differences_exceed_the_spread() -> None:
    runs = {
        "exact": [evaluation("exact", s, 0.10 + 0.001 * s, 0.90 - 0.03 * s) for s in range(3)],
        "greedy": [evaluation("greedy", s, 0.20 + 0.001 * s, 0.91 - 0.03 * s) for s in range(3)],
    }
    table = couplings_table(runs)
    assert "| mixture, exact transport | 0.1010 &plusmn; 0.0010 |" in table
    assert "| single U-Net | not run |" in table
    verdict = next(line for line in table.splitlines() if line.startswith("- Exact transport against the published greedy"))
    assert "better in GED" in verdict
    assert "not separable from seed noise in matched IoU, ECE, Dice, HD95" in verdict
    assert "single" not in verdict


def test_effects_table_has_a_row_for_every_family_left_out() -> None:
    table = effects_table({"exact": [evaluation("exact", 0, 0.1, 0.9)]})
    assert "| nothing | 0.900 | 0.700 | 4 | 0.900 |" in table
    assert table.count("not run") == 4 * (len(EFFECTS) - 1)
    assert {family for row in EFFECTS for family in row.without} == set(Family)
    assert EXACT in EFFECTS


def test_experts_table_names_every_row_by_its_number_of_experts() -> None:
    table = experts_table({"exact": [evaluation("exact", 0, 0.1, 0.9)]})
    assert [line.split("|")[1].strip() for line in table.splitlines()[2:]] == ["K = 1", "K = 2", "K = 4", "K = 8"]
    assert "| K = 4 | 0.1000 |" in table


def test_page_keeps_what_stands_outside_the_marks() -> None:
    page = "# Title\n<!-- a -->\nold\n<!-- /a -->\nrest\n"
    assert fill(page, {"a": "| new \\1 |"}) == "# Title\n<!-- a -->\n| new \\1 |\n<!-- /a -->\nrest\n"
    with pytest.raises(ValueError, match="no marks for 'b'"):
        fill(page, {"b": ""})


def test_a_study_without_runs_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"training\.study"):
        evaluations(tmp_path)


def test_oracle_has_the_deployed_network_s_contract() -> None:
    deployed = Deployed(StochasticExperts(NetworkSettings(widths=(4, 4, 4, 4, 4), features=2, experts=2)))
    given = torch.rand(1, 1, 64, 64), torch.randn(2, 1, 8)
    ours = Oracle(np.zeros((2, 7, 32, 32)))(*given)
    assert [tuple(a.shape) for a in deployed(*given)] == [tuple(b.shape) for b in ours]
