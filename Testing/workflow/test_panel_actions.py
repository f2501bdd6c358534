"""Every action in every state has an answer, and where it is no, the answer says what to do first."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from OsteoScreenLib.workflow.actions import INSTALL_FIRST, LOOKS_ONLY, NEEDS_WORKER, Action, PanelFacts, why_disabled
from OsteoScreenLib.workflow.states import CANCELLABLE, PanelState

READY = PanelFacts(PanelState.READY, film_name="hand", film_count=1)
SCREENED = replace(READY, result="current", hypotheses=16)
QUEUE = replace(SCREENED, queue_films=3, queue_unscreened=1, queue_film=True, queue_film_outlined=True, annotator="A. Reader")
EVERYTHING = replace(
    QUEUE, film_count=2, hypothesis_shown=True, bundle_shipped=False, bundle_address=True, queue_finished=1, layout_shown=True
)
SITUATIONS = {
    "nothing": PanelFacts(PanelState.NO_FILM),
    "packages missing": PanelFacts(PanelState.NEEDS_PACKAGES, packages_missing=True),
    "ready": READY,
    "unusable film": replace(READY, film_fault="This volume has several frames: export one frame"),
    "bad bundle": replace(SCREENED, bundle_fault="The model is damaged: choose another"),
    "screened": SCREENED,
    "corrected": replace(SCREENED, result="corrected"),
    "outdated": replace(SCREENED, result="outdated", outdated_reason="The pixel spacing changed."),
    "queue": QUEUE,
    "empty queue": replace(QUEUE, queue_films=0, queue_film=False),
    "everything": EVERYTHING,
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_whole_product_of_states_and_actions_has_definite_answers(situation: str) -> None:
    for state, action in itertools.product(PanelState, Action):
        answer = why_disabled(action, replace(SITUATIONS[situation], state=state))
        if answer is None:
            continue
        assert 10 < len(answer) < 100, (state, action, answer)
        assert answer[0].isupper(), (state, action, answer)
        assert not answer.endswith("."), (state, action, answer)
        assert "\n" not in answer, (state, action, answer)


@pytest.mark.parametrize("state", PanelState)
def test_cancel_is_possible_exactly_during_a_run(state) -> None:
    assert (why_disabled(Action.CANCEL, replace(EVERYTHING, state=state)) is None) == (state in CANCELLABLE)


def test_during_a_run_nothing_but_looking_and_cancelling_is_possible() -> None:
    for state, action in itertools.product(CANCELLABLE | {PanelState.CANCELLING}, set(Action) - LOOKS_ONLY - {Action.CANCEL}):
        assert why_disabled(action, replace(EVERYTHING, state=state)), (state, action)
    for state, action in itertools.product(CANCELLABLE | {PanelState.CANCELLING}, LOOKS_ONLY):
        assert why_disabled(action, replace(EVERYTHING, state=state)) is None, (state, action)


def test_without_packages_a_loaded_scene_can_be_looked_at_but_nothing_be_run() -> None:
    facts = replace(EVERYTHING, state=PanelState.NEEDS_PACKAGES, packages_missing=True)
    assert {action for action in Action if why_disabled(action, facts) == INSTALL_FIRST} == NEEDS_WORKER
    assert all(why_disabled(action, facts) is None for action in LOOKS_ONLY)
    assert why_disabled(Action.INSTALL, facts) is None
    assert why_disabled(Action.INSTALL, EVERYTHING) == "All Python packages are installed"
    # A failed installation can be tried again.
    assert why_disabled(Action.INSTALL_OFFLINE, replace(facts, state=PanelState.FAILED)) is None


def test_every_action_is_possible_somewhere_and_most_are_impossible_somewhere() -> None:
    for action in Action:
        answers = {
            why_disabled(action, replace(facts, state=state, queue_film_changed=changed, queue_film_finished=finished))
            for facts in SITUATIONS.values()
            for state in PanelState
            for changed in (False, True)
            for finished in (False, True)
        }
        assert None in answers, action
        assert len(answers) > 1, action


def test_after_a_failure_the_same_is_possible_as_before() -> None:
    for facts in SITUATIONS.values():
        if facts.packages_missing:
            continue
        for action in Action:
            assert why_disabled(action, replace(facts, state=PanelState.FAILED)) == why_disabled(action, facts)


@pytest.mark.parametrize(
    ("action", "facts", "answer"),
    [
        (Action.SCREEN, PanelFacts(PanelState.NO_FILM), "Choose a film first"),
        (Action.SCREEN, SITUATIONS["unusable film"], "This volume has several frames: export one frame"),
        (Action.SCREEN, SITUATIONS["bad bundle"], "The model is damaged: choose another"),
        (Action.SCREEN, replace(SCREENED, state=PanelState.SCREENING), "Cancel the running screening first"),
        (Action.SCREEN, SITUATIONS["outdated"], None),
        (Action.CHOOSE_SLICE, READY, "This volume holds one film only"),
        (Action.MEASURE_SPACING, READY, None),
        (Action.CORRECT, READY, "Screen the film first"),
        (Action.CORRECT, SITUATIONS["outdated"], "The pixel spacing changed"),
        (Action.RESCORE, SCREENED, "Correct an outline first"),
        (Action.RESCORE, SITUATIONS["corrected"], None),
        (Action.RESCORE, SITUATIONS["outdated"], "The pixel spacing changed"),
        (Action.RESCORE, replace(SITUATIONS["corrected"], bundle_fault="Damaged: choose another"), "Damaged: choose another"),
        (Action.SAVE_REPORT, SCREENED, None),
        (Action.SAVE_REPORT, READY, "Screen the film first"),
        (Action.SAVE_REPORT, SITUATIONS["outdated"], "The pixel spacing changed"),
        (
            Action.SHOW_HYPOTHESES,
            replace(SCREENED, hypotheses=0),
            "This result holds no plausible outlines: screen the film again",
        ),
        (Action.TAKE_HYPOTHESIS, SCREENED, "Show the plausible outlines first"),
        (Action.ACCEPT, replace(QUEUE, annotator=" "), "Enter your name as annotator first"),
        (Action.ACCEPT, replace(QUEUE, queue_film=False), "Show a film of the queue first: click Next"),
        (Action.ACCEPT, QUEUE, None),
        (Action.ACCEPT, replace(QUEUE, queue_film_changed=True), "The outlines were changed: save the correction instead"),
        (Action.ACCEPT, replace(QUEUE, queue_film_outlined=False), "This film has no outlines yet: screen it first"),
        (Action.SAVE_CORRECTION, QUEUE, "No outline was changed: accept the film instead"),
        (Action.SAVE_CORRECTION, replace(QUEUE, queue_film_changed=True), None),
        (Action.REJECT, replace(QUEUE, queue_film_outlined=False), None),
        (Action.REJECT, replace(QUEUE, queue_film_finished=True), "This film is finished: reopen it to change your answer"),
        (Action.REOPEN, replace(QUEUE, queue_film_finished=True), None),
        (Action.NEXT, SITUATIONS["empty queue"], "The queue holds no film: add some first"),
        (Action.NEXT, SCREENED, "Open a queue of films first"),
        (Action.SCREEN_QUEUE, replace(QUEUE, queue_unscreened=0), "Every film of the queue has outlines already"),
        (Action.EXPORT_MANIFEST, QUEUE, "Accept or correct at least one film first"),
        (Action.DOWNLOAD_BUNDLE, READY, "Enter the model's address first"),
        (Action.REMOVE_BUNDLE, READY, "The model that came with the extension cannot be removed"),
        (Action.VERIFY_BUNDLE, replace(READY, bundle_chosen=False), "Choose a model first"),
    ],
)
def test_answers_say_what_to_do(action, facts, answer) -> None:
    assert why_disabled(action, facts) == answer
