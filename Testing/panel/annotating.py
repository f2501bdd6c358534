"""The annotators' section with a host, and the hands of an annotator, for its tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph import read_radiograph
from OsteoScreenLib.radiograph.exchange import save_radiograph
from OsteoScreenLib.scene.masks import read_masks
from OsteoScreenLib.scene.ownership import find, nodes_of_class
from OsteoScreenLib.scene.write_masks import write_masks
from OsteoScreenLib.screening.storage import save_result
from OsteoScreenLib.worker import Job, ReadJob
from Testing.annotation.queue_films import result_of
from Testing.panel.recording_host import RecordingHost

DOUBTS = (0.1, 0.5, 0.3)
"""Film 0002 comes first, then 0003, then 0001."""


def do_work(job: Any) -> tuple[Path, str | None, tuple[str, ...]]:
    """What the worker does: reads a film, or screens it (with a result that is known)."""
    job.folder.mkdir(parents=True)
    if isinstance(job, ReadJob):
        save_radiograph(read_radiograph(job.film), job.folder)
        return job.folder, None, ()
    assert isinstance(job, Job)
    if "broken" in job.film.name:
        raise FilmError(job.film, "is broken", "Get it again")
    save_result(result_of(job.film, 0.2), job.folder)
    return job.folder, "indeterminate", ()


class Annotating:
    """The section with a host, and the hands of an annotator."""

    def __init__(self, application: Any, folder: Path) -> None:
        import qt
        from OsteoScreenPanel.annotate import AnnotateSection

        self.application = application
        self.host = RecordingHost(application.scene, folder, do_work)
        self.widget = qt.QWidget()
        self.section = AnnotateSection(qt.QVBoxLayout(self.widget), self.host)
        self.host.sections.append(self.section)
        self.host.refresh()
        self.widget.show()

    @property
    def ui(self) -> Any:
        return self.section._ui

    def open(self, folder: Path, annotator: str = "A1") -> None:
        self.name(annotator)
        self.application.dialogs.answer(folder)
        self.ui.openQueueButton.click()

    def name(self, annotator: str) -> None:
        self.ui.annotatorEdit.text = annotator
        self.ui.annotatorEdit.editingFinished()

    @property
    def shown(self) -> str | None:
        return None if self.section._film is None else self.section._film.number

    @property
    def lines(self) -> list[tuple[str, ...]]:
        tree = self.ui.queueTree
        items = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount)]
        return [tuple(item.text(column) for column in range(3)) for item in items]

    def films_in_scene(self) -> list[Any]:
        from OsteoScreenPanel.annotate_film import MARK

        return [each for each in nodes_of_class(self.host.scene, "vtkMRMLScalarVolumeNode") if each.GetAttribute(MARK)]

    def outlines(self) -> Any:
        node = find(self.host.scene, "vtkMRMLSegmentationNode", "segmentation", self.host.film)
        assert node is not None
        return node

    def masks(self) -> np.ndarray:
        return read_masks(self.outlines(), self.host.film)

    def draw(self) -> np.ndarray:
        """Move the radius by a pixel, as an annotator might."""
        masks = self.masks()
        masks[0] = np.roll(masks[0], -1, axis=0)
        write_masks(self.outlines(), self.host.film, masks, (Bone.RADIUS,))
        self.application.process_events()
        return masks
