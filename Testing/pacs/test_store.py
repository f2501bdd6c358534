"""Storing in a real PACS by C-STORE and by STOW, and everything that can go wrong on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pydicom
import pytest

from OsteoScreenLib.pacs.address import node
from OsteoScreenLib.pacs.credentials import Credentials
from OsteoScreenLib.pacs.faults import AccessError, PacsError
from OsteoScreenLib.pacs.sender import Destination, open_destination
from Testing.loopback_relay import Relay
from Testing.orthanc_server import REJECT_BY_PATIENT_ID, OrthancServer, free_ports, make_certificates, orthanc
from Testing.pacs.pacs_objects import PATIENT, film, films, opened_queue, osteoscreen, send_all, started, uid_of

PASSWORD, TOKEN = "pass-word-4711", "bearer-token-0815"
WAYS = ("dicom", "dicomweb")


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrthancServer]:
    with orthanc(tmp_path_factory.mktemp("pacs"), checks_title=True) as server:
        yield server


def way(server: OrthancServer, name: str, *, port: int | None = None, **options: float) -> Destination:
    """One of the two ways into a server, past a relay where a ``port`` is given."""
    address = getattr(server, name)
    if port is not None:
        address = address.replace(str(server.http_port if name == "dicomweb" else server.dicom_port), str(port))
    return open_destination(node(address), Credentials(), timeout_s=options.get("timeout_s", 20.0))


def behind(server: OrthancServer, name: str) -> int:
    return server.http_port if name == "dicomweb" else server.dicom_port


def assert_same(server: OrthancServer, path: Path) -> None:
    sent = pydicom.dcmread(path)
    kept = pydicom.dcmread(BytesIO(server.file(str(sent.SOPInstanceUID))))
    assert kept == sent
    assert kept.PixelData == sent.PixelData
    assert kept.file_meta.TransferSyntaxUID == sent.file_meta.TransferSyntaxUID


@pytest.mark.parametrize("name", WAYS)
def test_objects_are_stored_as_they_are_in_every_encoding(tmp_path: Path, pacs: OrthancServer, name: str) -> None:
    syntaxes = {"explicit": None, "implicit": pydicom.uid.ImplicitVRLittleEndian, "rle": pydicom.uid.RLELossless}
    paths = [film(tmp_path, f"{name}-{kind}") for kind in syntaxes]
    for path, syntax in zip(paths, syntaxes.values(), strict=True):
        dataset = pydicom.dcmread(path)
        if syntax == pydicom.uid.RLELossless:
            dataset.compress(syntax, generate_instance_uid=False)
        elif syntax is not None:
            dataset.file_meta.TransferSyntaxUID = syntax
        dataset.save_as(path)
    send_all(tmp_path / "q", paths, way(pacs, name))
    for path in paths:
        assert_same(pacs, path)


@pytest.mark.parametrize("name", WAYS)
def test_command_stores_result_folders_once(tmp_path: Path, pacs: OrthancServer, name: str) -> None:
    paths = [film(tmp_path / "out" / "hand" / "dicom", f"{name}-{number}") for number in range(3)]
    arguments = ["send", tmp_path / "out", "--to", getattr(pacs, name), "--queue", tmp_path / "q"]
    done = osteoscreen(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == f"{getattr(pacs, name)}: 3 stored, 0 waiting, 0 refused"
    for path in paths:
        assert_same(pacs, path)
    again = osteoscreen(*arguments)
    assert again.returncode == 0
    assert len(again.stdout.splitlines()) == 1, "nothing is stored again"


@pytest.mark.parametrize("name", WAYS)
def test_object_that_the_server_refuses_is_listed_and_the_others_are_stored(
    tmp_path: Path, pacs: OrthancServer, name: str
) -> None:
    good = [film(tmp_path, f"{name}-good{number}") for number in range(2)]
    # A real refusal of each way: a kind that the server does not keep; an object without its study.
    bad = film(tmp_path, f"{name}-bad", **({"SOPClassUID": "1.2.3.4"} if name == "dicom" else {"StudyInstanceUID": None}))
    done = osteoscreen("send", bad, *good, "--to", getattr(pacs, name), "--queue", tmp_path / "q")
    assert done.returncode == 2
    assert f"{uid_of(f'{name}-bad')}: refused: the server" in done.stderr
    assert done.stdout.splitlines()[-1].endswith("2 stored, 0 waiting, 1 refused")
    assert set(pacs.uids()) >= {uid_of(f"{name}-good0"), uid_of(f"{name}-good1")}
    with opened_queue(tmp_path / "q") as queue:
        assert [(uid, state) for uid, state, _ in queue.troubles(getattr(pacs, name))] == [(uid_of(f"{name}-bad"), "refused")]


def test_statuses_of_a_provider_are_told_apart(tmp_path: Path) -> None:
    """Orthanc never says A900 or A700 when asked to; this provider does."""
    from pynetdicom import AE, AllStoragePresentationContexts, evt

    answers = {uid_of("film0"): [0xA900], uid_of("film1"): [0xA700, 0x0000], uid_of("film2"): [0xB000]}
    entity = AE("STRICT")
    entity.supported_contexts = AllStoragePresentationContexts
    handlers = [(evt.EVT_C_STORE, lambda event: answers[str(event.request.AffectedSOPInstanceUID)].pop(0))]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        address = f"dicom://STRICT@127.0.0.1:{server.server_address[1]}"
        lines = send_all(tmp_path / "q", films(tmp_path, 3), open_destination(node(address), Credentials()), address)
    finally:
        server.shutdown()
    assert any("refused: the server answers A900" in line for line in lines)
    assert any("not stored yet: the server answers A700" in line for line in lines)
    with opened_queue(tmp_path / "q") as queue:
        assert str(queue.counts(address)) == "2 stored, 0 waiting, 1 refused"


def test_server_that_drops_what_it_calls_stored_is_found_out(tmp_path: Path) -> None:
    paths = [film(tmp_path, name) for name in ("DROPPED", "KEPT")]
    with orthanc(tmp_path / "o", lua=REJECT_BY_PATIENT_ID.format(patient_id="DROPPED")) as server:
        options = ["--to", server.dicomweb, "--queue", tmp_path / "q", "--confirm", "--attempts", "2"]
        done = osteoscreen("send", *paths, *options)
        assert server.uids() == [uid_of("KEPT")]
    assert done.returncode == 1
    assert f"{uid_of('DROPPED')}: waiting: the server says that it stored it, and does not list it" in done.stderr


def test_server_that_is_down_and_comes_up(tmp_path: Path, pacs: OrthancServer) -> None:
    """Nothing listens at first; the relay to the server appears while the command is waiting."""
    name = "dicom"
    port = free_ports(1)[0]
    address = getattr(pacs, name).replace(str(behind(pacs, name)), str(port))
    paths = [film(tmp_path, f"{name}-down{number}") for number in range(2)]
    process = started("send", *paths, "--to", address, "--queue", tmp_path / "q")
    assert "cannot be reached" in process.stdout.readline()
    relay = Relay(behind(pacs, name), port=port)
    try:
        rest, _ = process.communicate(timeout=60)
    finally:
        relay.close()
    assert process.returncode == 0, rest
    assert rest.splitlines()[-1] == f"{address}: 2 stored, 0 waiting, 0 refused"
    assert set(pacs.uids()) >= {uid_of(f"{name}-down{number}") for number in range(2)}


def test_server_that_stays_down_leaves_everything_in_the_queue(tmp_path: Path) -> None:
    address = f"dicom://GONE@127.0.0.1:{free_ports(1)[0]}"
    done = osteoscreen("send", *films(tmp_path, 2), "--to", address, "--queue", tmp_path / "q", "--attempts", "1")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == f"{address}: 0 stored, 2 waiting, 0 refused"
    without = osteoscreen("send", *films(tmp_path, 2), "--to", address, "--attempts", "1", "--quiet")
    assert (without.returncode, without.stdout) == (1, "")
    assert "--queue DIR" in without.stderr


@pytest.mark.parametrize("name", WAYS)
def test_slow_server_and_broken_connections(tmp_path: Path, pacs: OrthancServer, name: str) -> None:
    paths = [film(tmp_path, f"{name}-slow{number}") for number in range(3)]
    with Relay(behind(pacs, name)) as relay:
        relay.stalled, relay.breaks = 1, [9000]
        lines = send_all(tmp_path / "q", paths, way(pacs, name, port=relay.port, timeout_s=1.0), attempts=6)
        assert relay.connections >= 3
    assert "does not answer in time" in lines[0] or "broke off" in lines[0]
    assert [line for line in lines if line.endswith(": stored")] == lines[-3:]
    for path in paths:
        assert_same(pacs, path)


@pytest.mark.parametrize("name", WAYS)
def test_server_killed_in_the_middle_has_everything_once_in_the_end(tmp_path: Path, name: str) -> None:
    paths = films(tmp_path / "films", 14)
    with orthanc(tmp_path / "o") as server:
        process = started("send", *paths, "--to", getattr(server, name), "--queue", tmp_path / "q", "--timeout", "5")
        for _ in range(3):
            assert process.stdout.readline().endswith(": stored\n")
        server.kill()
        lines = [process.stdout.readline() for _ in range(1)]
        while lines[-1].endswith(": stored\n"):  # what was under way
            lines.append(process.stdout.readline())
        assert "next attempt in" in lines[-1]
        server.start()
        rest, _ = process.communicate(timeout=90)
        assert process.returncode == 0, rest
        assert rest.splitlines()[-1].endswith("14 stored, 0 waiting, 0 refused")
        assert server.uids() == sorted(uid_of(path.stem) for path in paths)
        for path in paths:
            assert_same(server, path)


@pytest.mark.parametrize("name", WAYS)
def test_our_own_process_killed_in_the_middle_resumes(tmp_path: Path, pacs: OrthancServer, name: str) -> None:
    paths = [film(tmp_path, f"{name}-killed{number}") for number in range(10)]
    process = started("send", *paths, "--to", getattr(pacs, name), "--queue", tmp_path / "q")
    for _ in range(2):
        assert process.stdout.readline().endswith(": stored\n")
    process.kill()
    process.communicate()
    done = osteoscreen("send", "--to", getattr(pacs, name), "--queue", tmp_path / "q")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith(": 10 stored, 0 waiting, 0 refused")
    assert len(done.stdout.splitlines()) <= 9
    uids = pacs.uids()
    assert [uids.count(uid_of(path.stem)) for path in paths] == [1] * 10
    for path in paths:
        assert_same(pacs, path)


def test_interrupt_says_what_is_left(tmp_path: Path) -> None:
    import signal

    address = f"dicom://GONE@127.0.0.1:{free_ports(1)[0]}"
    process = started("send", *films(tmp_path, 2), "--to", address, "--queue", tmp_path / "q")
    assert "next attempt" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 143
    assert rest.splitlines()[-1] == f"{address}: 0 stored, 2 waiting, 0 refused"


def test_wrong_password_stops_the_run_keeps_the_queue_and_is_not_printed(tmp_path: Path) -> None:
    paths = films(tmp_path, 2)
    with orthanc(tmp_path / "o", users={"screener": "right-one"}) as server:
        arguments = ["send", *paths, "--to", server.dicomweb, "--queue", tmp_path / "q"]
        wrong = {"OSTEOSCREEN_PACS_USER": "screener", "OSTEOSCREEN_PACS_PASSWORD": PASSWORD}
        done = osteoscreen(*arguments, environment=wrong)
        assert done.returncode == 2
        assert "OSTEOSCREEN_PACS_USER" in done.stderr
        assert done.stdout.splitlines()[-1].endswith("0 stored, 2 waiting, 0 refused")
        token = tmp_path / "token.json"
        token.write_text(json.dumps({"token": TOKEN}))
        token.chmod(0o600)
        refused = osteoscreen(*arguments, "--credentials", token)
        assert refused.returncode == 2
        kept = b"".join(path.read_bytes() for path in (tmp_path / "q").rglob("*") if path.is_file() and "sqlite" in path.name)
        for secret in (PASSWORD, TOKEN, PATIENT):
            assert secret not in done.stdout + done.stderr + refused.stdout + refused.stderr
            assert secret.encode() not in kept
        assert server.uids() == []
        right = {**wrong, "OSTEOSCREEN_PACS_PASSWORD": "right-one"}
        assert osteoscreen("send", "--to", server.dicomweb, "--queue", tmp_path / "q", environment=right).returncode == 0
        assert len(server.uids()) == 2


def test_wrong_title_and_wrong_path_say_so(tmp_path: Path, pacs: OrthancServer) -> None:
    wrong_title = pacs.dicom.replace("ORTHANC@", "OTHER@")
    with pytest.raises(AccessError, match="another title"):
        send_all(tmp_path / "q", films(tmp_path, 1), open_destination(node(wrong_title), Credentials()), wrong_title)
    with pytest.raises(PacsError, match="STOW-RS"):
        send_all(tmp_path / "q2", films(tmp_path, 1), open_destination(node(f"{pacs.web}/nothing"), Credentials()))


def test_certificates_of_a_private_authority(tmp_path: Path) -> None:
    ours, theirs = make_certificates(tmp_path / "ours"), make_certificates(tmp_path / "theirs", "stranger")
    known = Credentials(ca=str(ours.ca), cert=str(ours.client), key=str(ours.client_key))
    with orthanc(tmp_path / "o", certificates=ours, clients_need_certificate=True) as server:
        for number, address in enumerate((server.dicom, server.dicomweb)):
            path = film(tmp_path, f"tls{number}")
            for stranger in (Credentials(ca=str(theirs.ca)), Credentials()):
                with pytest.raises(AccessError, match="certificate that can be trusted"):
                    send_all(tmp_path / "q", [path], open_destination(node(address), stranger, timeout_s=5), address)
            send_all(tmp_path / "q", [path], open_destination(node(address), known), address)
            assert_same(server, path)
        plain = server.dicom.removesuffix("?tls")
        lines = send_all(tmp_path / "q2", [path], open_destination(node(plain), known, timeout_s=2), plain, attempts=1)
        assert "stored" not in lines[0]


def test_nonsense_on_the_command_line_is_one_line(tmp_path: Path) -> None:
    to = ["--to", "dicom://PACS@127.0.0.1:104"]
    (tmp_path / "text.dcm").write_text("dear diary")
    for arguments, wanted in [
        (["send", *to], "--queue DIR"),
        (["send", "x.dcm", "--to", f"https://me:{PASSWORD}@host/x"], "OSTEOSCREEN_PACS_USER"),
        (["send", "x.dcm", *to, "--title", "MUCH_TOO_LONG_A_TITLE"], "application entity title"),
        (["send", "x.dcm", *to, "--attempts", "0"], "whole number"),
        (["send", tmp_path / "text.dcm", *to], "text.dcm: is no complete DICOM file"),
        (["fetch", *to, "--out", "x"], "--from"),
        (["watch", *to, "--queue", tmp_path], "--listen"),
        (["watch", *to, "--queue", tmp_path, "--listen", "port"], "[HOST:]PORT"),
    ]:
        done = osteoscreen(*arguments)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert wanted in done.stderr
        assert PASSWORD not in done.stderr
