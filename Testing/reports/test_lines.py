"""Lines of text: nothing is lost, nothing is too wide, and what is cut says so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from OsteoScreenLib.reports.fonts import drawable
from OsteoScreenLib.reports.lines import wrapped


def test_words_move_to_the_next_line_and_a_long_word_is_broken() -> None:
    assert wrapped("one two three", 7, len) == ["one two", "three"]
    assert wrapped("a 2.25.1234567890 b", 6, len) == ["a", "2.25.1", "234567", "890 b"]
    assert wrapped("", 6, len) == []


def test_what_is_beyond_the_last_line_is_cut_visibly() -> None:
    assert wrapped("one two three four", 7, len, most=2) == ["one two", "thre..."]
    assert wrapped("one two three four", 9, len, most=1, end=" (more)") == ["on (more)"]


@given(st.text(alphabet="ab c", max_size=80), st.integers(4, 20), st.integers(1, 4))
def test_no_line_is_too_wide_and_no_letter_is_lost(text: str, width: int, most: int) -> None:
    lines = wrapped(text, width, len)
    assert all(len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    cut = wrapped(text, width, len, most)
    assert len(cut) <= most
    assert all(len(line) <= width for line in cut)
    assert cut == lines or cut[-1].endswith("...")


def test_letters_without_a_glyph_are_replaced_and_others_kept() -> None:
    assert drawable("Müller Иванов\n 山田") == "Müller Иванов ??"


def test_endless_word_is_broken_without_being_measured_again_and_again() -> None:
    measured = 0

    def measure(text: str) -> int:
        nonlocal measured
        measured += len(text)
        return len(text)

    lines = wrapped("x" * 100_000, 50, measure)
    assert {len(line) for line in lines} == {50}
    assert measured < 2_000_000
