"""OsteoScreen in 3D Slicer: the module, its panel, its logic and its self-test. What they do is in OsteoScreenPanel."""

import sys
from pathlib import Path
from typing import Annotated, Any

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

_PACKAGES = ("OsteoScreenPanel", "OsteoScreenLib")


def _findLibrary() -> None:
    """In a source checkout OsteoScreenLib lies one folder up; in an installation beside this file, where it is found anyway."""
    folder = Path(__file__).resolve().parent
    library = folder.parent if (folder.parent / "OsteoScreenLib" / "__init__.py").is_file() else folder
    for place in (str(folder), str(library)):
        if place not in sys.path:
            sys.path.append(place)


class OsteoScreen(ScriptedLoadableModule):
    """Names the module and, once Slicer has started, registers sample films and terminology."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        _findLibrary()
        parent.title = _("OsteoScreen")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        parent.dependencies = ["Segmentations", "Volumes", "Markups", "Tables", "Plots", "Terminologies"]
        parent.contributors = ["The OsteoScreen contributors"]
        parent.helpText = _(
            "Looks for signs of osteoporosis in radiographs of the hand and wrist: outlines with uncertainty, cortical"
            " measurements, and a probability with its interval.<br><br><b>Research use only. Not a medical device.</b> The score"
            " does not diagnose or rule out osteoporosis; diagnosis rests on DXA.<br><br>To cite it: the paper below and this"
            " software (CITATION.cff in its repository)."
        )
        parent.acknowledgementText = _(
            "An independent implementation of the method of Hwang, Lee, Yoon, Osteoporosis prediction from hand X-ray images"
            " using segmentation-for-classification and self-supervised learning, Scientific Reports 15 (2025),"
            ' <a href="https://doi.org/10.1038/s41598-025-16860-2">doi 10.1038/s41598-025-16860-2</a>.'
        )
        _setIcon(parent)
        slicer.app.connect("startupCompleted()", self.onStartupCompleted)

    def onStartupCompleted(self) -> None:
        """Register what other modules show of this one, and the views that a saved scene may be in."""
        from OsteoScreenPanel.sample_data import register_sample_data
        from OsteoScreenPanel.terminology import register_terminology

        from OsteoScreenLib.scene.layout import leave_layout, register_layouts
        from OsteoScreenLib.scene.restore import films_with_results

        register_sample_data()
        register_terminology()
        register_layouts(slicer.mrmlScene)
        # Slicer starts with the views that it was quit with, which without a film are of no use.
        if not films_with_results(slicer.mrmlScene):
            leave_layout(slicer.mrmlScene)


@parameterNodeWrapper
class OsteoScreenParameterNode:
    """What the panel keeps in the scene.

    film - the chosen volume
    prevalencePercent - share of people with osteoporosis that the predictive values are computed for
    uncertaintyOpacity - how strongly the uncertainty covers the film
    seed - of the random draws
    """

    film: slicer.vtkMRMLScalarVolumeNode
    prevalencePercent: Annotated[float, WithinRange(0.5, 95.0)] = 20.0
    uncertaintyOpacity: Annotated[float, WithinRange(0.0, 1.0)] = 0.45
    seed: Annotated[int, WithinRange(0, 2147483647)] = 0


class OsteoScreenWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Puts the panel into Slicer's module panel and tells it when it is looked at, when the scene closes, and when it ends."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: OsteoScreenLogic | None = None
        self.panel: Any = None

    def setup(self) -> None:
        """Called when the module is opened for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        from OsteoScreenPanel.widget import Panel

        self.logic = OsteoScreenLogic()
        self.panel = Panel(self.logic.screening, self.logic.parameterNode)
        self.layout.addWidget(self.panel.root)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneEndImport)
        slicer.app.connect("aboutToQuit()", self.cleanup)

    def enter(self) -> None:
        """Called each time the module is opened."""
        self.panel.enter()

    def exit(self) -> None:
        """Called each time another module is opened."""
        self.panel.exit()

    def cleanup(self) -> None:
        """Called when Slicer quits and before the module is reloaded."""
        if self.panel is None:
            # Quitting tells it twice: before the views go, and when the module is unloaded.
            return
        slicer.app.disconnect("aboutToQuit()", self.cleanup)
        self.removeObservers()
        self.panel.close()
        self.panel = None

    def onSceneStartClose(self, caller: Any = None, event: Any = None) -> None:
        """Let go of everything in the scene before it is closed."""
        self.panel.scene_closing()

    def onSceneEndClose(self, caller: Any = None, event: Any = None) -> None:
        """Start anew in the empty scene."""
        self.panel.scene_ready()

    def onSceneEndImport(self, caller: Any = None, event: Any = None) -> None:
        """Show the results that a loaded scene holds."""
        self.panel.scene_ready()

    def onReload(self) -> None:
        """Reload the packages behind the panel as well."""
        for name in [name for name in sys.modules if name.partition(".")[0] in _PACKAGES]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)


