"""The rows of the report's tables, ready to print."""

from __future__ import annotations

from dataclasses import dataclass

from OsteoScreenLib.bones import RADIOGRAMMETRY_BONES, Bone
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.radiogrammetry.values import LevelMeasurement
from OsteoScreenLib.reports.colours import hex_colour
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.words import area_words, percent, with_interval


@dataclass(frozen=True)
class LevelRow:
    """One measured shaft level and its cells."""

    level: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class MeasuredBone:
    """A bone of the measurement table: its measured levels from base to head, and why others were not measured."""

    name: str
    colour: str
    rows: tuple[LevelRow, ...]
    rejected: tuple[str, ...]


@dataclass(frozen=True)
class BoneRow:
    """A bone of the outline table; ``probability`` is empty where no score is given."""

    name: str
    colour: str
    found: bool
    area: str
    uncertainty: str
    disagreement: str
    probability: str


def level_headings(result: ScreeningResult) -> tuple[str, ...]:
    """Headings of the cells of a `LevelRow`; millimetres where the spacing is trusted, else pixels."""
    unit = "mm" if result.film.spacing.trusted else "px"
    return ("MCI", "PCA", f"W ({unit})", f"d ({unit})", "Profiles")


def measured_bones(result: ScreeningResult) -> tuple[MeasuredBone, ...]:
    """Measured and rejected levels by bone; bones without either are left out."""
    bones = []
    for bone in RADIOGRAMMETRY_BONES:
        levels = sorted((each for each in result.radiogrammetry.levels if each.bone is bone), key=lambda each: each.level)
        rejected = _rejected(bone, result)
        if levels or rejected:
            rows = tuple(_measured(each, result) for each in levels)
            bones.append(MeasuredBone(bone.title, hex_colour(bone), rows, rejected))
    return tuple(bones)


def bone_rows(result: ScreeningResult) -> tuple[BoneRow, ...]:
    """One row per bone; a film that is not analysable gives no probability, not even of one bone."""
    scores = {} if result.score.state is State.NOT_ANALYSABLE else {each.bone: each for each in result.score.bones}
    rows = []
    for summary in result.segmentation.bones:
        score = scores.get(summary.bone)
        rows.append(
            BoneRow(
                name=summary.bone.title,
                colour=hex_colour(summary.bone),
                found=summary.found,
                area=area_words(summary.area_px, result.film.spacing) if summary.found else "",
                uncertainty=f"{summary.mean_uncertainty:.2f}" if summary.found else "",
                disagreement=f"{summary.disagreement:.3f}" if summary.found else "",
                probability=with_interval(score.probability, score.interval) if score else "",
            )
        )
    return tuple(rows)


def _measured(each: LevelMeasurement, result: ScreeningResult) -> LevelRow:
    if result.film.spacing.trusted:
        widths = ["" if value is None else f"{value:.2f}" for value in (each.outer_width_mm, each.medullary_width_mm)]
    else:
        widths = [f"{each.outer_width_px:.1f}", f"{each.medullary_width_px:.1f}"]
    return LevelRow(
        level=percent(each.level),
        cells=(f"{each.mci:.3f}", f"{each.pca:.3f}", *widths, f"{each.accepted} of {each.profiles}"),
    )


def _rejected(bone: Bone, result: ScreeningResult) -> tuple[str, ...]:
    """One sentence per reason, with all the levels that it holds for."""
    levels: dict[str, list[float]] = {}
    for each in result.radiogrammetry.rejected:
        if each.bone is bone:
            levels.setdefault(each.reason, []).append(each.level)
    return tuple(
        f"Not measured at {', '.join(percent(level) for level in sorted(found))}: {reason}" for reason, found in levels.items()
    )
