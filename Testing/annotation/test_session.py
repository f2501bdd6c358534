"""The queue: its order, what annotators decide, and what is refused."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib.annotation import Work, WorkStatus
from OsteoScreenLib.annotation.film_files import films_in, subjects_by_folder, subjects_from_csv
from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.errors import OsteoScreenError, OutputError, UsageError
from OsteoScreenLib.radiograph.exchange import FilmArray, save_film_array
from OsteoScreenLib.screening.storage import save_result
from Testing.annotation.queue_films import ABSENT, attach, make_session, own_masks, result_of, write_film
from Testing.screening_results import make_screening_result


def fault(call: object, *arguments: object, **options: object) -> str:
    with pytest.raises(OsteoScreenError) as caught:
        call(*arguments, **options)  # type: ignore[operator]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_films_come_by_falling_uncertainty_and_unscreened_ones_last(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.1, None, 0.4, 0.2])
    assert session.order("A1") == ("0003", "0004", "0001", "0002")
    assert [session.item(number).uncertainty for number in session.order("A1")] == pytest.approx([0.4, 0.2, 0.1, None])
    line = [session.next("A1")]
    while line[-1] is not None and len(line) < 4:
        line.append(session.next("A1", line[-1]))
    assert tuple(line) == session.order("A1")
    assert session.next("A1", "0002") == "0003"  # and round again while anything is left
    assert session.previous("A1", "0003") is None
    assert session.previous("A1", "0002") == "0001"


def test_a_film_without_any_bone_comes_first(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.9, None])
    (tmp_path / "empty").mkdir()
    result = result_of(session.item("0002").film, 0.0)
    empty = make_screening_result(result.film.shape, missing=BONES)[0]
    save_result(replace(empty, film=result.film), tmp_path / "empty")
    session.attach_result("0002", tmp_path / "empty")
    assert session.item("0002").uncertainty == 1.0
    assert session.next("A1") == "0002"


def test_finished_films_go_to_the_end_for_that_annotator_alone(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.1, 0.4, 0.2])
    session.accept("0002", "A1", absent=ABSENT)
    assert session.order("A1") == ("0003", "0001", "0002")
    assert session.order("B2") == ("0002", "0003", "0001")
    assert session.next("A1") == "0003"
    session.reject("0003", "A1", "motion")
    session.correct("0001", "A1", own_masks(session, "0001"), ABSENT)
    assert session.next("A1") is None
    assert session.next("A1", "0003") is None
    counts = session.counts("A1")
    assert (counts.accepted, counts.corrected, counts.rejected, counts.open, counts.finished) == (1, 1, 1, 0, 3)
    assert session.counts("B2").open == 3
    assert session.annotators == ("A1",)


def test_accepting_keeps_the_proposal(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.1])
    session.accept("0001", "A1", comment=" fine ", absent=ABSENT)
    work = session.item("0001").by("A1")
    assert (work.status, work.comment, work.absent, work.finished) == (WorkStatus.ACCEPTED, "fine", ABSENT, True)
    assert work.time.endswith("+00:00")
    drawn = session.starting_masks("0001", "A1")
    assert drawn is not None
    assert np.array_equal(drawn, result_of(session.item("0001").film, 0.1).segmentation.masks)
    # A later result changes the proposal, not what was accepted.
    save_folder = tmp_path / "later"
    save_folder.mkdir()
    later = result_of(session.item("0001").film, 0.3)
    moved = np.roll(later.segmentation.masks, 3, axis=2)
    save_result(replace(later, segmentation=replace(later.segmentation, masks=moved)), save_folder)
    session.attach_result("0001", save_folder)
    assert session.item("0001").uncertainty == pytest.approx(0.3)
    again = session.starting_masks("0001", "A1")
    assert again is not None
    assert np.array_equal(again, drawn)
    proposed = session.starting_masks("0001", "B2")
    assert proposed is not None
    assert np.array_equal(proposed, moved)


def test_a_bone_that_is_neither_drawn_nor_absent_is_refused(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.1])
    masks = own_masks(session, "0001")
    assert "Metacarpal 1 is not drawn" in fault(session.accept, "0001", "A1")
    assert "Metacarpal 1 is not drawn" in fault(session.correct, "0001", "A1", masks)
    said = fault(session.correct, "0001", "A1", masks, [Bone.RADIUS, Bone.METACARPAL_1])
    assert "Radius is drawn and marked as absent" in said
    masks[Bone.ULNA.channel] = False
    assert "Ulna, Metacarpal 1 are not drawn" in fault(session.correct, "0001", "A1", masks)
    assert session.item("0001").work == {}
    session.correct("0001", "A1", masks, [Bone.METACARPAL_1, Bone.ULNA])
    assert session.item("0001").by("A1").absent == (Bone.ULNA, Bone.METACARPAL_1)


def test_masks_of_another_grid_are_refused(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.1, None])
    assert "not bool (7, 200, 160)" in fault(session.save_draft, "0001", "A1", np.zeros((7, 100, 160), bool))
    assert "uint8" in fault(session.correct, "0001", "A1", np.zeros((7, 200, 160), np.uint8), BONES)
    assert "7 x rows x columns" in fault(session.save_draft, "0002", "A1", np.zeros((200, 160), bool))
    assert session.item("0001").work == {}


def test_drafts_are_gone_on_with_and_end_with_a_decision(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.1, 0.2])
    masks = own_masks(session, "0001")
    session.save_draft("0001", "A1", masks)
    assert session.counts("A1").drafts == 1
    again = session.starting_masks("0001", "A1")
    assert again is not None
    assert np.array_equal(again, masks)
    assert "unfinished outlines that differ" in fault(session.accept, "0001", "A1", absent=ABSENT)
    session.correct("0001", "A1", masks, ABSENT)
    assert session.item("0001").by("A1").draft is None
    assert list((session.folder / "drafts" / "A1").iterdir()) == []


def test_a_draft_like_the_proposal_does_not_hinder_accepting(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.1])
    masks = session.starting_masks("0001", "A1")
    assert masks is not None
    session.save_draft("0001", "A1", masks)
    session.accept("0001", "A1", absent=ABSENT)
    assert session.item("0001").by("A1").finished


def test_a_draft_over_a_decision_makes_the_film_unfinished_and_can_be_discarded(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.1])
    session.accept("0001", "A1", absent=ABSENT)
    session.save_draft("0001", "A1", own_masks(session, "0001"))
    assert session.next("A1") == "0001"
    assert session.item("0001").by("A1").status is WorkStatus.ACCEPTED
    session.discard_draft("0001", "A1")
    assert session.next("A1") is None
    proposed = session.starting_masks("0001", "nobody")
    kept = session.starting_masks("0001", "A1")
    assert proposed is not None
    assert kept is not None
    assert np.array_equal(kept, proposed)


def test_a_comment_is_kept_without_a_decision_and_beside_one(tmp_path: Path) -> None:
    with make_session(tmp_path, [0.3, 0.1]) as session:
        session.keep_comment("0001", "A1", " ask B2 ")
        session.accept("0002", "A1", "fine", ABSENT)
        session.keep_comment("0002", "A1", "very fine")
        folder = session.folder
    with Session.open(folder) as again:
        open_, decided = (again.item(number).by("A1") for number in ("0001", "0002"))
        assert (open_.status, open_.comment, open_.finished) == (WorkStatus.OPEN, "ask B2", False)
        assert (decided.status, decided.comment, decided.absent) == (WorkStatus.ACCEPTED, "very fine", ABSENT)
        assert again.next("A1") == "0001"


def test_a_reopened_film_starts_from_the_own_outlines(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.1])
    masks = own_masks(session, "0001")
    session.correct("0001", "A1", masks, ABSENT, "radius higher")
    session.reopen("0001", "A1")
    work = session.item("0001").by("A1")
    assert (work.status, work.comment) == (WorkStatus.OPEN, "radius higher")
    assert session.next("A1") == "0001"
    again = session.starting_masks("0001", "A1")
    assert again is not None
    assert np.array_equal(again, masks)


def test_films_without_a_result_can_be_drawn_but_not_accepted(tmp_path: Path) -> None:
    session = make_session(tmp_path, [None])
    assert session.starting_masks("0001", "A1") is None
    assert "no outlines to accept" in fault(session.accept, "0001", "A1")
    masks = np.zeros((7, 200, 160), bool)
    masks[:, 10:20, 10:20] = True
    session.correct("0001", "A1", masks)
    assert np.array_equal(session.starting_masks("0001", "A1"), masks)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "Jane Doe", "../x", "a/b", "-a", ".a", "con", "LPT1.x", "a" * 33, "Jäne", "A1.", "a\n"])
def test_names_that_are_no_pseudonyms_are_refused(tmp_path: Path, name: str) -> None:
    session = make_session(tmp_path, [0.1])
    assert "pseudonym" in fault(session.reject, "0001", name)
    assert session.annotators == ()


def test_names_that_differ_in_capitals_alone_are_refused(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.1])
    session.reject("0001", "Ann")
    assert "'Ann'" in fault(session.reject, "0001", "ann")


def test_unknown_films_are_refused(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.1])
    masks = own_masks(session, "0001")
    for call in (session.item, session.check):
        assert "no film '0009'" in fault(call, "0009")
    for act in (session.accept, session.reject, session.reopen, session.discard_draft, session.starting_masks):
        assert "no film '0009'" in fault(act, "0009", "A1")
    for drawing in (session.correct, session.save_draft):
        assert "no film '0009'" in fault(drawing, "0009", "A1", masks)


def test_the_same_film_is_listed_once(tmp_path: Path) -> None:
    session = make_session(tmp_path, [None, None])
    copy = shutil.copyfile(tmp_path / "films" / "a.png", tmp_path / "copy.png")
    told = session.add_films([copy, tmp_path / "films" / "b.png", write_film(tmp_path / "c.png", 9), tmp_path / "none.png"])
    assert told.added == ("0003",)
    assert told.duplicates == ((copy, "0001"), (tmp_path / "films" / "b.png", "0002"))
    assert [path.name for path, _ in told.left_out] == ["none.png"]
    assert [item.id for item in Session.open(session.folder).items] == ["0001", "0002", "0003"]


def test_vanished_films_are_explained_passed_over_and_found_again(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.4, 0.2])
    session.save_draft("0001", "A1", own_masks(session, "0001"))
    (tmp_path / "elsewhere").mkdir()
    shutil.move(tmp_path / "films" / "a.png", tmp_path / "elsewhere" / "z.png")
    session.refresh()
    assert "a.png is not in" in str(session.item("0001").problem)
    assert session.order("A1") == ("0002", "0001")
    assert session.next("A1") == "0002"
    assert session.counts("A1").unreachable == 1
    told = session.add_films(films_in(tmp_path / "elsewhere"))
    assert told.found_again == ("0001",)
    again = Session.open(session.folder)
    assert again.item("0001").film == tmp_path / "elsewhere" / "z.png"
    assert again.next("A1") == "0001"
    assert again.item("0001").by("A1").draft is not None


def test_a_changed_film_is_noticed_even_at_the_same_size(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.4, 0.2])
    film = tmp_path / "films" / "a.png"
    content = bytearray(film.read_bytes())
    content[-20] ^= 1
    film.write_bytes(content)
    os.utime(film, (1, 1))
    assert "content has changed" in str(session.check("0001"))
    assert session.next("A1") == "0002"
    content[-20] ^= 1
    film.write_bytes(content)
    os.utime(film, (2, 2))
    assert session.check("0001") is None
    assert session.next("A1") == "0001"


def test_a_session_and_its_films_may_move_together(tmp_path: Path) -> None:
    make_session(tmp_path / "here", [0.4]).save_draft("0001", "A1", np.ones((7, 200, 160), bool))
    shutil.move(tmp_path / "here", tmp_path / "there")
    session = Session.open(tmp_path / "there" / "session")
    assert session.next("A1") == "0001"
    assert session.item("0001").film == tmp_path / "there" / "films" / "a.png"
    assert session.item("0001").by("A1").draft is not None


def test_a_film_may_be_a_folder_of_another_process(tmp_path: Path) -> None:
    _, radiograph = make_screening_result()
    save_film_array(FilmArray(radiograph.pixels, "node"), tmp_path / "node")
    session = Session.create(tmp_path / "session", [tmp_path / "node", tmp_path])
    assert [item.film.name for item in session.items] == ["node"]
    assert session.next("A1") == "0001"
    (tmp_path / "node" / "film.npy").write_bytes(b"other")
    assert session.next("A1") is None


def test_a_result_of_another_film_is_refused(tmp_path: Path) -> None:
    session = make_session(tmp_path, [None, None])
    (tmp_path / "r").mkdir()
    save_result(result_of(session.item("0001").film, 0.1), tmp_path / "r")
    assert "of another film (a.png)" in fault(session.attach_result, "0002", tmp_path / "r")
    (tmp_path / "r" / "segmentation.seg.nrrd").write_bytes(b"torn")
    fault(session.attach_result, "0001", tmp_path / "r")
    assert all(item.result is None for item in session.items)


def test_a_damaged_result_counts_as_none(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.1])
    result = session.item("0001").result
    assert result is not None
    (result / "result.json").write_text("{")
    assert Session.open(session.folder).item("0001").uncertainty is None


def test_only_new_or_empty_folders_become_sessions(tmp_path: Path) -> None:
    session = make_session(tmp_path, [None])
    assert "holds a session already" in fault(Session.create, session.folder)
    assert "not an empty folder" in fault(Session.create, tmp_path / "films")
    assert "is missing" in fault(Session.open, tmp_path / "films")
    (tmp_path / "empty").mkdir()
    assert Session.create(tmp_path / "empty").name == "empty"
    with pytest.raises(OutputError):
        Session.create(tmp_path / "films" / "a.png" / "x")


def test_results_of_others_are_seen_after_a_refresh(tmp_path: Path) -> None:
    session = make_session(tmp_path, [None])
    other = Session.open(session.folder)
    attach(other, "0001", tmp_path / "r", 0.25)
    other.add_films([write_film(tmp_path / "c.png", 9)])
    other.reject("0001", "B2")
    assert session.item("0001").uncertainty is None
    session.refresh()
    assert session.item("0001").uncertainty == pytest.approx(0.25)
    assert len(session.items) == 2
    assert session.item("0001").by("B2").status is WorkStatus.REJECTED
    assert session.item("0001").by("A1") == Work()


def test_films_of_a_folder_are_told_by_their_content(tmp_path: Path) -> None:
    write_film(tmp_path / "b.dat", 1)
    write_film(tmp_path / "a.png", 2)
    write_film(tmp_path / ".hidden.png", 3)
    write_film(tmp_path / "below" / "c.png", 4)
    (tmp_path / "notes.png").write_text("no film")
    (tmp_path / "a.seg.nrrd").write_bytes(b"NRRD0004\n")
    assert [path.name for path in films_in(tmp_path)] == ["a.png", "b.dat"]
    (tmp_path / "empty").mkdir()
    assert "holds no films" in fault(films_in, tmp_path / "empty")
    assert "cannot be read" in fault(films_in, tmp_path / "nowhere")


def test_subjects_come_from_folders_or_a_table(tmp_path: Path) -> None:
    films = [write_film(tmp_path / who / f"{n}.png", n) for n, who in enumerate(["P1", "P1", "P2"])]
    assert list(subjects_by_folder(films).values()) == ["P1", "P1", "P2"]
    table = tmp_path / "subjects.csv"
    table.write_text("film,subject\n0.png,S7\n1.png,S7\n")
    session = Session.create(tmp_path / "session", films, subjects=subjects_from_csv(table, films))
    assert [item.subject for item in session.items] == ["S7", "S7", "film-0003"]
    for content in ("name,who\n0.png,S7\n", "film,subject\n0.png,S7\n0.png,S8\n"):
        table.write_text(content)
        with pytest.raises(UsageError):
            subjects_from_csv(table, films)
    with pytest.raises(UsageError):
        subjects_from_csv(tmp_path / "none.csv", films)


def test_the_documented_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "annotating.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    film = write_film(tmp_path / "films" / "a.png", 1)
    result = result_of(film, 0.2)
    whole = make_screening_result(missing=())[0]
    (tmp_path / "results" / "0001").mkdir(parents=True)
    save_result(replace(whole, film=result.film), tmp_path / "results" / "0001")
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    work = Session.open(tmp_path / "session").item("0001").by("A1")
    assert (work.status, work.comment) == (WorkStatus.CORRECTED, "ulna at its base")
