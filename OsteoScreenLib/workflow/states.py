"""The states of the panel and the moves between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum


class PanelState(str, Enum):
    """What the panel is doing; exactly one at a time."""

    NEEDS_PACKAGES = "needs_packages"
    INSTALLING = "installing"
    NO_FILM = "no_film"
    READY = "ready"
    READING = "reading"
    SCREENING = "screening"
    RESCORING = "rescoring"
    REPORTING = "reporting"
    FETCHING = "fetching"
    CANCELLING = "cancelling"
    FAILED = "failed"

    @property
    def busy(self) -> bool:
        """Whether another process works for the panel, so that no second run may start."""
        return self in BUSY

    @property
    def words(self) -> str:
        """The state in words for the panel."""
        return _WORDS[self]


CANCELLABLE = frozenset(
    {
        PanelState.INSTALLING,
        PanelState.READING,
        PanelState.SCREENING,
        PanelState.RESCORING,
        PanelState.REPORTING,
        PanelState.FETCHING,
    }
)
"""States in which Cancel does something."""
BUSY = CANCELLABLE | {PanelState.CANCELLING}

_WORDS = {
    PanelState.NEEDS_PACKAGES: "Python packages are missing",
    PanelState.INSTALLING: "Installing the Python packages",
    PanelState.NO_FILM: "No film chosen",
    PanelState.READY: "Ready",
    PanelState.READING: "Opening the film",
    PanelState.SCREENING: "Screening",
    PanelState.RESCORING: "Scoring the corrected outlines",
    PanelState.REPORTING: "Writing the report",
    PanelState.FETCHING: "Downloading the model",
    PanelState.CANCELLING: "Cancelling",
    PanelState.FAILED: "The last action failed",
}

_AT_REST = BUSY ^ frozenset(PanelState)
_STARTS = CANCELLABLE - {PanelState.INSTALLING}

MOVES: Mapping[PanelState, frozenset[PanelState]] = {
    # Without the packages nothing can be read, screened or downloaded.
    PanelState.NEEDS_PACKAGES: frozenset({PanelState.INSTALLING, *_AT_REST} - {PanelState.NEEDS_PACKAGES}),
    PanelState.INSTALLING: frozenset({*_AT_REST, PanelState.CANCELLING}),
    # Films of a queue are screened without being on show; outlines that are re-scored or reported always are.
    PanelState.NO_FILM: frozenset(
        {*_STARTS, PanelState.INSTALLING, *_AT_REST} - {PanelState.NO_FILM, PanelState.RESCORING, PanelState.REPORTING}
    ),
    PanelState.READY: frozenset({*_STARTS, PanelState.INSTALLING, *_AT_REST} - {PanelState.READY}),
    # A run ends by its result, a failure, or the film being gone (node deleted, scene closed).
    PanelState.READING: frozenset({*_AT_REST, PanelState.CANCELLING}),
    PanelState.SCREENING: frozenset({*_AT_REST, PanelState.CANCELLING}),
    PanelState.RESCORING: frozenset({*_AT_REST, PanelState.CANCELLING}),
    PanelState.REPORTING: frozenset({*_AT_REST, PanelState.CANCELLING}),
    PanelState.FETCHING: frozenset({*_AT_REST, PanelState.CANCELLING}),
    PanelState.CANCELLING: frozenset(_AT_REST),
    # A failure is shown until the next action, whatever it is; a second failure replaces its words.
    PanelState.FAILED: frozenset({*_STARTS, PanelState.INSTALLING, *_AT_REST}),
}
"""Every legal move. Staying where it is is no move, but for a failure that follows a failure."""


class IllegalMoveError(Exception):
    """The panel was to move where `MOVES` does not lead: a fault of the software, never of the user."""


class StateMachine:
    """Holds the panel's state. ``on_change(old, new)`` is called after each move, and by further `listen`-ers."""

    def __init__(
        self, state: PanelState = PanelState.NO_FILM, on_change: Callable[[PanelState, PanelState], None] | None = None
    ) -> None:
        self._state = state
        self._listeners: list[Callable[[PanelState, PanelState], None]] = [] if on_change is None else [on_change]

    @property
    def state(self) -> PanelState:
        """The present state."""
        return self._state

    @property
    def busy(self) -> bool:
        """Whether a run is going on or being cancelled."""
        return self._state.busy

    def can(self, new: PanelState) -> bool:
        """Whether `to` may be called with ``new``."""
        return new in MOVES[self._state]

    def to(self, new: PanelState) -> None:
        """Move and tell the listeners. Raises `IllegalMoveError` where the table has no such move; nothing changes then."""
        old = self._state
        if not self.can(new):
            raise IllegalMoveError(f"panel: cannot move from {old.value} to {new.value}. End what is going on first.")
        self._state = new
        for listener in tuple(self._listeners):
            listener(old, new)

    def settle(self, new: PanelState) -> None:
        """Move where that is legal and a change; for updates that may come at any time, such as a film being chosen.

        Nothing happens during a run: whoever runs it moves on when it ends.
        """
        if not self.busy and new is not self._state and self.can(new):
            self.to(new)

    def listen(self, listener: Callable[[PanelState, PanelState], None]) -> Callable[[], None]:
        """Call ``listener(old, new)`` after each move; the returned function ends that."""
        self._listeners.append(listener)

        def forget() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return forget
