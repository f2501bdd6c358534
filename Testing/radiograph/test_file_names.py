"""Words from a tag never name a file outside its folder, and two of them never the same file."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from OsteoScreenLib.file_names import LONGEST, safe_name

HOSTILE = (
    "../../etc/passwd", "..", ".", "", "/root", "a/b", "a\\b", "C:\\x", "nul", "COM1.dcm", "x\0y", "x\ny", "a" * 500, "\udcff",
    "name.", ".hidden", "Müller^Jörg", "<script>", "-", "__", "~", "$(id)", "con.",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_one_harmless_part(text: str) -> None:
    name = safe_name(text)
    assert name
    assert not name.startswith(".")
    assert len(name) <= LONGEST
    assert PurePosixPath(name).parts == (name,)
    assert PureWindowsPath(name).parts == (name,)
    assert not name.endswith(".")
    assert name.partition(".")[0].upper() not in {"NUL", "CON", "COM1"}
    assert name == safe_name(text)


def test_different_texts_get_different_names() -> None:
    texts = (*HOSTILE, "a_b", "a b", "a:b", "1.2.3", "1.2.30", "A_B")
    assert len({safe_name(text) for text in texts}) == len(texts)


def test_uids_and_plain_names_stay_as_they_are() -> None:
    for text in ("2.25.330011", "film-01.dcm", "hand_left"):
        assert safe_name(text) == text
