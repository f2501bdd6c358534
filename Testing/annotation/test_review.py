"""One annotator at work on one film: what counts as changed, and what is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib.annotation.review import Review, undrawn
from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.annotation.values import WorkStatus
from OsteoScreenLib.errors import UsageError
from Testing.annotation.queue_films import ABSENT, make_session, own_masks

FILM = "0001"


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return make_session(tmp_path, (0.3,))


@pytest.fixture
def proposed(session: Session) -> np.ndarray:
    masks = session.starting_masks(FILM, "nobody")
    assert masks is not None
    return masks


def test_proposal_starts_unchanged_and_another_outline_is_a_change(session: Session, proposed: np.ndarray) -> None:
    review = Review(session, FILM, "A1", proposed)
    np.testing.assert_array_equal(review.starting, proposed)
    assert not review.changed(proposed.copy())
    assert review.changed(own_masks(session, FILM))


def test_unfinished_outlines_are_kept_once_and_forgotten_when_undone(session: Session, proposed: np.ndarray) -> None:
    review, drawn = Review(session, FILM, "A1", proposed), own_masks(session, FILM)
    assert review.keep(drawn)
    assert not review.keep(drawn)
    assert review.work.draft is not None
    np.testing.assert_array_equal(Review(session, FILM, "A1", proposed).starting, drawn)
    assert review.keep(proposed)
    assert review.work.draft is None


def test_accepting_other_outlines_than_proposed_is_refused(session: Session, proposed: np.ndarray) -> None:
    review = Review(session, FILM, "A1", proposed)
    with pytest.raises(UsageError, match="differ from the proposal"):
        review.accept(own_masks(session, FILM), ABSENT, "")
    assert review.work.status is WorkStatus.OPEN
    review.accept(proposed, ABSENT, "clear")
    assert review.work.status is WorkStatus.ACCEPTED


def test_after_a_correction_its_outlines_are_the_unchanged_ones(session: Session, proposed: np.ndarray) -> None:
    review, drawn = Review(session, FILM, "A1", proposed), own_masks(session, FILM)
    review.correct(drawn, ABSENT, "")
    for each in (review, Review(session, FILM, "A1", proposed)):
        assert not each.changed(drawn)
        assert each.changed(proposed)
    assert review.work.finished
    review.keep(proposed)
    assert not review.work.finished, "outlines drawn after the decision are unfinished"
    review.keep(drawn)
    assert review.work.finished


def test_film_without_a_result_can_only_be_put_aside(tmp_path: Path) -> None:
    session = make_session(tmp_path / "bare", (None,))
    review = Review(session, FILM, "A1", None)
    assert review.starting is None
    review.reject("no hand")
    assert review.work.comment == "no hand"
    review.reopen()
    assert review.work.status is WorkStatus.OPEN


def test_undrawn_bones_are_named(proposed: np.ndarray) -> None:
    assert undrawn(proposed) == ABSENT
    assert len(undrawn(np.zeros_like(proposed))) == len(proposed)
