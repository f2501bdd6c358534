"""A result folder appears complete or not at all, and nothing of anyone else is lost."""

import errno
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.screening.result_document import FORMAT
from OsteoScreenLib.screening.result_folder import MANIFEST_FILE, is_result_folder, write_folder_atomically
from OsteoScreenLib.screening.storage import RESULT_FILE, load_result, save_result
from Testing.screening_results import make_screening_result


def _screen_into(target, seed=0):
    result, _ = make_screening_result((60, 50), seed)
    with write_folder_atomically(target) as folder:
        save_result(result, folder)
    return result


def _tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_the_folder_appears_at_the_end_with_its_parents(tmp_path):
    target = tmp_path / "out" / "film"
    with write_folder_atomically(target) as folder:
        assert folder.parent == target.parent
        assert not target.exists()
        (folder / "a.txt").write_text("a")
    assert (target / "a.txt").read_text() == "a"
    assert [path.name for path in target.parent.iterdir()] == ["film"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_when_the_body_fails(tmp_path, error):
    def write_and_fail():
        with write_folder_atomically(tmp_path / "out" / "film") as folder:
            (folder / "a.txt").write_text("a")
            raise error

    with pytest.raises(error):
        write_and_fail()
    assert _tree(tmp_path) == []


def test_a_failed_second_run_leaves_the_first_result(tmp_path):
    first = _screen_into(tmp_path / "film", seed=1)
    before = _tree(tmp_path)
    with pytest.raises(RuntimeError), write_folder_atomically(tmp_path / "film"):
        raise RuntimeError
    assert _tree(tmp_path) == before
    assert load_result(tmp_path / "film").seed == first.seed


def test_an_older_result_is_replaced_and_its_old_files_go(tmp_path):
    target = tmp_path / "film"
    with write_folder_atomically(target) as folder:
        save_result(make_screening_result((60, 50), 1)[0], folder)
        (folder / "report.html").write_text("old")
    _screen_into(target, seed=2)
    assert load_result(target).seed == 2
    assert not (target / "report.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["film"]


def test_what_others_put_into_a_result_folder_is_carried_over(tmp_path):
    target = tmp_path / "film"
    _screen_into(target, seed=1)
    (target / "corrected.seg.nrrd").write_text("hours of work")
    (target / "mine").mkdir()
    (target / "mine" / "notes.txt").write_text("notes")
    for seed in (2, 3):
        _screen_into(target, seed)
        assert load_result(target).seed == seed
        assert (target / "corrected.seg.nrrd").read_text() == "hours of work"
        assert (target / "mine" / "notes.txt").read_text() == "notes"


def test_without_a_manifest_nothing_unknown_is_deleted(tmp_path):
    target = tmp_path / "film"
    _screen_into(target)
    (target / ".osteoscreen-files.json").unlink()
    (target / "notes.txt").write_text("notes")
    _screen_into(target, seed=2)
    assert load_result(target).seed == 2
    assert (target / "notes.txt").read_text() == "notes"


def test_a_result_of_another_version_may_be_replaced(tmp_path):
    target = tmp_path / "film"
    target.mkdir()
    (target / "result.json").write_text('{"format": "osteoscreen-result", "schema_version": 0}')
    assert is_result_folder(target)
    _screen_into(target, seed=4)
    assert load_result(target).seed == 4


@pytest.mark.parametrize("content", [None, '{"format": "else"}', "[]", "{"])
def test_a_folder_that_is_no_result_is_never_touched(tmp_path, content):
    target = tmp_path / "precious"
    target.mkdir()
    (target / "thesis.txt").write_text("thesis")
    if content is not None:
        (target / "result.json").write_text(content)
    before = _tree(tmp_path)
    with pytest.raises(OutputError, match="not replaced"), write_folder_atomically(target):
        pytest.fail("the body must not run")
    assert _tree(tmp_path) == before


def test_a_file_in_the_way_is_never_touched(tmp_path):
    target = tmp_path / "film"
    target.write_text("a file")
    with pytest.raises(OutputError, match="not a folder"), write_folder_atomically(target):
        pytest.fail("the body must not run")
    assert target.read_text() == "a file"


def test_an_empty_folder_is_used(tmp_path):
    (tmp_path / "film").mkdir()
    _screen_into(tmp_path / "film", seed=5)
    assert load_result(tmp_path / "film").seed == 5


def test_a_parent_that_is_a_file_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError) as caught, write_folder_atomically(tmp_path / "file" / "film"):
        pytest.fail("the body must not run")
    assert "\n" not in str(caught.value)


def test_runs_into_the_same_folder_end_with_one_whole_result(tmp_path):
    pytest.importorskip("fcntl", reason="this system cannot lock a folder")
    target = tmp_path / "film"
    _screen_into(target)
    (target / "notes.txt").write_text("notes")

    def run(seed):
        for _ in range(40):
            with write_folder_atomically(target) as folder:
                (folder / RESULT_FILE).write_text(json.dumps({"format": FORMAT, "seed": seed}))
                (folder / f"of {seed}").write_text(str(seed))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(4))) == [None] * 4
    seed = json.loads((target / RESULT_FILE).read_text())["seed"]
    assert _tree(tmp_path) == ["film", *(f"film/{name}" for name in (MANIFEST_FILE, "notes.txt", f"of {seed}", RESULT_FILE))]


