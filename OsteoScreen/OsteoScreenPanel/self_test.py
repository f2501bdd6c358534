"""The self-test that runs inside 3D Slicer: one sample film on its whole way, from Sample Data to a saved and loaded scene.

`run_self_test` takes the test case of the module's file; a failed check raises there and is reported by Slicer. Where the
Python packages are missing it installs nothing, checks what works without them, and says so.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import slicer

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.screening.terminology import CONTEXT_NAME
from OsteoScreenPanel.logic import ScreeningLogic
from OsteoScreenPanel.sample_data import CATEGORY, SAMPLE_FILMS
from OsteoScreenPanel.surroundings import missing_packages

if TYPE_CHECKING:
    from OsteoScreenLib.scene.build import SceneNodes
    from OsteoScreenLib.screening.values import ScreeningResult

SPACING_MM = 0.2
"""Said of the sample film, so that millimetres have to appear."""
SAMPLES = 4
"""Plausible outlines per expert: enough to see, quick to compute."""
PACKAGES_NEEDED = "OSTEOSCREEN_SELF_TEST_NEEDS_PACKAGES"
"""Environment variable: with 1 in it missing packages fail the test."""


def run_self_test(case: Any) -> None:
    """Run every check in order; ``case`` is the `OsteoScreenTest` that Slicer made."""
    test = SelfTest(case)
    begun = time.monotonic()
    try:
        test.run()
    finally:
        test.logic.close()
    case.delayDisplay(f"OsteoScreen self-test: {len(test.done)} checks in {time.monotonic() - begun:.0f} s")


class SelfTest:
    """The checks, each of which leaves the scene to the next one.

    Attributes
    ----------
    case : test case with unittest's assertions and Slicer's ``delayDisplay``
    logic : screens in the scene of the application
    panel : the module's panel; ``None`` where Slicer runs without a main window
    done : names of the checks that passed
    """

    def __init__(self, case: Any) -> None:
        self.case = case
        self.logic = ScreeningLogic(slicer.mrmlScene)
        self.done: list[str] = []
        self.panel: Any = None
        self.film: Any = None
        self.result: ScreeningResult | None = None

    def run(self) -> None:
        """Run the checks; those that need the packages only where they are installed."""
        for check in (self.check_registration, self.check_panel):
            self._check(check)
        missing = missing_packages()
        if missing:
            text = f"Python packages are missing ({', '.join(missing)}): the checks that screen a film are left out"
            self.case.assertNotEqual(os.environ.get(PACKAGES_NEEDED), "1", text)
            self.case.delayDisplay(f"OsteoScreen self-test: {text}")
            return
        for check in (
            self.check_sample_film,
            self.check_screening,
            self.check_nodes,
            self.check_panel_shows_the_result,
            self.check_screen_button,
            self.check_segment_editor,
            self.check_hypotheses,
            self.check_screening_again,
            self.check_correction,
            self.check_cancelling,
            self.check_saved_scene,
            self.check_closing_the_scene,
        ):
            self._check(check)

    # -- without the packages ----------------------------------------------------------------------------------------

    def check_registration(self) -> None:
        """Sample films and terminology are registered once Slicer has started."""
        sources = getattr(slicer.modules, "sampleDataSources", {})
        wait_until(lambda: CATEGORY in sources, "the sample films are registered", seconds=30)
        self.case.assertEqual([source.sampleName for source in sources[CATEGORY]], [film.name for film in SAMPLE_FILMS])
        categories = slicer.modules.terminologies.logic().GetNumberOfCategoriesInTerminology(CONTEXT_NAME)
        self.case.assertGreater(categories, 0, f"the terminology {CONTEXT_NAME!r} is not loaded")

    def check_panel(self) -> None:
        """The panel opens and offers the Screen button."""
        if slicer.util.mainWindow() is None:
            return
        slicer.util.selectModule("OsteoScreen")
        slicer.app.processEvents()
        self.panel = slicer.modules.osteoscreen.widgetRepresentation().self().panel
        self.case.assertIsNotNone(self.panel, "the panel was not built: see the errors above")
        self.case.assertNotEqual(self.panel.ui.screenButton.text, "")

    # -- with the packages -------------------------------------------------------------------------------------------

    def check_sample_film(self) -> None:
        """The sample film becomes one volume of one slice."""
        import SampleData

        self.film = SampleData.downloadSample(SAMPLE_FILMS[0].name)
        self.case.assertTrue(self.film.IsA("vtkMRMLScalarVolumeNode"))
        self.case.assertEqual(self.film.GetImageData().GetDimensions()[2], 1, "other files were stacked to a volume")

    def check_screening(self) -> None:
        """The film is screened in another process, with progress."""
        seen: list[float] = []
        self.result = self.logic.process(
            self.film, spacing_mm=SPACING_MM, samples=SAMPLES, on_progress=lambda words, fraction: seen.append(fraction)
        )
        self.case.assertIn(self.result.score.state.value, ("consider_dxa", "indeterminate", "not_flagged"))
        self.case.assertEqual(seen, sorted(seen), "the progress went backwards")
        self.case.assertGreater(len(seen), 2, "no progress was shown")
        self.case.assertAlmostEqual(self.result.film.spacing.row_mm, SPACING_MM)

    def check_nodes(self) -> None:
        """Outlines, uncertainty, measurements and the statement are in the scene."""
        nodes = self.nodes()
        segmentation = nodes.segmentation.GetSegmentation()
        self.case.assertEqual({segmentation.GetNthSegmentID(index) for index in range(7)}, {bone.value for bone in BONES})
        self.case.assertEqual(set(nodes.uncertainty), {"total", "between", "within"})
        for volume in nodes.uncertainty.values():
            self.case.assertEqual(volume.GetImageData().GetDimensions(), self.film.GetImageData().GetDimensions())
        self.case.assertGreater(nodes.measurements.GetNumberOfRows(), 0)
        self.case.assertIn(RESEARCH_USE_NOTICE.partition(".")[0], nodes.statement.GetText())
        self.case.assertGreater(self.area(Bone.METACARPAL_3), 0)

    def check_panel_shows_the_result(self) -> None:
        """A film that was screened from Python shows its result in the panel."""
        if self.panel is None:
            return
        assert self.result is not None
        self.panel.choose_film(self.film)
        words = self.result.score.state.words
        wait_until(lambda: words in self.panel.ui.resultBrowser.plainText, f"the panel says {words!r}", seconds=10)

    def check_screen_button(self) -> None:
        """The Screen button does the same as the call, and the two views are there."""
        from OsteoScreenLib.scene.layout import FILM_VIEW, UNCERTAINTY_VIEW

        if self.panel is None:
            return
        assert self.result is not None
        button, machine = self.panel.ui.screenButton, self.panel.machine
        wait_until(lambda: button.enabled, "the Screen button can be pressed", seconds=10)
        button.click()
        wait_until(lambda: machine.busy, "the Screen button starts a run", seconds=10)
        wait_until(lambda: not machine.busy, "the panel's run has ended")
        self.case.assertEqual(machine.state.value, "ready", self.panel.ui.messageLabel.text)
        self.case.assertIn(self.result.score.state.words, self.panel.ui.resultBrowser.plainText)
        self.case.assertLessEqual({FILM_VIEW, UNCERTAINTY_VIEW}, set(slicer.app.layoutManager().sliceViewNames()))

    def check_segment_editor(self) -> None:
        """The panel's own Segment Editor opens on the film's outlines."""
        if self.panel is None:
            return
        self.panel.ui.correctButton.collapsed = False
        outlines = self.nodes().segmentation.GetID()
        wait_until(lambda: outlines in edited(), "the Segment Editor holds the film's outlines", seconds=10)
        self.panel.ui.correctButton.collapsed = True

    def check_hypotheses(self) -> None:
        """The plausible outlines can be looked at one by one."""
        from OsteoScreenLib.scene.hypotheses import hide_hypothesis, hypothesis_count, show_hypothesis

        count = hypothesis_count(slicer.mrmlScene, self.film)
        self.case.assertGreater(count, 1)
        infos = [show_hypothesis(slicer.mrmlScene, self.film, index) for index in range(min(count, 3))]
        self.case.assertEqual([info.index for info in infos], list(range(len(infos))))
        self.case.assertTrue(all(0 <= info.weight <= 1 for info in infos))
        hide_hypothesis(slicer.mrmlScene, self.film)

    def check_screening_again(self) -> None:
        """A second run of the same film brings the nodes up to date and adds none."""
        before = node_ids()
        again = self.logic.process(self.film, samples=SAMPLES)
        self.case.assertEqual(node_ids(), before)
        assert self.result is not None
        self.case.assertEqual(again.score.state, self.result.score.state, "the same film and seed gave another state")

    def check_correction(self) -> None:
        """A corrected outline changes the measurements, and nothing else is added."""
        bone = Bone.METACARPAL_3
        before, nodes_before = self.area(bone), node_ids()
        segmentation = self.nodes().segmentation
        mask = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, bone.value, self.film)
        drawn = mask.any(axis=(0, 2)).nonzero()[0]
        mask[:, : drawn[0] + len(drawn) // 5] = 0
        slicer.util.updateSegmentBinaryLabelmapFromArray(mask, segmentation, bone.value, self.film)
        corrected = self.logic.rescore(self.film)
        self.case.assertLess(self.area(bone), before)
        self.case.assertEqual(int(corrected.segmentation.masks[bone.channel].sum()), self.area(bone))
        # Levels that can no longer be measured lose their lines; nothing comes.
        self.case.assertLessEqual(node_ids(), nodes_before)

    def check_cancelling(self) -> None:
        """A run is cancelled within seconds and leaves scene and result as they were."""
        before = node_ids()
        told = self.start()
        wait_until(lambda: told["progress"] > 0.0, "the run has begun")
        self.logic.cancel()
        wait_until(lambda: bool(told["end"]), "the run is cancelled", seconds=10)
        self.case.assertEqual(told["end"], "cancelled")
        self.case.assertEqual(node_ids(), before)
        self.case.assertIsNotNone(self.logic.result(self.film))

    def check_saved_scene(self) -> None:
        """What was found is still there after saving and loading the scene as one file."""
        expected = self.logic.result(self.film)
        assert expected is not None
        name = self.film.GetName()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scene.mrb"
            self.case.assertTrue(slicer.util.saveScene(str(path)))
            slicer.mrmlScene.Clear()
            slicer.util.loadScene(str(path))
        self.film = slicer.util.getNode(name)
        found = self.logic.result(self.film)
        assert found is not None, "the loaded scene has no result"
        self.case.assertEqual(found.score, expected.score)
        self.case.assertEqual(self.nodes().segmentation.GetSegmentation().GetNumberOfSegments(), len(BONES))

    def check_closing_the_scene(self) -> None:
        """Closing the scene during a run is safe, and nothing of the run gets into the new scene."""
        told = self.start()
        wait_until(lambda: told["progress"] > 0.0, "the run has begun")
        slicer.mrmlScene.Clear()
        wait_until(lambda: bool(told["end"]), "the run of the closed scene has ended")
        self.case.assertEqual(told["end"], "cancelled")
        self.case.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode"), 0)
        with self.case.assertRaises(UsageError):
            self.logic.process(self.film)

    # -- parts of checks ---------------------------------------------------------------------------------------------

    def nodes(self) -> SceneNodes:
        """The nodes of the film's result."""
        found = self.logic.nodes(self.film)
        assert found is not None, f"{self.film.GetName()} has no result in the scene"
        return found

    def area(self, bone: Bone) -> int:
        """Pixels of a bone's segment on the film's grid, as they are in the scene."""
        from OsteoScreenLib.scene.masks import read_masks

        return int(read_masks(self.nodes().segmentation, self.film)[bone.channel].sum())

    def start(self) -> dict[str, Any]:
        """Begin a run of the film; what is told of it appears in the dictionary (``progress``, ``end``)."""
        told: dict[str, Any] = {"progress": 0.0, "end": ""}

        def progress(words: str, fraction: float) -> None:
            told["progress"] = fraction

        self.logic.start(
            self.film,
            on_progress=progress,
            on_finished=lambda result: told.update(end="finished"),
            on_failed=lambda message, details: told.update(end=f"failed: {message}\n{details}"),
            on_cancelled=lambda: told.update(end="cancelled"),
        )
        return told

    def _check(self, check: Callable[[], None]) -> None:
        words = check.__name__.removeprefix("check_").replace("_", " ")
        begun = time.monotonic()
        check()
        self.done.append(words)
        self.case.delayDisplay(f"OsteoScreen self-test: {words}: {time.monotonic() - begun:.1f} s")


def wait_until(condition: Callable[[], bool], words: str, seconds: float = 60.0) -> None:
    """Let Slicer handle its events until the condition holds. Raises ``AssertionError`` when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds:.0f} s it is still not so that {words}")
        slicer.app.processEvents()
        time.sleep(0.01)


def edited() -> set[str]:
    """Ids of the segmentations that are open in a Segment Editor."""
    count = slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentEditorNode")
    editors = [slicer.mrmlScene.GetNthNodeByClass(index, "vtkMRMLSegmentEditorNode") for index in range(count)]
    return {editor.GetSegmentationNode().GetID() for editor in editors if editor.GetSegmentationNode() is not None}


def node_ids() -> set[str]:
    """Ids of the nodes a user sees in the scene; Slicer's own views and displays come and go."""
    classes = ("Volume", "Segmentation", "Table", "Text", "MarkupsLine", "PlotChart", "PlotSeries")
    nodes = slicer.mrmlScene.GetNodes()
    found = [nodes.GetItemAsObject(index) for index in range(nodes.GetNumberOfItems())]
    return {node.GetID() for node in found if any(node.IsA(f"vtkMRML{name}Node") for name in classes)}
