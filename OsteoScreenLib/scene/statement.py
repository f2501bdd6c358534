"""What the result says, as text."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.classification.values import Score
from OsteoScreenLib.scene.ownership import find_or_add
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.words import operating_point_words


def statement_node(scene: Any, result: ScreeningResult, film: Any) -> Any:
    """Text node with `statement`."""
    node, _ = find_or_add(scene, "vtkMRMLTextNode", "statement", film, f"{film.GetName()} screening result")
    node.SetText(statement(result))
    return node


def statement(result: ScreeningResult) -> str:
    """State in words first, then the probability, the reasons, the evidence, and on what it all rests."""
    score, bundle, film = result.score, result.bundle, result.film
    parts = [
        score.state.words,
        *_probability_lines(score),
        "",
        *_listed("Reasons", list(score.reasons)),
        *_listed("Quality of the film", [f"{finding.severity.value}: {finding.text}" for finding in result.quality]),
        *_radiogrammetry_lines(result),
        f"Film: {film.source.name}, SHA-256 {film.source.sha256}"
        + (f", SOP instance {film.source.sop_instance_uid}" if film.source.sop_instance_uid else ""),
        f"Side: {film.laterality.value}. Pixel spacing: {film.spacing.provenance.value.replace('_', ' ')}.",
        f"Model: {bundle.name} {bundle.version}, SHA-256 {bundle.sha256}. Trained on: {bundle.training_data}.",
        *_listed("Limits", list(bundle.limits)),
        f"Made {result.created} by OsteoScreen {result.software_version}, seed {result.seed}.",
        RESEARCH_USE_NOTICE,
    ]
    return "\n".join(parts)


def _probability_lines(score: Score) -> list[str]:
    if score.probability is None:
        return []
    text = f"Probability of osteoporosis {score.probability:.2f}"
    if score.interval is not None:
        text += f" ({score.interval[0]:.2f} to {score.interval[1]:.2f} over the segmentation hypotheses)"
    return [text, *(operating_point_words(score.operating_point) if score.operating_point is not None else ())]


def _radiogrammetry_lines(result: ScreeningResult) -> list[str]:
    measured = result.radiogrammetry
    mean = "not measured" if measured.mean_mci is None else f"{measured.mean_mci:.3f} over {len(measured.levels)} levels"
    rejected = [f"{each.bone.title} at {each.level:.0%}: {each.reason}" for each in measured.rejected]
    return [f"Mean metacarpal cortical index: {mean}", "", *_listed("Levels not measured", rejected)]


def _listed(title: str, items: list[str]) -> list[str]:
    return [f"{title}:", *(f"- {item}" for item in items), ""] if items else []
