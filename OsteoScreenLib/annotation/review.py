"""One annotator at work on one film of a session: what the outlines on screen mean, and what becomes of them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.annotation.values import QueueItem, Work, WorkStatus
from OsteoScreenLib.bones import BONES, Bone


class Review:
    """``proposed`` are the outlines of the film's screening result (bool, 7 x rows x columns), ``None`` where it has none.

    The outlines on screen are handed in whenever they matter. Errors are those of `Session`.
    """

    def __init__(self, session: Session, number: str, annotator: str, proposed: np.ndarray | None) -> None:
        self._session = session
        self._number = number
        self._annotator = annotator
        self._proposed = proposed
        self._base = self._decided()
        self._kept = self.starting

    @property
    def item(self) -> QueueItem:
        """The film, as the session has it now."""
        return self._session.item(self._number)

    @property
    def work(self) -> Work:
        """What the annotator has done with it."""
        return self.item.by(self._annotator)

    @property
    def starting(self) -> np.ndarray | None:
        """Outlines to show: the annotator's unfinished or decided ones, else the proposed ones."""
        return self._session.starting_masks(self._number, self._annotator)

    def changed(self, masks: np.ndarray) -> bool:
        """Whether these outlines are others than the proposed ones (after a correction: than the decided ones)."""
        return not _same(masks, self._base)

    def keep(self, masks: np.ndarray) -> bool:
        """Save unfinished outlines, so that a crash loses none; whether there was anything new to save."""
        if _same(masks, self._kept):
            return False
        if _same(masks, self._base):
            self._session.discard_draft(self._number, self._annotator)
        else:
            self._session.save_draft(self._number, self._annotator, masks)
        self._kept = masks
        return True

    def keep_comment(self, comment: str) -> bool:
        """Save the comment, decided or not; whether there was anything new to save."""
        if comment.strip() == self.work.comment:
            return False
        self._session.keep_comment(self._number, self._annotator, comment)
        return True

    def accept(self, masks: np.ndarray, absent: Collection[Bone], comment: str) -> None:
        """Decide for the proposed outlines. Refused where ``masks``, those on screen, are others."""
        self.keep(masks)
        self._session.accept(self._number, self._annotator, comment, absent)
        self._kept = masks

    def correct(self, masks: np.ndarray, absent: Collection[Bone], comment: str) -> None:
        """Decide for the outlines on screen."""
        self._session.correct(self._number, self._annotator, masks, absent, comment)
        self._base = self._kept = masks

    def reject(self, comment: str) -> None:
        """Put the film aside."""
        self._session.reject(self._number, self._annotator, comment)

    def reopen(self) -> None:
        """Take the decision back."""
        self._session.reopen(self._number, self._annotator)

    def _decided(self) -> np.ndarray | None:
        """Outlines that count as unchanged."""
        if self.work.status is not WorkStatus.CORRECTED or self.work.masks is None:
            return self._proposed
        from OsteoScreenLib.annotation.outlines import read_outlines

        return read_outlines(self.work.masks)


def undrawn(masks: np.ndarray) -> tuple[Bone, ...]:
    """Bones without an outline (``masks``: bool, 7 x rows x columns)."""
    return tuple(bone for bone in BONES if not masks[bone.channel].any())


def _same(first: np.ndarray | None, second: np.ndarray | None) -> bool:
    return first is not None and second is not None and np.array_equal(first, second)
