"""What stands where on the page of a PDF report, in letters of a given size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from OsteoScreenLib.reports.colours import STATE_INKS
from OsteoScreenLib.reports.content import NO_FINDING, NO_SCORE, Content, Fact
from OsteoScreenLib.reports.pdf_blocks import SOFT, WASH, Block, Cells, Text
from OsteoScreenLib.reports.pdf_figures import FigureRow, Pictures
from OsteoScreenLib.reports.pdf_fonts import lost, printable, text_width
from OsteoScreenLib.reports.pdf_layout import Box, Columns, Space, balanced
from OsteoScreenLib.reports.pdf_scale import ScaleBlock
from OsteoScreenLib.reports.rows import BoneRow, MeasuredBone
from OsteoScreenLib.reports.scale import Scale

_Item = TypeVar("_Item")

_GAP = 14.0
_NOTICE_GROUND, _NOTICE_RIM = "#fff8dc", "#8a6d00"
_LEVEL_COLUMNS = (0.2, 0.31, 0.42, 0.53, 0.665, 0.79, 0.88, 1.0)
_BONE_COLUMNS = (0.24, 0.4, 0.55, 0.7, 1.0)
_LOST = "A question mark can stand for a letter that this page has no type for: report.html shows it."


@dataclass(frozen=True)
class Look:
    """One attempt to fit everything on the page.

    ``size`` is the height of plain letters and ``tall`` that of the figures, in points. A text may take so many ``lines``, a list
    or table have so many ``items``; the rest is left to report.html.
    """

    size: float
    tall: float
    lines: int | None = None
    items: int = 150


LOOKS = (
    *(Look(size, 22 * size) for size in (7.6, 7.3, 7.0, 6.7, 6.4, 6.1, 5.8, 5.5, 5.2)),
    *(Look(5.2, 115, lines, items) for lines, items in ((8, 40), (5, 25), (3, 16), (2, 10), (1, 6), (1, 3))),
)
"""From the best to read to the one that fits whatever comes."""


@dataclass(frozen=True)
class PageParts:
    """What the page is made of, the same for every look. ``loses_letters``: some cannot be drawn on it."""

    content: Content
    level_headings: tuple[str, ...]
    measured: tuple[MeasuredBone, ...]
    bones: tuple[BoneRow, ...]
    scale: Scale | None
    pictures: Pictures
    loses_letters: bool


def page_blocks(parts: PageParts, look: Look, width: float) -> list[Block]:
    """The blocks from the top of the page to its foot."""
    content = parts.content
    notice = Box([Text(content.notice, look.size, bold=True)], _NOTICE_GROUND, 4, rim=_NOTICE_RIM, after=6)
    return [
        *_head(content, look),
        notice,
        _state(parts, look),
        FigureRow(parts.pictures, content.captions, look.tall, 0.9 * look.size),
        Space(look.size),
        balanced(_sections(parts, look), width, _GAP),
        *([Text(_LOST, 0.9 * look.size, SOFT)] if parts.loses_letters else []),
    ]


def _head(content: Content, look: Look) -> list[Block]:
    title = Text("OsteoScreen report", 1.7 * look.size, bold=True, after=2)
    about = " \N{MIDDLE DOT} ".join(content.about)
    beside = Text(about, look.size, SOFT, right=True, lines=2)
    blocks: list[Block] = [Columns(([title], [beside]), (0.36, 0.64), _GAP, middle=True)]
    if content.patient:
        cells = [Text(fact.words, 1.15 * look.size, bold=True, lead=f"{fact.name}:", lines=2) for fact in content.patient]
        blocks.append(Columns(tuple([cell] for cell in cells), (0.5, 0.27, 0.23), _GAP))
        blocks.append(Space(4))
    return blocks


def _state(parts: PageParts, look: Look) -> Block:
    content, size, ink = parts.content, look.size, STATE_INKS[parts.content.state]
    left: list[Block] = [Text(content.state.words, 1.9 * size, ink, bold=True, after=3)]
    left += _list([Fact("", reason) for reason in content.reasons], look, size)
    left.append(Space(2))
    if content.analysed:
        left.append(Text(content.probability, 1.2 * size, bold=True, lead="Probability of osteoporosis", after=1))
        left.append(Text(content.mean_mci, 1.2 * size, bold=True, lead="Mean cortical index", after=2))
    else:
        left.append(Text(NO_SCORE, 1.2 * size, after=2))
    left.append(Text(f"Model trained on: {content.trained_on}", 0.9 * size, SOFT, lines=min(3, look.lines or 3)))
    if parts.scale is None:
        return Box(left, WASH, 6, bar=ink, after=8)
    here = next((zone.name for zone in parts.scale.zones if zone.here), None)
    right: list[Block] = [ScaleBlock(parts.scale)]
    if here:
        right.append(Text(f"This film: {here}.", 0.9 * size, bold=True))
    right.append(Text(" ".join(content.basis), 0.9 * size, SOFT, lines=None if look.lines is None else max(6, look.lines)))
    return Box([Columns((left, right), (0.5, 0.5), _GAP, middle=True)], WASH, 6, bar=ink, after=8)


def _sections(parts: PageParts, look: Look) -> list[Block]:
    content, size = parts.content, look.size
    return [
        *_section("Cortical measurements", [*_facts(content.indices, look), Space(2, glued=True), *_levels(parts, look)], look),
        Text(content.measurement_note, 0.9 * size, SOFT, after=size),
        *_section("Outlined bones", _bones(parts, look), look),
        Text(content.outline_note, 0.9 * size, SOFT, after=size),
        *_section("Quality of the film", _list(content.findings or (Fact("", NO_FINDING),), look, size), look),
        Space(size),
        *_section("Film", _facts(content.film, look), look),
        Space(size),
        *_section("How it was made", _facts(content.made, look), look),
        Space(size),
        *_section("Model card in short", _facts(content.model, look), look),
        Space(0.4 * size),
        Text("Out of scope and limits", size, bold=True, glued=True),
        *_list([Fact("", limit) for limit in content.limits], look, size),
    ]


def _section(title: str, blocks: Sequence[Block], look: Look) -> list[Block]:
    return [Text(title, 1.2 * look.size, bold=True, after=2, glued=True), *blocks]


def _list(facts: Sequence[Fact], look: Look, size: float) -> list[Block]:
    shown, rest = _some(facts, look)
    blocks: list[Block] = [
        Text(each.words, size, lead=f"{each.name}:" if each.name else "", bullet=True, lines=look.lines) for each in shown
    ]
    return [*blocks, *([Text(rest, size, SOFT, bullet=True)] if rest else [])]


def _facts(facts: Iterable[Fact], look: Look) -> list[Block]:
    facts = list(facts)
    wide = max((text_width(printable(each.name), look.size) for each in facts), default=0.0) + 6
    return [
        Text(
            each.words,
            (0.92 if each.code else 1) * look.size,
            code=each.code,
            name=each.name,
            name_width=wide,
            lines=look.lines and max(look.lines, 2),
        )
        for each in facts
    ]


def _levels(parts: PageParts, look: Look) -> list[Block]:
    """The bone's name stands on its first row only; a break comes between bones."""
    size = 0.95 * look.size
    rows: list[Block] = [Cells("Bone", ("Level", *parts.level_headings), _LEVEL_COLUMNS, size, bold=True, glued=True)]
    body: list[Cells] = []
    for bone in parts.measured:
        texts = [("", (row.level, *row.cells)) for row in bone.rows] + [(reason, ()) for reason in bone.rejected]
        for place, (words, cells) in enumerate(texts):
            first = (bone.name, bone.colour) if place == 0 else ("", "")
            last = place == len(texts) - 1
            row = Cells(first[0], cells, _LEVEL_COLUMNS, size, first[1], words=words, lines=look.lines)
            body.append(replace(row, ruled=last, glued=not last))
    if not body:
        return [*rows, Cells("", (), _LEVEL_COLUMNS, size, words="No level could be measured.")]
    shown, rest = _some(body, look)
    return [*rows, *shown, *([Text(rest, size, SOFT)] if rest else [])]


