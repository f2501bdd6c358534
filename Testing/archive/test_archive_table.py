"""The table: text from files never becomes a formula, numbers come back exactly, and Parquet holds the same as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from OsteoScreenLib.archive import table
from OsteoScreenLib.archive.ledger import Entry
from OsteoScreenLib.archive.read_table import read_table
from OsteoScreenLib.archive.rows import COLUMNS, RESULT_COLUMNS, codes_of, row_of
from OsteoScreenLib.archive.table import check_format, table_row, write_failures, write_table
from OsteoScreenLib.archive.values import Cell, FilmReference, Outcome
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.errors import OutputError, UsageError
from OsteoScreenLib.quality.values import Severity
from Testing.screening_results import make_screening_result

EXTRA = ("centre", "=note")


def entries(formula: str = "=1+1") -> list[Entry]:
    result, _ = make_screening_result()
    source = replace(result.film.source, view_position=formula, study_instance_uid="1.2\udcff")
    analysed = row_of(replace(result, film=replace(result.film, source=source)))
    refused = row_of(make_screening_result(state=State.NOT_ANALYSABLE)[0])
    return [
        Entry(FilmReference(formula, "/x", extra=("Bern", formula)), "ab" * 32, None, Outcome("ab" * 32, analysed)),
        Entry(FilmReference("b", "/y", extra=("", "")), None, formula, Outcome(None, None, "bad_film", 'no\nfilm, "really"')),
        Entry(FilmReference("c", "/z", extra=("", "")), "cd" * 32, None, Outcome("cd" * 32, refused)),
    ]


def rows(formula: str = "=1+1") -> list[dict[str, Cell]]:
    return [table_row(entry, EXTRA) for entry in entries(formula)]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_row_has_the_known_values_of_the_result() -> None:
    result, _ = make_screening_result()
    row = row_of(result)
    assert tuple(row) == RESULT_COLUMNS
    assert (row["state"], row["probability"], row["mean_mci"], row["mean_pca"]) == ("indeterminate", 0.375, 0.5, 0.75)
    assert (row["probability_low"], row["probability_high"]) == (0.375 - 0.05, 0.375 + 0.1)
    assert (row["metacarpal_1_found"], row["metacarpal_1_disagreement"]) == (False, None)
    assert (row["radius_found"], row["radius_disagreement"]) == (True, 0.03125)
    assert (row["quality_warning"], row["quality_refusal"]) == ("bone_missing", None)
    assert (row["reason"], row["age_years"], row["sex"]) == ("The probability lies between the two thresholds.", 67.0, "F")
    assert codes_of(row) == {"bone_missing": Severity.WARNING}


@pytest.mark.parametrize("formula", ["=1+1", "+41", "-41", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_looks_like_a_formula_is_quoted_and_negative_numbers_are_not(tmp_path: Path, formula: str) -> None:
    changed = [{**row, "mean_mci": -0.5} for row in rows(formula)]
    first, second, _ = read(write_table(changed, tmp_path, "csv", EXTRA))
    quoted = "'" + formula.replace("\r", "\n")
    assert first["film"] == first["view"] == second["duplicate_of"] == first["'=note"] == quoted
    assert first["mean_mci"] == "-0.5"


def test_numbers_come_back_to_the_last_bit(tmp_path: Path) -> None:
    exact = 0.1 + 0.2
    path = write_table([{**row, "probability": exact} for row in rows()], tmp_path, "csv", EXTRA)
    assert {row["probability"] for row in read_table(path)} == {exact}


def test_cells_say_nothing_true_false_and_text(tmp_path: Path) -> None:
    path = write_table(rows(), tmp_path, "csv", EXTRA)
    first, second, third = read(path)
    assert (first["radius_found"], first["metacarpal_1_found"], first["metacarpal_1_disagreement"]) == ("true", "false", "")
    assert (second["state"], second["failure"], second["failure_text"]) == ("failed", "bad_film", 'no\nfilm, "really"')
    assert (third["state"], third["probability"], third["quality_refusal"]) == ("not_analysable", "", "no_hand")
    assert first["study_instance_uid"] == "1.2\\udcff"
    assert b"\r\n" not in path.read_bytes()


def test_failures_are_listed_apart(tmp_path: Path) -> None:
    (only,) = read(write_failures(rows(), tmp_path))
    assert only == {"film": "b", "sha256": "", "failure": "bad_film", "failure_text": 'no\nfilm, "really"'}


def test_parquet_holds_the_same_and_is_the_same_every_time(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed (extra: parquet)")
    (tmp_path / "again").mkdir()
    path, again = write_table(rows(), tmp_path, "parquet", EXTRA), write_table(rows(), tmp_path / "again", "parquet", EXTRA)
    assert path.read_bytes() == again.read_bytes()
    found = parquet.read_table(path)
    assert found.column_names == [*COLUMNS, *EXTRA]
    assert found.to_pylist() == rows()
    plain = rows("a")
    from_parquet, from_csv = (list(read_table(write_table(plain, tmp_path, form, EXTRA))) for form in ("parquet", "csv"))
    assert from_parquet == from_csv


def test_parquet_without_pyarrow_is_refused_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r'pip install "osteoscreen\[parquet\]"'):
        check_format("parquet")
    check_format("csv")


@pytest.mark.parametrize("content", [b"film,state\na,failed\n", b"\x00\xff", b"PAR1 and nothing more", b""])
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is no table of an archive"):
        list(read_table(path))


def test_table_that_cannot_be_written_leaves_the_older_one(tmp_path: Path) -> None:
    path = write_table(rows(), tmp_path, "csv", EXTRA)
    before = path.read_bytes()

    def broken() -> Iterator[dict[str, Cell]]:
        yield rows()[0]
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        write_table(broken(), tmp_path, "csv", EXTRA)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["films.csv"]
