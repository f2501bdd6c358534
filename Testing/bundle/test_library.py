"""The library of bundles: what is listed, added, verified and removed, and what is refused."""

from __future__ import annotations

import json
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from OsteoScreenLib.bundle import load_bundle, sha256_of
from OsteoScreenLib.bundle.library import BundleEntry, BundleLibrary
from OsteoScreenLib.errors import BundleError
from Testing.band_bundle import write_band_bundle


@pytest.fixture
def library(tmp_path: Path) -> BundleLibrary:
    write_band_bundle(tmp_path / "shipped" / "first", name="first")
    return BundleLibrary(tmp_path / "shipped", tmp_path / "own")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = write_band_bundle(tmp_path / "source", name="Site model", version="2.0")
    (folder / "MODEL_CARD.md").write_text("who, why, what")
    return folder


def titles(library: BundleLibrary) -> list[tuple[str, str, bool]]:
    return [(entry.name, entry.version, entry.shipped) for entry in library.entries()]


def fault(library: BundleLibrary, folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        library.add_folder(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def zipped(folder: Path, archive: Path, top: str = "") -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path in sorted(folder.iterdir()):
            opened.write(path, f"{top}{path.name}")
    return archive


def test_shipped_bundles_are_listed_without_own_ones(library: BundleLibrary) -> None:
    (entry,) = library.entries()
    assert (entry.name, entry.version, entry.shipped, entry.fault) == ("first", "0.0.1", True, None)
    assert entry.sha256 == load_bundle(entry.folder).sha256
    assert not library.own.exists()
    assert BundleLibrary(library.own, library.own / "none").entries() == ()


def test_a_folder_is_copied_and_listed_after_the_shipped_ones(library: BundleLibrary, source: Path) -> None:
    (source / ".hidden").write_text("x")
    entry = library.add_folder(source)
    assert titles(library) == [("first", "0.0.1", True), ("Site model", "2.0", False)]
    assert library.entries()[1] == entry
    assert entry.folder.parent == library.own
    assert entry.folder.name == f"Site-model-2.0-{entry.sha256[:8]}"
    assert sorted(path.name for path in entry.folder.iterdir()) == ["MODEL_CARD.md", "bundle.json", "segmentation.onnx"]
    assert load_bundle(entry.folder).sha256 == load_bundle(source).sha256
    assert [path.name for path in library.own.iterdir()] == [entry.folder.name]


def test_versions_stand_side_by_side(library: BundleLibrary, source: Path, tmp_path: Path) -> None:
    library.add_folder(source)
    library.add_folder(write_band_bundle(tmp_path / "b", name="Site model", version="2.1"))
    library.add_folder(write_band_bundle(tmp_path / "c", name="Site model", version="2.0", intended_use="other"))
    assert [version for _, version, shipped in titles(library) if not shipped] == ["2.0", "2.0", "2.1"]
    assert len({entry.folder for entry in library.entries()}) == 4


def test_the_same_bundle_is_not_added_twice(library: BundleLibrary, source: Path) -> None:
    library.add_folder(source)
    assert "in the library already: Site model 2.0" in fault(library, source)
    assert "in the library already: first" in fault(library, library.shipped / "first")
    assert len(library.entries()) == 2


def test_a_damaged_copy_is_replaced_by_a_sound_one(library: BundleLibrary, source: Path) -> None:
    entry = library.add_folder(source)
    (entry.folder / "segmentation.onnx").write_bytes(b"torn")
    assert "SHA-256" in str(library.entries()[1].fault)
    assert library.add_folder(source) == entry
    assert [each.fault for each in library.entries()] == [None, None]


def test_a_faulty_bundle_is_listed_with_its_fault_and_not_added(library: BundleLibrary, source: Path) -> None:
    (source / "segmentation.onnx").write_bytes(b"another graph")
    assert "SHA-256" in fault(library, source)
    assert not library.own.exists() or list(library.own.iterdir()) == []
    shutil.copytree(source, library.own / "by-hand")
    entry = library.entries()[1]
    assert (entry.name, entry.version, entry.sha256) == ("by-hand", "", "")
    assert "segmentation.onnx" in str(entry.fault)


def test_verifying_finds_a_changed_byte_and_another_bundle(library: BundleLibrary, source: Path) -> None:
    entry = library.add_folder(source)
    assert library.verify(entry) == entry
    index = json.loads((entry.folder / "bundle.json").read_text())
    (entry.folder / "bundle.json").write_text(json.dumps(index | {"intended_use": "something else"}))
    assert "another bundle now" in str(library.verify(entry).fault)
    (entry.folder / "segmentation.onnx").write_bytes(b"torn")
    assert "SHA-256" in str(library.verify(entry).fault)
    shutil.rmtree(entry.folder)
    assert "not found" in str(library.verify(entry).fault)


def test_own_bundles_are_removed_sound_or_faulty(library: BundleLibrary, source: Path) -> None:
    entry = library.add_folder(source)
    (entry.folder / "segmentation.onnx").write_bytes(b"torn")
    library.remove(library.verify(entry))
    assert titles(library) == [("first", "0.0.1", True)]
    assert list(library.own.iterdir()) == []


def test_nothing_else_is_ever_removed(library: BundleLibrary, source: Path, tmp_path: Path) -> None:
    shipped, own = library.entries()[0], library.add_folder(source)
    link = library.own / "link"
    link.symlink_to(source)
    places = [shipped.folder, source, library.own, library.own / "..", own.folder / "..", link, library.own / "none", tmp_path]
    for place in places:
        for claimed in (True, False):
            with pytest.raises(BundleError):
                library.remove(BundleEntry("a", "1", "", place, shipped=claimed))
    assert (source / "bundle.json").exists()
    assert library.verify(shipped).fault is None
    assert library.verify(own).fault is None


@pytest.mark.parametrize("top", ["", "bundle-2.0/"])
def test_an_archive_is_added_with_or_without_a_top_folder(library: BundleLibrary, source: Path, tmp_path: Path, top: str) -> None:
    archive = zipped(source, tmp_path / "a.zip", top)
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr("__MACOSX/._bundle.json", b"resource fork")
        opened.writestr(f"{top}.DS_Store", b"view")
        if top:
            opened.mkdir(top) if hasattr(opened, "mkdir") else opened.writestr(top, b"")
    entry = library.add_archive(archive, sha256_of(archive).upper())
    assert entry.sha256 == load_bundle(source).sha256
    assert [path.name for path in library.own.iterdir()] == [entry.folder.name]


def archive_fault(library: BundleLibrary, archive: Path, sha256: str | None = None) -> str:
    with pytest.raises(BundleError) as caught:
        library.add_archive(archive, sha256)
    text = str(caught.value)
    assert str(archive) in text
    assert ".unpacking" not in text
    assert "\n" not in text
    assert not library.own.exists() or list(library.own.iterdir()) == []
    return text


def test_an_archive_with_another_hash_is_refused(library: BundleLibrary, source: Path, tmp_path: Path) -> None:
    assert "SHA-256" in archive_fault(library, zipped(source, tmp_path / "a.zip"), "0" * 64)


def test_a_faulty_bundle_in_an_archive_is_told_by_its_file(library: BundleLibrary, source: Path, tmp_path: Path) -> None:
    (source / "segmentation.onnx").write_bytes(b"another graph")
    assert "a.zip: segmentation.onnx: SHA-256" in archive_fault(library, zipped(source, tmp_path / "a.zip"))


@pytest.mark.parametrize(
    "name",
    ["../evil.txt", "/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:evil.txt", "C:/evil.txt", "a\\..\\..\\evil.txt"],
)
def test_paths_that_lead_out_are_refused(library: BundleLibrary, source: Path, tmp_path: Path, name: str) -> None:
    archive = zipped(source, tmp_path / "a.zip")
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr(name, b"evil")
    assert "leads out" in archive_fault(library, archive)
    assert not list(tmp_path.rglob("evil*"))


def test_links_are_refused(library: BundleLibrary, source: Path, tmp_path: Path) -> None:
    archive = zipped(source, tmp_path / "a.zip")
    link = zipfile.ZipInfo("notes.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr(link, "/etc/passwd")
    assert "a link" in archive_fault(library, archive)


def test_a_bomb_is_refused_before_it_is_unpacked(library: BundleLibrary, source: Path, tmp_path: Path) -> None:
    archive = zipped(source, tmp_path / "a.zip")
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("zeros.txt", bytes(64 << 20))
    assert "times its size" in archive_fault(library, archive)


def test_sizes_and_numbers_have_limits(
    library: BundleLibrary, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = zipped(source, tmp_path / "a.zip")
    monkeypatch.setattr("OsteoScreenLib.bundle.archive.LARGEST_BYTES", 100)
    assert "more than 0 MB" in archive_fault(library, archive)
    monkeypatch.undo()
    monkeypatch.setattr("OsteoScreenLib.bundle.archive.MOST_FILES", 2)
    assert "3 files" in archive_fault(library, archive)


def test_a_size_that_lies_does_not_get_through(library: BundleLibrary, source: Path, tmp_path: Path) -> None:
    archive = zipped(source, tmp_path / "a.zip")
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("zeros.txt", bytes(1000))
    content = bytearray(archive.read_bytes())
    entry = content.rindex(b"zeros.txt") - 46  # central directory: uncompressed size at offset 24
    content[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    archive.write_bytes(content)
    assert "no sound .zip" in archive_fault(library, archive)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["bundle.json", "sub/a.onnx"], "folders"),
        (["a/b/bundle.json"], "folders"),
        (["a/bundle.json", "b/graph.onnx"], "folders"),
        (["graph.onnx"], "no bundle.json"),
        ([], "no bundle.json"),
        (["bundle.json", "Bundle.JSON"], "same name"),
    ],
)
def test_other_layouts_are_refused(library: BundleLibrary, tmp_path: Path, names: list[str], words: str) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for name in names:
            opened.writestr(name, b"{}")
    assert words in archive_fault(library, archive)


def test_what_is_no_archive_is_refused(library: BundleLibrary, source: Path, tmp_path: Path) -> None:
    (tmp_path / "page.zip").write_text("<html>Please log in</html>")
    assert "no sound .zip" in archive_fault(library, tmp_path / "page.zip")
    torn = zipped(source, tmp_path / "torn.zip")
    torn.write_bytes(torn.read_bytes()[:-200])
    assert "no sound .zip" in archive_fault(library, torn)
    damaged = zipped(source, tmp_path / "damaged.zip")
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0xFF
    damaged.write_bytes(content)
    archive_fault(library, damaged)
    assert "cannot be unpacked" in archive_fault(library, tmp_path / "none.zip")
