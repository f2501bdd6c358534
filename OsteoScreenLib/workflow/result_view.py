"""What the panel says of a result: the state in words first, then everything it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.bones import RADIOGRAMMETRY_BONES
from OsteoScreenLib.classification.values import OperatingPoint, Score, State
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.words import (
    date_words,
    findings_in_words,
    index_words,
    mean_mci_words,
    operating_point_words,
    percent,
    polarity_words,
    probability_words,
    reasons_of,
    side_words,
    spacing_words,
)

Tone = Literal["flagged", "unclear", "clear", "refused"]

_TONES: dict[State, Tone] = {
    State.CONSIDER_DXA: "flagged",
    State.INDETERMINATE: "unclear",
    State.NOT_FLAGGED: "clear",
    State.NOT_ANALYSABLE: "refused",
}
_HASH_DIGITS = 12


@dataclass(frozen=True)
class Scale:
    """The probability between 0 and 1 with its interval and both thresholds (``None`` where the model has none)."""

    probability: float
    interval: tuple[float, float] | None
    rule_out: float | None
    rule_in: float | None


@dataclass(frozen=True)
class ResultView:
    """One result, ready to print. Every line is plain text, not escaped.

    ``caution`` says what changed since the result was made; ``scale`` is ``None`` where no probability is given;
    ``findings`` are (severity in words, text), the gravest first.
    """

    headline: str
    state: State
    tone: Tone
    caution: str | None
    reasons: tuple[str, ...]
    probability_line: str
    scale: Scale | None
    operating_point_lines: tuple[str, ...]
    index_line: str
    index_details: tuple[str, ...]
    findings: tuple[tuple[str, str], ...]
    notice: str
    model_line: str
    training_line: str
    limits: tuple[str, ...]
    film_line: str
    timing_line: str


def view(result: ScreeningResult, caution: str | None = None) -> ResultView:
    """Put a result into words. ``caution``: one sentence where the film or its outlines changed since."""
    score = result.score
    shown = score.state is not State.NOT_ANALYSABLE and score.probability is not None
    return ResultView(
        headline=score.state.words,
        state=score.state,
        tone=_TONES[score.state],
        caution=caution,
        reasons=reasons_of(result),
        probability_line=_probability_line(score) if shown else "Probability not shown: not analysable",
        scale=_scale(score) if shown else None,
        operating_point_lines=_operating_point_lines(score.operating_point),
        index_line=f"Cortical index of the metacarpals: {mean_mci_words(result.radiogrammetry)}",
        index_details=_index_details(result),
        findings=tuple((word, finding.text) for word, finding in findings_in_words(result.quality)),
        notice=RESEARCH_USE_NOTICE,
        model_line=f"Model {result.bundle.name} {result.bundle.version}, SHA-256 {result.bundle.sha256[:_HASH_DIGITS]}\u2026",
        training_line=f"Trained on: {result.bundle.training_data}",
        limits=result.bundle.limits,
        film_line=_film_line(result),
        timing_line=_timing_line(result),
    )


def _probability_line(score: Score) -> str:
    line = f"Probability of osteoporosis {probability_words(score)}"
    return line if score.interval is None else f"{line}, interval over the plausible outlines"


def _scale(score: Score) -> Scale | None:
    point = score.operating_point
    if score.probability is None:
        return None
    return Scale(
        score.probability,
        score.interval,
        None if point is None else point.rule_out,
        None if point is None else point.rule_in,
    )


def _operating_point_lines(point: OperatingPoint | None) -> tuple[str, ...]:
    if point is None:
        return ("This model has no operating point.",)
    return operating_point_words(point)


def _index_details(result: ScreeningResult) -> tuple[str, ...]:
    """The other indices, where they were measured, and the cortices' thickness in millimetres where the spacing is trusted."""
    measured = result.radiogrammetry
    # The mean cortical index has a line of its own above these.
    lines = [f"{name}: {words}" for name, words in index_words(measured, result.film.spacing) if name != "MCI"]
    for bone in RADIOGRAMMETRY_BONES:
        levels = sorted(each.level for each in measured.levels if each.bone is bone)
        if levels:
            lines.append(f"{bone.title}: at {', '.join(percent(level) for level in levels)} of its length from the base")
    cortices = [each.combined_thickness_mm for each in measured.levels if each.combined_thickness_mm is not None]
    if result.film.spacing.trusted and cortices:
        lines.append(f"Both cortices together: mean {sum(cortices) / len(cortices):.2f} mm, {spacing_words(result.film.spacing)}")
    return tuple(lines)


def _film_line(result: ScreeningResult) -> str:
    film = result.film
    parts = [
        film.source.name,
        side_words(film.laterality),
        f"pixel spacing {spacing_words(film.spacing)}",
        polarity_words(film.polarity),
    ]
    return f"Film {'; '.join(parts)}"


def _timing_line(result: ScreeningResult) -> str:
    seconds = sum(result.timings.values())
    return f"Made {date_words(result.created)} by OsteoScreen {result.software_version} in {seconds:.1f} s"
