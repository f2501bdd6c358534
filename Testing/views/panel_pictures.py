"""Pictures of the module's panel for the tutorial: ``python Testing/views/panel_pictures.py``.

The panel's own code and `.ui` files run over the stand-in of Slicer that the panel's tests use (Testing/panel/stand_in), with
the real worker process on the shipped sample films. What is drawn is Qt's plain style; Slicer's widgets look a little different.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "OsteoScreen")]
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from OsteoScreenLib.bones import BONES, Bone  # noqa: E402

PICTURES = ROOT / "docs" / "images" / "tutorial"
SAMPLES = ROOT / "Resources" / "SampleData"
WIDTH = 460
NOT_IN_SLICER = {"python-gdcm", "pyjpegls", "pylibjpeg", "pylibjpeg-openjpeg", "pylibjpeg-rle", "pynrrd", "openvino", "reportlab"}
"""Packages that the module brings into a new Slicer, beside what others of Slicer's modules may have brought already."""
_RUN_S = 120.0


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, default=PICTURES, help="folder of the pictures (default: docs/images/tutorial)")
    arguments = parser.parse_args()
    with opened_panel() as story:
        for name, widget in story:
            save(widget, arguments.out / f"{name}.png")
            print(arguments.out / f"{name}.png")


def save(widget: Any, path: Path) -> None:
    """Write a widget as a PNG of few colours."""
    import numpy as np
    from PIL import Image

    from Testing.panel.stand_in.picture import picture
    from Testing.views.small_png import save_png

    with TemporaryDirectory() as folder:
        drawn = np.asarray(Image.open(picture(widget, Path(folder) / "widget.png", WIDTH)).convert("RGB"))
    save_png(drawn, path)


@contextmanager
def opened_panel() -> Iterator[Any]:
    """The panel over the stand-in, with the real worker; gives the names and widgets of the pictures, one after the other."""
    from Testing.panel.stand_in.panel_application import panel_application

    with TemporaryDirectory() as folder, panel_application(Path(folder) / "application") as application:
        story = Story(application, Path(folder))
        try:
            yield story.told()
        finally:
            story.close()


class Story:
    """What a user does in the tutorial, on one panel."""

    def __init__(self, application: Any, folder: Path) -> None:
        import qt
        import slicer

        from OsteoScreen import OsteoScreenWidget

        self.application, self.folder = application, folder
        slicer.modules.register("OsteoScreen", str(ROOT / "OsteoScreen" / "OsteoScreen.py"))
        parent = slicer.qMRMLWidget()
        parent.setLayout(qt.QVBoxLayout())
        parent.show()
        self.parent, self.widget = parent, OsteoScreenWidget(parent)
        self.widget.setup()
        self.panel = self.widget.panel
        self.ui = self.panel.ui
        self.widget.enter()

    def close(self) -> None:
        """As when Slicer quits."""
        self.widget.cleanup()
        # The worker's end is told a moment later.
        for _ in range(20):
            self.application.process_events()
            time.sleep(0.05)

    def told(self) -> Iterator[tuple[str, Any]]:
        """Names and widgets; each is drawn before the next step is taken."""
        ui = self.ui
        with _first_day(self.panel):
            yield "install", ui.packagesFrame
        self._open(SAMPLES / "simulated_hand.png")
        ui.spacingSpinBox.value = 0.2
        ui.ageSpinBox.value = 68
        ui.sexComboBox.currentIndex = 1
        yield "inputs", self._only(ui.inputsButton)
        self._run(ui.screenButton)
        yield "result", self._only(ui.resultsButton)
        self._only(ui.hypothesesButton)
        ui.showHypothesisCheckBox.checked = True
        ui.hypothesisSlider.value = 3.0
        yield "plausible_outlines", ui.hypothesesButton
        ui.boneComboBox.currentIndex = BONES.index(Bone.METACARPAL_3)
        ui.takeHypothesisButton.click()
        self._only(ui.correctButton)
        self._run(ui.rescoreButton)
        ui.editorFrame.visible = False
        yield "rescore", ui.correctButton
        yield "annotate", self._queue()
        yield "models", self._only(ui.modelsButton)

    def _open(self, film: Path) -> None:
        self.application.dialogs.answer(str(film))
        self._run(self.ui.openFilmButton)

    def _run(self, button: Any) -> None:
        """Press a button and wait until the worker has done what it starts."""
        machine = self.panel.machine
        if not button.enabled:
            raise SystemExit(f"{button.text}: {button.toolTip}")
        button.click()
        self.application.wait_until(lambda: not machine.busy, _RUN_S)
        self.application.process_events()
        if self.ui.messageFrame.isVisibleTo(self.panel.root) and machine.state.value == "failed":
            raise SystemExit(f"{self.ui.messageLabel.text}\n{self.ui.messageDetails.plainText}")

    def _only(self, section: Any) -> Any:
        """Open one section of the panel and close the others."""
        ui = self.ui
        for each in (
            ui.inputsButton, ui.resultsButton, ui.hypothesesButton, ui.correctButton, ui.annotateButton, ui.modelsButton,
            ui.advancedButton,
        ):  # fmt: skip
            each.collapsed = each is not section
        self.application.process_events()
        return section

    def _queue(self) -> Any:
        """A queue of both samples, screened, with the more doubtful one on show."""
        import slicer

        from Testing.panel.stand_in.rules import unwrap

        ui, dialogs = self.ui, self.application.dialogs
        films = self.folder / "films"
        films.mkdir()
        for film in SAMPLES.glob("*.png"):
            shutil.copy(film, films / film.name)
        self._only(ui.annotateButton)
        queue = slicer.util.childWidgetVariables(ui.annotateButton)
        dialogs.answer(str(films), str(self.folder / "queue"))
        queue.newQueueButton.click()
        queue.annotatorEdit.text = "A1"
        unwrap(queue.annotatorEdit).editingFinished.emit()
        queue.prepareButton.click()
        self.application.wait_until(lambda: not self.panel.machine.busy and self.panel.facts().queue_unscreened == 0, _RUN_S)
        self._run(queue.nextFilmButton)
        queue.commentEdit.text = "ulna at its head"
        self.application.process_events()
        return ui.annotateButton


@contextmanager
def _first_day(panel: Any) -> Iterator[None]:
    """What the panel finds in a new Slicer."""
    version = metadata.version

    def of_new_slicer(name: str) -> str:
        if name in NOT_IN_SLICER:
            raise metadata.PackageNotFoundError(name)
        return version(name)

    with mock.patch("importlib.metadata.version", of_new_slicer):
        panel._installation._missing = None
        panel.refresh()
        yield
    panel._installation._missing = None
    panel.refresh()


if __name__ == "__main__":
    main()
