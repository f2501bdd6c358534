"""The ledger: nothing committed is lost or repeated, copies share an outcome, and another run's settings are refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from OsteoScreenLib.archive.ledger import LEDGER_FILE, Ledger
from OsteoScreenLib.archive.rows import RESULT_COLUMNS
from OsteoScreenLib.archive.values import DIED, FilmOptions, FilmReference, Outcome, Settings
from OsteoScreenLib.errors import OutputError, UsageError

SETTINGS = Settings("0.0.test", "bands 0.0.1", "ab" * 32)
SHA = "0f" * 32


def film(name: str, **changes: object) -> FilmReference:
    return replace(FilmReference(name, f"/films/{name}", signature="100 1"), **changes)  # type: ignore[arg-type]


def done(sha256: str = SHA, probability: float = 0.25) -> Outcome:
    return Outcome(sha256, dict.fromkeys(RESULT_COLUMNS) | {"state": "indeterminate", "probability": probability})


def names(ledger: Ledger) -> list[str]:
    return [each.name for each in ledger.waiting()]


def test_what_was_recorded_is_there_after_the_ledger_was_left_open(tmp_path: Path) -> None:
    films = [film("b"), film("a", options=FilmOptions(side="left"), extra=("x", "y")), film("c\udcff", location="/films/c\udcff")]
    ledger = Ledger(tmp_path, SETTINGS)
    ledger.take_down([*films[:2], replace(films[2], name="c\\xff")])
    assert names(ledger) == ["a", "b", "c\\xff"]
    assert [each.location for each in ledger.waiting()][2] == "/films/c\udcff"
    ledger.record(films[0], done(probability=0.1 + 0.2))
    ledger.close()
    with Ledger(tmp_path, SETTINGS) as again:
        again.take_down([film("a"), film("b")])
        assert again.count() == (2, 1, 0)
        (entry,) = again.entries()
        assert (entry.film.name, entry.sha256, entry.duplicate_of) == ("b", SHA, None)
        assert entry.outcome.row is not None
        assert entry.outcome.row["probability"] == 0.1 + 0.2


def test_copies_get_the_outcome_of_whichever_was_screened(tmp_path: Path) -> None:
    with Ledger(tmp_path, SETTINGS) as ledger:
        ledger.take_down([film("a"), film("b"), film("c"), film("d", options=FilmOptions(side="left"))])
        assert not ledger.identify(film("b"), SHA)
        assert not ledger.identify(film("c"), SHA)
        ledger.record(film("c"), done())
        assert ledger.count().done == 2
        assert ledger.identify(film("a"), SHA)
        assert ledger.count().done == 3
        assert not ledger.identify(film("d", options=FilmOptions(side="left")), SHA), "other options are another question"
        assert [(each.film.name, each.duplicate_of) for each in ledger.entries()] == [("a", None), ("b", "a"), ("c", "a")]
        assert names(ledger) == ["d"]


@pytest.mark.parametrize("changes", [{"signature": "101 1"}, {"options": FilmOptions(age_years=70.0)}])
def test_a_film_that_has_changed_waits_again(tmp_path: Path, changes: dict[str, object]) -> None:
    with Ledger(tmp_path, SETTINGS) as ledger:
        ledger.take_down([film("a"), film("b")])
        ledger.record(film("a"), done())
        ledger.record(film("b"), done("1e" * 32))
        ledger.take_down([film("a", **changes), film("b", location="/elsewhere/b")])
        assert names(ledger) == ["a"]


def test_a_film_that_is_gone_leaves_the_table_and_comes_back_with_its_result(tmp_path: Path) -> None:
    with Ledger(tmp_path, SETTINGS) as ledger:
        ledger.take_down([film("a"), film("b")])
        ledger.record(film("a"), done())
        ledger.take_down([film("b")])
        assert list(ledger.entries()) == []
        ledger.take_down([film("a"), film("b")])
        assert ledger.count() == (2, 1, 0)


def test_failures_of_the_moment_are_tried_again_and_those_of_the_film_are_not(tmp_path: Path) -> None:
    with Ledger(tmp_path, SETTINGS) as ledger:
        ledger.take_down([film("bad"), film("died"), film("unread")])
        ledger.record(film("bad"), Outcome(SHA, None, "bad_film", "it is cut off"))
        assert not ledger.identify(film("died"), "1e" * 32)
        ledger.record(film("died"), Outcome(None, None, DIED, "its process ended"))
        ledger.record(film("unread"), Outcome(None, None, "bad_film", "there is no such file"))
        assert ledger.count() == (3, 3, 3)
    with Ledger(tmp_path, SETTINGS) as again:
        assert names(again) == ["died", "unread"]
        assert again.count() == (3, 1, 1)


def test_listing_that_fails_half_way_changes_nothing(tmp_path: Path) -> None:
    def broken() -> object:
        yield film("z")
        raise UsageError("films", "cannot be read", "Give access")

    with Ledger(tmp_path, SETTINGS) as ledger:
        ledger.take_down([film("a")])
        with pytest.raises(UsageError):
            ledger.take_down(broken())  # type: ignore[arg-type]
        assert names(ledger) == ["a"]


def test_other_settings_are_refused_once_something_is_done(tmp_path: Path) -> None:
    other = replace(SETTINGS, seed=3, bundle_sha256="cd" * 32)
    Ledger(tmp_path, SETTINGS).close()
    with Ledger(tmp_path, other) as ledger:
        ledger.take_down([film("a")])
        ledger.record(film("a"), done())
    with pytest.raises(UsageError, match=r"bundle_sha256 .*cd.* instead of .*ab.*seed 3 instead of 0.*Choose another --out"):
        Ledger(tmp_path, SETTINGS)
    Ledger(tmp_path, other).close()


def test_only_one_run_at_a_time(tmp_path: Path) -> None:
    with Ledger(tmp_path, SETTINGS), pytest.raises(OutputError, match="another run works in this folder"):
        Ledger(tmp_path, SETTINGS)
    Ledger(tmp_path, SETTINGS).close()


def test_a_file_that_is_no_ledger_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / LEDGER_FILE
    path.write_bytes(b"my own notes\n" * 200)
    with pytest.raises(OutputError, match="is no ledger of OsteoScreen"):
        Ledger(tmp_path, SETTINGS)
    assert path.read_bytes() == b"my own notes\n" * 200


def test_a_full_disk_is_said_and_what_was_committed_stays(tmp_path: Path) -> None:
    with Ledger(tmp_path, SETTINGS) as ledger:
        ledger.take_down([film("a"), film("b")])
        ledger.record(film("a"), done())
        ledger._base.execute("PRAGMA max_page_count = 1")  # sqlite then answers as it does on a full disk
        large = replace(done("1e" * 32), failure_text="x" * 2_000_000)
        with pytest.raises(OutputError, match=r"cannot be written.*full.*Choose a folder with room"):
            ledger.record(film("b"), large)
    with Ledger(tmp_path, SETTINGS) as again:
        assert again.count() == (2, 1, 0)


def test_people_can_look_up_the_states(tmp_path: Path) -> None:
    with Ledger(tmp_path, SETTINGS) as ledger:
        ledger.take_down([film("a"), film("b"), film("c")])
        ledger.record(film("a"), done())
        ledger.identify(film("b"), SHA)
    with closing(sqlite3.connect(tmp_path / LEDGER_FILE)) as base:
        found = base.execute("SELECT film, state, duplicate_of FROM states ORDER BY film").fetchall()
    assert found == [("a", "indeterminate", None), ("b", "indeterminate", "a"), ("c", "waiting", None)]
