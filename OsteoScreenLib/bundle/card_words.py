"""A bundle's model card as titled sections, the same in a terminal, in Slicer and in Markdown."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.bundle.card_figures import figures_of
from OsteoScreenLib.bundle.card_values import Figure, ModelCard
from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.words import operating_point_words

NO_CARD = "This bundle carries no model card: who made it, when, where and for whom is not stated."
UNTESTED = "No figures of its outlines are stored with this model."
NO_SCORE = "This model gives outlines and measurements, no score."


@dataclass(frozen=True)
class CardSection:
    """A title with sentences below it, and then rows of a name and what belongs to it."""

    title: str
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()


def card_title(bundle: Bundle) -> str:
    """Name and version."""
    return f"{bundle.name} {bundle.version}"


def card_headline(bundle: Bundle) -> str:
    """What the model was trained and tested on; without a card in the words of the bundle's training data."""
    return f"{NO_CARD} Trained on: {bundle.training_data}" if bundle.model_card is None else bundle.model_card.headline


def card_sections(bundle: Bundle) -> tuple[CardSection, ...]:
    """The whole card below its headline. What only a model card tells is left out where the bundle carries none."""
    card = bundle.model_card
    told = () if card is None else _who_and_why(card)
    sections = (
        CardSection("What it is", _what(bundle)),
        *told,
        CardSection("Intended use", (bundle.intended_use,)),
        *(() if card is None else (CardSection("Out of scope", card.out_of_scope),)),
        CardSection("Training data", (bundle.training_data,)),
        *(() if card is None else _data(card)),
        _score(bundle),
        _figures(bundle),
        _outlines(bundle),
        CardSection("Limits", bundle.limits),
        *(() if card is None else (CardSection("Known failure modes", card.failure_modes),)),
        CardSection("Identity", (), _identity(bundle)),
    )
    return tuple(section for section in sections if section.lines or section.rows)


def card_document(bundle: Bundle) -> dict[str, Any]:
    """The card for programs: JSON types only."""
    card, classifier = bundle.model_card, bundle.classification
    return {
        "name": bundle.name,
        "version": bundle.version,
        "sha256": bundle.sha256,
        "notice": RESEARCH_USE_NOTICE,
        "headline": card_headline(bundle),
        "intended_use": bundle.intended_use,
        "training_data": bundle.training_data,
        "limits": list(bundle.limits),
        "operating_point": None if classifier is None else asdict(classifier.operating_point),
        "model_card": None if card is None else asdict(card),
        "training": dict(bundle.training),
        "files": dict(bundle.files),
    }


def card_markdown(bundle: Bundle) -> str:
    """The card as a Markdown page; ends with a line break."""
    parts = [f"# Model card: {_plain(card_title(bundle))}", f"**{_plain(card_headline(bundle))}**", _plain(RESEARCH_USE_NOTICE)]
    for section in card_sections(bundle):
        parts.append(f"## {section.title}")
        if section.lines:
            lines = [_plain(line) for line in section.lines]
            parts.append(lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines))
        if section.rows:
            parts.append(
                "\n".join(["| | |", "|---|---|", *(f"| {_cell(name)} | {_cell(value)} |" for name, value in section.rows)])
            )
    return "\n\n".join(parts) + "\n"


def figure_words(figure: Figure) -> str:
    """A figure with its interval; counts without decimals."""
    if figure.interval is None:
        return f"{figure.value:,.0f}" if figure.value == int(figure.value) and abs(figure.value) > 1 else f"{figure.value:.3f}"
    low, high = figure.interval
    return f"{figure.value:.3f} ({low:.3f} to {high:.3f})"


def _what(bundle: Bundle) -> tuple[str, ...]:
    model = bundle.segmentation
    outlines = (
        f"Outlines of radius, ulna and metacarpals 1 to 5 on a postero-anterior radiograph: {model.experts} experts, "
        f"{model.experts * model.samples} plausible outlines of every bone, from which cortical measurements follow."
    )
    if bundle.classification is None:
        return outlines, NO_SCORE
    method = bundle.classification.settings.get("method")
    how = f": {method}" if isinstance(method, str) and method.strip() else ""
    return outlines, f"A calibrated probability of osteoporosis with an interval and one of four states{how}."


def _who_and_why(card: ModelCard) -> tuple[CardSection, ...]:
    return (
        CardSection("Who", (), (("Developed by", card.developers), ("Contact", card.contact), ("Licence", card.licence))),
        CardSection("Why", (card.purpose,)),
        CardSection("For whom", (card.users,)),
        CardSection("Where", (card.setting,)),
        CardSection("When", (card.period, f"The bundle was assembled on {card.date}.")),
    )


def _data(card: ModelCard) -> tuple[CardSection, ...]:
    return (
        CardSection("Reference standard", (card.reference_standard,)),
        CardSection("Evaluation data", (card.evaluation_data,)),
    )


def _score(bundle: Bundle) -> CardSection:
    if bundle.classification is None:
        return CardSection("Operating point", (NO_SCORE,))
    return CardSection(
        "Operating point", tuple(f"{line}." for line in operating_point_words(bundle.classification.operating_point))
    )


def _figures(bundle: Bundle) -> CardSection:
    card = bundle.model_card
    if card is not None:
        figures, origin = card.figures, "" if card.figures_from is None else f", on {card.figures_from.value}"
    else:
        results = None if bundle.classification is None else bundle.classification.settings.get("results")
        figures, origin = figures_of(results), ""
    if not figures:
        return CardSection("Figures of the score")
    rows = tuple((figure.name, figure_words(figure)) for figure in figures)
    return CardSection(f"Figures of the score{origin}", ("In brackets: 95 % intervals, where they were computed.",), rows)


def _outlines(bundle: Bundle) -> CardSection:
    """How well outlines agreed with the true ones, on the films that the thresholds were chosen on."""
    thresholds = bundle.segmentation.thresholds
    films = max((each.films for each in thresholds.values()), default=0)
    if not films:
        return CardSection("Outlines", (UNTESTED,))
    return CardSection(
        "Outlines",
        (f"Dice on the up to {films} films on which the thresholds were chosen (not a test):",),
        tuple((bone.title, f"{each.dice:.3f}") for bone, each in thresholds.items()),
    )


def _identity(bundle: Bundle) -> tuple[tuple[str, str], ...]:
    commit = bundle.training.get("commit")
    return (
        ("Version", card_title(bundle)),
        ("SHA-256 of bundle.json", bundle.sha256),
        *((("Code", f"commit {commit}"),) if isinstance(commit, str) and commit else ()),
        *((("Remarks", note),) if isinstance(note := bundle.training.get("note"), str) and note else ()),
    )


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    for mark in "\\`*_<>[]|#":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _plain(text)
