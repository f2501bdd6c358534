"""The result of the film that is looked at, whoever wrote it into the scene."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from OsteoScreenLib.errors import OsteoScreenError


class FilmResult:
    """``result`` and ``outlines`` (its segmentation node) of one film, ``None`` where it has none."""

    def __init__(self, logic: Any) -> None:
        self._logic = logic
        self._stamp: tuple[str, int] | None = None
        self.result: Any = None
        self.outlines: Any = None

    def find(self, film: Any | None) -> None:
        """Take over what the scene holds: it may have been loaded, written by a script, or removed."""
        from OsteoScreenLib.scene.ownership import find

        stamp = self._stamp_of(film)
        if stamp is None:
            self.forget()
            return
        self.outlines = find(self._logic.scene, "vtkMRMLSegmentationNode", "segmentation", film)
        if self.result is None or stamp != self._stamp:
            self.result, self._stamp = None, stamp
            # Where parts of it are lost, the facts say that it is outdated, and why.
            with suppress(OsteoScreenError):
                self.result = self._logic.result(film)

    def keep(self, film: Any, result: Any) -> None:
        """Take over a result that has just been written: it need not be read from the scene."""
        self.result, self._stamp = result, self._stamp_of(film)

    def forget(self) -> None:
        """Another film, or another scene."""
        self.result = self.outlines = self._stamp = None

    def _stamp_of(self, film: Any | None) -> tuple[str, int] | None:
        """Tells one result of a film from the next; ``None`` where there is none."""
        from OsteoScreenLib.scene.ownership import find
        from OsteoScreenLib.scene.store import DOCUMENT

        document = None if film is None else find(self._logic.scene, "vtkMRMLTextNode", DOCUMENT, film)
        return None if document is None else (document.GetID(), document.GetMTime())