class OsteoScreenLogic(ScriptedLoadableModuleLogic):
    """Screening from Python, without the panel; the work is done in another process.

    Example, in Slicer's Python console::

        from OsteoScreen import OsteoScreenLogic
        logic = OsteoScreenLogic()
        volumeNode = slicer.util.getNode("simulated_hand")
        result = logic.process(volumeNode, spacing_mm=0.15)   # blocks, but Slicer goes on drawing
        print(result.score.state.words, result.score.probability, result.radiogrammetry.mean_mci)
        print(logic.nodes(volumeNode).segmentation.GetName())
        logic.close()                                         # ends the other process

    Every failure is an ``OsteoScreenError``, whose text is one line that names the fault and the remedy.
    """

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleLogic.__init__(self, parent)
        _findLibrary()
        from OsteoScreenPanel.logic import ScreeningLogic

        self.screening = ScreeningLogic(slicer.mrmlScene)

    def parameterNode(self) -> OsteoScreenParameterNode:
        """What the panel keeps in the scene; made where it is missing."""
        return OsteoScreenParameterNode(self.getParameterNode())  # type: ignore[call-arg]  # the wrapper's own

    def process(self, volumeNode: Any, **words: Any) -> Any:
        """Screen a film and write the result into the scene; see `OsteoScreenPanel.logic.ScreeningLogic.process`."""
        return self.screening.process(volumeNode, **words)

    def start(self, volumeNode: Any, **words: Any) -> None:
        """Begin a screening and return at once; see `OsteoScreenPanel.logic.ScreeningLogic.start`."""
        self.screening.start(volumeNode, **words)

    def rescore(self, volumeNode: Any, **words: Any) -> Any:
        """Measure and score the outlines as they are now; see `OsteoScreenPanel.logic.ScreeningLogic.rescore`."""
        return self.screening.rescore(volumeNode, **words)

    def films(self, volumeNode: Any) -> Any:
        """The films of a volume node, one node each, where it is a stack of several; `process` takes one of them."""
        return self.screening.films(volumeNode)

    def nodes(self, volumeNode: Any) -> Any:
        """The MRML nodes of the film's result, ``None`` where it has none."""
        return self.screening.nodes(volumeNode)

    def result(self, volumeNode: Any) -> Any:
        """The film's `ScreeningResult`, from the scene alone; ``None`` where it has none."""
        return self.screening.result(volumeNode)

    def cancel(self) -> None:
        """Stop what is running; nothing is left behind."""
        self.screening.cancel()

    def close(self) -> None:
        """End the other process. The next call starts it again."""
        self.screening.close()


class OsteoScreenTest(ScriptedLoadableModuleTest):
    """Runs in Slicer: sample film, screening, nodes, correction, new score, cancelling, closing the scene."""

    def setUp(self) -> None:
        """Begin with an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        """Run every check of `OsteoScreenPanel.self_test`."""
        from OsteoScreenPanel.self_test import run_self_test

        self.setUp()
        run_self_test(self)


def _setIcon(parent: Any) -> None:
    """In a source checkout the icon is not where Slicer looks for it."""
    import qt

    path = Path(__file__).resolve().parent.parent / "Resources" / "Icons" / "OsteoScreen.png"
    if path.is_file():
        parent.icon = qt.QIcon(str(path))
