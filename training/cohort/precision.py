"""How exactly a number of subjects can tell how good a score is, before anything is trained."""

from __future__ import annotations

import math

Z95 = 1.959964
"""Two-sided 95 % point of the normal distribution."""


def auc_error(auc: float, cases: int, others: int) -> float:
    """Standard error of an area under the ROC curve (Hanley and McNeil, Radiology 1982;143:29).

    SE^2 = (A (1-A) + (n1-1) (Q1 - A^2) + (n0-1) (Q2 - A^2)) / (n1 n0), Q1 = A / (2-A), Q2 = 2 A^2 / (1+A), where n1 subjects
    have osteoporosis and n0 have none; both are at least 1.
    """
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (cases - 1) * (first - auc**2) + (others - 1) * (second - auc**2)
    return math.sqrt(spread / (cases * others))


def auc_half_width(auc: float, cases: int, others: int) -> float:
    """Half of the 95 % interval's width: 1.96 standard errors."""
    return Z95 * auc_error(auc, cases, others)


def least_subjects(predictors: int, cox_snell_r2: float, shrinkage: float = 0.9) -> int:
    """Subjects needed to fit ``predictors`` coefficients with a shrinkage of ``shrinkage`` (Riley et al., BMJ 2020;368:m441).

    n = p / ((S - 1) ln(1 - R2 / S)), R2 the expected Cox-Snell R^2 of the model.
    """
    return math.ceil(predictors / ((shrinkage - 1) * math.log(1 - cox_snell_r2 / shrinkage)))
