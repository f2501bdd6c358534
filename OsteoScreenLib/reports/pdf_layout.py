"""Blocks made of blocks: boxes and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from OsteoScreenLib.reports.pdf_blocks import Block, draw_stack, stack_height

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas


@dataclass(frozen=True)
class Space:
    """Nothing, so many points high."""

    points: float
    glued: bool = False

    def height(self, width: float) -> float:
        """The same at any width."""
        return self.points

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Nothing is drawn."""


@dataclass(frozen=True)
class Columns:
    """Stacks of blocks beside each other; ``shares`` of the width without the gaps; ``middle`` centres the lower stacks."""

    stacks: tuple[Sequence[Block], ...]
    shares: tuple[float, ...]
    gap: float
    middle: bool = False
    glued: bool = False

    def height(self, width: float) -> float:
        """That of the highest stack."""
        return max(stack_height(stack, wide) for stack, wide in self._widths(width))

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw them from left to right."""
        full = self.height(width)
        for stack, wide in self._widths(width):
            down = (full - stack_height(stack, wide)) / 2 if self.middle else 0.0
            draw_stack(stack, canvas, x, top - down, wide)
            x += wide + self.gap

    def _widths(self, width: float) -> list[tuple[Sequence[Block], float]]:
        room = width - self.gap * (len(self.stacks) - 1)
        return [(stack, share * room) for stack, share in zip(self.stacks, self.shares, strict=True)]


@dataclass(frozen=True)
class Box:
    """Blocks on a coloured ground; ``bar`` is the colour of a thick line on its left, ``rim`` that of a thin one all around."""

    blocks: Sequence[Block]
    ground: str
    padding: float
    rim: str = ""
    bar: str = ""
    after: float = 0.0
    glued: bool = False

    def height(self, width: float) -> float:
        """Height of its blocks with the padding, and the space below."""
        return self._inner(width) + 2 * self.padding + self.after

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw ground, lines and blocks."""
        tall = self._inner(width) + 2 * self.padding
        canvas.setFillColor(self.ground)
        canvas.setStrokeColor(self.rim or self.ground)
        canvas.setLineWidth(0.7)
        canvas.roundRect(x, top - tall, width, tall, 2, stroke=int(bool(self.rim)), fill=1)
        if self.bar:
            canvas.setFillColor(self.bar)
            canvas.rect(x, top - tall, 4, tall, stroke=0, fill=1)
        draw_stack(self.blocks, canvas, x + self._left, top - self.padding, width - self._left - self.padding)

    @property
    def _left(self) -> float:
        return self.padding + (4 if self.bar else 0)

    def _inner(self, width: float) -> float:
        return stack_height(self.blocks, width - self._left - self.padding)


def balanced(blocks: Sequence[Block], width: float, gap: float) -> Columns:
    """Two columns of nearly the same height, parted between blocks that are not glued to each other."""
    heights = [block.height((width - gap) / 2) for block in blocks]
    whole, left = sum(heights), 0.0
    best, lowest = len(blocks), whole
    for place, (block, tall) in enumerate(zip(blocks, heights, strict=True), start=1):
        left += tall
        if not block.glued and max(left, whole - left) < lowest:
            best, lowest = place, max(left, whole - left)
    return Columns((blocks[:best], blocks[best:]), (0.5, 0.5), gap)
