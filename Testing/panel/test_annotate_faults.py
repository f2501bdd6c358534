"""What goes wrong beside an annotator: explained, passed over, and nothing lost."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.errors import FilmError
from Testing.annotation.queue_films import write_film
from Testing.panel.annotating import Annotating, do_work


@pytest.mark.parametrize("name", ["a/b", "x y"])
def test_name_that_cannot_be_used_is_explained(annotating: Annotating, session_folder: Path, name: str) -> None:
    annotating.open(session_folder, name)
    assert len(annotating.host.failed) == 1
    assert not annotating.ui.nextFilmButton.enabled


def test_name_at_work_elsewhere_is_refused(annotating: Annotating, session_folder: Path) -> None:
    with Session.open(session_folder) as other:
        other.claim("A1")
        annotating.open(session_folder)
        assert "A1" in annotating.host.failed[0][0]
        assert not annotating.ui.nextFilmButton.enabled


def test_torn_session_is_restored_on_the_users_word(annotating: Annotating, session_folder: Path) -> None:
    with Session.open(session_folder) as session:
        session.add_films([write_film(session_folder.parent / "more" / "d.png", 9)])
    (session_folder / "session.json").write_text("{")
    annotating.host.answers = [False, True]
    annotating.open(session_folder)
    assert annotating.lines == []
    annotating.open(session_folder)
    assert len(annotating.lines) == 3
    assert "Restore the state" in annotating.host.asked[0]


def test_film_that_has_vanished_is_explained_and_passed_over(annotating: Annotating, session_folder: Path) -> None:
    (session_folder.parent / "films" / "b.png").unlink()
    annotating.open(session_folder)
    assert ("! cannot be shown") in [state for _, state, _ in annotating.lines]
    annotating.ui.nextFilmButton.click()
    assert annotating.shown == "0003"


def test_film_that_cannot_be_read_does_not_stop_the_queue(annotating: Annotating, session_folder: Path) -> None:
    def refuse(job: Any) -> Any:
        raise FilmError(job.film, "is broken", "Get it again")

    annotating.open(session_folder)
    annotating.host.work = refuse
    annotating.ui.nextFilmButton.click()
    assert annotating.shown is None
    assert "is broken" in annotating.host.failed[-1][0]
    annotating.host.work = do_work
    annotating.ui.nextFilmButton.click()
    assert annotating.shown == "0003"
    annotating.ui.previousFilmButton.click()
    assert annotating.shown == "0002"


def test_film_whose_outlines_are_lost_leaves_the_one_before_it_on_show(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    before = annotating.host.film
    shutil.rmtree(session_folder / "results" / "0003")
    annotating.ui.nextFilmButton.click()
    assert "result.json" in annotating.host.failed[-1][0]
    assert annotating.shown is None
    assert annotating.host.film is before
    assert annotating.host.scene.IsNodePresent(before)


def test_rest_that_cannot_be_read_is_not_called_finished(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    for film in (session_folder.parent / "films").iterdir():
        film.unlink()
    annotating.ui.nextFilmButton.click()
    assert "cannot be read now" in annotating.host.said[-1]
    assert {state for _, state, _ in annotating.lines} == {"! cannot be shown"}


def test_closed_scene_leaves_a_film_to_be_shown_again(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    annotating.draw()
    annotating.host.film = None
    annotating.host.scene.Clear(False)
    annotating.application.process_events()
    annotating.host.refresh()
    assert annotating.ui.acceptButton.toolTip == "Show a film of the queue first: click Next"
    annotating.ui.nextFilmButton.click()
    assert annotating.host.failed == []
    assert annotating.shown == "0003"
