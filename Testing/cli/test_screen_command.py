"""``osteoscreen screen``: what is written, what is printed, and the exit status."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from OsteoScreenLib.cli.arguments import parser
from OsteoScreenLib.cli.screen import screen
from OsteoScreenLib.cli.status import ExitStatus, worst
from OsteoScreenLib.errors import BundleError, UsageError
from OsteoScreenLib.radiograph.values import Laterality
from OsteoScreenLib.worker import files
from Testing.screening_steps import StandInSteps, film_file


@pytest.fixture(autouse=True)
def _no_scene(monkeypatch) -> None:
    """Scenes have tests of their own and take a second each."""
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    monkeypatch.setattr(files, "_NO_SCENE", "scene left out")


def run(out: Path, *arguments: object, stand_in: StandInSteps | None = None) -> ExitStatus:
    given = parser().parse_args(["screen", *map(str, arguments), "--out", str(out)])
    return screen(given, (stand_in or StandInSteps()).steps)


def test_summary_says_state_probability_index_and_place(tmp_path, capsys) -> None:
    film = film_file(tmp_path / "hand.png")
    assert run(tmp_path / "out", film) is ExitStatus.ANALYSED
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "hand.png",
        "  Indeterminate",
        "  Probability: 38% (32% to 48%)",
        "  Mean cortical index: 0.500 (mean of 8 levels)",
        f"  Results: {tmp_path / 'out' / 'hand'}",
    ]
    assert printed.err == f"{film}: scene left out\n"


def test_film_that_is_not_analysable_has_a_status_and_reasons_of_its_own(tmp_path, capsys) -> None:
    assert run(tmp_path / "out", film_file(tmp_path / "foot.png", "not_analysable")) is ExitStatus.NOT_ANALYSABLE
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == "  Not analysable: No hand or wrist was found on this film."
    assert printed[2] == "  Probability: not given"
    document = json.loads((tmp_path / "out" / "foot" / "result.json").read_text())
    assert document["score"]["state"] == "not_analysable"
    assert document["score"]["probability"] is None


def test_run_goes_on_after_a_bad_film_and_the_gravest_status_wins(tmp_path, capsys) -> None:
    films = [
        film_file(tmp_path / "foot.png", "not_analysable"),
        film_file(tmp_path / "text.png", "dear diary"),
        tmp_path / "missing.png",
        film_file(tmp_path / "hand.png"),
    ]
    assert run(tmp_path / "out", *films) is ExitStatus.BAD_INPUT
    errors = [line for line in capsys.readouterr().err.splitlines() if "scene left out" not in line]
    assert len(errors) == 2
    assert errors[0].startswith(f"{films[1]}: ")
    assert errors[1].startswith(f"{films[2]}: ")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["foot", "hand"]


def test_bad_film_alone_leaves_no_folder(tmp_path) -> None:
    assert run(tmp_path / "out", film_file(tmp_path / "text.png", "dear diary")) is ExitStatus.BAD_INPUT
    assert not (tmp_path / "out").exists()


def test_quiet_prints_errors_only(tmp_path, capsys) -> None:
    run(tmp_path / "out", film_file(tmp_path / "hand.png"), tmp_path / "missing.png", "--quiet")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert str(tmp_path / "missing.png") in printed.err


def test_options_reach_the_job(tmp_path) -> None:
    stand_in = StandInSteps()
    film = film_file(tmp_path / "hand.png")
    options = ["--seed=5", "--samples=2", "--spacing=0.15", "--side=right", "--no-invert", "--engine=x", "--masks", "--quiet"]
    run(tmp_path / "out", film, *options, "--bundle", tmp_path / "model", stand_in=stand_in)
    (job,) = stand_in.jobs
    assert (job.seed, job.samples, job.spacing_mm, job.invert, job.side) == (5, 2, 0.15, False, Laterality.RIGHT)
    assert stand_in.opened == [(tmp_path / "model", "x")]
    assert len(list((tmp_path / "out" / "hand" / "masks").iterdir())) == 7


def test_defaults_leave_every_decision_to_film_and_bundle(tmp_path) -> None:
    stand_in = StandInSteps()
    run(tmp_path / "out", film_file(tmp_path / "hand.png"), stand_in=stand_in)
    (job,) = stand_in.jobs
    assert (job.seed, job.samples, job.spacing_mm, job.invert, job.side, job.bundle) == (0, None, None, None, None, None)
    assert not (tmp_path / "out" / "hand" / "masks").exists()


def test_films_of_the_same_name_both_get_results(tmp_path) -> None:
    films = [film_file(tmp_path / "a" / "hand.png", "not_flagged"), film_file(tmp_path / "b" / "hand.png", "consider_dxa")]
    assert run(tmp_path / "out", *films) is ExitStatus.ANALYSED
    states = {
        path.name: json.loads((path / "result.json").read_text())["score"]["state"] for path in (tmp_path / "out").iterdir()
    }
    assert states == {"hand": "not_flagged", "hand_2": "consider_dxa"}


def test_another_film_of_that_name_is_not_replaced_without_force(tmp_path, capsys) -> None:
    out = tmp_path / "out"
    first, second = film_file(tmp_path / "a" / "hand.png"), film_file(tmp_path / "b" / "hand.png", "not_flagged")
    assert run(out, first) is ExitStatus.ANALYSED
    assert run(out, first) is ExitStatus.ANALYSED
    assert run(out, second) is ExitStatus.BAD_INPUT
    assert "--force" in capsys.readouterr().err
    assert run(out, second, "--force") is ExitStatus.ANALYSED


def test_wildcards_that_the_shell_left_alone_are_expanded(tmp_path) -> None:
    for name in ("b.png", "a.png", "[c].png"):
        film_file(tmp_path / "films" / name, f"not_flagged {name}")
    run(tmp_path / "out", tmp_path / "films" / "*.png", tmp_path / "films" / "[c].png")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["[c]", "[c]_2", "a", "b"]


@pytest.mark.parametrize(
    "error", [BundleError("model", "is damaged", "Restore it"), UsageError("--engine", "'x' is unknown", "Y")]
)
def test_fault_that_concerns_every_film_ends_the_run(tmp_path, error: Exception) -> None:
    def refuse(bundle: Path | None, engine: str) -> None:
        raise error

    stand_in = StandInSteps()
    given = parser().parse_args(
        ["screen", *(str(film_file(tmp_path / f"{n}.png")) for n in "ab"), "--out", str(tmp_path / "out")]
    )
    with pytest.raises(type(error)):
        screen(given, replace(stand_in.steps, open_screener=refuse))
    assert len(stand_in.jobs) == 1
    assert not (tmp_path / "out").exists()


def test_fault_of_the_software_is_traced_and_does_not_stop_the_other_films(tmp_path, capsys) -> None:
    calls = []

    def fail_once() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise ZeroDivisionError("a bug")

    films = [film_file(tmp_path / "a.png"), film_file(tmp_path / "b.png")]
    assert run(tmp_path / "out", *films, stand_in=StandInSteps(during=fail_once)) is ExitStatus.FAULT
    assert "ZeroDivisionError: a bug" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b"]


def test_interrupt_ends_the_run_and_keeps_finished_films(tmp_path) -> None:
    calls = []

    def interrupt_second() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    films = [film_file(tmp_path / f"{name}.png") for name in "abc"]
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "out", *films, stand_in=StandInSteps(during=interrupt_second))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a"]


def test_gravest_status() -> None:
    assert worst([]) is ExitStatus.ANALYSED
    assert worst([ExitStatus.ANALYSED, ExitStatus.NOT_ANALYSABLE]) is ExitStatus.NOT_ANALYSABLE
    assert worst([ExitStatus.NOT_ANALYSABLE, ExitStatus.BAD_INPUT, ExitStatus.ANALYSED]) is ExitStatus.BAD_INPUT
    assert worst([ExitStatus.BAD_INPUT, ExitStatus.FAULT]) is ExitStatus.FAULT
