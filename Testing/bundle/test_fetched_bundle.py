"""A bundle fetched as the Slicer module does it: by the worker, from a server, into the user's library."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.bundle.library import BundleLibrary
from OsteoScreenLib.worker import FetchJob, write_job
from Testing.band_bundle import write_band_bundle
from Testing.bundle.one_file_site import Site

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    folder = write_band_bundle(tmp_path / "bands", name="Site model", version="2.0")
    archive = tmp_path / "bands.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for path in sorted(folder.iterdir()):
            opened.write(path, f"bands/{path.name}")
    site = Site(archive.read_bytes())
    yield site
    site.stop()


def fetch(site: Site, folder: Path, sha256: str | None = None) -> dict[str, Any]:
    """Run the worker; its last line."""
    job = folder / "job.json"
    write_job(FetchJob(site.url, folder / "models", sha256), job)
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    command = [sys.executable, "-m", "OsteoScreenLib.worker", str(job)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120, check=False)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_a_fetched_bundle_is_in_the_library(site: Site, tmp_path: Path) -> None:
    said = fetch(site, tmp_path, hashlib.sha256(site.content).hexdigest())
    (entry,) = BundleLibrary(tmp_path / "none", tmp_path / "models").entries()
    assert (entry.name, entry.version, entry.fault) == ("Site model", "2.0", None)
    assert Path(said["result"]) == entry.folder
    assert load_bundle(entry.folder).sha256 == load_bundle(tmp_path / "bands").sha256
    assert "in the library already" in fetch(site, tmp_path)["message"]


def test_a_wrong_hash_leaves_the_library_empty(site: Site, tmp_path: Path) -> None:
    said = fetch(site, tmp_path, "0" * 64)
    assert "it was removed" in said["message"]
    assert BundleLibrary(tmp_path / "none", tmp_path / "models").entries() == ()
    assert [path for path in (tmp_path / "models").rglob("*") if path.is_file()] == []


def test_what_is_no_bundle_is_refused(site: Site, tmp_path: Path) -> None:
    site.content = b"<html>Please log in</html>"
    assert "no sound .zip" in fetch(site, tmp_path)["message"]
    assert BundleLibrary(tmp_path / "none", tmp_path / "models").entries() == ()
