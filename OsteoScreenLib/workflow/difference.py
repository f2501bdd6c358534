"""What a correction changed: the result before and after it, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

import numpy as np

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.words import area_words, findings_in_words, percent

UNCHANGED = "unchanged"
_NONE = "\N{EM DASH}"


@dataclass(frozen=True)
class Row:
    """One thing, its value in both results, and what that means; all plain text."""

    what: str
    before: str
    after: str
    change: str


def difference(before: ScreeningResult, after: ScreeningResult) -> tuple[Row, ...]:
    """State, probability, interval and cortical index always; bones and findings only where they changed.

    Raises `UsageError` where the results are not of the same grid.
    """
    if before.segmentation.masks.shape != after.segmentation.masks.shape:
        shapes = " and ".join(f"{each.film.shape[0]} x {each.film.shape[1]}" for each in (before, after))
        raise UsageError("results", f"are of films of {shapes} pixels", "Compare two results of one film")
    return (*_headline_rows(before, after), *_bone_rows(before, after), *_finding_rows(before, after))


def html(rows: tuple[Row, ...]) -> str:
    """The rows as a table in the subset of HTML that Qt draws, in the theme's own colours; everything is escaped."""
    heads = "".join(f'<th align="left">{head}</th>' for head in ("", "Before", "After", "Change"))
    lines = [
        f"<tr><td><b>{escape(row.what)}</b></td>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in (row.before, row.after, row.change))
        + "</tr>"
        for row in rows
    ]
    return f'<table width="99%" cellpadding="3" cellspacing="0"><tr>{heads}</tr>{"".join(lines)}</table>'


def _headline_rows(before: ScreeningResult, after: ScreeningResult) -> Iterator[Row]:
    old, new = before.score, after.score
    yield Row("State", old.state.words, new.state.words, UNCHANGED if old.state is new.state else "changed")
    points = _moved(old.probability, new.probability, lambda change: f"{100 * change:+.1f} percentage points")
    yield Row("Probability", _optional(old.probability, percent), _optional(new.probability, percent), points)
    yield Row("Interval", _interval(old.interval), _interval(new.interval), _interval_change(old.interval, new.interval))
    mean_before, mean_after = before.radiogrammetry.mean_mci, after.radiogrammetry.mean_mci
    yield Row(
        "Cortical index",
        _index(before),
        _index(after),
        _moved(mean_before, mean_after, lambda change: f"{change:+.3f}" if abs(change) >= 0.0005 else "less than 0.001"),
    )


def _bone_rows(before: ScreeningResult, after: ScreeningResult) -> Iterator[Row]:
    for bone in BONES:
        old, new = before.segmentation.mask(bone), after.segmentation.mask(bone)
        found = before.segmentation.found(bone), after.segmentation.found(bone)
        if found[0] == found[1] and np.array_equal(old, new):
            continue
        yield Row(bone.title, _bone(before, bone), _bone(after, bone), _bone_change(old, new, found))


def _bone(result: ScreeningResult, bone: Bone) -> str:
    area_px = int(np.count_nonzero(result.segmentation.mask(bone)))
    return area_words(area_px, result.film.spacing) if result.segmentation.found(bone) else "not found"


def _bone_change(old: np.ndarray, new: np.ndarray, found: tuple[bool, bool]) -> str:
    if found == (False, True):
        return "added"
    if found == (True, False):
        return "removed"
    areas = int(np.count_nonzero(old)), int(np.count_nonzero(new))
    overlap = f"Dice {2 * int(np.count_nonzero(old & new)) / max(sum(areas), 1):.3f}"
    if areas[0] == areas[1]:
        return f"{overlap}, same area"
    return f"{overlap}, area {(areas[1] - areas[0]) / areas[0]:+.1%}" if areas[0] else overlap


def _finding_rows(before: ScreeningResult, after: ScreeningResult) -> Iterator[Row]:
    """Findings with other words, such as another number, count as gone and new."""
    for word, finding in findings_in_words(before.quality):
        if finding not in after.quality:
            yield Row(word, finding.text, _NONE, "no longer found")
    for word, finding in findings_in_words(after.quality):
        if finding not in before.quality:
            yield Row(word, _NONE, finding.text, "new")


def _interval(interval: tuple[float, float] | None) -> str:
    return _NONE if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"


def _interval_change(old: tuple[float, float] | None, new: tuple[float, float] | None) -> str:
    if old is None or new is None or old == new:
        return _moved(None if old is None else 0.0, None if new is None else 0.0, str)
    wider = f"{100 * ((new[1] - new[0]) - (old[1] - old[0])):+.1f}"
    return "same width" if float(wider) == 0.0 else f"width {wider} percentage points"


def _index(result: ScreeningResult) -> str:
    mean, levels = result.radiogrammetry.mean_mci, len(result.radiogrammetry.levels)
    return _NONE if mean is None else f"{mean:.3f} ({levels} level{'' if levels == 1 else 's'})"


def _optional(value: float | None, words: Callable[[float], str]) -> str:
    return _NONE if value is None else words(value)


def _moved(old: float | None, new: float | None, words: Callable[[float], str]) -> str:
    """How a number moved, or that it appeared or went."""
    if old is None or new is None:
        return UNCHANGED if old is new else "now given" if old is None else "no longer given"
    return UNCHANGED if old == new else words(new - old)
