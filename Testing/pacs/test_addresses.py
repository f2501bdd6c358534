"""What may be typed as an address or a secret, and what is refused before anything is sent."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.pacs.address import DicomNode, WebNode, listening, node, title, web_node
from OsteoScreenLib.pacs.credentials import Credentials, check_way, read_credentials
from OsteoScreenLib.pacs.qido import FilmQuery, condition, day
from OsteoScreenLib.pacs.sender import open_destination

SECRET = "correct-horse-battery"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("dicom://PACS@10.0.0.5:104", DicomNode("PACS", "10.0.0.5", 104)),
        ("dicom://ARCHIVE%201@pacs.example:2762?tls", DicomNode("ARCHIVE 1", "pacs.example", 2762, tls=True)),
        ("dicom://P@[::1]:104", DicomNode("P", "::1", 104)),
        ("https://pacs.example/dicom-web/", WebNode("https://pacs.example/dicom-web")),
        ("http://127.0.0.1:8042/dicom-web", WebNode("http://127.0.0.1:8042/dicom-web")),
    ],
)
def test_addresses_are_read(text: str, wanted: object) -> None:
    assert node(text) == wanted
    assert node(str(wanted)) == wanted, "what a queue keeps can be typed again"


@pytest.mark.parametrize(
    "text",
    [
        "dicom://10.0.0.5:104", "dicom://PACS@10.0.0.5", "dicom://PACS@:104", "dicom://PACS@host:104/path", "dicom://PACS@host:104?tsl",
        "dicom://MORE_THAN_SIXTEEN_LETTERS@host:104", "dicom://PACS@host:99999", "ftp://host/x", "pacs.example", "https:///x", "",
        "https://host/dicom-web?token=x", "https://[::1/x",
    ],
)  # fmt: skip
def test_wrong_addresses_say_how_to_write_them(text: str) -> None:
    with pytest.raises(UsageError, match=r"https://host/dicom-web|--credentials"):
        node(text)


@pytest.mark.parametrize("text", [f"https://me:{SECRET}@host/dicom-web", f"dicom://PACS:{SECRET}@host:104", "https://me@host/x"])
def test_secrets_in_addresses_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError, match="OSTEOSCREEN_PACS_USER") as refused:
        node(text)
    assert SECRET not in str(refused.value)


def test_only_a_web_service_can_be_searched() -> None:
    with pytest.raises(UsageError, match="DICOMweb"):
        web_node("dicom://PACS@host:104")


def test_titles_and_ports_to_listen_on() -> None:
    assert title("A" * 16) == "A" * 16
    for wrong in ("", "A" * 17, "a\\b", " A", "Ä", "a\n"):
        with pytest.raises(ValueError, match="application entity title"):
            title(wrong)
    assert listening("11112") == ("127.0.0.1", 11112)
    assert listening("0.0.0.0:104") == ("0.0.0.0", 104)
    assert listening("[::1]:104") == ("::1", 104)
    for wrong in ("", "port", ":104", "host:", "70000"):
        with pytest.raises(ValueError, match="PORT"):
            listening(wrong)


def test_credentials_come_from_the_environment_or_a_private_file(tmp_path: Path) -> None:
    environment = {"OSTEOSCREEN_PACS_USER": "me", "OSTEOSCREEN_PACS_PASSWORD": SECRET, "OSTEOSCREEN_PACS_TOKEN": "", "OTHER": "x"}
    assert read_credentials(None, environment) == Credentials(user="me", password=SECRET)
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"token": SECRET}))
    file.chmod(0o600)
    found = read_credentials(file, environment)
    assert found == Credentials(token=SECRET)
    assert SECRET not in repr(found)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has these access rights")
@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"token": SECRET}))
    file.chmod(mode)
    with pytest.raises(UsageError, match="chmod 600") as refused:
        read_credentials(file, {})
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ({"pasword": SECRET}, "unknown field 'pasword'"),
        ({"user": "me"}, "user without a password"),
        ({"token": 5}, "no text as token"),
        ({"token": f"{SECRET}\nX-Evil: 1"}, "line break"),
        ({"key": "key.pem"}, "key without its certificate"),
        ({"ca": "/nowhere/ca.pem"}, "is no file"),
    ],
)
def test_faulty_credentials_are_refused_without_repeating_a_secret(tmp_path: Path, content: dict, wanted: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps(content))
    file.chmod(0o600)
    with pytest.raises(UsageError, match=wanted) as refused:
        read_credentials(file, {})
    assert SECRET not in str(refused.value)


def test_secrets_do_not_travel_in_plain_text_to_another_machine() -> None:
    secrets = Credentials(token=SECRET)
    with pytest.raises(UsageError, match="https://"):
        check_way(node("http://pacs.example/dicom-web"), secrets)
    check_way(node("http://127.0.0.1:8042/dicom-web"), secrets)
    check_way(node("https://pacs.example/dicom-web"), secrets)
    check_way(node("http://pacs.example/dicom-web"), Credentials())


def test_questions_for_films_of_hands_unless_told_otherwise() -> None:
    plain = FilmQuery(since=date(2026, 1, 31)).questions()
    assert {(each["Modality"], each["BodyPartExamined"]) for each in plain} == {
        ("CR", "HAND"), ("CR", "WRIST"), ("DX", "HAND"), ("DX", "WRIST"),
    }  # fmt: skip
    assert {each["StudyDate"] for each in plain} == {"20260131-"}
    assert FilmQuery(study="1.2", where={"Modality": "RF"}).questions() == [{"Modality": "RF", "StudyInstanceUID": "1.2"}]
    assert FilmQuery(where={"Modality": "*", "BodyPartExamined": "*", "PatientSex": "F"}).questions() == [{"PatientSex": "F"}]


def test_conditions_and_days() -> None:
    assert condition("BodyPartExamined=HAND") == ("BodyPartExamined", "HAND")
    assert condition("00180015=a=b") == ("00180015", "a=b")
    for wrong in ("", "HAND", "bodypart=x", "Body Part=x", "Modality=", "A&B=1", "0018001=x"):
        with pytest.raises(ValueError, match="KEY=VALUE"):
            condition(wrong)
    assert day("2026-01-31") == day("20260131") == date(2026, 1, 31)
    assert day("today") == date.today()
    for wrong in ("yesterday", "2026-13-01", "31.01.2026", "2026"):
        with pytest.raises(ValueError, match="date"):
            day(wrong)


@pytest.mark.parametrize("field", ["ca", "cert"])
def test_files_that_are_no_certificates_are_named_before_anything_is_sent(tmp_path: Path, field: str) -> None:
    file = tmp_path / "wrong.pem"
    file.write_text("dear diary")
    for to in ("dicom://PACS@127.0.0.1:104?tls", "https://127.0.0.1/dicom-web"):
        with pytest.raises(UsageError, match=r"wrong\.pem"):
            open_destination(node(to), Credentials(**{field: str(file)}))


@pytest.mark.parametrize(
    ("address", "package"), [("dicom://PACS@127.0.0.1:104", "pynetdicom"), ("http://127.0.0.1/dicom-web", "requests")]
)
def test_missing_package_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch, address: str, package: str) -> None:
    """As in 3D Slicer, whose Python holds no pynetdicom."""
    monkeypatch.setattr("OsteoScreenLib.pacs.packages.find_spec", lambda name: None if name == package else object())
    with pytest.raises(UsageError, match=f"pip install {package}"):
        open_destination(node(address), Credentials())
