"""A result on the panel, in the subset of HTML that Qt's labels and text browsers draw, for light and dark themes.

Text has the theme's own colour; whatever has a background of its own has its own text colour too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from OsteoScreenLib.words import percent
from OsteoScreenLib.workflow.result_view import ResultView, Scale, Tone, view

__all__ = ["ResultView", "html", "view"]

WHITE, BLACK, GREY = "#ffffff", "#000000", "#8c8c8c"
TONES: dict[Tone, str] = {"flagged": "#9a3d00", "unclear": "#5d4a8a", "clear": "#1b5e8c", "refused": "#555555"}
"""Backgrounds under white text."""
CAUTION = "#f2c94c"
"""Background under black text."""
_ZONES: tuple[tuple[Tone, str], ...] = (("clear", "not flagged"), ("unclear", "indeterminate"), ("flagged", "consider DXA"))
_ROOM_FOR_NAME, _ROOM_FOR_NUMBER, _ROOM_FOR_POINT = 25, 9, 4
"""Least widths of cells with text, in per cent; narrower ones stay empty, since text would push them wider."""


@dataclass(frozen=True)
class _Cell:
    """A stretch of the scale: per cent of its length, background (empty: none) and text."""

    width: int
    background: str = ""
    text: str = ""


def html(result: ResultView) -> str:
    """The whole view as Qt rich text; everything in it is escaped."""
    parts = [
        _block(result.caution, CAUTION, BLACK) if result.caution else "",
        _block(f"<big>{escape(result.headline)}</big>", TONES[result.tone], WHITE, escaped=True),
        _list(result.reasons),
        _paragraph(f"<b>{escape(result.probability_line)}</b>"),
        _scale(result.scale) if result.scale else "",
        _small(result.operating_point_lines),
        _paragraph(f"<b>{escape(result.index_line)}</b>"),
        _small(result.index_details),
        _paragraph("<b>Quality of the film</b>"),
        _findings(result.findings),
        _paragraph(f"<b>{escape(result.notice)}</b>"),
        _small((result.model_line, result.training_line)),
        _list(result.limits, small=True),
        _small((result.film_line, result.timing_line)),
    ]
    return "".join(parts)


def _block(text: str, background: str, colour: str, *, escaped: bool = False) -> str:
    content = text if escaped else escape(text)
    return (
        f'<table width="99%" cellpadding="6" cellspacing="0"><tr><td bgcolor="{background}">'
        f'<span style="color:{colour}"><b>{content}</b></span></td></tr></table>'
    )


def _paragraph(content: str) -> str:
    return f'<p style="margin-top:8px; margin-bottom:2px">{content}</p>'


def _small(lines: Iterable[str]) -> str:
    return "".join(f'<p style="margin-top:1px; margin-bottom:1px"><small>{escape(line)}</small></p>' for line in lines)


def _list(items: Iterable[str], *, small: bool = False) -> str:
    cells = [f"<small>{escape(item)}</small>" if small else escape(item) for item in items]
    return _items(cells)


def _findings(findings: Iterable[tuple[str, str]]) -> str:
    cells = [f"<b>{escape(word)}:</b> {escape(text)}" for word, text in findings]
    return _items(cells or ["Nothing found that speaks against analysing this film."])


def _items(cells: list[str]) -> str:
    """Bullets as paragraphs: Qt indents its own lists by more than a narrow panel can spare."""
    style = "margin-top:2px; margin-bottom:2px; margin-left:12px; text-indent:-10px"
    return "".join(f'<p style="{style}">&bull; {cell}</p>' for cell in cells)


def _scale(scale: Scale) -> str:
    """From 0 to 100 %: the point, its interval, the zones, and where they end."""
    point = min(max(_percent_of(scale.probability) - _ROOM_FOR_POINT // 2, 0), 100 - _ROOM_FOR_POINT)
    rows = [
        _row([_Cell(point), _Cell(_ROOM_FOR_POINT, text="\N{BLACK DOWN-POINTING TRIANGLE}"), _rest(point + _ROOM_FOR_POINT)], 8)
    ]
    if scale.interval is not None:
        low = min(_percent_of(scale.interval[0]), 99)
        high = max(_percent_of(scale.interval[1]), low + 1)
        rows.append(_row([_Cell(low), _Cell(high - low, GREY), _rest(high)], 3))
    if scale.rule_out is None or scale.rule_in is None:
        return "".join([*rows, _row([_Cell(100, GREY)], 7)])
    ends = (0, _percent_of(scale.rule_out), _percent_of(scale.rule_in), 100)
    widths = [end - start for start, end in pairwise(ends)]
    zones = zip(widths, _ZONES, strict=True)
    rows.append(_row([_Cell(width, TONES[tone], name if width >= _ROOM_FOR_NAME else "") for width, (tone, name) in zones], 7))
    numbers = zip(widths, (scale.rule_out, scale.rule_in, 1.0), strict=True)
    rows.append(
        _row([_Cell(width, text=percent(end) if width >= _ROOM_FOR_NUMBER else "") for width, end in numbers], 7, "right")
    )
    return "".join(rows)


def _percent_of(share: float) -> int:
    return round(100 * min(max(share, 0.0), 1.0))


def _rest(start: int) -> _Cell:
    return _Cell(100 - start)


def _row(cells: Iterable[_Cell], points: int, align: str = "center") -> str:
    """One table row whose height comes from the size of its text; cells without width are left out."""
    drawn = []
    for cell in cells:
        background, colour = (f' bgcolor="{cell.background}"', f"; color:{WHITE}") if cell.background else ("", "")
        text = f'<span style="font-size:{points}pt{colour}">{escape(cell.text) or "&nbsp;"}</span>'
        if cell.width > 0:
            drawn.append(f'<td width="{cell.width}%" align="{align}"{background}>{text}</td>')
    return f'<table width="99%" cellpadding="0" cellspacing="0"><tr>{"".join(drawn)}</tr></table>'
