"""What is read from the objects is what went in: masks bit for bit, probabilities, numbers, and the right way up."""

from __future__ import annotations

from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from scipy import ndimage

from OsteoScreenLib.bones import BONE_CODES, Bone
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.reports.dicom import write_dicom_objects
from OsteoScreenLib.screening.values import ScreeningResult
from Testing.reports.dicom.grafted_result import graft, write_film

Written = tuple[ScreeningResult, Radiograph, dict[str, Path]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("objects")
    film = write_film(folder / "film.dcm")
    result, radiograph = graft(film)
    return result, radiograph, {path.stem: path for path in write_dicom_objects(result, radiograph, film, folder / "out")}


def test_masks_come_back_bit_for_bit(written: Written) -> None:
    result, _, paths = written
    segmentation = highdicom.seg.segread(paths["segmentation"])
    bones = result.segmentation.found_bones
    frames = segmentation.get_pixels_by_source_instance([result.film.source.sop_instance_uid])[0].astype(bool)
    assert np.array_equal(frames, np.stack([result.segmentation.mask(bone) for bone in bones], axis=-1))
    assert (frames.sum(axis=-1) > 1).any(), "the bones of this result overlap"
    # The same without highdicom: frames in the order of the segments, rows from the top.
    plain = pydicom.dcmread(paths["segmentation"]).pixel_array
    assert np.array_equal(plain.astype(bool), np.moveaxis(frames, -1, 0))


def test_segments_have_codes_colours_and_an_algorithm(written: Written) -> None:
    result, _, paths = written
    segmentation = highdicom.seg.segread(paths["segmentation"])
    for number, bone in enumerate(result.segmentation.found_bones, start=1):
        segment = segmentation.get_segment_description(number)
        assert segment.segment_label == segment.tracking_id == bone.title
        assert segment.segmented_property_type.value == BONE_CODES[bone].snomed
        (algorithm,) = segment.SegmentationAlgorithmIdentificationSequence
        assert algorithm.AlgorithmName == "OsteoScreen test-bundle"
        assert result.bundle.version in algorithm.AlgorithmVersion
        assert result.bundle.sha256 in algorithm.AlgorithmParameters
        colour = highdicom.color.CIELabColor.from_dicom_value(segment.RecommendedDisplayCIELabValue).to_rgb()
        assert np.allclose(colour, np.array(BONE_CODES[bone].colour) * 255, atol=3)


def test_probabilities_come_back_within_a_level(written: Written) -> None:
    result, _, paths = written
    stored = pydicom.dcmread(paths["probability"])
    assert (stored.SegmentationFractionalType, stored.MaximumFractionalValue) == ("PROBABILITY", 255)
    frames = highdicom.seg.segread(paths["probability"]).get_pixels_by_source_instance([result.film.source.sop_instance_uid])[0]
    hypotheses = result.segmentation.hypotheses
    assert hypotheses is not None
    for index, bone in enumerate(result.segmentation.found_bones):
        mean = np.einsum("n,nrc->rc", hypotheses.weights, hypotheses.probabilities[:, bone.channel])
        # Grid pixel (r, c) lies on film pixel (2 r, 2 c): there nothing is interpolated.
        on_grid = frames[::2, ::2, index]
        shown = mean > 1e-3
        assert np.abs(on_grid - mean)[shown].max() <= 1 / 255
        assert (on_grid[~shown] == 0).all()
    overlap = np.stack([result.segmentation.mask(bone) for bone in result.segmentation.found_bones], axis=-1)
    assert frames[ndimage.binary_erosion(overlap, np.ones((5, 5, 1)))].min() > 0.5


def test_numbers_come_back_exactly(written: Written) -> None:
    result, _, paths = written
    report = highdicom.sr.srread(paths["report"])
    screening, *others = report.content.get_image_measurement_groups()
    numbers = {m.name.value: m.value for m in screening.get_measurements() if m.derivation is None}
    score = result.score
    assert score.operating_point is not None
    assert (numbers["OSTEO_PROB"], numbers["RULE_OUT"], numbers["RULE_IN"]) == (score.probability, 0.20, 0.55)
    ends = {m.derivation.value: m.value for m in screening.get_measurements() if m.derivation is not None}
    assert (ends["P05"], ends["P95"]) == score.interval
    states = [each.value.value for each in screening.get_qualitative_evaluations() if each.name.value == "STATE"]
    assert states == [score.state.name]
    assert len(others) == 1
    for bone in result.segmentation.found_bones:
        (group,) = report.content.get_planar_roi_measurement_groups(tracking_uid=_tracking(paths, bone))
        assert group.finding_sites[0].laterality.meaning == "Left"
        for level in (each for each in result.radiogrammetry.levels if each.bone is bone):
            at = [m for m in group.get_measurements() if m.finding_sites and _place(m) == f"LEVEL_{100 * level.level:g}"]
            found = {(m.name.value, m.unit.value): m.value for m in at if m.derivation is None}
            assert found == {
                ("MCI", "1"): level.mci,
                ("PCA", "1"): level.pca,
                ("W", "{pixels}"): level.outer_width_px,
                ("D", "{pixels}"): level.medullary_width_px,
                ("W", "mm"): level.outer_width_mm,
                ("D", "mm"): level.medullary_width_mm,
            }


def _tracking(paths: dict[str, Path], bone: Bone) -> str:
    segments = pydicom.dcmread(paths["segmentation"]).SegmentSequence
    return next(str(item.TrackingUID) for item in segments if item.SegmentLabel == bone.title)


def _place(measurement: highdicom.sr.Measurement) -> str:
    return str(measurement.finding_sites[0].topographical_modifier.value)


def test_every_level_of_the_radius_has_its_place(written: Written) -> None:
    result, _, paths = written
    report = highdicom.sr.srread(paths["report"])
    (group,) = report.content.get_planar_roi_measurement_groups(tracking_uid=_tracking(paths, Bone.RADIUS))
    at = {m.name.value: m.value for m in group.get_measurements() if m.finding_sites and _place(m) == "DISTANCE_50"}
    (measured,) = result.radiogrammetry.radius
    assert at == {
        "W": measured.outer_width_mm,
        "D": measured.medullary_width_mm,
        "CCT": measured.combined_thickness_mm,
        "RADIUS_CI": measured.cortical_index,
    }


def test_overlay_shows_every_bone_in_its_colour_where_its_outline_is(written: Written) -> None:
    """Upside down, mirrored or shifted, the coloured pixels would not lie at the edges of the masks."""
    result, _, paths = written
    overlay = pydicom.dcmread(paths["overlay"])
    assert (overlay.BurnedInAnnotation, overlay.ConversionType) == ("NO", "WSD")
    picture = overlay.pixel_array.astype(int)
    rows = picture.shape[0]
    scale = 800 / 200  # film rows to picture rows; the strip of words lies below
    film = picture[: round(200 * scale)]
    assert rows > film.shape[0]
    for bone in (Bone.METACARPAL_2, Bone.METACARPAL_3):
        colour = np.round(np.array(BONE_CODES[bone].colour) * 255)
        drawn = np.abs(film - colour).max(axis=-1) < 40
        where = np.argwhere(drawn).astype(float)
        mask = result.segmentation.mask(bone)
        edge = mask ^ ndimage.binary_erosion(mask)
        far = ndimage.distance_transform_edt(~edge)
        row, column = ((where + 0.5) / (scale, film.shape[1] / 160) - 0.5).round().astype(int).T
        distance = far[row.clip(0, 199), column.clip(0, 159)]
        assert np.median(distance) <= 1.0, bone
