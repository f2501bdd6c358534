"""Identifiers: the same film and model give the same ones, whenever it is written; anything else gives others."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

from OsteoScreenLib.radiograph.values import Laterality, Spacing, SpacingProvenance
from OsteoScreenLib.reports.dicom import write_dicom_objects
from OsteoScreenLib.reports.dicom.uids import ObjectUids, object_uids, observer_uid
from OsteoScreenLib.screening.values import ScreeningResult
from Testing.reports.dicom.grafted_result import graft, write_film


def drawn(result: ScreeningResult, *, shift: int) -> ScreeningResult:
    """The result with the radius drawn by a person, ``shift`` pixels lower."""
    masks = result.segmentation.masks.copy()
    masks[0, shift:] = masks[0, : masks.shape[1] - shift]
    bones = (replace(result.segmentation.bones[0], drawn=True), *result.segmentation.bones[1:])
    return replace(result, segmentation=replace(result.segmentation, masks=masks, bones=bones))


def test_identifiers_are_valid_and_all_different() -> None:
    uids = ObjectUids("a", "b")
    made = [uids.study(), uids.captured("series"), uids.captured("instance"), uids.tracking("screening")]
    made += [each(kind) for each in (uids.series, uids.instance, uids.dimensions) for kind in ("segmentation", "report")]
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(r"2\.25\.[1-9][0-9]{0,38}", uid) and len(uid) <= 64 for uid in made)


def test_same_result_gives_the_same_bytes_another_day_only_other_dates(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.dcm")
    result, radiograph = graft(film)
    first = write_dicom_objects(result, radiograph, film, tmp_path / "first")
    second = write_dicom_objects(result, radiograph, film, tmp_path / "second")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    later = replace(result, created="2027-03-04T05:06:07Z", timings={"segmentation": 9.0})
    for before, after in zip(first, write_dicom_objects(later, radiograph, film, tmp_path / "later"), strict=True):
        old, new = pydicom.dcmread(before), pydicom.dcmread(after)
        assert (new.InstanceCreationDate, new.InstanceCreationTime) == ("20270304", "050607")
        changed = {e.keyword for e, o in zip(new.iterall(), old.iterall(), strict=True) if e.VR != "SQ" and e.value != o.value}
        # The overlay's strip names the day.
        assert {each for each in changed if "Date" not in each and "Time" not in each} <= {"PixelData"}
        assert ("PixelData" in changed) == (before.name == "overlay.dcm")


def test_copied_or_renamed_file_of_the_same_film_gives_the_same_identifiers(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.dcm")
    other = tmp_path / "of another name.dcm"
    dataset = pydicom.dcmread(film)
    dataset.InstitutionName = "added on the way"
    dataset.save_as(other)
    assert film.read_bytes() != other.read_bytes()
    assert object_uids(*graft(film)) == object_uids(*graft(other))


def _other_pixels(result, radiograph):
    pixels = radiograph.pixels.copy()
    pixels[0, 0] += 1
    return result, replace(radiograph, pixels=pixels)


OTHERS = {
    "model": lambda result: replace(result, bundle=replace(result.bundle, sha256="0" * 64)),
    "software": lambda result: replace(result, software_version="0.0.other"),
    "seed": lambda result: replace(result, seed=result.seed + 1),
    "samples": lambda result: replace(result, samples=result.samples + 1),
    "spacing": lambda result: replace(result, film=replace(result.film, spacing=Spacing(0.1, 0.1, SpacingProvenance.USER))),
    "side": lambda result: replace(result, film=replace(result.film, laterality=Laterality.RIGHT)),
    "polarity": lambda result: replace(
        result, film=replace(result.film, polarity=replace(result.film.polarity, inverted=not result.film.polarity.inverted))
    ),
    "age": lambda result: replace(result, film=replace(result.film, source=replace(result.film.source, patient_age_years=30.0))),
    "outline": lambda result: drawn(result, shift=1),
}


@pytest.mark.parametrize("what", OTHERS)
def test_other_result_of_the_film_has_other_objects_that_track_the_same_bones(tmp_path: Path, what: str) -> None:
    result, radiograph = graft(write_film(tmp_path / "film.dcm"))
    before, after = object_uids(result, radiograph), object_uids(OTHERS[what](result), radiograph)
    for kind in ("segmentation", "probability", "report", "overlay"):
        assert before.instance(kind) != after.instance(kind)
        assert before.series(kind) != after.series(kind)
    assert before.tracking("radius") == after.tracking("radius")


def test_another_film_and_another_drawing_have_other_identifiers(tmp_path: Path) -> None:
    result, radiograph = graft(write_film(tmp_path / "film.dcm"))
    assert object_uids(result, radiograph).film != object_uids(*_other_pixels(result, radiograph)).film
    one, other = drawn(result, shift=1), drawn(result, shift=2)
    assert object_uids(one, radiograph).result != object_uids(other, radiograph).result
    assert observer_uid(result) != observer_uid(OTHERS["model"](result))
