"""Manifests of annotated films: what is read, and that every fault is told with its place, value and remedy."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.radiograph import Laterality
from OsteoScreenLib.radiograph.values import Spacing, SpacingProvenance
from OsteoScreenLib.screening.storage_segmentation import write_segmentation
from Testing.training.annotated_folder import film, loose, write_data_set, write_manifest
from training.annotations import main
from training.segmentation.annotation_files import AnnotatedFilm, read_films
from training.segmentation.manifest import AnnotationStatus, Manifest, ManifestError, read_manifest
from training.segmentation.settings import SegmentationSettings

Content = dict[str, Any]
Spoil = Callable[[Path], None]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_set(tmp_path_factory.mktemp("original"))


@pytest.fixture
def manifest(original: Path, tmp_path: Path) -> Path:
    """A data set of its own for each test."""
    return shutil.copytree(original.parent, tmp_path / "set") / original.name


def change(manifest: Path, edit: Callable[[Content], None]) -> Path:
    content = json.loads(manifest.read_text())
    edit(content)
    return write_manifest(manifest.parent, content)


def faults_of(manifest: Path) -> list[str]:
    with pytest.raises(ManifestError) as caught:
        list(read_films(manifest))
    lines = [str(fault) for fault in caught.value.faults]
    assert all(line.startswith(str(manifest)) and "\n" not in line and ". " in line for line in lines)
    return [line.removeprefix(str(manifest)) for line in lines]


def only_fault(manifest: Path) -> str:
    lines = faults_of(manifest)
    assert len(lines) == 1, lines
    return lines[0]


def test_a_manifest_is_read(manifest: Path) -> None:
    read = read_manifest(manifest)
    assert read.name == "Two films"
    assert [entry.id for entry in read.films] == ["f0", "f1"]
    statuses = [[annotation.status for annotation in entry.annotations] for entry in read.films]
    assert statuses == [
        [AnnotationStatus.ACCEPTED, AnnotationStatus.CORRECTED],
        [AnnotationStatus.ACCEPTED, AnnotationStatus.REJECTED],
    ]


def test_the_documented_example_is_valid() -> None:
    page = (Path(__file__).parents[2] / "docs" / "annotations.md").read_text(encoding="utf-8")
    example, settings = re.findall(r"```json\n(.*?)```", page, flags=re.DOTALL)
    read = Manifest.model_validate_json(example)
    assert [len(entry.annotations) for entry in read.films] == [2, 1]
    assert SegmentationSettings.model_validate_json(settings).annotations is not None


def test_films_come_with_the_masks_that_were_drawn(manifest: Path) -> None:
    first, second = read_films(manifest)
    assert set(first.masks) == {"Ann", "Ben"}
    assert set(second.masks) == {"Ann"}  # a rejected annotation is left out
    assert np.array_equal(first.masks["Ann"], film(0).masks)
    assert np.array_equal(first.masks["Ben"], loose(film(0).masks))
    assert first.radiograph.shape == film(0).pixels.shape
    assert first.radiograph.normalised()[film(0).masks.any(axis=0)].mean() > 0.3


def test_what_the_manifest_says_of_a_film_overrides_its_file(manifest: Path) -> None:
    def edit(content: Content) -> None:
        content["films"][0] |= {"spacing_mm": [0.1, 0.12], "laterality": "right", "inverted": True}

    first, second = read_films(change(manifest, edit))
    assert first.radiograph.spacing == Spacing(0.1, 0.12, SpacingProvenance.USER)
    assert first.radiograph.laterality is Laterality.RIGHT
    assert first.radiograph.polarity.inverted
    assert not second.radiograph.polarity.inverted


def test_a_bone_outside_the_film_is_listed_as_absent(manifest: Path) -> None:
    def edit(content: Content) -> None:
        annotation = content["films"][1]["annotations"][0]
        del annotation["masks"]["radius"]
        annotation["absent"] = ["radius"]

    second = list(read_films(change(manifest, edit)))[1]
    assert not second.masks["Ann"][Bone.RADIUS.channel].any()
    assert second.masks["Ann"][Bone.ULNA.channel].any()


def test_films_with_nothing_but_rejections_are_left_out(manifest: Path) -> None:
    def edit(content: Content) -> None:
        content["films"][1]["annotations"] = [{"annotator": "Ann", "status": "rejected"}]

    assert [found.entry.id for found in read_films(change(manifest, edit))] == ["f0"]


def test_films_are_read_although_others_are_faulty(manifest: Path) -> None:
    (manifest.parent / "film0.png").unlink()
    found: list[AnnotatedFilm] = []
    with pytest.raises(ManifestError):
        found.extend(read_films(manifest))
    films = read_films(manifest)
    assert next(films).entry.id == "f1"


FIELDS: list[tuple[str, str, Callable[[Content], object]]] = [
    (": format", "'json'", lambda c: c.update(format="json")),
    (": version", "2", lambda c: c.update(version=2)),
    (": name", "missing", lambda c: c.pop("name")),
    (": created", "'yesterday'", lambda c: c.update(created="yesterday")),
    (": films", "at least one", lambda c: c.update(films=[])),
    (": author", "no field", lambda c: c.update(author="me")),
    ("", "2 films have the id 'f0'", lambda c: c["films"][1].update(id="f0")),
    (": films.0.id", "'a/b'", lambda c: c["films"][0].update(id="a/b")),
    (": films.1.subject", "missing", lambda c: c["films"][1].pop("subject")),
    (": films.0.image", "'/etc/passwd'", lambda c: c["films"][0].update(image="/etc/passwd")),
    (": films.0.image", "the part '..'", lambda c: c["films"][0].update(image="a/../../film.png")),
    (": films.0.image", "relative to the manifest", lambda c: c["films"][0].update(image="C:/film.png")),
    (": films.0.image", "with / between", lambda c: c["films"][0].update(image="a\\film.png")),
    (": films.0.sha256", "'abc'", lambda c: c["films"][0].update(sha256="abc")),
    (": films.0.spacing_mm", "0.01", lambda c: c["films"][0].update(spacing_mm=0.0001)),
    (": films.0.laterality", "'both'", lambda c: c["films"][0].update(laterality="both")),
    (": films.0.annotations", "at least one", lambda c: c["films"][0].update(annotations=[])),
    (": films.0", "'Ann' is listed 2 times", lambda c: c["films"][0]["annotations"][1].update(annotator="Ann")),
    (": films.0.annotations.0.status", "'fine'", lambda c: c["films"][0]["annotations"][0].update(status="fine")),
    (": films.0.annotations.0.masks.femur", "'radius'", lambda c: c["films"][0]["annotations"][0]["masks"].update(femur="f")),
    (": films.0.annotations.0", "nothing of ulna", lambda c: c["films"][0]["annotations"][0]["masks"].pop("ulna")),
    (": films.0.annotations.0", "ulna is drawn and listed", lambda c: c["films"][0]["annotations"][0].update(absent=["ulna"])),
    (": films.0.annotations.1", "both masks and", lambda c: c["films"][0]["annotations"][1].update(masks={})),
    (": films.0.annotations.1", "neither masks nor", lambda c: c["films"][0]["annotations"][1].pop("segmentation")),
]


@pytest.mark.parametrize(("place", "said", "edit"), FIELDS, ids=[f"{place}-{said}" for place, said, _ in FIELDS])
def test_wrong_fields_are_refused_by_name(manifest: Path, place: str, said: str, edit: Callable[[Content], None]) -> None:
    (line,) = faults_of(change(manifest, edit))
    assert line.startswith(f"{place}: ")
    assert said in line


def test_all_wrong_fields_are_told_at_once(manifest: Path) -> None:
    def edit(content: Content) -> None:
        content["films"][0] |= {"subject": "", "spacing_mm": "wide"}
        del content["films"][1]["image"]

    places = [line.split(": ")[1] for line in faults_of(change(manifest, edit))]
    assert places == ["films.0.subject", "films.0.spacing_mm", "films.1.image"]


def test_all_rejected_is_no_data_set(manifest: Path) -> None:
    def edit(content: Content) -> None:
        for entry in content["films"]:
            entry["annotations"] = [{"annotator": "Ann", "status": "rejected"}]

    assert "no film is left" in only_fault(change(manifest, edit))


def test_a_manifest_that_is_missing_or_no_json_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in only_fault(tmp_path / "manifest.json")
    (tmp_path / "manifest.json").write_text("films: none")
    assert "is not JSON" in only_fault(tmp_path / "manifest.json")


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])


def repainted(values: tuple[int, ...], size: tuple[int, int] | None = None) -> Callable[[Path], None]:
    def paint(path: Path) -> None:
        columns, rows = size or Image.open(path).size
        image = np.resize(np.array(values, np.uint8), (rows, columns))
        Image.fromarray(image).save(path)

    return paint


FILES: list[tuple[str, str, str, Spoil]] = [
    ("film1.png", ": films.1 (f1).image: ", "there is no file 'film1.png'", Path.unlink),
    ("film1.png", ": films.1 (f1).image: ", "cut off", damaged),
    ("film1.png", ": films.1 (f1).sha256: ", "'film1.png' has", repainted((0, 9, 255), (160, 192))),
    ("ann1/ulna.png", ": films.1 (f1).annotations.0.masks.ulna: ", "there is no file 'ann1/ulna.png'", Path.unlink),
    ("ann1/ulna.png", ": films.1 (f1).annotations.0.masks.ulna: ", "no image that can be read", damaged),
    (
        "ann1/ulna.png",
        ": films.1 (f1).annotations.0.masks.ulna: ",
        "80 x 70 pixels, the film 160 x 192",
        repainted((0, 1), (80, 70)),
    ),
    ("ann1/ulna.png", ": films.1 (f1).annotations.0.masks.ulna: ", "holds 3 values (0, 7, 255)", repainted((0, 7, 255))),
    ("ann1/ulna.png", ": films.1 (f1).annotations.0.masks.ulna: ", "is 255 everywhere", repainted((255,))),
    ("ann1/ulna.png", ": films.1 (f1).annotations.0.ulna: ", "is empty", repainted((0,))),
    ("ben0.seg.nrrd", ": films.0 (f0).annotations.1.segmentation: ", "there is no file", Path.unlink),
    ("ben0.seg.nrrd", ": films.0 (f0).annotations.1.segmentation: ", "damaged", damaged),
]


@pytest.mark.parametrize(("name", "place", "said", "spoil"), FILES, ids=[f"{file}-{said}" for file, _, said, _ in FILES])
def test_wrong_files_are_refused_by_name(manifest: Path, name: str, place: str, said: str, spoil: Spoil) -> None:
    spoil(manifest.parent / name)
    line = only_fault(manifest)
    assert line.startswith(place)
    assert said in line


def test_a_segmentation_of_another_film_is_refused(manifest: Path) -> None:
    masks = np.pad(film(0).masks, [(0, 0), (0, 3), (0, 0)])
    write_segmentation(manifest.parent / "ben0.seg.nrrd", masks, Spacing(), Laterality.LEFT)
    assert "192 x 160" in only_fault(manifest)


def test_an_empty_segment_must_be_listed_as_absent(manifest: Path) -> None:
    masks = film(0).masks.copy()
    masks[Bone.METACARPAL_1.channel] = False
    write_segmentation(manifest.parent / "ben0.seg.nrrd", masks, Spacing(), Laterality.LEFT)
    assert only_fault(manifest).startswith(": films.0 (f0).annotations.1.metacarpal_1: is empty")

    def edit(content: Content) -> None:
        content["films"][0]["annotations"][1]["absent"] = ["metacarpal_1"]

    assert len(list(read_films(change(manifest, edit)))) == 2


def test_a_drawn_bone_is_not_absent(manifest: Path) -> None:
    def edit(content: Content) -> None:
        content["films"][0]["annotations"][1]["absent"] = ["metacarpal_1"]

    assert "drawn and listed under absent" in only_fault(change(manifest, edit))


def test_a_film_is_listed_once(manifest: Path) -> None:
    def edit(content: Content) -> None:
        content["films"].append(content["films"][0] | {"id": "again"})

    assert "same file as the image of f0" in only_fault(change(manifest, edit))


def test_links_do_not_lead_out_of_the_folder(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "film0.png"
    (manifest.parent / "film0.png").rename(elsewhere)
    (manifest.parent / "film0.png").symlink_to(elsewhere)
    assert "leads out of the manifest's folder" in only_fault(manifest)


def test_the_check_shows_what_a_data_set_holds(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(manifest)]) == 0
    shown = capsys.readouterr()
    assert not shown.err
    assert "2 films of 2 subjects" in shown.out
    assert "Ann (2), Ben (2)" in shown.out
    assert "2 accepted, 1 corrected, 1 rejected" in shown.out
    one, other = film(0).masks[Bone.RADIUS.channel], loose(film(0).masks)[Bone.RADIUS.channel]
    dice = 2 * (one & other).sum() / (one.sum() + other.sum())
    (line,) = (line.split() for line in shown.out.splitlines() if line.startswith("radius"))
    assert line == ["radius", "3", "0", "1", f"{dice:.3f}", f"{dice:.3f}", "(f0)"]


def test_the_check_tells_all_faults_at_once(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damaged(manifest.parent / "film0.png")
    for bone in ("ulna", "radius"):
        repainted((0, 7, 255))(manifest.parent / "ann1" / f"{bone}.png")
    assert main(["check", str(manifest)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert lines[-1] == "3 faults"
    assert [name in line for name, line in zip(("film0.png", "radius", "ulna"), lines, strict=False)] == [True] * 3
