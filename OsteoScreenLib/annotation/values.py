"""What a session knows of its films, and of what annotators did with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from OsteoScreenLib.bones import Bone


class WorkStatus(str, Enum):
    """What an annotator has decided about a film; all but `OPEN` are the statuses of ``docs/annotations.md``."""

    OPEN = "open"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Work:
    """What one annotator did with one film.

    Attributes
    ----------
    status : the decision; `WorkStatus.OPEN` where there is none, or not any more
    comment : free text, with or without a decision
    time : when the decision was made (ISO 8601 with time zone; empty without a decision)
    absent : bones that the film does not show, as decided
    masks : file of the decided outlines (``.seg.nrrd``); ``None`` where none were drawn
    draft : file of unfinished outlines, newer than the decision; ``None`` where there are none
    revision : how many decisions were made so far
    """

    status: WorkStatus = WorkStatus.OPEN
    comment: str = ""
    time: str = ""
    absent: tuple[Bone, ...] = ()
    masks: Path | None = None
    draft: Path | None = None
    revision: int = 0

    @property
    def finished(self) -> bool:
        """Whether there is a decision and nothing unfinished lies above it."""
        return self.status is not WorkStatus.OPEN and self.draft is None


@dataclass(frozen=True)
class QueueItem:
    """One film of a session.

    Attributes
    ----------
    id : number in the session, such as "0007"; says nothing of the film's name
    film : the film's file, or a folder holding ``film.json``
    sha256 : of the file as it was when it was added
    subject : pseudonym; the same for all films of a person
    uncertainty : 0..1, see `ranking.uncertainty_of`; ``None`` before a result is attached
    result : folder of the screening result in the session; ``None`` before one is attached
    work : what each annotator who touched the film did
    problem : why the film cannot be shown now (moved, changed ...), with the remedy; ``None`` where it can
    """

    id: str
    film: Path
    sha256: str
    subject: str
    uncertainty: float | None = None
    result: Path | None = None
    work: Mapping[str, Work] = field(default_factory=dict)
    problem: str | None = None

    def by(self, annotator: str) -> Work:
        """What ``annotator`` did; an empty `Work` where nothing."""
        return self.work.get(annotator, Work())


@dataclass(frozen=True)
class Counts:
    """How far an annotator is: films by decision, those of ``films`` with a draft, and those that cannot be shown."""

    films: int
    open: int
    accepted: int
    corrected: int
    rejected: int
    drafts: int
    unreachable: int

    @property
    def finished(self) -> int:
        """Films with a decision."""
        return self.accepted + self.corrected + self.rejected


@dataclass(frozen=True)
class AddedFilms:
    """What became of the films that were to be added.

    ``added``: ids of new films; ``duplicates``: (film, id of the same film in the session); ``found_again``: ids of films
    that had moved or vanished and are reachable again; ``left_out``: (film, why it cannot be used).
    """

    added: tuple[str, ...] = ()
    duplicates: tuple[tuple[Path, str], ...] = ()
    found_again: tuple[str, ...] = ()
    left_out: tuple[tuple[Path, str], ...] = ()


@dataclass(frozen=True)
class ManifestSummary:
    """What an export holds, and everything that was left out with the reason (one line each)."""

    manifest: Path
    films: int
    subjects: int
    annotators: tuple[str, ...]
    accepted: int
    corrected: int
    rejected: int
    left_out: tuple[str, ...]

    def words(self) -> str:
        """Some lines for people."""
        lines = [
            f"{self.manifest}",
            f"{self.films} films of {self.subjects} subjects, annotators: {', '.join(self.annotators)}",
            f"{self.accepted} accepted, {self.corrected} corrected, {self.rejected} rejected",
        ]
        return "\n".join([*lines, *(f"left out: {line}" for line in self.left_out)])
