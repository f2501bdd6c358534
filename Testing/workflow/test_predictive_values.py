"""Predictive values against tables that were counted by hand."""

from __future__ import annotations

import pytest

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.workflow.prediction import predictive_lines, predictive_values
from Testing.screening_results import OPERATING_POINT


def test_hand_counted_table() -> None:
    """Of 1000 people 200 are ill. From the upper threshold 104 of them and 80 of the 800 healthy are flagged; from the lower
    one 180 of them and 336 of the healthy.
    """
    values = predictive_values(OPERATING_POINT, 0.2)
    assert values.ppv_at_rule_in == pytest.approx(104 / (104 + 80))
    assert values.npv_at_rule_in == pytest.approx(720 / (720 + 96))
    assert values.ppv_at_rule_out == pytest.approx(180 / (180 + 336))
    assert values.npv_at_rule_out == pytest.approx(464 / (464 + 20))


def test_nobody_or_everybody_ill() -> None:
    nobody, everybody = predictive_values(OPERATING_POINT, 0.0), predictive_values(OPERATING_POINT, 1.0)
    assert (nobody.ppv_at_rule_in, nobody.npv_at_rule_in) == (0.0, 1.0)
    assert (everybody.ppv_at_rule_in, everybody.npv_at_rule_in) == (1.0, 0.0)


def test_answer_that_never_occurs_has_no_value() -> None:
    from dataclasses import replace

    never = replace(OPERATING_POINT, sensitivity_at_rule_in=0.0, specificity_at_rule_in=1.0)
    always = replace(OPERATING_POINT, sensitivity_at_rule_out=1.0, specificity_at_rule_out=0.0)
    assert predictive_values(never, 0.3).ppv_at_rule_in is None
    assert predictive_values(never, 0.3).npv_at_rule_in == pytest.approx(0.7)
    assert predictive_values(always, 0.3).npv_at_rule_out is None
    assert "NPV not defined" in predictive_lines(always, 0.3)[2]


@pytest.mark.parametrize("prevalence", [-0.1, 1.1, float("nan"), float("inf")])
def test_what_is_no_share_is_refused(prevalence: float) -> None:
    with pytest.raises(UsageError, match="Give a share from 0 to 1"):
        predictive_values(OPERATING_POINT, prevalence)


def test_lines_say_both_thresholds() -> None:
    assert predictive_lines(OPERATING_POINT, 0.2) == (
        "At a prevalence of 20%:",
        "from 55% (consider DXA): PPV 57%, NPV 88%",
        "from 20% (not flagged below): PPV 35%, NPV 96%",
    )
