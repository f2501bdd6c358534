"""Films searched and fetched from a real PACS, and from servers that misbehave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest

from OsteoScreenLib.pacs.address import WebNode
from OsteoScreenLib.pacs.credentials import Credentials
from OsteoScreenLib.pacs.faults import AccessError, PacsError, Refused, Unreachable
from OsteoScreenLib.pacs.qido import FilmAddress, FilmQuery, find_films
from OsteoScreenLib.pacs.wado import fetch_film
from OsteoScreenLib.pacs.web import WebSession
from Testing.loopback_relay import Relay
from Testing.orthanc_server import OrthancServer, orthanc
from Testing.pacs.odd_server import OddServer, dicom_part
from Testing.pacs.pacs_objects import film, osteoscreen, uid_of

ADDRESS = FilmAddress("1.2", "1.2.3", "1.2.3.4")


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrthancServer]:
    folder = tmp_path_factory.mktemp("pacs")
    with orthanc(folder / "o") as server:
        for name, tags in {
            "hand": {"StudyDate": "20260110"},
            "wrist": {"BodyPartExamined": "WRIST", "StudyDate": "20260120", "PatientSex": "F"},
            "chest": {"BodyPartExamined": "CHEST", "StudyDate": "20260120"},
            "ct": {"Modality": "CT", "StudyDate": "20260120"},
        }.items():
            server.add(film(folder, name, **tags).read_bytes())
        yield server


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ([], {"hand", "wrist"}),
        (["--since", "2026-01-15"], {"wrist"}),
        (["--where", "BodyPartExamined=*"], {"hand", "wrist", "chest"}),
        (["--where", "Modality=CT"], {"ct"}),
        (["--where", "PatientSex=F"], {"wrist"}),
        (["--study", uid_of("study chest")], {"chest"}),
        (["--series", uid_of("series hand")], {"hand"}),
        (["--since", "today"], set()),
    ],
)
def test_films_are_found_and_fetched_as_they_are(
    tmp_path: Path, pacs: OrthancServer, options: list[str], wanted: set[str]
) -> None:
    done = osteoscreen("fetch", "--from", pacs.dicomweb, "--out", tmp_path / "films", *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in (tmp_path / "films").iterdir()} == {f"{uid_of(name)}.dcm" for name in wanted}
    for path in (tmp_path / "films").iterdir():
        found, kept = pydicom.dcmread(path), pydicom.dcmread(BytesIO(pacs.file(path.stem)))
        assert found == kept
        assert found.PixelData == kept.PixelData


def test_what_is_there_is_not_fetched_again(tmp_path: Path, pacs: OrthancServer) -> None:
    arguments = ["fetch", "--from", pacs.dicomweb, "--out", tmp_path]
    assert osteoscreen(*arguments, "--limit", "1").stdout.splitlines()[-1].endswith("1 fetched, 0 there already, 0 not to be had")
    assert osteoscreen(*arguments).stdout.splitlines()[-1].endswith("1 fetched, 1 there already, 0 not to be had")


def test_independent_client_reads_back_what_was_fetched(tmp_path: Path, pacs: OrthancServer) -> None:
    from dicomweb_client.api import DICOMwebClient

    osteoscreen("fetch", "--from", pacs.dicomweb, "--out", tmp_path, "--series", uid_of("series hand"))
    theirs = DICOMwebClient(pacs.dicomweb).retrieve_series(uid_of("study hand"), uid_of("series hand"))
    assert [pydicom.dcmread(path) for path in tmp_path.iterdir()] == theirs


def test_slow_and_broken_server_is_asked_again(tmp_path: Path, pacs: OrthancServer) -> None:
    with Relay(pacs.http_port) as relay:
        relay.stalled = 1
        url = f"http://127.0.0.1:{relay.port}/dicom-web"
        done = osteoscreen("fetch", "--from", url, "--out", tmp_path, "--timeout", "1")
    assert done.returncode == 0, done.stderr
    assert "does not answer in time; next attempt" in done.stdout
    assert len(list(tmp_path.iterdir())) == 2


@pytest.fixture
def odd() -> Iterator[OddServer]:
    server = OddServer()
    yield server
    server.close()


def session(server: OddServer, **options: Any) -> WebSession:
    return WebSession(WebNode(server.url), Credentials(token="secret-token"), options.get("timeout_s", 5.0))


def test_list_with_hostile_entries_gives_valid_addresses_once(odd: OddServer) -> None:
    def entry(study: object, series: object = "1.2.3", instance: object = "1.2.3.4") -> dict[str, Any]:
        values = {"0020000D": study, "0020000E": series, "00080018": instance}
        return {tag: {"vr": "UI", "Value": [value]} for tag, value in values.items()}

    good, hostile = entry("1.2"), [entry("../../etc"), entry("1.2", instance="a/b"), entry(5), {}, [], None, entry("1" * 65)]
    # This server knows no offset: it gives the same page for ever.
    odd.answers = [(200, "application/dicom+json", [good, *hostile, good])] * 20
    assert list(find_films(session(odd), FilmQuery())) == [ADDRESS]
    assert len(odd.asked) < 20


@pytest.mark.parametrize("answer", [b"<html>", b'{"a": 1}', b"[" * 100000])
def test_answer_that_is_no_list_is_told(odd: OddServer, answer: bytes) -> None:
    odd.answers = [(200, "application/json", answer)]
    with pytest.raises(PacsError, match="no list of films"):
        list(find_films(session(odd), FilmQuery()))


def test_film_larger_than_the_limit_ends_while_it_streams(tmp_path: Path, odd: OddServer) -> None:
    odd.answers = [(200, *dicom_part(b"\0" * 128 + b"DICM" + bytes(5 << 20)))]
    with pytest.raises(Refused, match="larger than 1 MB"):
        fetch_film(session(odd), ADDRESS, tmp_path / "film.dcm", most=1 << 20)
    assert list(tmp_path.iterdir()) == []


def _cut(kind: str, body: bytes) -> tuple[str, bytes]:
    return kind, body[: len(body) // 2]


def _no_boundary(kind: str, body: bytes) -> tuple[str, bytes]:
    return "multipart/related", body


def _page(kind: str, body: bytes) -> tuple[str, bytes]:
    return "text/html", b"<html>please log in</html>"


def _no_parts(kind: str, body: bytes) -> tuple[str, bytes]:
    return kind, b"x" * 200000


@pytest.mark.parametrize(
    ("change", "wanted"), [(_cut, Unreachable), (_no_boundary, Refused), (_page, Refused), (_no_parts, Refused)]
)
def test_half_a_film_or_something_else_leaves_nothing(
    tmp_path: Path, odd: OddServer, change: Callable[[str, bytes], tuple[str, bytes]], wanted: type[Exception]
) -> None:
    odd.answers = [(200, *change(*dicom_part(b"\0" * 128 + b"DICM" + bytes(1 << 18))))]
    with pytest.raises(wanted):
        fetch_film(session(odd), ADDRESS, tmp_path / "film.dcm")
    assert list(tmp_path.iterdir()) == []


def test_boundary_across_pieces_and_film_with_boundary_like_bytes_are_kept_exactly(tmp_path: Path, odd: OddServer) -> None:
    for length in (65_400, 65_536 - 150, 131_072 - 140, 131_072):
        content = b"\0" * 128 + b"DICM" + (b"\r\n--" * length)[:length]
        odd.answers = [(200, *dicom_part(content))]
        assert fetch_film(session(odd), ADDRESS, tmp_path / "film.dcm").read_bytes() == content


def test_redirection_is_not_followed_and_the_secret_stays(odd: OddServer) -> None:
    other = OddServer()
    try:
        odd.answers = [(302, "text/plain", b"", {"Location": f"{other.url}/instances"})]
        with pytest.raises(PacsError, match="another address"):
            list(find_films(session(odd), FilmQuery()))
        assert other.asked == []
        assert odd.asked[0][1]["Authorization"] == "Bearer secret-token"
    finally:
        other.close()


@pytest.mark.parametrize(("status", "wanted"), [(401, AccessError), (403, AccessError), (404, PacsError)])
def test_statuses_that_end_a_run_hold_no_secret(odd: OddServer, status: int, wanted: type[Exception]) -> None:
    odd.answers = [(status, "text/plain", b"no")]
    with pytest.raises(wanted) as ended:
        list(find_films(session(odd), FilmQuery()))
    assert "secret-token" not in str(ended.value)
    assert str(status) in str(ended.value)


def test_film_that_cannot_be_had_is_listed_and_the_others_come(tmp_path: Path, odd: OddServer) -> None:
    def entry(instance: str) -> dict[str, Any]:
        values = {"0020000D": "1.2", "0020000E": "1.2.3", "00080018": instance}
        return {tag: {"vr": "UI", "Value": [value]} for tag, value in values.items()}

    odd.answers = [
        (200, "application/dicom+json", [entry("1.5"), entry("1.6")]),
        *[(204, "application/dicom+json", b"")] * 4,
        (404, "text/plain", b"gone"),
        (200, *dicom_part(b"\0" * 128 + b"DICM film")),
    ]
    done = osteoscreen("fetch", "--from", odd.url, "--out", tmp_path)
    assert done.returncode == 2
    assert done.stderr == "1.5: the server does not give it (status 404)\n"
    assert [path.name for path in tmp_path.iterdir()] == ["1.6.dcm"]
