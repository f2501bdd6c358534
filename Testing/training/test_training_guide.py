"""The walk-through for hospitals: its numbers are computed, and its columns are those that the table's reader knows."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from OsteoScreenLib.words import wilson_interval
from training.cohort.precision import auc_error, auc_half_width, least_subjects
from training.cohort.table_text import COLUMNS
from training.site_card import TEMPLATE

GUIDE = (Path(__file__).resolve().parents[2] / "training" / "README.md").read_text(encoding="utf-8")


def rows_of(name: str) -> list[list[float]]:
    """Numbers in each row of a marked table."""
    block = GUIDE.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]
    return [[float(word) for word in re.findall(r"\d*\.?\d+", line)] for line in block.strip().splitlines()[2:]]


@pytest.mark.parametrize("count", [1, 10, 250])
def test_error_of_a_score_that_tells_nothing_is_mann_and_whitney_s(count: int) -> None:
    assert auc_error(0.5, count, count) == pytest.approx(math.sqrt((2 * count + 1) / 12) / count)


def test_least_subjects_give_the_shrinkage_asked_for() -> None:
    for predictors, r2, shrinkage in ((1, 0.1, 0.9), (5, 0.2, 0.9), (24, 0.3, 0.95)):
        subjects = least_subjects(predictors, r2, shrinkage)
        reached = [1 + predictors / (each * math.log(1 - r2 / shrinkage)) for each in (subjects - 1, subjects)]
        assert reached[0] < shrinkage <= reached[1]


def test_widths_in_the_guide_are_computed() -> None:
    rows = rows_of("widths")
    assert len(rows) == 6
    for cases, others, *widths in rows:
        assert others == round(cases * 7 / 3)
        wanted = [round(auc_half_width(auc, int(cases), int(others)), 2) for auc in (0.75, 0.85)]
        for count in (cases, others):
            wanted += [round(100 * end) for end in wilson_interval(0.9, int(count))]
        # The heads of the columns hold the numbers .75, .85 and 90, the cells only what is compared here.
        assert widths == wanted


def test_subjects_in_the_guide_are_computed() -> None:
    rows = rows_of("riley")
    assert [row[1:] for row in rows] == [[least_subjects(int(row[0]), r2) for r2 in (0.10, 0.15, 0.20)] for row in rows]


def test_the_guide_names_every_column_and_nothing_else() -> None:
    table = GUIDE.partition("| column | needed | meaning |")[2].partition("\n\n")[0]
    named = [name for line in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert sorted(named) == sorted(COLUMNS)


def test_the_guide_explains_every_field_of_the_card() -> None:
    table = GUIDE.partition("| in the card | write |")[2].partition("\n\n")[0]
    named = [name for line in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert sorted(named) == sorted(TEMPLATE)


def test_an_option_that_the_guide_gives_to_the_bundle_exists(capsys: pytest.CaptureFixture[str]) -> None:
    from training.bundle import main  # not above: torch takes long to load, and no other test here needs it

    with pytest.raises(SystemExit):
        main(["--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    block = GUIDE.partition("python -m training.bundle --card-template")[2].partition("osteoscreen info")[0]
    assert set(re.findall(r"--[a-z-]+", "--card-template" + block)) <= known
