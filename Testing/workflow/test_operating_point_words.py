"""What an operating point is worth, with intervals where the number of cases is known."""

from dataclasses import replace

import pytest

from OsteoScreenLib.classification.values import OperatingPoint
from OsteoScreenLib.words import operating_point_words, wilson_interval

POINT = OperatingPoint(0.2, 0.6, 0.9, 0.5, 0.4, 0.9, 0.25, 100, "simulated subjects", cases=20)


def test_wilson_intervals_are_the_tabulated_ones() -> None:
    # Newcombe, Statistics in Medicine 1998;17:857, table I, method 3.
    for (found, count), wanted in {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }.items():
        assert wilson_interval(found / count, count) == pytest.approx(wanted, abs=5e-5)


def test_fewer_cases_make_sensitivity_less_certain_than_specificity() -> None:
    upper, lower, basis = operating_point_words(POINT)
    assert upper == "Consider DXA from 60%: sensitivity 40% (22% to 61%), specificity 90% (81% to 95%)"
    assert lower == "Not flagged below 20%: sensitivity 90% (70% to 97%), specificity 50% (39% to 61%)"
    assert basis == (
        "Figures from 100 subjects (simulated subjects), 20 of them with osteoporosis; 95% intervals. "
        "The probability assumes a prevalence of 25%"
    )


@pytest.mark.parametrize("cases", [None, 0])
def test_nothing_is_said_of_what_is_not_known(cases: int | None) -> None:
    upper, _, _ = operating_point_words(replace(POINT, cases=cases))
    assert "sensitivity 40%," in upper
