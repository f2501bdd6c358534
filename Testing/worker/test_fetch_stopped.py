"""A fetch that is stopped in the middle leaves no bundle, and the next one goes on where it was."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from OsteoScreenLib.bundle.library import BundleLibrary
from OsteoScreenLib.worker import FetchJob, write_job
from Testing.band_bundle import write_band_bundle
from Testing.bundle.one_file_site import Site
from Testing.worker.worker_runs import REAL, Worker, names


class SlowSite(Site):
    """Sends all but the last bytes and then waits until ``go_on`` is set."""

    def __init__(self, content: bytes) -> None:
        self.go_on = threading.Event()
        super().__init__(content)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if self.go_on.is_set():
            super().answer(request)
            return
        request.send_response(200)
        request.send_header("ETag", str(self.tag))
        request.send_header("Content-Length", str(len(self.content)))
        request.end_headers()
        request.wfile.write(self.content[:-100])
        request.wfile.flush()
        self.go_on.wait(120)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SlowSite]:
    folder = write_band_bundle(tmp_path / "bands")
    (folder / "notes.txt").write_bytes(bytes(range(256)) * 2000)  # of a size that arrives in several pieces
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for path in sorted(folder.iterdir()):
            opened.write(path, path.name)
    site = SlowSite(archive.getvalue())
    yield site
    site.go_on.set()
    site.stop()


@pytest.fixture
def library(tmp_path: Path, site: SlowSite, monkeypatch) -> BundleLibrary:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    write_job(FetchJob(site.url, tmp_path / "models"), tmp_path / "fetch.json")
    return BundleLibrary(tmp_path / "none", tmp_path / "models")


def middle(worker: Worker) -> None:
    """Wait until some of the file has arrived."""
    for line in worker.lines():
        if line.get("fraction", 0.0) > 0.0:
            return
    raise AssertionError(worker.errors)


def test_stopped_by_the_end_of_its_input_it_goes_on_the_next_time(tmp_path: Path, site: SlowSite, library: BundleLibrary) -> None:
    with Worker(REAL, "--serve", "--bundle", tmp_path / "bands") as worker:
        worker.send(tmp_path / "fetch.json")
        middle(worker)
        worker.close_input()
        assert worker.end() == 143
    assert library.entries() == ()
    assert names(library.own) == [".downloads"]
    site.go_on.set()
    with Worker(REAL, tmp_path / "fetch.json") as worker:
        lines = list(worker.lines())
        assert worker.end() == 0, lines
    assert int(site.asked[-1]["Range"].removeprefix("bytes=").rstrip("-")) > 0
    (entry,) = library.entries()
    assert (lines[-1]["result"], lines[-1]["state"]) == (str(entry.folder), None)
    assert [line["fraction"] for line in lines[:-1]] == sorted(line["fraction"] for line in lines[:-1])
    assert list(dict.fromkeys(line["stage"] for line in lines[:-1])) == ["downloading", "unpacking", "done"]
    assert names(library.own) == [entry.folder.name]


def test_file_that_is_no_bundle_is_not_kept(tmp_path: Path, site: SlowSite, library: BundleLibrary) -> None:
    site.content = b"a page that says sorry"
    site.go_on.set()
    with Worker(REAL, tmp_path / "fetch.json") as worker:
        assert worker.answer()["error"] == "bad_bundle"
        assert worker.end() == 2
    assert names(library.own) == []
