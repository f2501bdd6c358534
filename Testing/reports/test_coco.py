"""Outlines as COCO: polygons that hold the mask's pixels and no others, and what other programs need beside them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.path import Path as Outline
from scipy import ndimage

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.values import Spacing
from OsteoScreenLib.reports.coco import coco_document, polygons_of, write_coco
from Testing.screening_results import MISSING_BONE, make_screening_result

IMAGE_KEYS = {"id", "file_name", "width", "height"}
ANNOTATION_KEYS = {"id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd"}


@pytest.fixture(scope="module")
def result():
    return make_screening_result()[0]


@pytest.fixture(scope="module")
def document(result):
    return coco_document([result])


def drawn(polygons, shape: tuple[int, int]) -> np.ndarray:
    """The pixels whose centres lie in one of the polygons, as COCO's own tools count them."""
    rows, columns = np.indices(shape)
    centres = np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5], axis=1)
    inside = np.zeros(len(centres), bool)
    for polygon in polygons:
        inside |= Outline(np.reshape(polygon, (-1, 2))).contains_points(centres)
    return inside.reshape(shape)


def iou(first: np.ndarray, second: np.ndarray) -> float:
    return float((first & second).sum() / (first | second).sum())


def blob(seed: int, shape: tuple[int, int] = (90, 70)) -> np.ndarray:
    """A ragged mask of several parts that touches the film's edges, with its holes filled."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 3)
    return ndimage.binary_fill_holes(noise > 0.02)


def test_polygons_of_every_bone_are_its_mask(result, document) -> None:
    assert [BONES[each["category_id"] - 1] for each in document["annotations"]] == [
        bone for bone in BONES if bone is not MISSING_BONE
    ]
    for each in document["annotations"]:
        mask = result.segmentation.mask(BONES[each["category_id"] - 1])
        assert iou(drawn(each["segmentation"], mask.shape), mask) > 0.99
        left, top, width, height = each["bbox"]
        rows, columns = np.nonzero(mask)
        assert (left, top, left + width, top + height) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert each["area"] == mask.sum()


@pytest.mark.parametrize("seed", range(8))
def test_ragged_masks_come_back_exactly(seed: int) -> None:
    mask = blob(seed)
    polygons = polygons_of(mask)
    np.testing.assert_array_equal(drawn(polygons, mask.shape), mask)
    assert len(polygons) >= ndimage.label(mask)[1]
    points = np.concatenate(polygons)
    assert points.min() >= 0
    assert (points.max(axis=0) <= [mask.shape[1], mask.shape[0]]).all()


def test_polygons_are_simple_enough_to_be_edited(document) -> None:
    radius = document["annotations"][0]
    assert len(radius["segmentation"]) == 1
    perimeter = 2 * sum(radius["bbox"][2:])
    assert 8 <= len(radius["segmentation"][0]) <= perimeter


def test_a_whole_film_and_a_single_pixel() -> None:
    whole = np.ones((5, 4), bool)
    np.testing.assert_array_equal(drawn(polygons_of(whole), (5, 4)), whole)
    one = np.zeros((5, 4), bool)
    one[3, 2] = True
    np.testing.assert_array_equal(drawn(polygons_of(one), (5, 4)), one)
    assert polygons_of(np.zeros((5, 4), bool)) == ()


def test_holes_are_filled_and_counted(result) -> None:
    masks = result.segmentation.masks.copy()
    rows, columns = np.nonzero(masks[0])
    row, column = int(np.median(rows)), int(np.median(columns[rows == int(np.median(rows))]))
    masks[0, row - 1 : row + 2, column] = False
    holed = replace(result, segmentation=replace(result.segmentation, masks=masks))
    radius = coco_document([holed])["annotations"][0]
    assert radius["holes_px"] == 3
    assert radius["area"] == masks[0].sum() + 3
    np.testing.assert_array_equal(drawn(radius["segmentation"], masks[0].shape), result.segmentation.masks[0])


def test_the_document_has_what_readers_ask_for(result, document) -> None:
    assert set(document) == {"info", "licenses", "images", "annotations", "categories"}
    assert [each["name"] for each in document["categories"]] == [bone.value for bone in BONES]
    assert {each["supercategory"] for each in document["categories"]} == {"forearm", "metacarpal"}
    (image,) = document["images"]
    assert set(image) >= IMAGE_KEYS
    assert (image["width"], image["height"]) == (160, 200)
    assert image["sha256"] == result.film.source.sha256
    assert image["spacing_mm"] == [0.14, 0.15]
    for each in document["annotations"]:
        assert set(each) >= ANNOTATION_KEYS
        assert each["image_id"] == image["id"]
        assert all(len(polygon) >= 6 and len(polygon) % 2 == 0 for polygon in each["segmentation"])
    radius = document["annotations"][0]
    assert radius["disagreement"] == result.segmentation.bones[0].disagreement
    assert radius["mean_uncertainty"] == result.segmentation.bones[0].mean_uncertainty
    assert "not a medical device" in document["info"]["description"].lower()
    assert document["info"]["date_created"] == result.created


def test_many_films_have_numbers_of_their_own(result) -> None:
    other, _ = make_screening_result((120, 100), seed=1, spacing=Spacing(), missing=(Bone.RADIUS, Bone.ULNA))
    both = coco_document(iter([result, other]))
    assert [each["id"] for each in both["images"]] == [1, 2]
    assert both["images"][1]["spacing_mm"] is None
    assert [each["id"] for each in both["annotations"]] == list(range(1, 12))
    assert [each["image_id"] for each in both["annotations"]] == [1] * 6 + [2] * 5


def test_a_name_that_leads_elsewhere_is_a_name(result) -> None:
    for name in ("../../etc/passwd", "..\\passwd", "/etc/passwd"):
        source = replace(result.film.source, name=name)
        elsewhere = replace(result, film=replace(result.film, source=source))
        assert coco_document([elsewhere])["images"][0]["file_name"] == "passwd"


def test_no_film_is_a_document_too() -> None:
    assert coco_document([])["images"] == []


def test_the_file_is_the_document(result, document, tmp_path) -> None:
    write_coco(result, tmp_path / "coco.json")
    assert json.loads((tmp_path / "coco.json").read_text(encoding="utf-8")) == document
    assert [path.name for path in tmp_path.iterdir()] == ["coco.json"]
    with pytest.raises(OutputError, match="nowhere"):
        write_coco(result, tmp_path / "nowhere" / "coco.json")
