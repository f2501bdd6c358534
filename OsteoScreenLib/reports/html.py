"""The result as one page that needs nothing but a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from OsteoScreenLib.radiograph.values import Patient, Radiograph
from OsteoScreenLib.reports.colours import STATE_COLOURS
from OsteoScreenLib.reports.content import NO_FINDING, NO_SCORE, content_of
from OsteoScreenLib.reports.figures import figures_of
from OsteoScreenLib.reports.rows import bone_rows, index_headings, index_rows, level_headings, measured_bones
from OsteoScreenLib.reports.scale import WIDTH, scale_of
from OsteoScreenLib.screening.values import ScreeningResult

_LETTERS_OF_A_LINE_BREAK, _LETTERS_OF_A_ROW, _LETTERS_OF_A_PAGE, _SMALLEST_PRINT = 30, 60, 3700, 0.6
TEMPLATES = Path(__file__).parent / "templates"


def write_html_report(result: ScreeningResult, radiograph: Radiograph, path: Path, *, patient: Patient | None = None) -> None:
    """Write the self-contained page: pictures, measurements, state with reasons, model, limits and provenance."""
    path.write_text(html_report(result, radiograph, patient=patient), encoding="utf-8", errors="replace")


def html_report(result: ScreeningResult, radiograph: Radiograph, *, patient: Patient | None = None) -> str:
    """The page as text. Everything that comes from a file is escaped; a patient is named only where one is given."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html").render(_context(result, radiograph, patient))


def _context(result: ScreeningResult, radiograph: Radiograph, patient: Patient | None) -> dict[str, Any]:
    found = [bone.title for bone in result.segmentation.found_bones]
    return {
        "content": content_of(result, patient),
        "no_finding": NO_FINDING,
        "no_score": NO_SCORE,
        "print_scale": _print_scale(result),
        "scale": scale_of(result.score),
        "scale_width": WIDTH,
        "state_colours": {state.value: colour for state, colour in STATE_COLOURS.items()},
        "figures": figures_of(result, radiograph),
        "found": ", ".join(found) if found else "none",
        "in_mm": result.film.spacing.trusted,
        "level_headings": level_headings(result),
        "measured_bones": measured_bones(result),
        "index_headings": index_headings(result),
        "index_rows": index_rows(result),
        "bone_rows": bone_rows(result),
    }


def _print_scale(result: ScreeningResult) -> float:
    """Size of letters and pictures on paper, so that a result with much to say stays on one page; 1 for the usual one."""
    bundle, levels = result.bundle, result.radiogrammetry
    texts = [bundle.training_data, bundle.intended_use, *bundle.limits, *(each.text for each in result.quality)]
    texts += [*result.score.reasons, *(each.reason for each in levels.rejected)]
    letters = sum(len(text) + _LETTERS_OF_A_LINE_BREAK for text in texts) + _LETTERS_OF_A_ROW * len(levels.levels)
    return round(min(1.0, max(_SMALLEST_PRINT, (_LETTERS_OF_A_PAGE / max(letters, 1)) ** 0.5)), 2)
