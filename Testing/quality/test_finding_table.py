"""The page of findings says what the code does."""

from __future__ import annotations

from OsteoScreenLib.quality.values import Severity
from Testing.quality.finding_table import PAGE, page, rows


def test_the_page_is_that_of_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python Testing/quality/finding_table.py"


def test_every_finding_is_one_sentence_with_a_known_severity_and_an_occasion() -> None:
    found = rows()
    assert len({row.code for row in found}) >= 28
    for row in found:
        assert row.sentence.endswith("."), row
        assert row.when, row
        assert set(row.severity.split(" or ")) <= {severity.value for severity in Severity}, row
        assert "|" not in row.sentence + row.when, row
