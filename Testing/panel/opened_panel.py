"""The module's panel as it stands in Slicer after it was opened, over a worker that does what the test says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from OsteoScreenLib.screening.values import ScreeningResult
from Testing.panel.canned_worker import CannedWorker
from Testing.screening_results import make_screening_result

MODULE = Path(__file__).resolve().parents[2] / "OsteoScreen" / "OsteoScreen.py"


class OpenedPanel:
    """``widget`` is the module's `OsteoScreenWidget`, ``panel`` its panel, ``ui`` the panel's widgets by name."""

    def __init__(self, application: Any, folder: Path) -> None:
        import qt
        import slicer

        from OsteoScreen import OsteoScreenWidget

        self.application = application
        self.scene = slicer.mrmlScene
        self.worker = CannedWorker(folder / "runs")
        slicer.modules.register("OsteoScreen", str(MODULE))
        parent = slicer.qMRMLWidget()
        parent.setLayout(qt.QVBoxLayout())
        self.parent = parent
        self.widget = OsteoScreenWidget(parent)
        self.widget.setup()
        parent.show()
        self.panel = self.widget.panel
        self.ui = self.panel.ui
        self.panel.logic.worker._make_session = self.worker.session
        self.widget.enter()

    @property
    def state(self) -> str:
        """What the panel is doing."""
        return self.panel.machine.state.value

    @property
    def text(self) -> str:
        """What the result's text browser says."""
        return self.ui.resultBrowser.plainText

    def settle(self) -> None:
        """Let everything happen that is due."""
        self.application.process_events()

    def wait_until(self, true: Any) -> None:
        self.application.wait_until(true)

    def add_film(self, name: str = "hand", **words: Any) -> Any:
        """A film in the scene, not chosen."""
        from OsteoScreenLib.scene.film import film_node

        _, radiograph = make_screening_result(**words)
        source = replace(radiograph.source, name=f"{name}.png", sha256=f"{abs(hash(name)):064x}"[-64:])
        return film_node(self.scene, replace(radiograph, source=source))

    def choose(self, film: Any) -> None:
        """As a user chooses a film."""
        self.ui.filmSelector.setCurrentNode(film)
        self.settle()

    def press_screen(self) -> None:
        """Press Screen, and wait until the worker has its job."""
        count = len(self.worker.jobs)
        assert self.ui.screenButton.enabled, self.ui.screenButton.toolTip
        self.ui.screenButton.click()
        self.wait_until(lambda: len(self.worker.jobs) > count)

    def screened(self, film: Any, **words: Any) -> ScreeningResult:
        """Choose a film, screen it, and give it a result."""
        self.choose(film)
        self.press_screen()
        self.worker.finish(self.worker.result_of_job(**words))
        self.settle()
        assert self.panel.result is not None, self.ui.messageLabel.text
        return self.panel.result

    def close(self) -> None:
        """As when Slicer quits."""
        if self.widget.panel is not None:
            self.widget.cleanup()
        self.settle()
