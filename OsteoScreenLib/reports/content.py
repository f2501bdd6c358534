"""What a report says, in words; the page and the PDF print the same."""

from __future__ import annotations

from dataclasses import dataclass

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.radiograph.values import Patient
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.words import (
    date_words,
    film_words,
    findings_in_words,
    index_words,
    mean_mci_words,
    operating_point_words,
    polarity_words,
    probability_words,
    reasons_of,
    side_words,
    spacing_words,
)

NO_FINDING = "Nothing found that speaks against analysing this film."
NO_REASON = "No reason was recorded."
NO_SCORE = "No score is given for this film."


@dataclass(frozen=True)
class Fact:
    """A name and what belongs to it; ``code`` for hashes and UIDs, which are read letter by letter."""

    name: str
    words: str
    code: bool = False


@dataclass(frozen=True)
class Content:
    """The words of a report. ``about`` names the film, its side and the date; ``patient`` is empty unless it was asked for."""

    about: tuple[str, ...]
    patient: tuple[Fact, ...]
    notice: str
    analysed: bool
    state: State
    reasons: tuple[str, ...]
    probability: str
    mean_mci: str
    basis: tuple[str, ...]
    trained_on: str
    captions: tuple[str, str, str]
    indices: tuple[Fact, ...]
    measurement_note: str
    outline_note: str
    findings: tuple[Fact, ...]
    film: tuple[Fact, ...]
    model: tuple[Fact, ...]
    limits: tuple[str, ...]
    made: tuple[Fact, ...]


def content_of(result: ScreeningResult, patient: Patient | None = None) -> Content:
    """Put a result into words. A patient is named only where one is given."""
    analysed = result.score.state is not State.NOT_ANALYSABLE
    return Content(
        about=(film_words(result.film.source), side_words(result.film.laterality), date_words(result.created)),
        patient=_patient(patient),
        notice=RESEARCH_USE_NOTICE,
        analysed=analysed,
        state=result.score.state,
        reasons=reasons_of(result) or (() if analysed else (NO_REASON,)),
        probability=probability_words(result.score),
        mean_mci=mean_mci_words(result.radiogrammetry),
        basis=_basis(result),
        trained_on=result.bundle.training_data,
        captions=_captions(result),
        indices=tuple(Fact(name, words) for name, words in index_words(result.radiogrammetry, result.film.spacing)),
        measurement_note=_measurement_note(result),
        outline_note="Entropy: mean bits in and around the outline. 1 \N{MINUS SIGN} IoU: expected disagreement of two plausible "
        "outlines." + (" Probability: from this bone alone, with its interval." if analysed else ""),
        findings=tuple(Fact(word, each.text) for word, each in findings_in_words(result.quality)),
        film=_film(result),
        model=_model(result),
        limits=result.bundle.limits,
        made=_made(result),
    )


def _patient(patient: Patient | None) -> tuple[Fact, ...]:
    if patient is None:
        return ()
    facts = (("Patient", patient.name), ("Patient ID", patient.patient_id), ("Born", patient.birth_date))
    return tuple(Fact(name, "not stated" if words is None else words) for name, words in facts)


def _basis(result: ScreeningResult) -> tuple[str, ...]:
    """What the probability and its thresholds rest on, one sentence each."""
    point = result.score.operating_point
    if point is None or result.score.probability is None:
        return ()
    interval = "Interval: 5th to 95th percentile over the plausible outlines."
    return (interval, *(f"{line}." for line in operating_point_words(point)))


def _captions(result: ScreeningResult) -> tuple[str, str, str]:
    """Below the film, the uncertainty and the measured shafts."""
    film = "Film with consensus outlines." if result.segmentation.found_bones else "Film; no bone was outlined."
    if result.radiogrammetry.levels:
        film += " White: measured cortices; dotted: medullary cavity."
    return (
        film,
        "Uncertainty of the outlines: entropy over all plausible outlines; 0 where all agree, 1 where it is open whether a pixel "
        "is bone.",
        "Where W and d were taken: shafts enlarged, heads up, contrast stretched. Curve: brightness across the shaft at the "
        "level nearest to its middle; solid: outer edges, dashed: endosteal edges.",
    )


def _measurement_note(result: ScreeningResult) -> str:
    spacing = result.film.spacing
    scale = (
        f"Millimetres from {spacing_words(spacing)}."
        if spacing.trusted
        else "Pixel spacing unknown: no millimetres are given; ratios need none."
    )
    return (
        "W: outer width; d: medullary width; MCI = (W \N{MINUS SIGN} d) / W; "
        "PCA = 1 \N{MINUS SIGN} (1 \N{MINUS SIGN} MCI)\N{SUPERSCRIPT TWO}; level: part of the bone's length from its base. "
        f"{scale} 2MCP: MCI of metacarpal 2. Trust: by the expected error of MCI on simulated films."
    )


def _film(result: ScreeningResult) -> tuple[Fact, ...]:
    film = result.film
    rows, columns = film.shape
    named = Fact("SOP instance UID", film.source.sop_instance_uid, code=True) if film.source.sop_instance_uid else None
    return (
        named or Fact("File", film.source.name),
        Fact("SHA-256", film.source.sha256, code=True),
        Fact("Stored as", f"{film.source.file_format}, {film.source.bits_stored} bit, {rows} x {columns} px"),
        Fact("Pixel spacing", spacing_words(film.spacing)),
        Fact("Polarity", polarity_words(film.polarity)),
    )


def _model(result: ScreeningResult) -> tuple[Fact, ...]:
    bundle = result.bundle
    return (
        Fact("Model", f"{bundle.name} {bundle.version}"),
        Fact("Trained on", bundle.training_data),
        Fact("Intended use", bundle.intended_use),
    )


def _made(result: ScreeningResult) -> tuple[Fact, ...]:
    seconds = sum(result.timings.values())
    return (
        Fact("Software", f"OsteoScreen {result.software_version}"),
        Fact("Model SHA-256", result.bundle.sha256, code=True),
        Fact("Drawn", f"{result.samples} outlines per expert, seed {result.seed}, {seconds:.1f} s"),
        Fact("Date", date_words(result.created)),
    )
