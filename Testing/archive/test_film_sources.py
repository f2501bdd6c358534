"""Which films a folder or a CSV file names, whatever their names and whatever lies beside them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from OsteoScreenLib.archive.csv_source import CsvSource
from OsteoScreenLib.archive.film_names import folder_of, shown_name
from OsteoScreenLib.archive.folder_source import FolderSource
from OsteoScreenLib.archive.sources import source_of
from OsteoScreenLib.archive.values import FilmOptions
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.screening.storage import save_result
from Testing.screening_results import make_screening_result

DICOM = b"\0" * 128 + b"DICM" + b"\0" * 200
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


def put(path: Path, content: bytes = DICOM) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(folder: Path) -> list[str]:
    return sorted(film.name for film in FolderSource(folder).films())


def test_films_are_told_by_content_and_damaged_ones_by_their_suffix(tmp_path: Path) -> None:
    for name in ("IM0001", "a/b/picture.bin", "a/cut.dcm", "notes.txt", "DICOMDIR", "a/list.csv"):
        content = {"a/b/picture.bin": PNG, "a/cut.dcm": b"", "notes.txt": b"dear diary", "a/list.csv": b"film\n"}
        put(tmp_path / name, content.get(name, DICOM))
    assert names(tmp_path) == ["IM0001", "a/b/picture.bin", "a/cut.dcm"]


def test_hidden_files_and_our_own_results_are_left_out(tmp_path: Path) -> None:
    put(tmp_path / "film.dcm")
    put(tmp_path / ".hidden.dcm")
    put(tmp_path / ".trash" / "film.dcm")
    put(tmp_path / "archive" / "ledger.sqlite", b"")
    put(tmp_path / "archive" / "films" / "film.dcm" / "overlay.png", PNG)
    result, _ = make_screening_result()
    put(tmp_path / "results" / "hand" / "overlay.png", PNG)
    save_result(result, tmp_path / "results" / "hand")
    put(tmp_path / "results" / "result.json", b"{}")  # somebody else's: not a reason to leave films out
    put(tmp_path / "results" / "other.dcm")
    assert names(tmp_path) == ["film.dcm", "results/other.dcm"]


@pytest.mark.skipif(os.name != "posix", reason="pipes, links and free file names are of POSIX")
def test_names_may_be_anything_and_other_kinds_of_files_are_no_films(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.dcm")
    put(tmp_path / "real" / "film.dcm")
    (tmp_path / "link.dcm").symlink_to(tmp_path / "real" / "film.dcm")
    (tmp_path / "nowhere.dcm").symlink_to(tmp_path / "none")
    (tmp_path / "real" / "round").symlink_to(tmp_path)
    hostile = ["=cmd|' !A0.dcm", "new\nline.dcm", "back\\slash.dcm", "<b>.dcm", "caf\u00e9.dcm", os.fsdecode(b"latin\xe9.dcm")]
    for name in hostile:
        put(tmp_path / name)
    shown = {"new\\u{a}line.dcm", "back\\\\slash.dcm", "latin\\xe9.dcm", "=cmd|' !A0.dcm", "<b>.dcm", "caf\u00e9.dcm"}
    found = {film.name: film for film in FolderSource(tmp_path).films()}
    assert set(found) == shown | {"real/film.dcm", "link.dcm"}
    assert Path(found["latin\\xe9.dcm"].location).read_bytes() == DICOM


def test_signature_follows_the_content(tmp_path: Path) -> None:
    path = put(tmp_path / "film.dcm")
    (before,) = FolderSource(tmp_path).films()
    put(path, DICOM + b"x")
    (after,) = FolderSource(tmp_path).films()
    assert before.signature != after.signature


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="access rights of POSIX, which do not bind root")
def test_folder_without_access_is_refused(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)
    try:
        with pytest.raises(UsageError, match="locked: this folder cannot be read"):
            list(FolderSource(tmp_path).films())
    finally:
        locked.chmod(0o700)


@pytest.mark.parametrize(
    "name",
    ["a/b.dcm", "../../etc/passwd", "/abs", "con/nul.dcm", "..", "a/../b", "x" * 500, "new\\u{a}line", "caf\u00e9", "a//b"],
)
def test_result_folders_never_leave_the_folder_of_films(tmp_path: Path, name: str) -> None:
    folder = folder_of(name, tmp_path)
    assert (tmp_path / "films") in folder.resolve().parents
    assert ".." not in folder.parts
    folder.mkdir(parents=True)


def test_shown_names_stay_different() -> None:
    texts = ["a", "\\x61", "a\udcff", "a\\xff", "a\n", "a\\u{a}", "a\\n", "a\\\\n"]
    assert len({shown_name(text) for text in texts}) == len(texts)


def write_csv(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "films.csv"
    path.write_text(text, encoding=encoding)
    return path


def test_csv_gives_films_options_and_cells_to_carry(tmp_path: Path) -> None:
    put(tmp_path / "sub" / "a.dcm")
    text = (
        "film,centre,spacing_mm,side,age_years,sex,invert,note\nsub/a.dcm,Bern,0.15,Left,67,f,yes,=1+1\n\nsub/../b.dcm,,,,,,,\n"
    )
    source = CsvSource.of(write_csv(tmp_path, text, "utf-8-sig"))
    first, second = source.films()
    assert source.columns == ("centre", "note")
    assert (first.name, first.extra) == ("sub/a.dcm", ("Bern", "=1+1"))
    assert first.options == FilmOptions(0.15, "left", 67.0, "F", True)
    assert Path(first.location) == tmp_path / "sub" / "a.dcm"
    assert (second.name, second.options, second.signature) == ("b.dcm", FilmOptions(), "missing")


def test_csv_names_films_elsewhere_without_a_path_of_this_machine(tmp_path: Path) -> None:
    put(tmp_path / "store" / "a.dcm")
    folder = tmp_path / "lists"
    folder.mkdir()
    (film,) = CsvSource.of(write_csv(folder, f"film\n{tmp_path / 'store' / 'a.dcm'}\n")).films()
    assert film.name == "../store/a.dcm"


def test_all_faults_of_a_csv_are_said_at_once(tmp_path: Path) -> None:
    heading = "film,spacing_mm,side,age_years,sex,invert"
    lines = [heading, "a.dcm,wide,up,old,X,maybe", ",0.1,,,,", "b.dcm,0.1", "a.dcm,,,,,", "./a.dcm,9,,,,"]
    with pytest.raises(UsageError) as caught:
        list(CsvSource.of(write_csv(tmp_path, "\n".join(lines))).films())
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'films.csv'}: has 10 faults: ")
    for words in (
        "row 2: spacing_mm 'wide' is not a number", "side 'up' is not \"left\" or \"right\"", "age_years 'old' is not",
        "sex 'X' is not", "invert 'maybe' is not true or false", "row 3: names no film", "row 4: has 2 cells, the heading has 6",
        "row 5: film 'a.dcm' is in row 2 already", "row 6: spacing_mm '9' is not a pixel spacing",
    ):  # fmt: skip
        assert words in said


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "is empty"),
        ("path,age\na,1\n", "no column 'film'"),
        ("film,film\na,b\n", "'film' comes twice"),
        ("film,\na,b\n", "column 2 has no name"),
        ("film,probability\na,b\n", "'probability' is the name of a result"),
        ("film\n", "names no film"),
        ('film\n"a\n', "cannot be read"),
    ],
)
def test_useless_csv_is_refused(tmp_path: Path, text: str, wanted: str) -> None:
    with pytest.raises(UsageError, match=wanted):
        list(CsvSource.of(write_csv(tmp_path, text)).films())


def test_csv_in_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="UTF-8"):
        list(CsvSource.of(write_csv(tmp_path, "film\ncaf\u00e9.dcm\n", "latin-1")).films())


def test_what_a_word_means(tmp_path: Path) -> None:
    assert source_of(str(tmp_path), tmp_path) == FolderSource(tmp_path)
    assert source_of(str(write_csv(tmp_path, "film\na\n")), tmp_path).columns == ()
    with pytest.raises(UsageError, match=r"neither a folder nor a \.csv file"):
        source_of(str(put(tmp_path / "film.dcm")), tmp_path)
    with pytest.raises(UsageError, match="there is no such folder or file"):
        source_of(str(tmp_path / "none"), tmp_path)
