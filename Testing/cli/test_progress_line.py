"""The progress line: on a terminal only, within its width, gone before anything else is printed."""

from __future__ import annotations

import io
import os

from OsteoScreenLib.cli import progress as room
from OsteoScreenLib.cli.progress import ProgressLine


class Terminal(io.StringIO):
    """A stream that says it is a terminal; ``shown`` is what its last line looks like."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    @property
    def shown(self) -> str:
        cells: list[str] = []
        for chunk in self.getvalue().split("\r"):
            cells[: len(chunk)] = chunk
        return "".join(cells).rstrip()


def test_line_names_film_stage_and_share() -> None:
    terminal = Terminal()
    line = ProgressLine(terminal)
    line.film("hand.png", 2, 5)
    line("segmentation", 0.5)
    assert "segmentation" in terminal.shown
    assert "50%" in terminal.shown
    assert "2/5 hand.png" in terminal.shown
    line("quality", 0.75)
    assert "quality" in terminal.shown
    assert "segmentation" not in terminal.shown
    assert "\n" not in terminal.getvalue()


def test_bar_grows_with_the_share() -> None:
    terminal = Terminal()
    line = ProgressLine(terminal)
    counts = []
    for share in (-1.0, 0.0, 0.25, 0.5, 1.0, 2.0):
        line("x", share)
        counts.append(terminal.shown.count("\N{FULL BLOCK}"))
    assert counts == [0, 0, 6, 12, 24, 24]


def test_clear_leaves_an_empty_line() -> None:
    terminal = Terminal()
    line = ProgressLine(terminal)
    line.film("hand.png", 1, 1)
    line("segmentation", 0.5)
    line.clear()
    assert terminal.shown == ""
    assert terminal.getvalue().endswith("\r")


def test_line_fits_a_narrow_terminal(monkeypatch) -> None:
    monkeypatch.setattr(room.shutil, "get_terminal_size", lambda: os.terminal_size((40, 20)))
    terminal = Terminal()
    line = ProgressLine(terminal)
    line.film("a very long name of a film.dcm", 1, 1)
    line("segmentation", 0.5)
    assert len(terminal.shown) <= 39


def test_terminal_without_block_characters_gets_plain_ones() -> None:
    terminal = Terminal()
    terminal.encoding = "ascii"  # type: ignore[misc]
    line = ProgressLine(terminal)
    line.film("handé.png", 1, 1)
    line("segmentation", 0.5)
    assert terminal.getvalue().isascii()
    assert "############------------" in terminal.shown


def test_silent_when_quiet_or_not_on_a_terminal() -> None:
    terminal, file = Terminal(), io.StringIO()
    for line in (ProgressLine(terminal, quiet=True), ProgressLine(file)):
        line.film("hand.png", 1, 1)
        line("segmentation", 0.5)
        line.clear()
    assert terminal.getvalue() == file.getvalue() == ""
