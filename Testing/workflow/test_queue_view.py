"""A queue in words: a line per film, and how far the annotator is."""

from __future__ import annotations

from pathlib import Path

import pytest

from OsteoScreenLib.annotation import Counts, QueueItem, Work, WorkStatus
from OsteoScreenLib.bones import Bone
from OsteoScreenLib.workflow.queue_view import added_words, film_words, progress_words, queue_row

RESULT = Path("results/0001")


def item(work: Work | None = None, result: Path | None = RESULT, problem: str | None = None) -> QueueItem:
    works = {"B2": Work(WorkStatus.REJECTED, comment="blurred")}
    if work is not None:
        works["A1"] = work
    return QueueItem("0001", Path("films/a.png"), "0" * 64, "S1", 0.25 if result else None, result, works, problem)


@pytest.mark.parametrize(
    ("film", "word"),
    [
        (item(), "open"),
        (item(result=None), "not screened"),
        (item(Work(WorkStatus.ACCEPTED)), "accepted"),
        (item(Work(WorkStatus.CORRECTED, masks=Path("m"))), "corrected"),
        (item(Work(WorkStatus.REJECTED)), "rejected"),
        (item(Work(WorkStatus.CORRECTED, masks=Path("m"), draft=Path("d"))), "unfinished"),
        (item(Work(WorkStatus.ACCEPTED), problem="a.png is gone"), "cannot be shown"),
    ],
)
def test_state_has_a_sign_and_a_word(film: QueueItem, word: str) -> None:
    sign, _, words = queue_row(film, "A1").state.partition(" ")
    assert len(sign) == 1
    assert words == word


def test_tip_tells_the_comment_the_absent_bones_and_the_others() -> None:
    row = queue_row(item(Work(WorkStatus.ACCEPTED, comment="clear", absent=(Bone.ULNA,))), "A1")
    assert row.film == "0001  a.png"
    assert row.uncertainty == "0.250"
    assert row.tip.splitlines()[1:] == ["Comment: clear", "Not on the film: Ulna", "Others: B2: rejected"]


def test_progress_says_what_is_done_and_only_what_there_is() -> None:
    assert progress_words(Counts(40, 37, 1, 0, 2, 0, 0)) == "3 of 40, 2 rejected"
    assert progress_words(Counts(2, 2, 0, 0, 0, 1, 1)) == "0 of 2, 1 unfinished, 1 cannot be shown"


def test_film_on_show_tells_where_its_outlines_come_from() -> None:
    assert film_words(item(), "A1") == "0001  a.png: the model's outlines, uncertainty 0.250"
    assert "changed by you" in film_words(item(), "A1", changed=True)
    assert "no outlines yet" in film_words(item(result=None), "A1")
    assert "your outlines (corrected)" in film_words(item(Work(WorkStatus.CORRECTED, masks=Path("m"))), "A1")
    assert "your unfinished outlines" in film_words(item(Work(draft=Path("d"))), "A1", changed=True)


def test_added_films_are_counted_in_words() -> None:
    assert added_words(1, 0, 0, ()) == "1 film added."
    assert added_words(3, 1, 2, ("x.png: is broken", "y.png: too")) == (
        "3 films added; 1 was in the queue already; 2 found again; 2 left out (x.png: is broken, ...)."
    )
