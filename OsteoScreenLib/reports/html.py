"""The result as one page that needs nothing but a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.reports.figures import figures_of
from OsteoScreenLib.reports.rows import bone_rows, index_headings, index_rows, level_headings, measured_bones
from OsteoScreenLib.reports.scale import WIDTH, scale_of
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.words import (
    date_words,
    findings_in_words,
    index_words,
    mean_mci_words,
    operating_point_words,
    percent,
    polarity_words,
    probability_words,
    reasons_of,
    side_words,
    spacing_words,
)

TEMPLATES = Path(__file__).parent / "templates"


def write_html_report(result: ScreeningResult, radiograph: Radiograph, path: Path) -> None:
    """Write the self-contained page: pictures, measurements, state with reasons, model, limits and provenance."""
    path.write_text(html_report(result, radiograph), encoding="utf-8")


def html_report(result: ScreeningResult, radiograph: Radiograph) -> str:
    """The page as text. Everything that comes from a file is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = percent
    return environment.get_template("report.html").render(_context(result, radiograph))


def _context(result: ScreeningResult, radiograph: Radiograph) -> dict[str, Any]:
    analysed = result.score.state is not State.NOT_ANALYSABLE
    found = [bone.title for bone in result.segmentation.found_bones]
    point = result.score.operating_point
    return {
        "result": result,
        "notice": RESEARCH_USE_NOTICE,
        "analysed": analysed,
        "reasons": reasons_of(result),
        "probability": probability_words(result.score),
        "scale": scale_of(result.score) if analysed else None,
        "scale_width": WIDTH,
        "figures": figures_of(result, radiograph),
        "found": ", ".join(found) if found else "none",
        "level_headings": level_headings(result),
        "measured_bones": measured_bones(result),
        "index_words": index_words(result.radiogrammetry, result.film.spacing),
        "index_headings": index_headings(result),
        "index_rows": index_rows(result),
        "mean_mci": mean_mci_words(result.radiogrammetry),
        "bone_rows": bone_rows(result),
        "findings": findings_in_words(result.quality),
        "side": side_words(result.film.laterality),
        "polarity": polarity_words(result.film.polarity),
        "spacing": spacing_words(result.film.spacing),
        "seconds": sum(result.timings.values()),
        "operating_point": None if point is None else operating_point_words(point),
        "date": date_words(result.created),
    }
