"""The panel moves only where its table leads, and everybody hears of it afterwards."""

from __future__ import annotations

import itertools

import pytest

from OsteoScreenLib.workflow.states import BUSY, CANCELLABLE, MOVES, IllegalMoveError, PanelState, StateMachine

LIFE = [
    [PanelState.NEEDS_PACKAGES, PanelState.INSTALLING, PanelState.NO_FILM, PanelState.READING, PanelState.READY],
    [PanelState.READY, PanelState.SCREENING, PanelState.READY, PanelState.RESCORING, PanelState.READY],
    [PanelState.READY, PanelState.SCREENING, PanelState.CANCELLING, PanelState.READY],
    [PanelState.NO_FILM, PanelState.FETCHING, PanelState.FAILED, PanelState.FETCHING, PanelState.NO_FILM],
    [PanelState.READY, PanelState.SCREENING, PanelState.FAILED, PanelState.SCREENING, PanelState.READY],
    # A queue is screened without a film on show.
    [PanelState.NO_FILM, PanelState.SCREENING, PanelState.NO_FILM],
    # The scene is closed in the middle of a run.
    [PanelState.READY, PanelState.SCREENING, PanelState.CANCELLING, PanelState.NO_FILM],
    [PanelState.NEEDS_PACKAGES, PanelState.INSTALLING, PanelState.CANCELLING, PanelState.NEEDS_PACKAGES],
    [PanelState.NEEDS_PACKAGES, PanelState.INSTALLING, PanelState.FAILED, PanelState.INSTALLING, PanelState.READY],
]
NEVER = [
    (PanelState.NEEDS_PACKAGES, PanelState.SCREENING),
    (PanelState.NO_FILM, PanelState.RESCORING),
    (PanelState.SCREENING, PanelState.RESCORING),
    (PanelState.CANCELLING, PanelState.SCREENING),
    (PanelState.READY, PanelState.CANCELLING),
    (PanelState.SCREENING, PanelState.SCREENING),
]


@pytest.mark.parametrize("states", LIFE)
def test_a_day_of_the_panel(states) -> None:
    machine = StateMachine(states[0])
    for state in states[1:]:
        machine.to(state)
        assert machine.state is state


@pytest.mark.parametrize(("old", "new"), NEVER)
def test_illegal_move_raises_and_changes_nothing(old, new) -> None:
    heard: list = []
    machine = StateMachine(old, lambda *move: heard.append(move))
    with pytest.raises(IllegalMoveError, match=f"from {old.value} to {new.value}"):
        machine.to(new)
    assert machine.state is old
    assert heard == []


def test_table_is_walked_whole() -> None:
    assert set(MOVES) == set(PanelState)
    for old, new in itertools.product(PanelState, PanelState):
        machine = StateMachine(old)
        assert machine.can(new) == (new in MOVES[old])
        if new in MOVES[old]:
            machine.to(new)
            assert machine.state is new


def test_every_state_can_be_reached_and_left() -> None:
    reached, border = set(), {PanelState.NO_FILM}
    while border:
        reached |= border
        border = set().union(*(MOVES[state] for state in border)) - reached
    assert reached == set(PanelState)
    assert all(MOVES[state] - {state} for state in PanelState)


def test_two_runs_never_follow_each_other_without_rest() -> None:
    for old, new in itertools.product(CANCELLABLE, CANCELLABLE):
        assert new not in MOVES[old]


def test_a_run_can_always_be_cancelled_and_fail() -> None:
    for state in CANCELLABLE:
        assert {PanelState.CANCELLING, PanelState.FAILED} <= MOVES[state]
    assert {state for state in PanelState if state.busy} == BUSY


def test_listeners_hear_of_the_move_after_it() -> None:
    machine = StateMachine(PanelState.READY)
    heard: list = []
    forget = machine.listen(lambda old, new: heard.append((old, new, machine.state)))
    machine.to(PanelState.SCREENING)
    assert heard == [(PanelState.READY, PanelState.SCREENING, PanelState.SCREENING)]
    forget()
    forget()
    machine.to(PanelState.READY)
    assert len(heard) == 1


def test_settling_never_disturbs_a_run() -> None:
    machine = StateMachine(PanelState.SCREENING)
    machine.settle(PanelState.NO_FILM)
    assert machine.state is PanelState.SCREENING
    machine.to(PanelState.READY)
    machine.settle(PanelState.READY)
    machine.settle(PanelState.NO_FILM)
    assert machine.state is PanelState.NO_FILM
    machine.settle(PanelState.CANCELLING)
    assert machine.state is PanelState.NO_FILM


def test_every_state_has_words_of_its_own() -> None:
    assert len({state.words for state in PanelState}) == len(PanelState)
