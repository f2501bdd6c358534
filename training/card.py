"""The model card that ``training.bundle`` writes: the project's own words, what is known of the data, and a site's ``--card``.

What the films were is never guessed: a classifier that does not tell simulated films from films of patients is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from OsteoScreenLib.bundle.card_figures import figures_of
from OsteoScreenLib.bundle.card_values import FilmOrigin, ModelCard
from OsteoScreenLib.errors import UsageError
from training.site_card import SiteCard

PROJECT = "The OsteoScreen contributors"
CONTACT = "https://github.com/OsteoScreen/SlicerOsteoScreen/issues"
LICENCE = "Apache-2.0"
PURPOSE = (
    "Osteoporosis is often found only after a fracture, while hands and wrists are radiographed for other reasons. The model "
    "looks for signs on such films that a DXA measurement is worth considering, and shows what it looked at."
)
USERS = (
    "Researchers in radiology, bone metabolism and machine learning, and people who train a model of their own with this code."
)
OUT_OF_SCOPE = (
    "Any decision about a person: diagnosis, treatment, referral, or telling somebody that there is no osteoporosis.",
    "Children and adolescents; oblique and lateral views; bones under a cast or beside metal; anything but hand and wrist.",
    "Fracture risk, bone density in figures, T-scores, and following a person over time.",
)
OUTLINE_FAILURES = (
    "On films of fewer than 500 pixels a side metacarpal 1 may be half missed.",
    "On a turned hand the ulna may be drawn into soft tissue; metacarpal 1 may take in a corner of the phalanx.",
)
"""Seen on real films: docs/results.md and docs/results/segmentation.md."""
UNKNOWN_FAILURES = "How the score fails on films of patients is not known: none was tested."
OTHER_SITES = "The score may fail on films of other sites, machines and people than those it was trained on."
NO_SCORE = "There is no score to evaluate; the outlines on the films that their thresholds were chosen on: see below."
_SETTING = {FilmOrigin.SIMULATED: "No hospital: the films are simulated films, which stand for no site, machine or country."}
_PERIOD = {FilmOrigin.SIMULATED: "No data were collected: simulated films were cast when the model was trained."}
_REFERENCE = {
    FilmOrigin.SIMULATED: (
        "Simulated films: osteoporosis is a T-score of -2.5 or lower of the simulated person; no DXA was measured. The outlines "
        "are those of simulated annotators, who know the true ones."
    ),
    FilmOrigin.PATIENTS: "DXA: osteoporosis is a T-score of -2.5 or lower, or what the site's table says.",
}
_EVALUATION = {
    FilmOrigin.SIMULATED: "Simulated films of subjects that were not trained on (internal testing). No external testing.",
    FilmOrigin.PATIENTS: "Subjects of the same site that were not trained on (internal testing). No external testing.",
}
_NEEDED = ("developers", "contact", "setting", "period")
"""What nobody but the site can say of a model trained on its patients."""
_OF_THE_MODEL = ("developers", "contact", "licence", "purpose", "users")
_OF_THE_DATA = ("setting", "period", "reference_standard", "evaluation_data")
_KNOWN = {*OUT_OF_SCOPE, *OUTLINE_FAILURES, UNKNOWN_FAILURES, OTHER_SITES}


def make_card(outlines: FilmOrigin, classification: Mapping[str, Any] | None, site: SiteCard, place: Path) -> ModelCard:
    """The card of a bundle; ``classification`` is its section of that name, ``place`` names errors.

    Raises `UsageError` where the classifier does not say what films it was trained on, and where it was trained on patients but
    ``site`` leaves out what only the site knows.
    """
    score = None if classification is None else score_origin(classification, place)
    tested = None if classification is None else figures_origin(classification, place)
    if {score, tested} & {FilmOrigin.PATIENTS, FilmOrigin.BOTH}:
        _refuse_untold(site, place)
    origin = outlines if score is None else score
    unknown = () if score is None else (UNKNOWN_FAILURES if tested is FilmOrigin.SIMULATED else OTHER_SITES,)
    return ModelCard(
        outlines=outlines,
        score=score,
        figures_from=tested,
        developers=site.developers or PROJECT,
        contact=site.contact or CONTACT,
        licence=site.licence or LICENCE,
        date=datetime.now(timezone.utc).date().isoformat(),
        purpose=site.purpose or PURPOSE,
        users=site.users or USERS,
        setting=site.setting or _words(_SETTING, origin),
        period=site.period or _words(_PERIOD, origin),
        reference_standard=site.reference_standard or _words(_REFERENCE, origin),
        evaluation_data=site.evaluation_data or (NO_SCORE if tested is None else _words(_EVALUATION, tested)),
        out_of_scope=(*OUT_OF_SCOPE, *site.out_of_scope),
        failure_modes=(*OUTLINE_FAILURES, *unknown, *site.failure_modes),
        figures=() if classification is None else figures_of(classification.get("results")),
    )


def as_json(card: ModelCard) -> dict[str, Any]:
    """The ``model_card`` object of ``bundle.json``."""
    return dict(json.loads(json.dumps(asdict(card))))


def carried(older: ModelCard | None, site: SiteCard, *, same_score: bool) -> SiteCard:
    """``site`` with what it leaves out taken from an older card: who and why, and with the ``same_score`` the data as well."""
    if older is None:
        return site
    fields = (*_OF_THE_MODEL, *(_OF_THE_DATA if same_score else ()))
    kept: dict[str, Any] = {name: getattr(site, name) or getattr(older, name) for name in fields}
    for name in ("out_of_scope", "failure_modes"):
        extra = [line for line in getattr(older, name) if line not in _KNOWN] if same_score else []
        kept[name] = tuple(dict.fromkeys([*extra, *getattr(site, name)]))
    return site.model_copy(update=kept)


def outlines_origin(training: Mapping[str, Any]) -> FilmOrigin:
    """What the outlines were trained on, from the ``training`` object of ``bundle.json``."""
    settings = training.get("settings")
    annotated = isinstance(settings, Mapping) and settings.get("annotations") is not None
    return FilmOrigin.BOTH if annotated else FilmOrigin.SIMULATED


def score_origin(classification: Mapping[str, Any], place: Path) -> FilmOrigin:
    """What the classifier was trained on: its field ``films``, else the words of its training data.

    Raises `UsageError` where neither tells simulated films from films of patients.
    """
    return _stated(classification, "training", str(classification.get("training_data", "")), place)


def figures_origin(classification: Mapping[str, Any], place: Path) -> FilmOrigin:
    """What the classifier's operating point and figures were found on; as `score_origin`, from the operating point's words."""
    point = classification.get("operating_point")
    words = str(point.get("population", "")) if isinstance(point, Mapping) else ""
    return _stated(classification, "figures", words, place)


def _stated(classification: Mapping[str, Any], use: str, words: str, place: Path) -> FilmOrigin:
    films = classification.get("films")
    said = films.get(use) if isinstance(films, Mapping) else None
    if said is None:
        # Classifiers exported before the field was there: only simulated films can be told by words.
        if "simulated films" in words.casefold():
            return FilmOrigin.SIMULATED
        fault = f"does not say which films were used for its {use}"
        raise UsageError(place, fault, "Train it again with python -m training.classify, which notes them in the field films")
    try:
        return FilmOrigin(said)
    except ValueError:
        wanted = ", ".join(f"'{origin.value}'" for origin in FilmOrigin)
        raise UsageError(place, f"field 'films.{use}' is '{said}', not one of {wanted}", "Mend it") from None


def _refuse_untold(site: SiteCard, place: Path) -> None:
    missing = [name for name in _NEEDED if getattr(site, name) is None]
    if missing:
        remedy = "Give them in a file with --card; --card-template FILE writes one to fill in"
        raise UsageError(place, f"rests on films of patients, but nobody says {', '.join(missing)}", remedy)


def _words(by_origin: Mapping[FilmOrigin, str], origin: FilmOrigin) -> str:
    if origin is FilmOrigin.BOTH:
        both = (by_origin.get(each) for each in (FilmOrigin.SIMULATED, FilmOrigin.PATIENTS))
        return " ".join(words for words in both if words) + " Of the films of patients it is not stated."
    return by_origin[origin]
