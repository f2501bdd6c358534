"""What is said while an archive is screened."""

from __future__ import annotations

import io

import pytest

from OsteoScreenLib.archive.run import Standing
from OsteoScreenLib.cli.batch_progress import BatchProgress, duration_words, standing_words


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5.4, "5 s"), (89, "89 s"), (95, "2 min"), (3600, "60 min"), (5400, "1 h 30 min"), (3 * 86400 + 7200, "3 d 2 h")],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_standing_in_words() -> None:
    assert standing_words(Standing(2000, 120, 3, 20), 1.25) == "120 of 2,000 films, 1.2 films/s, 25 min left, 3 failed"
    assert standing_words(Standing(10, 0, 0, 0), None) == "0 of 10 films"
    assert standing_words(Standing(60000, 0, 0, 5), 24.6) == "0 of 60,000 films, 25 films/s, 41 min left"


def test_speed_is_that_of_this_run_alone() -> None:
    """Of 100 films 90 were done before; forty seconds for five more leave forty for the other five."""
    clock, stream = Clock(), io.StringIO()
    progress = BatchProgress(stream=stream, clock=clock)
    progress(Standing(100, 90, 0, 0))
    clock.now = 40.0
    progress(Standing(100, 95, 0, 5))
    assert stream.getvalue().splitlines() == ["90 of 100 films", "95 of 100 films, 0.12 films/s, 40 s left"]


def test_without_a_terminal_a_line_now_and_then_and_at_the_end() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = BatchProgress(stream=stream, clock=clock)
    for done in range(101):
        clock.now = float(done)
        progress(Standing(100, done, 0, done))
    progress.end()
    assert stream.getvalue().splitlines() == [
        "0 of 100 films",
        "30 of 100 films, 1 films/s, 70 s left",
        "60 of 100 films, 1 films/s, 40 s left",
        "90 of 100 films, 1 films/s, 10 s left",
        "100 of 100 films, 1 films/s, 0 s left",
    ]


def test_terminal_gets_one_line_that_goes_away() -> None:
    clock, stream = Clock(), Terminal()
    progress = BatchProgress(stream=stream, clock=clock)
    for done in range(3):
        clock.now = float(done)
        progress(Standing(4, done, 1, done))
    assert "\n" not in stream.getvalue()
    assert "2 of 4 films, 1 films/s, 2 s left, 1 failed" in stream.getvalue()
    progress.end()
    assert stream.getvalue().endswith("\r")


def test_quiet_says_nothing() -> None:
    for stream in (io.StringIO(), Terminal()):
        progress = BatchProgress(quiet=True, stream=stream)
        progress(Standing(4, 4, 1, 4))
        progress.end()
        assert stream.getvalue() == ""
