"""The rows of the report's tables, ready to print."""

from __future__ import annotations

from dataclasses import dataclass

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.radiogrammetry.values import LevelMeasurement
from OsteoScreenLib.reports.colours import hex_colour
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.words import area_words, percent, set_aside_words, with_interval


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
    return ("MCI", "PCA", f"W ({unit})", f"d ({unit})", "Trust", "Profiles")


@dataclass(frozen=True)
class IndexRow:
    """One measured level in the table of all indices: bone, level, and a cell for each of `index_headings`."""

    name: str
    level: str
    cells: tuple[str, ...]
    set_aside: str


def index_headings(result: ScreeningResult) -> tuple[str, ...]:
    """Headings of the cells of an `IndexRow`; what needs millimetres only where they are trusted."""
    scaled = ("T (mm)", "CCT (mm)", "CA (mm\N{SUPERSCRIPT TWO})", "VPA (mm)", "BHI") if result.film.spacing.trusted else ()
    return ("MCI", "PCA", "Exton-Smith", *scaled, "Expected error", "Over profiles", "Misfit", "Cortex (px)")


def index_rows(result: ScreeningResult) -> tuple[IndexRow, ...]:
    """Every index of every measured level, with what it rests on."""
    return tuple(
        IndexRow(each.bone.title, percent(each.level), _indices(each, result), set_aside_words(each.set_aside))
        for each in result.radiogrammetry.levels
    )


def measured_bones(result: ScreeningResult) -> tuple[MeasuredBone, ...]:
    """Measured and rejected levels by bone; bones without either are left out."""
    bones = []
    for bone in BONES:
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
        cells=(
            f"{each.mci:.3f}",
            f"{each.pca:.3f}",
            *widths,
            "" if each.quality is None else each.quality.trust.value,
            f"{each.accepted}/{each.profiles}",
        ),
    )


def _indices(each: LevelMeasurement, result: ScreeningResult) -> tuple[str, ...]:
    scaled: tuple[str, ...] = ()
    if result.film.spacing.trusted:
        values = (each.thickness_mm, each.combined_thickness_mm, each.cortical_area_mm2, each.volume_per_area_mm)
        scaled = (*(_number(value, 2) for value in values), _number(each.bone_health_index, 3))
    quality = each.quality
    rests_on = (
        ("", "", "", "")
        if quality is None
        else (
            _number(quality.mci_error, 3),
            _number(quality.profile_error, 3),
            f"{100 * quality.misfit:.1f} %",
            _number(quality.cortex_px, 1),
        )
    )
    return (_number(each.mci, 3), _number(each.pca, 3), _number(each.exton_smith, 4), *scaled, *rests_on)


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _rejected(bone: Bone, result: ScreeningResult) -> tuple[str, ...]:
    """One sentence per reason, with all the levels that it holds for."""
    levels: dict[str, list[float]] = {}
    for each in result.radiogrammetry.rejected:
        if each.bone is bone:
            levels.setdefault(each.reason, []).append(each.level)
    return tuple(
        f"Not measured at {', '.join(percent(level) for level in sorted(found))}: {reason}" for reason, found in levels.items()
    )