@pytest.mark.parametrize("error", [OSError(errno.EIO, "input/output error"), KeyboardInterrupt()])
@pytest.mark.parametrize("rename", [0, 1])
def test_a_fault_while_folders_change_places_brings_the_older_result_back(tmp_path, monkeypatch, error, rename):
    target = tmp_path / "film"
    _screen_into(target, seed=1)
    (target / "notes.txt").write_text("notes")
    before = _tree(tmp_path)
    real, calls = Path.rename, []

    def failing(path, to):
        calls.append(path)
        if len(calls) == rename + 1:
            raise error
        return real(path, to)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        _screen_into(target, seed=2)
    assert _tree(tmp_path) == before
    assert load_result(target).seed == 1


@pytest.fixture
def locks():
    return pytest.importorskip("fcntl", reason="this system cannot lock a folder")


@pytest.mark.usefixtures("locks")
def test_what_a_killed_run_left_goes_with_the_next_one(tmp_path):
    left = tmp_path / ".film.0123abcd"
    left.mkdir()
    (left / "result.json").write_text("half")
    others = [tmp_path / ".film", tmp_path / ".film.notes", tmp_path / ".other.0123abcd"]
    for path in others:
        path.mkdir()
    _screen_into(tmp_path / "film")
    assert sorted(tmp_path.iterdir()) == sorted([*others, tmp_path / "film"])


@pytest.mark.usefixtures("locks")
def test_result_that_a_killed_run_had_moved_aside_comes_back(tmp_path):
    target = tmp_path / "film"
    first = _screen_into(target, seed=1)
    (target / "notes.txt").write_text("notes")
    target.rename(tmp_path / ".film.0123abcd.older")
    with pytest.raises(RuntimeError), write_folder_atomically(target):
        raise RuntimeError
    assert load_result(target).seed == first.seed
    _screen_into(target, seed=2)
    target.rename(tmp_path / ".film.0123abcd.older")
    _screen_into(target, seed=3)
    assert load_result(target).seed == 3
    assert (target / "notes.txt").read_text() == "notes"
    assert [path.name for path in tmp_path.iterdir()] == ["film"]


@pytest.mark.usefixtures("locks")
def test_run_that_is_still_at_work_is_left_alone(tmp_path):
    with write_folder_atomically(tmp_path / "film") as folder:
        save_result(make_screening_result((60, 50), 1)[0], folder)
        _screen_into(tmp_path / "film", seed=2)
        assert (folder / RESULT_FILE).exists()
    assert load_result(tmp_path / "film").seed == 1
