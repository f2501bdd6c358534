"""A hospital's table of films and DXA: what is read, and that every fault is told with row, column, value and remedy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from OsteoScreenLib.radiograph import Laterality
from Testing.radiograph.dicom_films import hand_phantom, write_dicom
from Testing.training.hospital_table import COLUMNS, Row, hospital_rows, write_films, write_table
from training.cohort.table import main, read_table
from training.cohort.table_values import TableError

Edit = Callable[[list[Row]], None]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hospital")
    write_films(folder, hospital_rows())
    return folder


@pytest.fixture
def hospital(films: Path, tmp_path: Path) -> Path:
    """A folder of its own with the films."""
    return Path(shutil.copytree(films, tmp_path / "hospital"))


def faults_of(path: Path, *, check_films: bool = False) -> list[str]:
    with pytest.raises(TableError) as caught:
        read_table(path, check_films=check_films)
    lines = [str(fault) for fault in caught.value.faults]
    assert all(line.startswith(str(path)) and "\n" not in line for line in lines)
    return [line.removeprefix(str(path)).lstrip(", ") for line in lines]


def edited(folder: Path, edit: Edit, columns: tuple[str, ...] = COLUMNS) -> Path:
    rows = hospital_rows()
    edit(rows)
    return write_table(folder, rows, columns)


def put(number: int, column: str, value: str) -> Edit:
    """Change the cell of a row as a spreadsheet counts it."""

    def edit(rows: list[Row]) -> None:
        rows[number - 2][column] = value

    return edit


def test_a_sound_table_is_read_whole(hospital: Path) -> None:
    rows = hospital_rows()
    rows[1] |= {"height_cm": "", "side": "Right", "spacing_mm": ""}
    seen: list[tuple[int, int]] = []
    table = read_table(write_table(hospital, rows), progress=lambda done, of: seen.append((done, of)))
    assert (len(table.rows), len(table.subjects), table.cases, table.warnings) == (24, 24, 12, ())
    assert seen == [(count, 24) for count in range(1, 25)]
    first, second = table.rows[:2]
    assert (first.number, first.subject, first.age_years, first.sex, first.t_score) == (2, "S000", 50.0, "M", -0.4)
    assert (first.osteoporotic, first.height_cm, first.side, first.spacing_mm) == (False, 164.5, Laterality.LEFT, 0.2)
    assert (second.osteoporotic, second.height_cm, second.side, second.spacing_mm) == (True, None, Laterality.RIGHT, None)
    assert first.film == hospital / "films" / "000.png"
    assert first.sha256 is not None
    assert len({row.sha256 for row in table.rows}) == 24


@pytest.mark.parametrize("label", ["t_score", "osteoporotic"])
def test_one_of_the_two_labels_is_enough(tmp_path: Path, label: str) -> None:
    columns = ("subject", "film", "age_years", "sex", label)
    table = read_table(write_table(tmp_path, hospital_rows(), columns), check_films=False)
    assert [row.osteoporotic for row in table.rows] == [index % 2 == 1 for index in range(24)]
    assert (table.rows[1].t_score == -3.1) is (label == "t_score")
    assert table.rows[0].sha256 is None


def test_minus_two_and_a_half_is_osteoporosis(tmp_path: Path) -> None:
    def edit(rows: list[Row]) -> None:
        rows[0] |= {"t_score": "-2.5", "osteoporotic": ""}
        rows[2] |= {"t_score": "-2.4", "osteoporotic": ""}

    rows = read_table(edited(tmp_path, edit), check_films=False).rows
    assert (rows[0].osteoporotic, rows[2].osteoporotic) == (True, False)


def test_several_films_of_a_subject_count_once(tmp_path: Path) -> None:
    rows = hospital_rows()
    rows.append(rows[1] | {"film": "films/again.png", "age_years": "52.5", "side": "right"})
    table = read_table(write_table(tmp_path, rows), check_films=False)
    assert (len(table.rows), len(table.subjects), table.cases) == (25, 24, 12)
    assert [row.number for row in table.films_of("S001")] == [3, 26]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_what_spreadsheets_write_is_read_alike(tmp_path: Path, bom: bytes, newline: str, separator: str) -> None:
    path = write_table(tmp_path, hospital_rows(), separator=separator)
    text = path.read_text()
    if separator == ";":
        text = text.replace("-3.1", "-3,1").replace("164.5", "164,5").replace("-0.4", "\N{MINUS SIGN}0,4")
    text = text.replace("\n", newline) + newline
    path.write_bytes(bom + text.encode())
    rows = read_table(path, check_films=False).rows
    assert {(row.t_score, row.height_cm) for row in rows} == {(-3.1, 164.5), (-0.4, 164.5)}


def test_cells_in_quotation_marks_may_hold_the_separator(tmp_path: Path) -> None:
    path = edited(tmp_path, put(2, "film", '"films/a,b.png"'))
    assert read_table(path, check_films=False).rows[0].name == "films/a,b.png"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "begins with an empty row. Write the names of the columns into row 1"),
        (b"\xff\xfes\0u\0", "is UTF-16 text, not UTF-8. Save the table as 'CSV UTF-8'"),
        (b"subject,film\nS1,f\nM\xfcller,x\n", "line 3: holds the byte 0xFC, which is not UTF-8. Save the table as 'CSV UTF-8'"),
        (b"PK\x03\x04rest", "is a spreadsheet's own file, not a CSV. Save the table as 'CSV UTF-8'"),
        (b"subject\tfilm\tage_years\n", "row 1: holds one column only. Separate the columns by , or ;"),
        (b"subject,film,age_years,sex,t_score\n", "holds no subject. Add a row for each film below the names of the columns"),
        (b'subject,film,age_years,sex,t_score\n"S1,f,50,F,-1\n', "is no sound CSV"),
        (b"subject,film,age_years,sex,t_score\nS1,f,50,F\n", "row 2: has 4 cells, the header 5"),
        (b"subject,film,age_years,sex,t_score\nS1,f,50,F,-1,5\n", "numbers with a decimal comma need columns separated by ;"),
    ],
)
def test_a_file_that_is_no_such_table_is_told_apart(tmp_path: Path, content: bytes, line: str) -> None:
    path = tmp_path / "films.csv"
    path.write_bytes(content)
    assert any(line in fault for fault in faults_of(path)), faults_of(path)


def test_a_missing_file_is_one_fault(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "none.csv") == [
        ": cannot be read (No such file or directory). Name the CSV file with the films and DXA"
    ]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("age_years", "age", ["row 1: column 'age' is unknown. Did you mean 'age_years'?"]),
        ("age_years", "Age_Years", ["row 1: column 'Age_Years' is unknown. Did you mean 'age_years'?"]),
        ("height_cm", "hieght_cm", ["row 1: column 'hieght_cm' is unknown. Did you mean 'height_cm'?"]),
        (
            "sex",
            "subject",
            ["row 1: names the column 'subject' 2 times. Keep one of them", "row 1: column 'sex' is missing. Add it"],
        ),
    ],
)
def test_a_wrong_column_is_told_with_the_nearest_name(tmp_path: Path, old: str, new: str, lines: list[str]) -> None:
    path = write_table(tmp_path, hospital_rows())
    header, rest = path.read_text().split("\n", 1)
    path.write_text(header.replace(old, new) + "\n" + rest)
    assert faults_of(path) == lines


def test_a_column_that_training_does_not_need_is_refused(tmp_path: Path) -> None:
    rows = [row | {"patient_name": "x"} for row in hospital_rows()]
    [line] = faults_of(write_table(tmp_path, rows, (*COLUMNS, "patient_name")))
    assert line.startswith("row 1: column 'patient_name' is unknown. Remove it")


def test_a_table_without_any_label_says_so_once(tmp_path: Path) -> None:
    path = write_table(tmp_path, hospital_rows(), ("subject", "film", "age_years", "sex"))
    assert faults_of(path) == ["row 1: columns 't_score' and 'osteoporotic' are missing. Add one of them, or both"]


@pytest.mark.parametrize(
    ("number", "column", "value", "line"),
    [
        (4, "subject", "", "is empty. Give each subject a pseudonym, such as S0412"),
        (4, "film", "", "is empty. Name the film's file, relative to the table"),
        (4, "film", "films\\1.png", "is 'films\\\\1.png', with \\ between folders. Write / between folders"),
        (4, "film", "/films/1.png", "is '/films/1.png', which leads out of the table's folder."),
        (4, "film", "../1.png", "is '../1.png', which leads out of the table's folder."),
        (4, "age_years", "121", "is '121', not a number from 0 to 120. Give the age at the film in years"),
        (4, "age_years", "sixty", "is 'sixty', not a number from 0 to 120."),
        (4, "age_years", "", "is empty. Give the age at the film in years"),
        (4, "sex", "female", "is 'female', not one of F, M. Write F or M"),
        (4, "t_score", "-25", "is '-25', not a number from -8 to 8."),
        (4, "t_score", "nan", "is 'nan', not a number from -8 to 8."),
        (4, "osteoporotic", "yes", "is 'yes', not one of 0, 1."),
        (4, "osteoporotic", "1", "is 1, but the T-score is -0.4 (osteoporosis is -2.5 or lower). Mend one of the two"),
        (4, "height_cm", "1.65", "is '1.65', not a number from 50 to 250. Give centimetres"),
        (4, "side", "L", "is 'L', not one of left, right. Write left or right"),
        (4, "spacing_mm", "15", "is '15', not a number from 0.01 to 2. Give millimetres per pixel, such as 0.15"),
        (4, "split", "training", "is 'training', not one of train, validation, test."),
    ],
)
def test_an_impossible_value_is_told_with_row_column_and_remedy(
    tmp_path: Path, number: int, column: str, value: str, line: str
) -> None:
    [fault] = faults_of(edited(tmp_path, put(number, column, value)))
    assert fault.startswith(f"row {number}, column {column}: {line}")


def test_an_empty_label_is_told(tmp_path: Path) -> None:
    def edit(rows: list[Row]) -> None:
        rows[5] |= {"t_score": "", "osteoporotic": ""}

    [fault] = faults_of(edited(tmp_path, edit))
    assert fault == "row 7, column t_score: is empty, and so is every other DXA result. Give t_score or osteoporotic"


def test_the_name_of_a_person_is_refused_and_not_repeated(tmp_path: Path) -> None:
    for name in ("Anna Muster", '"Muster, Anna"', "MUSTER^ANNA"):
        [fault] = faults_of(edited(tmp_path, put(9, "subject", name)))
        assert fault.startswith("row 9, column subject: looks like the name of a person")
        assert "uster" not in fault.casefold().removeprefix("row 9, ")


@pytest.mark.parametrize(
    ("change", "column", "line"),
    [
        ({"age_years": "70"}, "age_years", "is 70, but 50 in row 2, which is the same subject's. Mend"),
        ({"sex": "F"}, "sex", "is 'F', but 'M' in row 2,"),
        ({"t_score": "-3", "osteoporotic": "1"}, "osteoporotic", "is 1, but 0 in row 2,"),
    ],
)
def test_rows_of_a_subject_that_contradict_name_both(tmp_path: Path, change: Row, column: str, line: str) -> None:
    rows = hospital_rows()
    rows.append(rows[0] | {"film": "films/again.png"} | change)
    [fault] = faults_of(write_table(tmp_path, rows))
    assert fault.startswith(f"row 26, column {column}: {line}")


def test_a_film_listed_twice_and_a_film_of_two_subjects_are_told_apart(hospital: Path) -> None:
    rows = hospital_rows()
    shutil.copyfile(hospital / "films" / "003.png", hospital / "films" / "copy.png")
    rows.append(dict(rows[1]))
    rows.append(rows[2] | {"film": "films/./004.png"})
    rows.append(rows[3] | {"film": "films/copy.png"})
    assert faults_of(write_table(hospital, rows), check_films=True) == [
        "row 26, column film: 'films/001.png' is the film of row 3. Remove one of the two rows",
        "row 27, column film: 'films/./004.png' is the film of row 6, which is another subject's."
        " Name each subject's own film, or mend the pseudonym",
        "row 28, column film: 'films/copy.png' has the very content of the film of row 5. Remove one of the two rows",
    ]


def test_films_that_cannot_be_read_are_told_with_their_rows(hospital: Path) -> None:
    (hospital / "films" / "005.png").unlink()
    (hospital / "films" / "007.png").write_bytes(b"\x89PNG\r\n\x1a\nnot a picture")
    missing, broken = faults_of(write_table(hospital, hospital_rows()), check_films=True)
    assert missing == "row 7, column film: 'films/005.png' cannot be used: there is no such file. Check the path"
    assert broken.startswith("row 9, column film: 'films/007.png' cannot be used: ")


def test_all_faults_are_told_together_in_one_line_each(hospital: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (hospital / "films" / "006.png").unlink()

    def edit(rows: list[Row]) -> None:
        rows[2]["age_years"] = "200"
        rows[2]["sex"] = "X"
        rows[6]["height_cm"] = "1.7"
        rows[8]["film"] = rows[7]["film"]
        rows.append(rows[0] | {"film": "films/023.png", "sex": "F", "height_cm": "?"})

    path = edited(hospital, edit)
    assert main([str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "8 faults"
    places = [line.removeprefix(f"{path}, ").split(":")[0] for line in lines[:-1]]
    assert places == [
        "row 4, column age_years",
        "row 4, column sex",
        "row 8, column height_cm",
        "row 26, column height_cm",
        "row 10, column film",
        "row 26, column film",
        "row 26, column sex",
        "row 8, column film",
    ]


def test_too_few_cases_for_cross_validation_are_refused(tmp_path: Path) -> None:
    rows = [row for index, row in enumerate(hospital_rows(40)) if index % 2 == 0 or index < 18]
    [fault] = faults_of(write_table(tmp_path, rows))
    assert fault.startswith(": has 9 subjects with osteoporosis, too few for cross-validation. Add subjects: at least 10")


def test_a_given_split_needs_every_row_and_both_kinds_of_subjects(tmp_path: Path) -> None:
    def edit(rows: list[Row]) -> None:
        for index, row in enumerate(rows):
            row["split"] = ("train", "validation", "test")[index % 3]
        rows[3]["split"] = ""

    [fault] = faults_of(edited(tmp_path, edit))
    assert fault == "row 5, column split: is empty. Give every row one of train, validation, test, or none of them"
    rows = [row | {"split": "train" if index < 20 else "test"} for index, row in enumerate(hospital_rows())]
    lines = faults_of(write_table(tmp_path, rows))
    assert [line.split(",")[0] for line in lines] == [
        "split validation: has 0 subjects with osteoporosis",
        "split validation: has 0 subjects without osteoporosis",
    ]
    rows = [row | {"split": ("train", "validation", "test")[index // 2 % 3]} for index, row in enumerate(hospital_rows())]
    rows.append(rows[0] | {"film": "films/again.png", "split": "test"})
    [fault] = faults_of(write_table(tmp_path, rows))
    assert fault.startswith("row 26, column split: is 'test', but 'train' in row 2")


def test_dates_are_checked_and_a_year_between_them_is_a_warning(tmp_path: Path) -> None:
    rows = [row | {"dxa_date": "2024-01-31", "film_date": "2024-02-01"} for row in hospital_rows()]
    rows[4]["film_date"] = "2026-02-01"
    columns = (*COLUMNS, "dxa_date", "film_date")
    table = read_table(write_table(tmp_path, rows, columns), check_films=False)
    assert table.rows[0].dxa_date == date(2024, 1, 31)
    [warning] = table.warnings
    assert "row 6, column film_date: film and DXA are 732 days apart" in warning
    for value in ("31.01.2024", "2024-02-30"):
        rows[4]["film_date"] = value
        [fault] = faults_of(write_table(tmp_path, rows, columns))
        assert fault.startswith(f"row 6, column film_date: is '{value}', not a date. Write year, month and day")


def test_tags_of_the_film_that_contradict_the_row_are_warnings(hospital: Path) -> None:
    rows = hospital_rows()
    tags = {"PatientAge": "081Y", "PatientSex": "F", "ImageLaterality": "R"}
    write_dicom(hospital / "films" / "wrong.dcm", hand_phantom(96, 80), tags=tags)
    rows[0]["film"] = "films/wrong.dcm"
    warnings = read_table(write_table(hospital, rows)).warnings
    assert [warning.partition(": ")[2].partition(". ")[0] for warning in warnings] == [
        "is 50, the film's tag says 81",
        "is M, the film's tag says F",
        "is left, the film's tag says right",
    ]


def test_the_command_prints_subjects_films_and_cases(hospital: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write_table(hospital, hospital_rows()))]) == 0
    out = capsys.readouterr().out
    assert "24 subjects with 24 films: 12 with osteoporosis, 12 without" in out
    rows = hospital_rows()
    for decade in (50, 60, 70):
        inside = [row for row in rows if int(row["age_years"]) // 10 * 10 == decade]
        counts = [sum(row["sex"] == sex and row["osteoporotic"] == label for row in inside) for sex in "FM" for label in "10"]
        [line] = [line for line in out.splitlines() if line.startswith(f" {decade} to")]
        assert [int(word) for word in line.split() if word.isdigit()][2:] == counts
