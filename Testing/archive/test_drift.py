"""Drift: the formulas' values on counts done by hand, few false alarms whatever the number of films, and real shifts seen."""

from __future__ import annotations

import math

import numpy as np
import pytest

from OsteoScreenLib.archive.reference import (
    DECILES,
    FEWEST_FILMS,
    SIGNIFICANCE,
    Reference,
    drift,
    measure_drift,
    reference_of,
    share_drifts,
    spread_of,
)
from OsteoScreenLib.archive.values import Cell
from OsteoScreenLib.bundle.reference_parsing import parse_reference
from OsteoScreenLib.bundle.schema import Section
from OsteoScreenLib.classification.values import State

UNIFORM = tuple(map(float, DECILES))


def row(state: str = "indeterminate", probability: float | None = 0.3, **more: Cell) -> dict[str, Cell]:
    base: dict[str, Cell] = dict.fromkeys(
        ("duplicate_of", "quality_refusal", "quality_indeterminate", "quality_warning", "quality_info")
    )
    return base | {"state": state, "probability": probability, "mean_mci": 0.4} | more


def rows_of(values: np.ndarray, **more: Cell) -> list[dict[str, Cell]]:
    return [row(probability=float(value), mean_mci=float(value), **more) for value in values]


def test_stability_index_and_distance_of_counts_done_by_hand() -> None:
    """Ten films in the first decile and none elsewhere: with half a film added, shares 10.5/15 and nine times .5/15."""
    found = measure_drift("probability", UNIFORM, 1000, np.full(10, 0.05))
    expected = (0.7 - 0.1) * math.log(7.0) + 9 * (1 / 30 - 0.1) * math.log(1 / 3)
    assert found.psi == pytest.approx(expected)
    assert found.distance == pytest.approx(0.9)
    assert found.drifted


def test_values_on_a_decile_belong_below_it_as_the_quantile_says() -> None:
    """One value at each tenth 10 % ... 100 %: every decile holds exactly one, so nothing has moved."""
    found = measure_drift("probability", UNIFORM, 1000, DECILES[1:])
    assert (found.psi, found.distance) == (pytest.approx(0.0), pytest.approx(0.0))


def test_equal_quantiles_share_a_bin() -> None:
    """Half of the reference has the value 0: such an archive is as expected, one without zeros is not."""
    quantiles = (0.0,) * 6 + (0.2, 0.4, 0.6, 0.8, 1.0)
    rng = np.random.default_rng(3)
    same = np.where(rng.random(400) < 0.5, 0.0, rng.random(400))
    assert not measure_drift("probability", quantiles, 1000, same).drifted
    assert measure_drift("probability", quantiles, 1000, rng.uniform(0.01, 1.0, 400)).drifted


@pytest.mark.parametrize("films", [FEWEST_FILMS, 80, 1000])
def test_archives_of_the_references_own_kind_are_rarely_accused(films: int) -> None:
    """The simulated chance is itself uniform: about one archive in a hundred is significant, whatever its size."""
    rng = np.random.default_rng(films)
    chances = []
    for _ in range(60):
        quantiles = tuple(map(float, np.quantile(rng.beta(2, 5, 300), DECILES)))
        found = measure_drift("probability", quantiles, 300, rng.beta(2, 5, films))
        chances.append(min(found.psi_chance, found.distance_chance))
    assert sum(chance < SIGNIFICANCE / 2 for chance in chances) <= 3
    assert 0.1 < np.mean([chance < 0.5 for chance in chances]) < 0.95


@pytest.mark.parametrize("films", [60, 1000])
def test_a_real_shift_is_seen(films: int) -> None:
    rng = np.random.default_rng(7)
    quantiles = tuple(map(float, np.quantile(rng.beta(2, 5, 500), DECILES)))
    assert measure_drift("probability", quantiles, 500, rng.beta(4, 4, films)).drifted


def test_shares_are_tested_exactly_and_together() -> None:
    """Fisher's test by hand: 0 of 2 against 2 of 2 has p = 1/6 * 2 = 1/3; two equal tests are doubled by Holm."""
    found = share_drifts({"a": 0.0, "b": 0.0}, 2, {"a": 2, "b": 2}, 2)
    assert [(each.name, each.expected, each.found) for each in found] == [("a", 0.0, 1.0), ("b", 0.0, 1.0)]
    assert [each.chance for each in found] == pytest.approx([2 / 3, 2 / 3])
    assert not any(each.drifted for each in found)


def test_a_new_finding_is_drift_and_a_tiny_certain_difference_is_not() -> None:
    (new,) = share_drifts({}, 500, {"metal": 40}, 400)
    assert new.drifted
    (tiny,) = share_drifts({"a": 0.5}, 10**7, {"a": 5_100_000}, 10**7)
    assert tiny.chance < SIGNIFICANCE
    assert not tiny.drifted


def test_copies_and_failures_are_not_counted_and_refused_films_have_no_measure() -> None:
    spread = spread_of(
        [
            row(quality_warning="noisy blurred"),
            row(duplicate_of="a"),
            row("failed", None),
            row("not_analysable", None, quality_refusal="noisy"),
        ]
    )
    assert spread.films == 2
    assert {state: count for state, count in spread.states.items() if count} == {"indeterminate": 1, "not_analysable": 1}
    assert spread.findings == {"blurred": 1, "noisy": 2}
    assert spread.values["mean_mci"].tolist() == [0.4]


def test_reference_of_a_table_is_what_a_bundle_can_hold() -> None:
    rng = np.random.default_rng(5)
    rows = [*rows_of(rng.random(90), quality_info="polarity_from_content"), *[row("not_analysable", None) for _ in range(10)]]
    made = reference_of(rows, "simulated films")
    assert made.films == 100
    assert made.states[State.NOT_ANALYSABLE.value] == pytest.approx(0.1)
    assert made.findings == {"polarity_from_content": 0.9}
    read = Reference.of_document(parse_reference(Section(made.document(), "bundle.json", "reference")))
    assert read == made
    assert not drift(read, rows).drifted
    assert drift(read, rows_of(rng.random(200) ** 3)).drifted


def test_too_few_films_are_not_judged() -> None:
    reference = reference_of(rows_of(np.linspace(0, 1, 100)))
    assert drift(reference, rows_of(np.full(FEWEST_FILMS - 1, 0.9))).measures == ()
    nothing = drift(reference, [])
    assert (nothing.films, nothing.measures, nothing.states) == (0, (), ())
    assert not nothing.drifted
