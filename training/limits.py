"""What a bundle says of its use and its limits, by what it was trained on."""

from __future__ import annotations

from collections.abc import Iterable

from OsteoScreenLib.bundle.card_values import FilmOrigin, ModelCard

INTENDED_USE = (
    "Research on opportunistic screening for osteoporosis from postero-anterior hand and wrist radiographs of adults. "
    "Not a medical device; not for diagnosis, and not for ruling out osteoporosis."
)
SIMULATED_ONLY = "Trained on simulated films only; no film of a patient and no DXA measurement was used."
SIMULATED_OUTLINES = "The outlines were learnt from simulated films only; the score was learnt from films of patients."
OF_SIMULATED_SUBJECTS = (
    "The probability refers to the simulated cohort, its prevalence and its definition of osteoporosis; "
    "it has not been calibrated or tested on patients."
)
OF_PATIENTS = (
    "The probability refers to people like those it was trained on, and to their prevalence of osteoporosis; anywhere else it "
    "has to be validated and calibrated before use."
)
OF_TESTED = (
    "The score was trained on simulated films, and calibrated and tested on films of patients: the probability refers to people "
    "like those, and to their prevalence of osteoporosis."
)
OF_OUTLINES = (
    "No simulated film shows a fracture, an amputation, an erosion, a calcified vessel, or the bones of a child; casts, plates, "
    "wires and open growth plates are simulated, but were not validated on patients.",
    "Simulated hands lie flat, or are rolled by up to 20 or pitched by up to 15 degrees; none is shown "
    "from the side or in an oblique view.",
)
_OF_SCORE = {SIMULATED_ONLY, SIMULATED_OUTLINES, OF_SIMULATED_SUBJECTS, OF_PATIENTS, OF_TESTED}


def limits(card: ModelCard, of_outlines: Iterable[str] = OF_OUTLINES, site: Iterable[str] = ()) -> list[str]:
    """The limits of a bundle, each once.

    ``of_outlines`` are those of the outlines, or all those of an older bundle whose outlines were taken: what they say of its
    score is left out. ``site`` are those that a site adds.
    """
    lines: list[str] = []
    if card.outlines is FilmOrigin.SIMULATED:
        lines.append(SIMULATED_ONLY if card.score in (None, FilmOrigin.SIMULATED) else SIMULATED_OUTLINES)
    if card.score is FilmOrigin.SIMULATED:
        lines.append(OF_SIMULATED_SUBJECTS if card.figures_from is FilmOrigin.SIMULATED else OF_TESTED)
    elif card.score is not None:
        lines.append(OF_PATIENTS)
    lines += [line for line in of_outlines if line not in _OF_SCORE]
    return list(dict.fromkeys([*lines, *site]))
