"""An annotators' queue as the panel shows it: a line per film, and how far the annotator is."""

from __future__ import annotations

from dataclasses import dataclass

from OsteoScreenLib.annotation import Counts, QueueItem, WorkStatus

_STATES = {
    WorkStatus.OPEN: ("\N{WHITE CIRCLE}", "open"),
    WorkStatus.ACCEPTED: ("\N{CHECK MARK}", "accepted"),
    WorkStatus.CORRECTED: ("\N{LOWER RIGHT PENCIL}", "corrected"),
    WorkStatus.REJECTED: ("\N{MULTIPLICATION X}", "rejected"),
}


@dataclass(frozen=True)
class QueueRow:
    """One film: its number and name, the state with a sign, its uncertainty, and the longer words for the mouse."""

    id: str
    film: str
    state: str
    uncertainty: str
    tip: str


def queue_row(item: QueueItem, annotator: str) -> QueueRow:
    """A film as ``annotator`` sees it."""
    return QueueRow(
        id=item.id,
        film=f"{item.id}  {item.film.name}",
        state=state_words(item, annotator),
        uncertainty="\N{EN DASH}" if item.uncertainty is None else f"{item.uncertainty:.3f}",
        tip="\n".join(_details(item, annotator)),
    )


def state_words(item: QueueItem, annotator: str) -> str:
    """The annotator's state of a film, with a sign before the word."""
    work = item.by(annotator)
    if item.problem is not None:
        return "! cannot be shown"
    if work.draft is not None:
        return "\N{HORIZONTAL ELLIPSIS} unfinished"
    if work.status is WorkStatus.OPEN and item.result is None:
        return "\N{MIDDLE DOT} not screened"
    return " ".join(_STATES[work.status])


def _details(item: QueueItem, annotator: str) -> list[str]:
    lines = [str(item.film)]
    if item.problem is not None:
        lines.append(item.problem)
    work = item.by(annotator)
    if work.comment:
        lines.append(f"Comment: {work.comment}")
    if work.absent:
        lines.append(f"Not on the film: {', '.join(bone.title for bone in work.absent)}")
    others = [f"{name}: {each.status.value}" for name, each in sorted(item.work.items()) if name != annotator]
    return [*lines, *(["Others: " + ", ".join(others)] if others else [])]


def progress_words(counts: Counts) -> str:
    """How far the annotator is, such as "3 of 40, 2 rejected"."""
    parts = [f"{counts.finished} of {counts.films}"]
    for number, words in (
        (counts.rejected, "rejected"),
        (counts.drafts, "unfinished"),
        (counts.unreachable, "cannot be shown"),
    ):
        if number:
            parts.append(f"{number} {words}")
    return ", ".join(parts)


def film_words(item: QueueItem, annotator: str, *, changed: bool = False) -> str:
    """One line about the film on show, and where its outlines come from; ``changed``: drawn upon since they were kept."""
    work = item.by(annotator)
    if work.draft is not None:
        origin = "your unfinished outlines"
    elif work.masks is not None:
        origin = f"your outlines ({work.status.value})"
    elif item.result is None:
        origin = "no outlines yet"
    else:
        origin = "the model's outlines"
    if changed and work.draft is None:
        origin += ", changed by you"
    unsure = "" if item.uncertainty is None else f", uncertainty {item.uncertainty:.3f}"
    return f"{item.id}  {item.film.name}: {origin}{unsure}"


def added_words(added: int, duplicates: int, found_again: int, left_out: tuple[str, ...]) -> str:
    """What became of films that were added; ``left_out`` holds the reasons."""
    parts = [f"{added} film{'' if added == 1 else 's'} added"]
    if duplicates:
        parts.append(f"{duplicates} {'was' if duplicates == 1 else 'were'} in the queue already")
    if found_again:
        parts.append(f"{found_again} found again")
    if left_out:
        parts.append(f"{len(left_out)} left out ({left_out[0]}{', ...' if len(left_out) > 1 else ''})")
    return "; ".join(parts) + "."
