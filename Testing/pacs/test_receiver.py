"""Films received from real senders: kept before they are called stored, bounded, and each once."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pydicom
import pytest

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.pacs.address import node
from OsteoScreenLib.pacs.credentials import Credentials
from OsteoScreenLib.pacs.database import QueueDatabase
from OsteoScreenLib.pacs.faults import AccessError
from OsteoScreenLib.pacs.films import MOST_STARTS, Films
from OsteoScreenLib.pacs.objects import is_ours
from OsteoScreenLib.pacs.receiver import Limits, Receiver
from OsteoScreenLib.pacs.sender import open_destination
from OsteoScreenLib.pacs.tls import server_context
from Testing.orthanc_server import make_certificates
from Testing.pacs.pacs_objects import PATIENT, film, films, send_all, uid_of
from Testing.system_programs import require_program


class Inbox:
    """A receiver that listens, the films that it took in, and what it logged."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.database = QueueDatabase(folder)
        self.films = Films(self.database)
        self.lines: list[str] = []
        self.receiver = Receiver(("127.0.0.1", 0), "SCREENER", self.films, self.lines.append, **options)
        self.port = self.receiver.start()
        self.address = f"dicom://SCREENER@127.0.0.1:{self.port}"

    def uids(self) -> set[str]:
        return {uid for (uid,) in self.database.rows("SELECT uid FROM films WHERE state = 'received'")}


@contextmanager
def inbox(folder: Path, **options: Any) -> Iterator[Inbox]:
    opened = Inbox(folder, **options)
    try:
        yield opened
    finally:
        opened.receiver.stop()
        opened.database.close()


def deflated(folder: Path, name: str) -> Path:
    path = film(folder, name, Manufacturer="OsteoScreen")
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    dataset.save_as(path)
    return path


def send(tmp_path: Path, paths: list[Path], to: str, **options: Any) -> list[str]:
    credentials = options.pop("credentials", Credentials())
    return send_all(tmp_path / "outbox", paths, open_destination(node(to), credentials, timeout_s=5, **options), to, attempts=1)


def test_films_are_on_the_disk_as_they_were_sent_and_each_once(tmp_path: Path) -> None:
    paths = films(tmp_path, 3)
    with inbox(tmp_path / "q") as opened:
        send(tmp_path, paths, opened.address)
        shutil.rmtree(tmp_path / "outbox")
        send(tmp_path, paths[:1], opened.address)
        assert opened.uids() == {uid_of(path.stem) for path in paths}
        assert sum("received before" in line for line in opened.lines) == 1
        for path in paths:
            kept = pydicom.dcmread(opened.films.place_for(uid_of(path.stem)))
            assert kept == pydicom.dcmread(path)
            assert kept.PixelData == pydicom.dcmread(path).PixelData
        assert PATIENT not in "".join(opened.lines)


def test_storescu_of_another_maker_is_understood(tmp_path: Path) -> None:
    storescu = require_program("dcmtk", "storescu")
    with inbox(tmp_path / "q") as opened:
        sent = subprocess.run(
            [storescu, "-aec", "SCREENER", "127.0.0.1", str(opened.port), str(film(tmp_path, "a"))],
            capture_output=True,
            timeout=60,
        )
        assert sent.returncode == 0, sent.stderr
        assert opened.uids() == {uid_of("a")}


def test_our_own_objects_are_not_screened_again(tmp_path: Path) -> None:
    own = film(tmp_path, "own", Manufacturer="OsteoScreen", Modality="OT", SOPClassUID="1.2.840.10008.5.1.4.1.1.7")
    with inbox(tmp_path / "q") as opened:
        send(tmp_path, [own], opened.address)
        assert opened.uids() == set()
        assert opened.films.counts() == {"own": 1}
        assert list((tmp_path / "q" / "received").iterdir()) == []
        assert opened.lines == [f"{uid_of('own')}: is our own, not screened"]
    assert is_ours(own)
    assert not is_ours(film(tmp_path, "theirs"))
    assert is_ours(deflated(tmp_path, "deflated"))
    (tmp_path / "text").write_text("dear diary")
    assert not is_ours(tmp_path / "text")


def test_only_pictures_that_cannot_inflate_are_taken(tmp_path: Path) -> None:
    segmentation = film(tmp_path, "seg", SOPClassUID="1.2.840.10008.5.1.4.1.1.66.4")
    with inbox(tmp_path / "q") as opened:
        assert "refused" in send(tmp_path, [segmentation], opened.address)[0]
        assert "refused" in send(tmp_path, [deflated(tmp_path, "deflated")], opened.address)[0]
        assert opened.uids() == set()


