"""Blocks of words on a PDF page, which know their height at a given width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from OsteoScreenLib.reports.lines import wrapped
from OsteoScreenLib.reports.pdf_fonts import printable, put, text_width

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

INK, SOFT, RULE, WASH = "#1b1f24", "#4a525c", "#d5dae0", "#f4f6f8"
LEADING = 1.25
"""Distance of lines, in heights of a letter."""
SEE_PAGE = "... see report.html"
_LONGEST = 5000
"""Letters of one text: more of them could not stand on the page beside everything else."""


class Block(Protocol):
    """Something to draw below other blocks."""

    @property
    def glued(self) -> bool:
        """Whether the next block has to stand below it in the same column."""
        ...

    def height(self, width: float) -> float:
        """Points from its upper edge to that of the next block."""
        ...

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw it with its upper left corner at (``x``, ``top``); y points upwards."""
        ...


def stack_height(blocks: Sequence[Block], width: float) -> float:
    """Height of blocks below each other."""
    return sum(block.height(width) for block in blocks)


def draw_stack(blocks: Sequence[Block], canvas: Canvas, x: float, top: float, width: float) -> None:
    """Draw blocks below each other."""
    for block in blocks:
        block.draw(canvas, x, top, width)
        top -= block.height(width)


@dataclass(frozen=True)
class Text:
    """A paragraph.

    ``lead`` stands in bold before it; a ``bullet`` hangs before it; ``name_width`` leaves room on its left, in which ``name``
    stands; ``right`` ends its lines at the right edge; ``code`` is for hashes and UIDs; ``lines`` is how many it may take;
    ``after`` is the space below.
    """

    words: str
    size: float
    colour: str = INK
    bold: bool = False
    code: bool = False
    lead: str = ""
    bullet: bool = False
    right: bool = False
    name: str = ""
    name_width: float = 0.0
    lines: int | None = None
    after: float = 0.0
    glued: bool = False

    def height(self, width: float) -> float:
        """Height of its lines, and the space below."""
        return len(self._lines(width)) * self.size * LEADING + self.after

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw it line by line."""
        y = top - 0.98 * self.size
        left = x + self._indent
        if self.bullet:
            canvas.setFillColor(self.colour)
            canvas.circle(left - 0.6 * self.size, y + 0.28 * self.size, 0.13 * self.size, stroke=0, fill=1)
        if self.name:
            put(canvas, x, y, printable(self.name), self.size, SOFT)
        if self.lead:
            put(canvas, left, y, printable(self.lead), self.size, self.colour, bold=True)
        behind = self._lead_width
        for line in self._lines(width):
            if self.right:
                left = x + width - text_width(line, self.size, self.bold, self.code)
            put(canvas, left + behind, y, line, self.size, self.colour, self.bold, self.code)
            behind = 0.0
            y -= self.size * LEADING

    @property
    def _indent(self) -> float:
        return self.name_width + (1.1 * self.size if self.bullet else 0.0)

    @property
    def _lead_width(self) -> float:
        return text_width(f"{printable(self.lead)} ", self.size, bold=True) if self.lead else 0.0

    def _lines(self, width: float) -> list[str]:
        measure = partial(text_width, size=self.size, bold=self.bold, code=self.code)
        words = self.words if len(self.words) <= _LONGEST else self.words[:_LONGEST] + SEE_PAGE
        return wrapped(printable(words), width - self._indent, measure, self.lines, SEE_PAGE, self._lead_width) or [""]


@dataclass(frozen=True)
class Cells:
    """One row of a table: texts of one line each, the first at the left, the others ending at their column's right edge.

    ``columns`` are the right edges as parts of the width; ``words`` replace all cells but the first where the row has no values.
    """

    first: str
    cells: tuple[str, ...]
    columns: tuple[float, ...]
    size: float
    colour: str = ""
    bold: bool = False
    words: str = ""
    lines: int | None = None
    ruled: bool = True
    glued: bool = False

    def height(self, width: float) -> float:
        """One line, or those of its words."""
        return self._words(width).height(self._room(width)) + 0.35 * self.size

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw the cells, the colour of the bone before the first, and a line below."""
        y = top - 1.05 * self.size
        indent = 0.0
        if self.colour:
            indent = 1.1 * self.size
            canvas.setFillColor(self.colour)
            canvas.setStrokeColor(SOFT)
            canvas.setLineWidth(0.3)
            canvas.rect(x, y - 0.02 * self.size, 0.75 * self.size, 0.75 * self.size, stroke=1, fill=1)
        put(canvas, x + indent, y, printable(self.first), self.size, INK, bold=True)
        for cell, column in zip(map(printable, self.cells), self.columns[1:], strict=False):
            right = x + column * width
            put(canvas, right - text_width(cell, self.size, self.bold), y, cell, self.size, INK, self.bold)
        if self.words:
            self._words(width).draw(canvas, x + self.columns[0] * width, top, self._room(width))
        if self.ruled:
            canvas.setStrokeColor(SOFT if self.bold else RULE)
            canvas.setLineWidth(0.7 if self.bold else 0.4)
            low = top - self.height(width) + 0.1 * self.size
            canvas.line(x, low, x + width, low)

    def _words(self, width: float) -> Text:
        return Text(self.words, self.size, SOFT, lines=self.lines)

    def _room(self, width: float) -> float:
        return (1 - self.columns[0]) * width
