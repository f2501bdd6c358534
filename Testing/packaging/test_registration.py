"""What the module registers when Slicer has started: sample films and terminology, from its own folder."""

from __future__ import annotations

import hashlib
import logging
import sys
import urllib.request
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from OsteoScreenPanel import sample_data, terminology

from OsteoScreenLib.bundle.location import resources_folder
from OsteoScreenLib.radiograph import read_radiograph

KNOWN = {
    "category", "sampleName", "uris", "fileNames", "nodeNames", "customDownloader", "thumbnailFileName", "loadFileType",
    "loadFiles", "loadFileProperties", "checksums",
}  # fmt: skip


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """What was registered, in a stand-in of Slicer's SampleData with its keywords."""
    entries: list[dict] = []

    def register(**keywords: object) -> None:
        assert set(keywords) <= KNOWN
        entries.append(keywords)

    module = ModuleType("SampleData")
    module.SampleDataLogic = SimpleNamespace(registerCustomSampleDataSource=register)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "SampleData", module)
    return entries


def test_every_sample_film_is_offered_with_the_right_checksum(offered: list[dict], tmp_path: Path) -> None:
    names = sample_data.register_sample_data()
    assert [each["sampleName"] for each in offered] == list(names)
    films = sorted((resources_folder() / "SampleData").glob("*.png"))
    assert sorted(each["nodeNames"] for each in offered) == [film.stem for film in films]
    for entry in offered:
        # As Slicer does: fetched by its address into the cache, then compared.
        copy = tmp_path / entry["fileNames"]
        urllib.request.urlretrieve(entry["uris"], copy)
        algorithm, _, digest = entry["checksums"].partition(":")
        assert algorithm == "SHA256"
        assert hashlib.sha256(copy.read_bytes()).hexdigest() == digest
        assert read_radiograph(copy).pixels.min() < read_radiograph(copy).pixels.max()
    assert len({entry["fileNames"] for entry in offered}) == len(offered)


def test_sample_films_open_one_by_one_as_volumes(offered: list[dict]) -> None:
    sample_data.register_sample_data()
    assert {entry["loadFileType"] for entry in offered} == {"VolumeFile"}
    assert all(entry["loadFileProperties"] == {"singleFile": True} for entry in offered)
    assert {entry["category"] for entry in offered} == {"OsteoScreen"}


def test_thumbnails_have_slicers_size_and_show_outlines(offered: list[dict]) -> None:
    pillow = pytest.importorskip("PIL.Image")
    sample_data.register_sample_data()
    for entry in offered:
        with pillow.open(entry["thumbnailFileName"]) as picture:
            assert picture.size == (260, 280)
            colours = np.asarray(picture.convert("RGB")).astype(int)
        coloured = np.ptp(colours, axis=2) > 60
        assert 0.01 < coloured.mean() < 0.3


def test_a_folder_with_spaces_gives_a_working_address(
    offered: list[dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "My Slicer" / "ümlaut"
    (folder / "SampleData").mkdir(parents=True)
    for film in sample_data.SAMPLE_FILMS:
        (folder / "SampleData" / f"{film.node}.png").write_bytes(b"film")
    monkeypatch.setattr(sample_data, "resources_folder", lambda: folder)
    sample_data.register_sample_data()
    for entry in offered:
        with urllib.request.urlopen(entry["uris"]) as answer:
            assert answer.read() == b"film"


def test_without_the_sample_data_module_nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SampleData", None)
    assert sample_data.register_sample_data() == ()


def slicer_with(terminologies: object) -> ModuleType:
    module = ModuleType("slicer")
    module.modules = SimpleNamespace(**({} if terminologies is None else {"terminologies": terminologies}))  # type: ignore[attr-defined]
    return module


def test_terminology_is_loaded_from_the_extensions_file(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def load(path: str) -> str:
        asked.append(path)
        return "OsteoScreen"

    logic = SimpleNamespace(LoadTerminologyFromFile=load)
    monkeypatch.setitem(sys.modules, "slicer", slicer_with(SimpleNamespace(logic=lambda: logic)))
    assert terminology.register_terminology() == "OsteoScreen"
    assert [Path(each).is_file() for each in asked] == [True]


def test_terminology_that_does_not_load_is_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    logic = SimpleNamespace(LoadTerminologyFromFile=lambda path: "")
    monkeypatch.setitem(sys.modules, "slicer", slicer_with(SimpleNamespace(logic=lambda: logic)))
    with caplog.at_level(logging.ERROR):
        assert terminology.register_terminology() == ""
    assert terminology.FILE in caplog.text


def test_without_the_terminologies_module_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "slicer", slicer_with(None))
    assert terminology.register_terminology() == ""
