"""What can be done now and, where it cannot, what to do first: the tooltip of every disabled button."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from OsteoScreenLib.workflow.states import CANCELLABLE, PanelState

ResultKind = Literal["none", "current", "corrected", "outdated"]
"""``corrected``: outlines changed by hand since the score; ``outdated``: the film itself, or its geometry, changed."""


class Action(str, Enum):
    """Something a user can ask for. The panel enables its widget where `why_disabled` is ``None``."""

    # packages
    INSTALL = "install"
    INSTALL_OFFLINE = "install_offline"
    # inputs
    CHOOSE_FILM = "choose_film"
    OPEN_FILM = "open_film"
    CHOOSE_SLICE = "choose_slice"
    INVERT = "invert"
    SET_SPACING = "set_spacing"
    MEASURE_SPACING = "measure_spacing"
    SET_SIDE = "set_side"
    SET_PERSON = "set_person"
    # screening
    SCREEN = "screen"
    CANCEL = "cancel"
    # results
    SHOW_RESULT = "show_result"
    SHOW_UNCERTAINTY = "show_uncertainty"
    SHOW_PLOT = "show_plot"
    SHOW_LAYOUT = "show_layout"
    SET_PREVALENCE = "set_prevalence"
    SAVE_REPORT = "save_report"
    REMOVE_RESULT = "remove_result"
    # hypotheses
    SHOW_HYPOTHESES = "show_hypotheses"
    TAKE_HYPOTHESIS = "take_hypothesis"
    # correction
    CORRECT = "correct"
    RESCORE = "rescore"
    # annotators' queue
    NEW_QUEUE = "new_queue"
    OPEN_QUEUE = "open_queue"
    ADD_TO_QUEUE = "add_to_queue"
    SCREEN_QUEUE = "screen_queue"
    NEXT = "next"
    PREVIOUS = "previous"
    ACCEPT = "accept"
    SAVE_CORRECTION = "save_correction"
    REJECT = "reject"
    REOPEN = "reopen"
    EXPORT_MANIFEST = "export_manifest"
    # model bundles
    CHOOSE_BUNDLE = "choose_bundle"
    BROWSE_BUNDLE = "browse_bundle"
    DOWNLOAD_BUNDLE = "download_bundle"
    VERIFY_BUNDLE = "verify_bundle"
    REMOVE_BUNDLE = "remove_bundle"


@dataclass(frozen=True)
class PanelFacts:
    """What decides which actions are possible.

    Attributes
    ----------
    state : what the panel is doing
    packages_missing : whether Python packages that the worker needs are missing
    film_name, film_count : the chosen volume node (``None``: none) and how many films it holds
    film_fault : why that node cannot be used as a film (one sentence), or ``None``
    result, outdated_reason : the film's result in the scene, and what changed since where it is outdated
    scored : whether that result has a probability
    hypotheses, hypothesis_shown : how many plausible outlines are stored, and whether one is shown now
    layout_shown : whether OsteoScreen's own layout is on
    bundle_fault : why the chosen model bundle cannot be used (one sentence), or ``None``
    bundle_chosen, bundle_shipped : whether a bundle is chosen in the list, and whether it came with the extension
    bundle_address : whether an address to download from is given
    queue_films : films in the open queue; ``None`` where none is open
    queue_finished, queue_unscreened : how many of them this annotator has finished, and how many have no outlines yet
    queue_film : whether the film on show is the queue's
    queue_film_finished, queue_film_outlined : whether this annotator has finished it, and whether it has outlines to accept
    queue_film_changed : whether its outlines were changed by hand
    annotator : the annotator's name; empty where none is given
    """

    state: PanelState
    packages_missing: bool = False
    film_name: str | None = None
    film_count: int = 0
    film_fault: str | None = None
    result: ResultKind = "none"
    outdated_reason: str | None = None
    scored: bool = True
    hypotheses: int = 0
    hypothesis_shown: bool = False
    layout_shown: bool = False
    bundle_fault: str | None = None
    bundle_chosen: bool = True
    bundle_shipped: bool = True
    bundle_address: bool = False
    queue_films: int | None = None
    queue_finished: int = 0
    queue_unscreened: int = 0
    queue_film: bool = False
    queue_film_finished: bool = False
    queue_film_outlined: bool = False
    queue_film_changed: bool = False
    annotator: str = ""


NEEDS_WORKER = frozenset(
    {Action.OPEN_FILM, Action.SCREEN, Action.RESCORE, Action.SAVE_REPORT, Action.SCREEN_QUEUE, Action.DOWNLOAD_BUNDLE}
)
"""Actions that another process does, and that therefore need the Python packages."""

LOOKS_ONLY = frozenset(
    {
        Action.SHOW_RESULT,
        Action.SHOW_UNCERTAINTY,
        Action.SHOW_PLOT,
        Action.SHOW_LAYOUT,
        Action.SET_PREVALENCE,
        Action.SHOW_HYPOTHESES,
    }
)
"""Actions that change nothing a run depends on, so that they are possible during one."""

INSTALL_FIRST = "Install the Python packages first: click Install"
_RUNNING = {
    PanelState.INSTALLING: "Wait until the packages are installed, or cancel it",
    PanelState.READING: "Wait until the film is open, or cancel it",
    PanelState.SCREENING: "Cancel the running screening first",
    PanelState.RESCORING: "Wait until the outlines are scored, or cancel it",
    PanelState.REPORTING: "Wait until the report is written, or cancel it",
    PanelState.FETCHING: "Wait until the model is downloaded, or cancel it",
    PanelState.CANCELLING: "Wait until the run has ended",
}


def why_disabled(action: Action, facts: PanelFacts) -> str | None:
    """What to do before ``action`` is possible, one short sentence; ``None`` where it is possible now."""
    if action is Action.CANCEL:
        return _cancel(facts)
    if facts.state in _RUNNING and action not in LOOKS_ONLY:
        return _RUNNING[facts.state]
    if action in NEEDS_WORKER and (facts.packages_missing or facts.state is PanelState.NEEDS_PACKAGES):
        return INSTALL_FIRST
    return _RULES[action](facts)


def _cancel(facts: PanelFacts) -> str | None:
    if facts.state in CANCELLABLE:
        return None
    return "The run is being cancelled" if facts.state is PanelState.CANCELLING else "Nothing is running"


def _always(facts: PanelFacts) -> str | None:
    return None


def _install(facts: PanelFacts) -> str | None:
    if facts.packages_missing or facts.state is PanelState.NEEDS_PACKAGES:
        return None
    return "All Python packages are installed"


def _film(facts: PanelFacts) -> str | None:
    if facts.film_name is None:
        return "Choose a film first"
    return facts.film_fault


def _slice(facts: PanelFacts) -> str | None:
    return _film(facts) or (None if facts.film_count > 1 else "This volume holds one film only")


def _screen(facts: PanelFacts) -> str | None:
    return _film(facts) or facts.bundle_fault


def _result(facts: PanelFacts) -> str | None:
    return _film(facts) or ("Screen the film first" if facts.result == "none" else None)


def _prevalence(facts: PanelFacts) -> str | None:
    return _result(facts) or (None if facts.scored else "Without a probability there are no predictive values")


def _outdated(facts: PanelFacts) -> str | None:
    if facts.result != "outdated":
        return None
    return (facts.outdated_reason or "The film has changed since the result was made: screen the film again").rstrip(".")


def _fresh_result(facts: PanelFacts) -> str | None:
    return _result(facts) or _outdated(facts)


def _report(facts: PanelFacts) -> str | None:
    if facts.result == "corrected":
        return _film(facts) or "Re-score the corrected outlines first: a report shows outlines and score of one kind"
    return _fresh_result(facts)


def _rescore(facts: PanelFacts) -> str | None:
    if facts.result == "current":
        return _film(facts) or "Correct an outline first"
    return _fresh_result(facts) or facts.bundle_fault


def _hypotheses(facts: PanelFacts) -> str | None:
    if facts.hypotheses:
        return _result(facts)
    return _result(facts) or "This result holds no plausible outlines: screen the film again"


def _shown_hypothesis(facts: PanelFacts) -> str | None:
    return _hypotheses(facts) or (None if facts.hypothesis_shown else "Show the plausible outlines first")


def _take_hypothesis(facts: PanelFacts) -> str | None:
    return _shown_hypothesis(facts) or _outdated(facts)


def _queue(facts: PanelFacts) -> str | None:
    return "Open a queue of films first" if facts.queue_films is None else None


def _filled_queue(facts: PanelFacts) -> str | None:
    return _queue(facts) or (None if facts.queue_films else "The queue holds no film: add some first")


def _step(facts: PanelFacts) -> str | None:
    return _filled_queue(facts) or (None if facts.annotator.strip() else "Enter your name as annotator first")


def _screen_queue(facts: PanelFacts) -> str | None:
    done = None if facts.queue_unscreened else "Every film of the queue has outlines already"
    return _filled_queue(facts) or done or facts.bundle_fault


def _judge(facts: PanelFacts) -> str | None:
    """A film of the queue that is on show and not finished."""
    if _step(facts):
        return _step(facts)
    if not facts.queue_film:
        return "Show a film of the queue first: click Next"
    return "This film is finished: reopen it to change your answer" if facts.queue_film_finished else None


def _accept(facts: PanelFacts) -> str | None:
    if _judge(facts):
        return _judge(facts)
    if not facts.queue_film_outlined:
        return "This film has no outlines yet: screen it first"
    return "The outlines were changed: save the correction instead" if facts.queue_film_changed else None


def _save_correction(facts: PanelFacts) -> str | None:
    if _judge(facts):
        return _judge(facts)
    if not facts.queue_film_outlined:
        return "This film has no outlines yet: screen it first"
    return None if facts.queue_film_changed else "No outline was changed: accept the film instead"


def _reopen(facts: PanelFacts) -> str | None:
    if _step(facts):
        return _step(facts)
    if not facts.queue_film:
        return "Show a film of the queue first: click Next"
    return None if facts.queue_film_finished else "This film is not finished yet"


def _export_manifest(facts: PanelFacts) -> str | None:
    return _queue(facts) or (None if facts.queue_finished else "Accept or correct at least one film first")


def _bundle(facts: PanelFacts) -> str | None:
    return None if facts.bundle_chosen else "Choose a model first"


def _remove_bundle(facts: PanelFacts) -> str | None:
    return _bundle(facts) or ("The model that came with the extension cannot be removed" if facts.bundle_shipped else None)


def _download(facts: PanelFacts) -> str | None:
    return None if facts.bundle_address else "Enter the model's address first"


_RULES = {
    Action.INSTALL: _install,
    Action.INSTALL_OFFLINE: _install,
    Action.CHOOSE_FILM: _always,
    Action.OPEN_FILM: _always,
    Action.CHOOSE_SLICE: _slice,
    Action.INVERT: _film,
    Action.SET_SPACING: _film,
    Action.MEASURE_SPACING: _film,
    Action.SET_SIDE: _film,
    Action.SET_PERSON: _film,
    Action.SCREEN: _screen,
    Action.SHOW_RESULT: _result,
    Action.SHOW_UNCERTAINTY: _result,
    Action.SHOW_PLOT: _result,
    Action.SHOW_LAYOUT: _film,
    Action.SET_PREVALENCE: _prevalence,
    Action.SAVE_REPORT: _report,
    Action.REMOVE_RESULT: _result,
    Action.SHOW_HYPOTHESES: _hypotheses,
    Action.TAKE_HYPOTHESIS: _take_hypothesis,
    Action.CORRECT: _fresh_result,
    Action.RESCORE: _rescore,
    Action.NEW_QUEUE: _always,
    Action.OPEN_QUEUE: _always,
    Action.ADD_TO_QUEUE: _queue,
    Action.SCREEN_QUEUE: _screen_queue,
    Action.NEXT: _step,
    Action.PREVIOUS: _step,
    Action.ACCEPT: _accept,
    Action.SAVE_CORRECTION: _save_correction,
    Action.REJECT: _judge,
    Action.REOPEN: _reopen,
    Action.EXPORT_MANIFEST: _export_manifest,
    Action.CHOOSE_BUNDLE: _always,
    Action.BROWSE_BUNDLE: _always,
    Action.DOWNLOAD_BUNDLE: _download,
    Action.VERIFY_BUNDLE: _bundle,
    Action.REMOVE_BUNDLE: _remove_bundle,
}
