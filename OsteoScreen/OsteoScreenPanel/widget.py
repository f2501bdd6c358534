"""The panel: sections around one worker session, one state machine and one film."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from OsteoScreenLib.bundle.location import resources_folder
from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.workflow.actions import PanelFacts
from OsteoScreenLib.workflow.states import PanelState, StateMachine
from OsteoScreenPanel.chosen_bundle import saved_bundle
from OsteoScreenPanel.correction import CorrectionSection
from OsteoScreenPanel.film_choice import FilmChoice
from OsteoScreenPanel.host import Finished
from OsteoScreenPanel.hypotheses import HypothesesSection
from OsteoScreenPanel.inputs import InputsSection
from OsteoScreenPanel.process import QtTimer
from OsteoScreenPanel.results import ResultSection
from OsteoScreenPanel.runs import Runs
from OsteoScreenPanel.screening import ScreeningSection
from OsteoScreenPanel.shortcuts import Shortcuts
from OsteoScreenPanel.watch import SceneWatch

_KEEP_WARM, _HAS_SCREENED = "OsteoScreen/KeepWarm", "OsteoScreen/HasScreened"


class Panel:
    """The whole panel; to its sections it is their `OsteoScreenPanel.host.PanelHost`."""

    def __init__(self, logic: Any, parameter_node: Callable[[], Any]) -> None:
        self.logic, self.scene = logic, logic.scene
        logic.bundle = saved_bundle()
        self.root = slicer.util.loadUI(str(resources_folder() / "UI" / "OsteoScreen.ui"))
        self.ui = slicer.util.childWidgetVariables(self.root)
        self.result: Any = None
        self.outlines: Any = None
        self._shown_stamp: tuple[str, int] | None = None
        self.machine = StateMachine(on_change=lambda old, new: self.refresh())
        self._library: Any = None
        self._parameter_node, self._parameters, self._gui_tag = parameter_node, None, None
        self._entered = self._refreshing = False
        self._choice = FilmChoice(self.scene, self.ui)
        self._sections: list[Any] = []
        self._make_sections()
        self._watch = SceneWatch(self.scene, QtTimer(), self.refresh, self._on_film_gone)
        self._shortcuts = Shortcuts(self.root)
        for keys, action in self._keys().items():
            self._shortcuts.add(keys, action)
        self.root.setMRMLScene(self.scene)
        self.refresh()

    # -- told by the module's widget -----------------------------------------------------------------------------------

    def enter(self) -> None:
        """The panel is looked at."""
        self._entered = True
        self._connect_parameters()
        self._tell("enter")
        self._choice.choose_first()
        self._read_choice()
        if qt.QSettings().value(_HAS_SCREENED, False):
            self._prewarm()

    def exit(self) -> None:
        """Another module is looked at: the views are as they were before."""
        self._entered = False
        self._tell("exit")
        self._disconnect_parameters()

    def scene_closing(self) -> None:
        """Let go of everything in the scene."""
        self._runs.drop()
        self._disconnect_parameters()
        self._tell("exit")
        self._watch.watch(None, None)
        self._choice.forget()
        self.result = self.outlines = None

    def scene_ready(self) -> None:
        """The scene is empty, or holds what was loaded."""
        if self._entered:
            self.enter()

    def close(self) -> None:
        """Slicer quits or the module is reloaded: nothing of the panel stays."""
        self._runs.drop()
        self._tell("exit")
        self._tell("close")
        self._disconnect_parameters()
        self._watch.close()
        self._shortcuts.remove()
        self.logic.close()
        self._sections = []
        self.root.deleteLater()

    # -- PanelHost -----------------------------------------------------------------------------------------------------

    @property
    def session(self) -> Any:
        """The worker process."""
        return self.logic.session

    @property
    def film(self) -> Any | None:
        """Node of the one film that is looked at."""
        return self._choice.film

    @property
    def bundle(self) -> Path | None:
        """Folder of the chosen model bundle."""
        return self.logic.bundle

    @property
    def library(self) -> Any:
        """The model bundles that are there."""
        if self._library is None:
            from OsteoScreenLib.bundle.library import BundleLibrary

            own = Path(slicer.app.slicerUserSettingsFilePath).parent / "OsteoScreen" / "Models"
            self._library = BundleLibrary(resources_folder() / "Models", own)
        return self._library

    def run(
        self,
        state: PanelState,
        make_job: Callable[[Any], Any],
        finished: Finished,
        *,
        failed: Callable[[str], None] | None = None,
        cancelled: Callable[[], None] | None = None,
    ) -> bool:
        """Start a job in the worker."""
        if self.machine.busy:
            self.say(_("Something is running: wait until it has ended, or cancel it."))
            return False
        if self._installation.missing():
            self._installation.ask(then=lambda: self.run(state, make_job, finished, failed=failed, cancelled=cancelled))
            return False
        return self._runs.start(state, make_job, finished, failed, cancelled)

    def choose_film(self, node: Any | None) -> None:
        """Make a volume node the panel's film."""
        self._choice.choose(node)
        self._read_choice()

    def choose_bundle(self, folder: Path | None) -> None:
        """Use another model bundle from the next job on."""
        self.logic.bundle = folder
        self.refresh()

    def show_result(self, film: Any, result: Any) -> None:
        """Write a result into the scene and show it."""
        self.logic.put_into_scene(film, result)
        self._present(film, result)

    def say(self, text: str) -> None:
        """Show one line in the message area."""
        self._screening.say(text)

    def fail(self, text: str, details: str = "") -> None:
        """Show what went wrong."""
        self._runs.fail(text, details)

    def ask(self, question: str) -> bool:
        """A question that is answered with yes or no."""
        return bool(slicer.util.confirmYesNoDisplay(question))

    def facts(self) -> PanelFacts:
        """What decides which buttons are enabled."""
        from OsteoScreenLib.scene.currency import result_currency

        choice, current = self._choice, None
        if choice.film is not None:
            current = result_currency(self.scene, choice.film)
        known: dict[str, Any] = {
            "state": self.machine.state,
            "packages_missing": bool(self._installation.missing()),
            "film_name": None if choice.volume is None else choice.volume.GetName() or "",
            "film_count": choice.count,
            "film_fault": choice.fault,
            "result": "none" if current is None else current.kind,
            "outdated_reason": None if current is None else current.reason or None,
        }
        for section in self._sections:
            if hasattr(section, "contribute"):
                known.update(section.contribute())
        return PanelFacts(**known)

    def refresh(self) -> None:
        """Bring every section up to date with the scene and the state."""
        if self._refreshing:
            return
        self._refreshing = True
        try:
            if self.machine.state is not PanelState.FAILED:
                self.machine.settle(self._rest())
            self._find_result()
            self._choice.hide_own_maps()
            facts = self.facts()
            self.ui.packagesFrame.visible = facts.packages_missing
            for section in self._sections:
                section.refresh(facts)
        finally:
            self._refreshing = False

    # -- actions of the panel itself -----------------------------------------------------------------------------------

    def screen(self) -> None:
        """Screen the chosen film."""
        film = self.film
        if film is None:
            return
        seed = self.ui.seedSpinBox.value

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            self._correction.forget_difference()
            self._present(film, self.logic.take(film, folder))
            for note in notes:
                self.say(note)
            qt.QSettings().setValue(_HAS_SCREENED, True)

        self.run(
            PanelState.SCREENING, lambda folder: self.logic.screen_job(film, folder, bundle=self.bundle, seed=seed), finished
        )

    def rescore(self) -> None:
        """Measure and score the outlines as they are now."""
        film, before = self.film, self.result

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            after = self.logic.take(film, folder)
            self._correction.show_difference(before, after)
            self._present(film, after)

        self.run(PanelState.RESCORING, lambda folder: self.logic.rescore_job(film, folder, bundle=self.bundle), finished)

    def cancel(self) -> None:
        """Stop what runs."""
        if self.machine.state is PanelState.INSTALLING:
            self._installation.cancel()
        else:
            self._runs.cancel()

    # -- inside --------------------------------------------------------------------------------------------------------

    def _make_sections(self) -> None:
        from OsteoScreenPanel.installation import InstallationSection

        ui = self.ui
        self._screening = ScreeningSection(ui, self.screen, self.cancel)
        self._runs = Runs(self.logic, self.machine, self._screening, self._rest, self.refresh)
        self._installation = InstallationSection(ui.packagesFrame.layout(), self)
        self._results, self._hypotheses = ResultSection(ui, self), HypothesesSection(ui, self)
        self._correction = CorrectionSection(ui, self, self.rescore)
        inputs = InputsSection(ui, self, self._on_chosen)
        self._sections = [
            self._installation, inputs, self._screening, self._results, self._hypotheses, self._correction
        ]  # fmt: skip
        keep = qt.QSettings().value(_KEEP_WARM, True)
        ui.keepWarmCheckBox.checked = keep in (True, "true")
        ui.keepWarmCheckBox.connect("toggled(bool)", self._on_keep_warm)
        self._on_keep_warm(ui.keepWarmCheckBox.checked)
        ui.annotateButton.connect("contentsCollapsed(bool)", self._on_annotate)
        ui.modelsButton.connect("contentsCollapsed(bool)", self._on_models)
        self._made: set[str] = set()

    def _keys(self) -> dict[str, Callable[[], None]]:
        return {
            "Ctrl+Return": lambda: None if self.machine.busy else self._screening.press(),
            "Esc": lambda: self._screening.press() if self.machine.busy else None,
            "Ctrl+Shift+Return": lambda: self.rescore() if self.ui.rescoreButton.enabled else None,
            "Ctrl+.": lambda: self._hypotheses.step(1),
            "Ctrl+,": lambda: self._hypotheses.step(-1),
        }

    def _rest(self) -> PanelState:
        """The state in which nothing runs."""
        if self._installation.missing():
            return PanelState.NEEDS_PACKAGES
        return PanelState.NO_FILM if self._choice.film is None else PanelState.READY

    def _tell(self, word: str) -> None:
        for section in self._sections:
            if hasattr(section, word):
                getattr(section, word)()

    def _present(self, film: Any, result: Any) -> None:
        if film is not self.film:
            self.choose_film(film)
        self._hypotheses.hide()
        self.result, self._shown_stamp = result, self._stamp(film)
        self.ui.resultsButton.collapsed = False
        if self._entered:
            self._results.show(film)
        self.refresh()

    def _read_choice(self) -> None:
        film = self._choice.film
        self._choice.read()
        if self._choice.film is not film:
            self._hypotheses.hide()
            self._correction.forget_difference()
            self.result = self.outlines = None
        self.machine.settle(self._rest())
        self.refresh()

    def _find_result(self) -> None:
        """The chosen film's result may have come with a scene file, or have been removed."""
        from OsteoScreenLib.scene.ownership import find

        film = self._choice.film
        stamp = self._stamp(film)
        if stamp is None:
            self.result = self.outlines = None
        else:
            self.outlines = find(self.scene, "vtkMRMLSegmentationNode", "segmentation", film)
            if self.result is None or stamp != self._shown_stamp:
                self.result = None
                # Where parts of it are lost, the facts say that it is outdated, and why.
                with suppress(OsteoScreenError):
                    self.result = self.logic.result(film)
        self._shown_stamp = stamp
        self._watch.watch(film, self.outlines)

    def _stamp(self, film: Any | None) -> tuple[str, int] | None:
        """Tells one result of a film from the next, whoever wrote it; ``None`` where there is none."""
        from OsteoScreenLib.scene.ownership import find
        from OsteoScreenLib.scene.store import DOCUMENT

        document = None if film is None else find(self.scene, "vtkMRMLTextNode", DOCUMENT, film)
        return None if document is None else (document.GetID(), document.GetMTime())

    def _on_chosen(self) -> None:
        self._read_choice()
        if self._entered and self.film is not None:
            self._prewarm()

    def _on_film_gone(self) -> None:
        self._runs.drop(film_only=True)
        self._read_choice()

    def _on_keep_warm(self, keep: bool) -> None:
        qt.QSettings().setValue(_KEEP_WARM, bool(keep))
        self.logic.keep_warm(bool(keep))

    def _on_annotate(self, collapsed: bool) -> None:
        if not collapsed and "annotate" not in self._made:
            from OsteoScreenPanel.annotate import AnnotateSection

            self._made.add("annotate")
            self._add(AnnotateSection(self.ui.annotateButton.layout(), self))

    def _on_models(self, collapsed: bool) -> None:
        if not collapsed and "models" not in self._made:
            from OsteoScreenPanel.models import ModelsSection

            self._made.add("models")
            self._add(ModelsSection(self.ui.modelsButton.layout(), self))

    def _add(self, section: Any) -> None:
        self._sections.append(section)
        if self._entered and hasattr(section, "enter"):
            section.enter()
        self.refresh()

    def _prewarm(self) -> None:
        if self.ui.keepWarmCheckBox.checked and not self._installation.missing() and not self.machine.busy:
            self.logic.prewarm()

    def _connect_parameters(self) -> None:
        self._disconnect_parameters()
        self._parameters = self._parameter_node()
        self._gui_tag = self._parameters.connectGui(self.ui)

    def _disconnect_parameters(self) -> None:
        if self._parameters is not None:
            self._parameters.disconnectGui(self._gui_tag)
            self._parameters = None