def test_callers_and_titles_are_checked(tmp_path: Path) -> None:
    path = film(tmp_path, "a")
    with inbox(tmp_path / "q", callers=["MODALITY"]) as opened:
        with pytest.raises(AccessError, match="does not know our title"):
            send(tmp_path, [path], opened.address)
        with pytest.raises(AccessError, match="another title"):
            send(tmp_path, [path], opened.address.replace("SCREENER", "OTHER"), own_title="MODALITY")
        send(tmp_path, [path], opened.address, own_title="MODALITY")
        assert opened.uids() == {uid_of("a")}


def test_film_that_is_too_large_ends_its_association_and_the_next_caller_is_served(tmp_path: Path) -> None:
    large, small = film(tmp_path, "large", ImageComments="x" * 9000), film(tmp_path, "small")
    with inbox(tmp_path / "q", limits=Limits(film_bytes=20_000)) as opened:
        assert "stored" not in send(tmp_path, [large], opened.address)[0]
        assert any("larger than" in line for line in opened.lines)
        shutil.rmtree(tmp_path / "outbox")
        assert send(tmp_path, [small], opened.address) == [f"{uid_of('small')}: stored"]
        assert opened.uids() == {uid_of("small")}


@pytest.mark.parametrize(
    "nonsense",
    [b"GET / HTTP/1.1\r\n\r\n", b"\x01\x00\xff\xff\xff\xff" + b"\0" * 4096, b"\x04\x00\x00\x00\x00\x10" + b"\xff" * 16, b""],
)
def test_nonsense_on_the_wire_leaves_the_receiver_alive(tmp_path: Path, nonsense: bytes) -> None:
    with inbox(tmp_path / "q") as opened:
        with socket.create_connection(("127.0.0.1", opened.port)) as wire:
            wire.sendall(nonsense)
            wire.shutdown(socket.SHUT_WR)
            wire.settimeout(10)
            while wire.recv(4096):  # it answers with an abort, or closes
                pass
        assert send(tmp_path, [film(tmp_path, "a")], opened.address) == [f"{uid_of('a')}: stored"]


def test_success_is_said_only_when_the_film_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with inbox(tmp_path / "q") as opened:

        def full(uid: str, content: bytes) -> str:
            raise OutputError("the queue", "the disk is full", "Make room")

        monkeypatch.setattr(opened.films, "receive", full)
        assert "A700" in send(tmp_path, [film(tmp_path, "a")], opened.address)[0]
        monkeypatch.undo()
        assert send(tmp_path, [], opened.address) == [f"{uid_of('a')}: stored"]


def test_tls_with_certified_callers_alone(tmp_path: Path) -> None:
    ours = make_certificates(tmp_path / "ours")
    theirs = make_certificates(tmp_path / "theirs", "stranger")
    context = server_context(Credentials(ca=str(ours.ca), cert=str(ours.server), key=str(ours.server_key)))
    path = film(tmp_path, "a")
    with inbox(tmp_path / "q", context=context) as opened, socket.create_connection(("127.0.0.1", opened.port)):
        # The silent caller above holds nobody up.
        address = f"{opened.address}?tls"
        stranger = Credentials(ca=str(ours.ca), cert=str(theirs.client), key=str(theirs.client_key))
        with suppress(AccessError):
            send(tmp_path, [path], address, credentials=stranger)
        assert opened.uids() == set()
        known = Credentials(ca=str(ours.ca), cert=str(ours.client), key=str(ours.client_key))
        assert send(tmp_path, [], address, credentials=known) == [f"{uid_of('a')}: stored"]


def test_film_that_ends_the_program_again_and_again_is_set_aside(tmp_path: Path) -> None:
    database = QueueDatabase(tmp_path / "q")
    inbox_films = Films(database)
    inbox_films.receive(uid_of("a"), film(tmp_path, "a").read_bytes())
    for start in range(1, MOST_STARTS + 1):
        begun = inbox_films.begin_next()
        assert begun is not None
        assert begun.starts == start
    assert inbox_films.begin_next() is None
    assert inbox_films.counts() == {"refused": 1}
    assert {path.suffix for path in (tmp_path / "q" / "refused").iterdir()} == {".dcm", ".txt"}
    assert f"ended {MOST_STARTS} times" in next((tmp_path / "q" / "refused").glob("*.txt")).read_text()
    database.close()
