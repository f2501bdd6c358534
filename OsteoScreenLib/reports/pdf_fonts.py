"""Which font draws a text on a PDF page, and how wide it gets.

Every viewer has Helvetica and Courier, with the letters of Western Europe. Other letters need DejaVu Sans, of which the letters
that are used are put into the file. What that cannot draw either becomes a question mark, which the page then explains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from OsteoScreenLib.reports.fonts import MISSING, drawable, font_path

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

_STANDARD = {(False, False): "Helvetica", (True, False): "Helvetica-Bold", (False, True): "Courier", (True, True): "Courier-Bold"}
_SIMILAR = str.maketrans({"\N{MINUS SIGN}": "\N{EN DASH}"})
"""Signs that the standard fonts have under another name."""


def printable(text: str) -> str:
    """The text on one line, without what no font at hand can draw."""
    line = " ".join(text.translate(_SIMILAR).split())
    return line if _western(line) else drawable(line)


def lost(text: str) -> bool:
    """Whether `printable` loses letters of this text."""
    return printable(text).count(MISSING) > text.count(MISSING)


def text_width(text: str, size: float, bold: bool = False, code: bool = False) -> float:
    """Width of a printable text in points."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return float(stringWidth(text, _font(text, bold, code), size))


def put(canvas: Canvas, x: float, y: float, text: str, size: float, colour: str, bold: bool = False, code: bool = False) -> None:
    """Draw a printable text with the left end of its base line at (``x``, ``y``)."""
    canvas.setFont(_font(text, bold, code), size)
    canvas.setFillColor(colour)
    canvas.drawString(x, y, text)


def _font(text: str, bold: bool, code: bool) -> str:
    return _STANDARD[bold, code] if _western(text) else _embedded("DejaVuSans-Bold" if bold else "DejaVuSans")


def _western(text: str) -> bool:
    """Whether the standard fonts have all letters (Windows code page 1252, no control characters)."""
    return text.isprintable() and (text.isascii() or _encodes(text))


def _encodes(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _embedded(name: str) -> str:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, str(font_path(name))))
    return name
