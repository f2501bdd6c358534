"""Films that come in, are screened, and go out as objects: each once, into a real PACS, through every kill."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from OsteoScreenLib.cli.arguments import parser
from OsteoScreenLib.cli.watch import real_screen
from OsteoScreenLib.errors import BundleError
from OsteoScreenLib.pacs.address import node
from OsteoScreenLib.pacs.credentials import Credentials
from OsteoScreenLib.pacs.database import QueueDatabase
from OsteoScreenLib.pacs.films import Films
from OsteoScreenLib.pacs.sender import open_destination
from Testing.band_bundle import band_film, hand_masks, write_band_bundle
from Testing.orthanc_server import OrthancServer, free_ports, orthanc
from Testing.pacs.pacs_objects import PATIENT, film, films, osteoscreen, send_all, started, uid_of
from Testing.pacs.stand_in_screen import result_uids, screen
from Testing.radiograph.dicom_films import write_dicom


@pytest.fixture
def pacs(tmp_path: Path) -> Iterator[OrthancServer]:
    with orthanc(tmp_path / "pacs") as server:
        yield server


def results_of(names: list[str]) -> list[str]:
    return sorted(uid for name in names for uid in result_uids(uid_of(name)))


def watch_once(server: OrthancServer, queue: Path, *options: object, with_screen: Callable[..., Any] = screen) -> Any:
    source = [] if "--listen" in options else ["--from", server.dicomweb]
    return osteoscreen("watch", *source, "--to", server.dicom, "--queue", queue, "--once", *options, screen=with_screen)


def test_polled_films_are_screened_once_and_their_results_stored_once(tmp_path: Path, pacs: OrthancServer) -> None:
    for path in films(tmp_path, 11):
        pacs.add(path.read_bytes())
    done = watch_once(pacs, tmp_path / "q")
    assert (done.returncode, done.stderr) == (0, "")
    names = [f"film{number}" for number in range(11)]
    assert pacs.uids() == sorted([*map(uid_of, names), *results_of(names)])
    assert PATIENT not in done.stdout
    # The same queue knows the films; a new one screens them again, and the PACS keeps the objects it has.
    again = watch_once(pacs, tmp_path / "q", "--where", "Modality=*")
    assert len(again.stdout.splitlines()) == 2, "neither films nor results are fetched again"
    anew = watch_once(pacs, tmp_path / "q2", "--where", "Modality=*")
    assert anew.stdout.count("screened, 2 objects") == 11
    assert anew.stdout.count("is our own, not screened") > 0
    assert len(pacs.uids()) == 33


def test_bad_films_are_set_aside_with_the_reason_and_never_come_again(tmp_path: Path, pacs: OrthancServer) -> None:
    for name, patient in (("a", "BAD"), ("b", "ODD"), ("c", "GOOD")):
        pacs.add(film(tmp_path, name, PatientID=patient).read_bytes())
    done = watch_once(pacs, tmp_path / "q")
    assert done.returncode == 0
    assert "1 screened, 0 waiting to be screened, 2 refused" in done.stdout
    refused = tmp_path / "q" / "refused"
    assert (refused / f"{uid_of('a')}.txt").read_text() == "the image has only 3 x 3 pixels. Give a radiograph\n"
    odd = (refused / f"{uid_of('b')}.txt").read_text()
    assert odd.startswith("unexpected RuntimeError at stand_in_screen.py:")
    assert PATIENT not in odd + done.stdout
    assert pydicom.dcmread(refused / f"{uid_of('a')}.dcm").PatientID == "BAD"
    again = watch_once(pacs, tmp_path / "q")
    assert "2 refused" in again.stdout.splitlines()[-2]
    assert len(again.stdout.splitlines()) == 2
    assert set(pacs.uids()) > set(results_of(["c"]))


def test_model_that_cannot_be_used_stops_and_keeps_the_films(tmp_path: Path, pacs: OrthancServer) -> None:
    pacs.add(film(tmp_path, "a").read_bytes())

    def no_model(_: Path, __: Path) -> Sequence[Path]:
        raise BundleError("the bundle", "is damaged", "Install it again")

    for _ in range(4):  # more often than a film may end the program
        done = watch_once(pacs, tmp_path / "q", with_screen=no_model)
        assert done.returncode == 2
        assert done.stderr == "the bundle: is damaged. Install it again\n"
    assert watch_once(pacs, tmp_path / "q").returncode == 0
    assert set(pacs.uids()) > set(results_of(["a"]))


def test_results_wait_while_the_destination_is_down(tmp_path: Path, pacs: OrthancServer) -> None:
    database = QueueDatabase(tmp_path / "q")
    Films(database).receive(uid_of("a"), film(tmp_path, "a").read_bytes())
    database.close()
    pacs.kill()

    timer = threading.Timer(0.5, pacs.start)
    timer.start()
    done = watch_once(pacs, tmp_path / "q", "--listen", "0")
    timer.join()
    assert done.returncode == 0, done.stdout
    assert "next attempt in" in done.stdout
    assert pacs.uids() == results_of(["a"])


def test_received_films_are_screened_and_stored_through_kills(tmp_path: Path, pacs: OrthancServer) -> None:
    """A modality sends again what was not taken; the watch is killed at random moments, and ends cleanly at last."""
    paths, chance = films(tmp_path / "films", 8), random.Random(3)
    port, record = free_ports(1)[0], tmp_path / "screened.txt"
    arguments = [port, pacs.dicom, tmp_path / "q", record]
    address = f"dicom://SCREENER@127.0.0.1:{port}"

    senders: list[threading.Thread] = []

    def sent(paths: list[Path]) -> None:
        there = open_destination(node(address), Credentials(), timeout_s=5)
        send_all(tmp_path / f"modality-{paths[0].stem}", paths, there, address, attempts=None, retry_for_s=60)

    for part in (paths[:3], paths[3:6]):
        process = started(*arguments, module="Testing.pacs.stand_in_screen")
        assert "listening on" in process.stdout.readline()
        sender = threading.Thread(target=sent, args=(part,), daemon=True)
        sender.start()
        threading.Timer(chance.uniform(0.1, 0.5), process.kill).start()
        process.communicate()
        senders.append(sender)
    process = started(*arguments, module="Testing.pacs.stand_in_screen")
    for sender in senders:
        sender.join(timeout=60)
        assert not sender.is_alive()
    sent(paths)
    wanted = results_of([path.stem for path in paths])
    lines = []
    while pacs.uids() != wanted:
        lines.append(process.stdout.readline())
        assert lines[-1], "".join(lines)
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "8 screened, 0 waiting to be screened, 0 refused" in rest
    assert "16 stored, 0 waiting, 0 refused" in rest
    assert PATIENT not in "".join(lines) + rest
    screened = record.read_text().split()
    assert set(screened) == {uid_of(path.stem) for path in paths}
    assert len(screened) - 8 <= 2, "a film is screened again only where a kill came before its objects were queued"
    assert list((tmp_path / "q").rglob("*.dcm")) == [], "nothing of a patient stays when everything is done"


def test_real_screening_gives_the_same_objects_each_time(tmp_path: Path, pacs: OrthancServer) -> None:
    bundle = write_band_bundle(tmp_path / "bundle", classifier=True)
    pixels = 1.05 * band_film(hand_masks((400, 360))).pixels
    pixels[:40, :60], pixels[:40, -60:] = 0.0, 1.0
    path = write_dicom(tmp_path / "hand.dcm", np.rint(np.clip(pixels, 0, 1) * 4095).astype(np.uint16), bits_stored=12)
    pacs.add(path.read_bytes())
    seen, real = [], None
    for queue in ("q1", "q2"):
        options = ["--bundle", bundle, "--from", pacs.dicomweb, "--to", pacs.dicomweb, "--queue", tmp_path / queue, "--once"]
        real = real or real_screen(parser().parse_args(list(map(str, ["watch", *options]))))
        done = osteoscreen("watch", *options, screen=real)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 screened" in done.stdout
        seen.append(pacs.uids())
    assert seen[0] == seen[1]
    classes = {instance["MainDicomTags"]["SOPInstanceUID"]: instance["ID"] for instance in pacs.ask("/instances?expand")}
    kinds = {pacs.ask(f"/instances/{each}/tags?simplify")["Modality"] for each in classes.values()}
    assert kinds >= {"DX", "SR", "SEG", "OT"}


def test_watch_ends_by_interrupt_and_says_what_is_left(tmp_path: Path) -> None:
    arguments = [free_ports(1)[0], f"dicom://GONE@127.0.0.1:{free_ports(1)[0]}", tmp_path / "q", tmp_path / "record"]
    database = QueueDatabase(tmp_path / "q")
    Films(database).receive(uid_of("a"), film(tmp_path, "a").read_bytes())
    database.close()
    process = started(*arguments, module="Testing.pacs.stand_in_screen")
    lines = [process.stdout.readline()]
    while "next attempt" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], "".join(lines)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert "0 stored, 2 waiting, 0 refused" in rest
    assert "1 screened, 0 waiting" in rest
    assert process.returncode == 130
