"""What a correction changed, counted by hand on small masks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiograph.values import Spacing, SpacingProvenance
from OsteoScreenLib.workflow.difference import difference, html
from Testing.screening_results import make_score, make_screening_result

SPACING = Spacing(0.5, 0.5, SpacingProvenance.USER)


def with_masks(result, **boxes: tuple[slice, slice] | None):
    """The result with the named bones drawn as boxes (``None``: not there)."""
    masks = result.segmentation.masks.copy()
    bones = list(result.segmentation.bones)
    for name, box in boxes.items():
        bone = Bone(name)
        masks[bone.channel] = False
        if box is not None:
            masks[bone.channel][box] = True
        bones[bone.channel] = replace(bones[bone.channel], found=box is not None, area_px=int(masks[bone.channel].sum()))
    return replace(result, segmentation=replace(result.segmentation, masks=masks, bones=tuple(bones)))


@pytest.fixture
def before():
    return make_screening_result(spacing=SPACING)[0]


def rows_by_name(before, after) -> dict[str, tuple[str, str, str]]:
    return {row.what: (row.before, row.after, row.change) for row in difference(before, after)}


def test_nothing_changed_is_four_rows_that_say_so(before) -> None:
    rows = difference(before, before)
    assert [row.what for row in rows] == ["State", "Probability", "Interval", "Cortical index"]
    assert {row.change for row in rows} == {"unchanged"}
    assert all(row.before == row.after for row in rows)


def test_score_and_index_that_moved(before) -> None:
    after = replace(
        before,
        score=replace(make_score(State.CONSIDER_DXA), interval=(0.70, 0.80)),
        radiogrammetry=replace(before.radiogrammetry, mean_mci=0.4, levels=before.radiogrammetry.levels[:1]),
    )
    rows = rows_by_name(before, after)
    assert rows["State"] == ("Indeterminate", "Consider DXA", "changed")
    assert rows["Probability"] == ("38%", "80%", "+42.5 percentage points")
    assert rows["Interval"] == ("32% to 48%", "70% to 80%", "width -5.0 percentage points")
    assert rows["Cortical index"] == ("0.500 (8 levels)", "0.400 (1 level)", "-0.100")


def test_an_index_that_hardly_moved_is_not_called_a_change_of_nothing(before) -> None:
    after = replace(before, radiogrammetry=replace(before.radiogrammetry, mean_mci=before.radiogrammetry.mean_mci - 0.0002))
    assert rows_by_name(before, after)["Cortical index"][2] == "less than 0.001"


def test_score_that_is_gone_or_new(before) -> None:
    refused = replace(
        before,
        score=make_score(State.NOT_ANALYSABLE),
        radiogrammetry=replace(before.radiogrammetry, mean_mci=None, levels=()),
    )
    assert rows_by_name(before, refused)["Probability"] == ("38%", "\u2014", "no longer given")
    assert rows_by_name(refused, before)["Probability"] == ("\u2014", "38%", "now given")
    assert rows_by_name(refused, before)["Cortical index"][2] == "now given"
    assert rows_by_name(refused, refused)["Interval"] == ("\u2014", "\u2014", "unchanged")


def test_bones_that_changed_counted_by_hand(before) -> None:
    before = with_masks(before, radius=(slice(0, 10), slice(0, 20)), ulna=(slice(0, 10), slice(0, 4)), metacarpal_1=None)
    after = with_masks(before, radius=(slice(0, 10), slice(10, 40)), ulna=None, metacarpal_1=(slice(0, 20), slice(0, 20)))
    rows = rows_by_name(before, after)
    # 200 px and 300 px share 100 px: Dice 2 * 100 / 500. One pixel is .25 mm2.
    assert rows["Radius"] == ("50 mm\u00b2", "75 mm\u00b2", "Dice 0.400, area +50.0%")
    assert rows["Ulna"] == ("10 mm\u00b2", "not found", "removed")
    assert rows["Metacarpal 1"] == ("not found", "100 mm\u00b2", "added")
    assert not {bone.title for bone in BONES[3:]} & set(rows)


def test_what_moved_without_growing(before) -> None:
    score = replace(before.score, probability=0.4, interval=(0.375, 0.525))
    after = replace(with_masks(before, radius=(slice(0, 10), slice(10, 30))), score=score)
    before = with_masks(before, radius=(slice(0, 10), slice(0, 20)))
    rows = rows_by_name(before, after)
    assert rows["Interval"] == ("32% to 48%", "38% to 52%", "same width")
    assert rows["Radius"] == ("50 mm\u00b2", "50 mm\u00b2", "Dice 0.500, same area")


def test_area_is_in_pixels_where_the_spacing_is_unknown() -> None:
    before = with_masks(make_screening_result(spacing=Spacing())[0], radius=(slice(0, 40), slice(0, 100)))
    after = with_masks(before, radius=(slice(0, 40), slice(0, 50)))
    assert rows_by_name(before, after)["Radius"] == ("4,000 px", "2,000 px", "Dice 0.667, area -50.0%")


def test_findings_gone_and_new(before) -> None:
    gone = QualityFinding("disagreement", Severity.INDETERMINATE, "The outlines disagree.")
    new = QualityFinding("cut_off", Severity.WARNING, "The radius is cut off.")
    kept = before.quality
    rows = difference(replace(before, quality=(*kept, gone)), replace(before, quality=(*kept, new)))
    assert [(row.what, row.before, row.after, row.change) for row in rows[4:]] == [
        ("Speaks against a clear answer", "The outlines disagree.", "\u2014", "no longer found"),
        ("Warning", "\u2014", "The radius is cut off.", "new"),
    ]


def test_results_of_two_films_are_refused(before) -> None:
    other = make_screening_result((100, 80))[0]
    with pytest.raises(UsageError, match="200 x 160 and 100 x 80 pixels"):
        difference(before, other)


def test_table_is_escaped_and_has_every_row(before) -> None:
    finding = QualityFinding("x", Severity.WARNING, "<b>bold</b> & more")
    rows = difference(before, replace(before, quality=(finding,)))
    page = html(rows)
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; more" in page
    assert page.count("<tr>") == len(rows) + 1
    assert "color" not in page


def test_masks_are_not_changed_by_looking(before) -> None:
    kept = before.segmentation.masks.copy()
    difference(before, with_masks(before, radius=None))
    assert np.array_equal(before.segmentation.masks, kept)