def _bones(parts: PageParts, look: Look) -> list[Block]:
    size = 0.95 * look.size
    headings = ("Area", "Entropy", "1 \N{MINUS SIGN} IoU", *(("Probability",) if parts.content.analysed else ()))
    rows: list[Block] = [Cells("Bone", headings, _BONE_COLUMNS, size, bold=True, glued=True)]
    for bone in parts.bones:
        if bone.found:
            cells = (bone.area, bone.uncertainty, bone.disagreement, bone.probability)
            rows.append(Cells(bone.name, cells[: len(headings)], _BONE_COLUMNS, size, bone.colour))
        else:
            rows.append(Cells(bone.name, (), _BONE_COLUMNS, size, bone.colour, words="not found"))
    return rows


def _some(items: Sequence[_Item], look: Look) -> tuple[Sequence[_Item], str]:
    """As many as the look shows, and words for the others."""
    if len(items) <= look.items:
        return items, ""
    return items[: look.items], f"{len(items) - look.items} more: see report.html"


def loses_letters(content: Content) -> bool:
    """Whether something in the words of a report cannot be drawn on the page."""
    facts = (*content.patient, *content.findings, *content.film, *content.model, *content.made)
    texts = [*(fact.words for fact in facts), *content.about, *content.limits, *content.reasons, *content.basis]
    return any(map(lost, texts))
