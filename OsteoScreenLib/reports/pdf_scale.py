"""The probability scale on a PDF page, with the geometry of the one on the web page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from OsteoScreenLib.reports.colours import STATE_COLOURS
from OsteoScreenLib.reports.pdf_blocks import INK
from OsteoScreenLib.reports.pdf_fonts import put, text_width
from OsteoScreenLib.reports.scale import WIDTH, Scale, Threshold

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

_MARGIN = 14.0
_LABELS, _BAR, _TICKS = 42.0, 30.0, 20.0
"""Heights from above, in units of the scale: words of the thresholds, the bar with room above it, ticks with their numbers."""


@dataclass(frozen=True)
class ScaleBlock:
    """Zones, both thresholds with what they are worth, interval and point."""

    scale: Scale
    glued: bool = False

    def height(self, width: float) -> float:
        """It keeps its proportions."""
        return self._unit(width) * ((_LABELS if self.scale.thresholds else 0.0) + _BAR + _TICKS)

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw it in its own units, from the lower end of the bar."""
        unit = self._unit(width)
        canvas.saveState()
        canvas.translate(x + _MARGIN * unit, top - unit * ((_LABELS if self.scale.thresholds else 0.0) + _BAR))
        canvas.scale(unit, unit)
        for zone in self.scale.zones:
            canvas.setFillColor(STATE_COLOURS[zone.state])
            canvas.rect(zone.x, 0, zone.width, 18, stroke=0, fill=1)
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(1)
        canvas.line(0, 0, WIDTH, 0)
        for tenth in range(0, 11, 2):
            _centred(canvas, WIDTH * tenth / 10, -16, f"{10 * tenth}%", 12)
            canvas.line(WIDTH * tenth / 10, 0, WIDTH * tenth / 10, -4)
        for each in self.scale.thresholds:
            _threshold(canvas, each)
        canvas.setLineWidth(2.5)
        if self.scale.interval:
            low, high = self.scale.interval
            canvas.line(low, 9, high, 9)
            for end in (low, high):
                canvas.line(end, 4, end, 14)
        canvas.setLineWidth(1.5)
        canvas.setStrokeColor("#ffffff")
        canvas.setFillColor(INK)
        canvas.circle(self.scale.point, 9, 5, stroke=1, fill=1)
        canvas.restoreState()

    def _unit(self, width: float) -> float:
        return width / (WIDTH + 2 * _MARGIN)


def _threshold(canvas: Canvas, each: Threshold) -> None:
    canvas.setLineWidth(1.5)
    canvas.line(each.x, 0, each.x, _BAR - 2)
    canvas.setLineWidth(1)
    canvas.line(each.x, _BAR - 2, each.label_x, _BAR + 8)
    _centred(canvas, each.label_x, _BAR + 28, each.name, 14, bold=True)
    _centred(canvas, each.label_x, _BAR + 13, each.worth, 13)


def _centred(canvas: Canvas, x: float, y: float, text: str, size: float, bold: bool = False) -> None:
    put(canvas, x - text_width(text, size, bold) / 2, y, text, size, INK, bold)
