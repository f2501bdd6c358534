"""The result as one page of PDF, with the contents of the web page: for archives, printers and mail."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiograph.values import Patient, Radiograph
from OsteoScreenLib.reports.content import content_of
from OsteoScreenLib.reports.fonts import MISSING
from OsteoScreenLib.reports.paper import Paper
from OsteoScreenLib.reports.pdf_blocks import RULE, Block, Text, draw_stack, stack_height
from OsteoScreenLib.reports.pdf_figures import pictures_of
from OsteoScreenLib.reports.pdf_fonts import printable
from OsteoScreenLib.reports.pdf_page import LOOKS, Look, PageParts, loses_letters, page_blocks
from OsteoScreenLib.reports.rows import bone_rows, level_headings, measured_bones
from OsteoScreenLib.reports.scale import scale_of
from OsteoScreenLib.screening.values import ScreeningResult

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

_MARGIN, _FOOT = 28.0, 16.0
_TALLEST_FIGURES = 290.0


def write_pdf_report(
    result: ScreeningResult,
    radiograph: Radiograph,
    path: Path,
    *,
    paper: Paper = Paper.A4,
    patient: Patient | None = None,
) -> None:
    """Write the page; a patient is named only where one is given. Raises `UsageError` without the package reportlab."""
    path.write_bytes(pdf_report(result, radiograph, paper=paper, patient=patient))


def pdf_report(
    result: ScreeningResult, radiograph: Radiograph, *, paper: Paper = Paper.A4, patient: Patient | None = None
) -> bytes:
    """The file's bytes, the same for the same result. Words are text, outlines are lines; nothing reaches over the one page."""
    if find_spec("reportlab") is None:
        raise UsageError("PDF report", "the package reportlab is not installed", "Install it: pip install reportlab")
    from reportlab.pdfgen.canvas import Canvas

    content = content_of(result, patient)
    parts = PageParts(
        content=content,
        level_headings=level_headings(result),
        measured=measured_bones(result),
        bones=bone_rows(result),
        scale=scale_of(result.score),
        pictures=pictures_of(result, radiograph),
        loses_letters=loses_letters(content),
    )
    width, height = paper.points
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(width, height), pageCompression=1, invariant=1, lang="en")
    _describe(canvas, result, parts)
    blocks = _fitting(parts, width - 2 * _MARGIN, height - 2 * _MARGIN - _FOOT)
    draw_stack(blocks, canvas, _MARGIN, height - _MARGIN, width - 2 * _MARGIN)
    _foot(canvas, parts.content.notice, width)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _fitting(parts: PageParts, width: float, height: float) -> list[Block]:
    """The blocks in the first look that fits, with figures as tall as the room that is left allows."""
    for look in LOOKS:
        blocks = page_blocks(parts, look, width)
        left = height - stack_height(blocks, width)
        if left >= 0:
            # Wider pictures can need more lines below them or fewer: what no longer fits is not taken.
            taller = page_blocks(parts, Look(look.size, min(look.tall + left, _TALLEST_FIGURES), look.lines, look.items), width)
            return taller if stack_height(taller, width) <= height else blocks
    return blocks


def _describe(canvas: Canvas, result: ScreeningResult, parts: PageParts) -> None:
    content = parts.content
    canvas.setTitle(_encodable(f"OsteoScreen: {content.state.words}: {content.about[0]}"))
    canvas.setAuthor(_encodable(f"OsteoScreen {result.software_version}"))
    canvas.setSubject(content.notice)
    canvas.setKeywords([_encodable(f"{result.bundle.name} {result.bundle.version}"), _encodable(result.bundle.sha256)])
    canvas.setCreator("OsteoScreen")
    canvas.setViewerPreference("DisplayDocTitle", "true")


def _encodable(text: str) -> str:
    """Any letters that can be written into a file; viewers find the type for them."""
    return "".join(letter if letter.isprintable() else MISSING for letter in text)


def _foot(canvas: Canvas, notice: str, width: float) -> None:
    """The notice again, where a page that is copied in parts is likely to show it."""
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.5)
    canvas.line(_MARGIN, _MARGIN + 10, width - _MARGIN, _MARGIN + 10)
    Text(printable(notice), 7, bold=True).draw(canvas, _MARGIN, _MARGIN + 9, width - 2 * _MARGIN)
