"""The film of a queue in the scene: shown with the annotator's outlines, read back, and kept against crashes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer

from OsteoScreenLib.annotation.review import Review
from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.annotation.values import QueueItem
from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.workflow.states import PanelState
from OsteoScreenPanel.host import PanelHost

MARK = "OsteoScreen.QueueFilm"
"""Attribute of the film nodes that a queue has loaded, which are taken out of the scene again."""
_AUTOSAVE_MS = 10_000


class FilmOnShow:
    """One film of a session at a time.

    ``changed`` is called when the outlines on screen were drawn upon.

    Attributes
    ----------
    number : the film on show, ``None`` where there is none
    last : the film that was to be shown last, whether it could be or not
    """

    def __init__(self, host: PanelHost, session: Session, annotator: str, changed: Callable[[], None]) -> None:
        self._host, self._session, self._annotator, self._changed = host, session, annotator, changed
        self.number: str | None = None
        self.last: str | None = None
        self._film: Any = None
        self._review: Review | None = None
        self._watched: Any = None
        self._tags: list[int] = []
        self._dirty = self._differs = self._unsaved = False
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AUTOSAVE_MS)
        self._timer.connect("timeout()", self.autosave)

    @property
    def review(self) -> Review | None:
        """The annotator's work on the film, while it is on show."""
        return self._review if self._on_screen() else None

    @property
    def drawn_upon(self) -> bool:
        """Whether the outlines on screen are others than those proposed."""
        self._watch()
        if self._dirty and self._review is not None:
            self._dirty = False
            try:
                masks = self.masks()
                self._differs = masks is not None and self._review.changed(masks)
            except OsteoScreenError:
                # Outlines that cannot be read, such as after a segment was deleted, are not those that were proposed.
                self._differs = True
        return self._differs

    def is_node(self, node: Any) -> bool:
        """Whether this volume node is the film on show."""
        return node is not None and node is self._film

    def show(self, number: str, then: Callable[[], None]) -> None:
        """Leave the present film and show another; ``then`` is called when it is there. Raises `OsteoScreenError`."""
        item = self._session.item(number)
        self.leave()
        former, self.last = self.last, number
        node = self._find(number)
        if node is not None:
            self._present(item, node, then)
            return

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            from OsteoScreenLib.radiograph.exchange import load_radiograph
            from OsteoScreenLib.scene.open_film import open_film

            made = open_film(self._host.scene, load_radiograph(folder))
            if made.GetAttribute(MARK) is None and made.GetID() not in before:
                made.SetAttribute(MARK, self._mark(number))
            self._present(item, made, then)

        from OsteoScreenLib.worker import ReadJob

        def undone() -> None:
            self.last = former

        before = {each.GetID() for each in _volumes(self._host.scene)}
        self._host.run(
            PanelState.READING, lambda folder: ReadJob(film=item.film, folder=folder.result), finished, cancelled=undone
        )

    def masks(self) -> Any:
        """The outlines on screen (bool, 7 x rows x columns); ``None`` where there are none. Raises `OsteoScreenError`."""
        from OsteoScreenLib.scene.masks import read_masks

        outlines = self._outlines()
        return None if outlines is None else read_masks(outlines, self._film)

    def autosave(self) -> None:
        """Keep unfinished outlines on the disk; a failure is told and tried again with the next stroke."""
        self._timer.stop()
        if not self._unsaved or self._review is None:
            return
        self._unsaved = False
        try:
            masks = self.masks()
            if masks is not None and self._review.keep(masks):
                self._changed()
        except OsteoScreenError as error:
            self._host.fail(str(error))

    def leave(self) -> None:
        """Keep what is unfinished and let go of the film; it stays in the scene until the next one is shown."""
        self.autosave()
        self._timer.stop()
        self._forget()
        self.number = self._review = self._film = None
        self._dirty = self._differs = self._unsaved = False

    def close(self) -> None:
        """Leave the film for good."""
        self.leave()
        self._timer.disconnect("timeout()", self.autosave)

    def decided(self) -> None:
        """The outlines on screen are what was decided for: nothing is unfinished."""
        self._dirty, self._unsaved = True, False

    def _present(self, item: QueueItem, node: Any, then: Callable[[], None]) -> None:
        from OsteoScreenLib.scene.write_masks import write_masks
        from OsteoScreenLib.screening.storage import load_result

        try:
            result = None if item.result is None else load_result(item.result)
            proposed = None if result is None else result.segmentation.masks
            review = Review(self._session, item.id, self._annotator, proposed)
            self._host.choose_film(node)
            self._film, self._review, self.number = node, review, item.id
            if result is not None:
                self._host.show_result(node, result)
                starting = review.starting
                own = review.work.masks is not None or review.work.draft is not None
                if own and starting is not None:
                    write_masks(self._outlines(), node, starting)
        except OsteoScreenError as error:
            # What was on show before stays there.
            self.leave()
            self._host.fail(str(error))
        else:
            self._watch()
            self._remove_all_but(node)
        then()

    def _watch(self) -> None:
        """Hear of strokes; the outlines are another node after they were removed and made again."""
        outlines = self._outlines()
        segmentation = None if outlines is None else outlines.GetSegmentation()
        if segmentation is self._watched:
            return
        self._forget()
        if segmentation is not None:
            kind = slicer.vtkSegmentation
            events = (kind.SourceRepresentationModified, kind.SegmentAdded, kind.SegmentRemoved)
            self._watched = segmentation
            self._tags = [segmentation.AddObserver(event, self._on_drawn) for event in events]
            # A draft that was taken up again differs from the start.
            self._dirty = True

    def _forget(self) -> None:
        for tag in self._tags:
            self._watched.RemoveObserver(tag)
        self._tags, self._watched = [], None

    def _on_drawn(self, caller: Any, event: str) -> None:
        first = not self._unsaved
        self._dirty = self._unsaved = True
        if first:
            self._timer.start()
            # Not from inside a stroke.
            qt.QTimer.singleShot(0, self._tell)

    def _tell(self) -> None:
        if self._unsaved:
            self._changed()

    def _outlines(self) -> Any:
        from OsteoScreenLib.scene.ownership import find

        return find(self._host.scene, "vtkMRMLSegmentationNode", "segmentation", self._film) if self._on_screen() else None

    def _on_screen(self) -> bool:
        return self._film is not None and bool(self._host.scene.IsNodePresent(self._film))

    def _mark(self, number: str) -> str:
        return f"{self._session.folder} {number}"

    def _find(self, number: str) -> Any:
        return next((each for each in _volumes(self._host.scene) if each.GetAttribute(MARK) == self._mark(number)), None)

    def _remove_all_but(self, film: Any) -> None:
        """Take the films that the queue has loaded out of the scene, so that a long queue does not fill the memory."""
        from OsteoScreenLib.scene.ownership import remove_node
        from OsteoScreenLib.scene.remove import remove_result

        for each in _volumes(self._host.scene):
            if each is not film and (each.GetAttribute(MARK) or "").startswith(self._mark("")):
                remove_result(self._host.scene, each)
                remove_node(self._host.scene, each)


def _volumes(scene: Any) -> list[Any]:
    from OsteoScreenLib.scene.ownership import nodes_of_class

    return list(nodes_of_class(scene, "vtkMRMLScalarVolumeNode"))
