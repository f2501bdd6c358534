"""Where the order of methods differs from the paper's, and whether that is more than chance, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from math import sqrt

from training.evaluation.bootstrap import Difference
from training.evaluation.delong import delong_difference
from training.evaluation.paper import PAPER, PAPER_CASES, PAPER_TESTED
from training.evaluation.values import OutOfFold, Subjects

LEVEL = 0.05


def differences(rows: Sequence[OutOfFold], subjects: Subjects) -> tuple[Difference, ...]:
    """DeLong's test of every pair of rows, p multiplied for the number of pairs by Holm's rule (Scand J Stat 1979;6:65)."""
    return _holm([_tested(first, second, subjects) for first, second in combinations(rows, 2)])


def order_sentences(rows: Sequence[OutOfFold], subjects: Subjects) -> tuple[str, ...]:
    """A sentence that counts, then one for every pair of rows that the paper has in the other order, the widest apart first.

    The order is that of AUC. p is Holm's over all pairs that the paper ranks. The last sentence is about the paper's own
    uncertainty.
    """
    known = [row for row in rows if row.name in PAPER]
    if len(known) < 2:
        return ("Fewer than two rows of the paper's table were run, so there is no order to compare.",)
    titles = {row.name: row.title for row in known}
    ranked = []  # the paper's better one first
    for pair in combinations(known, 2):
        better, worse = sorted(pair, key=lambda row: -PAPER[row.name].auc)
        if PAPER[better.name].auc > PAPER[worse.name].auc:
            ranked.append(_tested(better, worse, subjects))
    corrected = _holm(ranked)
    turned = sorted((each for each in corrected if each.value < 0), key=lambda each: each.value)
    beyond = sum(each.p < LEVEL for each in turned)
    agreeing = sum(each.value > 0 and each.p < LEVEL for each in corrected)
    first = (
        f"Of the {len(corrected)} pair{'' if len(corrected) == 1 else 's'} of methods that the paper ranks by AUC, "
        f"{len(turned)} come in the other order here, "
        f"{beyond or 'none'} of them beyond chance; {agreeing or 'none'} of the others {_are(agreeing)} confirmed beyond chance "
        f"(DeLong's test, p corrected for {len(corrected)} comparisons by Holm's rule)."
    )
    return (first, *(_sentence(each, titles) for each in turned), _paper_itself())


def against_sentences(row: OutOfFold, others: Sequence[OutOfFold], subjects: Subjects) -> tuple[str, ...]:
    """One sentence for every other row, such as the baselines: is ``row`` better, worse, or not separable?"""
    tested = _holm([_tested(row, other, subjects) for other in others])
    return tuple(
        f'"{row.title}" against "{other.title}": AUC {_signed(each)}; {_verdict(each)}.'
        for each, other in zip(tested, others, strict=True)
    )


def _tested(first: OutOfFold, second: OutOfFold, subjects: Subjects) -> Difference:
    return delong_difference(subjects.truth, (first.name, first.probability), (second.name, second.probability))


def _holm(found: Sequence[Difference]) -> tuple[Difference, ...]:
    places = sorted(range(len(found)), key=lambda place: found[place].p)
    corrected, largest = list(found), 0.0
    for rank, place in enumerate(places):
        largest = max(largest, min(found[place].p * (len(found) - rank), 1.0))
        corrected[place] = replace(found[place], p=largest)
    return tuple(corrected)


def _sentence(each: Difference, titles: dict[str, str]) -> str:
    chance = "beyond chance" if each.p < LEVEL else "within chance"
    ahead = f"{-each.value:.3f} ({-each.high:.3f} to {-each.low:.3f}; {_p(each.p)}, {chance})"
    return (
        f'"{titles[each.second]}" is ahead of "{titles[each.first]}" here by an AUC of {ahead}; '
        f"the paper has {PAPER[each.second].auc:.2f} and {PAPER[each.first].auc:.2f}."
    )


def _paper_itself() -> str:
    area, cases, controls = PAPER["full"].auc, PAPER_CASES, PAPER_TESTED - PAPER_CASES
    # Hanley and McNeil, Radiology 1982;143:29.
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    error = sqrt((area * (1 - area) + (cases - 1) * (q1 - area**2) + (controls - 1) * (q2 - area**2)) / (cases * controls))
    return (
        f"The paper's own order is uncertain: with about {PAPER_TESTED} people tested, the standard error of an AUC of "
        f"{area:.2f} is about {error:.2f}, so differences of its table below about {2 * error:.1f} may be chance."
    )


def _verdict(each: Difference) -> str:
    if each.p >= LEVEL:
        return f"not separable from chance ({_p(each.p)})"
    return f"{'better' if each.value > 0 else 'worse'} beyond chance ({_p(each.p)})"


def _signed(each: Difference) -> str:
    return f"{each.value:+.3f} ({each.low:+.3f} to {each.high:+.3f})"


def _p(p: float) -> str:
    if p > 0.99:
        return "p = 1"
    return "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".")


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
