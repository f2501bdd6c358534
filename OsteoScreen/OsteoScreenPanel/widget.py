"""The panel: sections around one worker session, one state machine and one film."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from OsteoScreenLib.bundle.location import resources_folder
from OsteoScreenLib.workflow.actions import PanelFacts
from OsteoScreenLib.workflow.states import PanelState, StateMachine
from OsteoScreenPanel.chosen_bundle import saved_bundle
from OsteoScreenPanel.correction import CorrectionSection
from OsteoScreenPanel.film_choice import FilmChoice
from OsteoScreenPanel.film_result import FilmResult
from OsteoScreenPanel.film_runs import FilmRuns
from OsteoScreenPanel.host import Finished
from OsteoScreenPanel.hypotheses import HypothesesSection
from OsteoScreenPanel.inputs import InputsSection
from OsteoScreenPanel.later_sections import LaterSections
from OsteoScreenPanel.parameters import Parameters, has_screened, keeps_warm, set_keeps_warm
from OsteoScreenPanel.process import QtTimer
from OsteoScreenPanel.report import ReportSection
from OsteoScreenPanel.results import ResultSection
from OsteoScreenPanel.runs import Runs
from OsteoScreenPanel.screening import ScreeningSection
from OsteoScreenPanel.shortcuts import Shortcuts
from OsteoScreenPanel.watch import SceneWatch


class Panel:
    """The whole panel; to its sections it is their `OsteoScreenPanel.host.PanelHost`."""

    def __init__(self, logic: Any, parameter_node: Callable[[], Any]) -> None:
        self.logic, self.scene = logic, logic.scene
        logic.bundle = saved_bundle()
        self.root = slicer.util.loadUI(str(resources_folder() / "UI" / "OsteoScreen.ui"))
        self.ui = slicer.util.childWidgetVariables(self.root)
        self.machine = StateMachine(on_change=lambda old, new: self.refresh())
        self._library: Any = None
        self._parameters = Parameters(parameter_node, self.ui)
        self._found = FilmResult(logic)
        self._entered = self._told = self._starting = self._refreshing = self._held = False
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
        self._start()
        if has_screened():
            self._prewarm()

    def exit(self) -> None:
        """Another module is looked at: the views are as they were before."""
        self._entered = False
        self._stop()

    def scene_closing(self) -> None:
        """Let go of everything in the scene."""
        self._runs.drop()
        self._stop()
        self._watch.watch(None, None)
        self._choice.forget()
        self._found.forget()

    def scene_ready(self) -> None:
        """The scene is empty, or holds what was loaded."""
        if self._entered:
            self._start()

    def close(self) -> None:
        """Slicer quits or the module is reloaded: nothing of the panel stays."""
        self._runs.drop()
        self._stop()
        self._parameters.disconnect()
        self._tell("close")
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
    def result(self) -> Any | None:
        """That film's result."""
        return self._found.result

    @property
    def outlines(self) -> Any | None:
        """Segmentation node of that result."""
        return self._found.outlines

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
        if self._held:
            self._found.find(self.film)
            return
        if self._refreshing:
            return
        self._refreshing = True
        try:
            if self.machine.state is not PanelState.FAILED:
                self.machine.settle(self._rest())
            self._found.find(self.film)
            self._watch.watch(self.film, self.outlines)
            self._choice.hide_own_maps()
            facts = self.facts()
            self.ui.packagesFrame.visible = facts.packages_missing
            for section in self._sections:
                section.refresh(facts)
        finally:
            self._refreshing = False

    @contextmanager
    def _one_refresh(self) -> Iterator[None]:
        """However much happens inside, the sections are brought up to date once, at the end."""
        held, self._held = self._held, True
        try:
            yield
        finally:
            self._held = held
        self.refresh()

    # -- actions of the panel itself -----------------------------------------------------------------------------------

    def screen(self) -> None:
        """Screen the chosen film."""
        if self._installation.missing():
            self._installation.ask(then=self.screen)
            return
        self._film_runs.screen(self.ui.seedSpinBox.value)

    def rescore(self) -> None:
        """Measure and score the outlines as they are now."""
        self._film_runs.rescore()

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
        self._runs = Runs(self.logic, self.machine, self._screening, self._rest, self._one_refresh)
        self._installation = InstallationSection(ui.packagesFrame.layout(), self)
        self._results, self._hypotheses = ResultSection(ui, self), HypothesesSection(ui, self)
        self._correction = CorrectionSection(ui, self, self.rescore)
        self._film_runs = FilmRuns(self, self._correction, self._present)
        inputs, report = InputsSection(ui, self, self._on_chosen), ReportSection(ui, self)
        self._sections = [
            self._installation, inputs, self._screening, self._results, report, self._hypotheses, self._correction
        ]  # fmt: skip
        self._later = LaterSections(ui, self, self._add)
        ui.keepWarmCheckBox.checked = keeps_warm()
        ui.keepWarmCheckBox.connect("toggled(bool)", self._on_keep_warm)
        self.logic.worker.keep_warm(keeps_warm())

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

    def _start(self) -> None:
        """Take over what the scene holds and let the sections work with it."""
        self._starting = True
        self._parameters.connect()
        if not self._told:
            self._told = True
            self._tell("enter")
        self._choice.choose_first()
        self._starting = False
        self._read_choice()

    def _stop(self) -> None:
        """Let the scene, the views and the keys go."""
        if self._told:
            self._told = False
            self._tell("exit")

    def _tell(self, word: str) -> None:
        for section in self._sections:
            if hasattr(section, word):
                getattr(section, word)()

    def _present(self, film: Any, result: Any) -> None:
        if film is not self.film:
            self.choose_film(film)
        self._hypotheses.hide()
        self._found.keep(film, result)
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
            self._screening.clear()
            self._found.forget()
        self.machine.settle(self._rest())
        if self._choice.film is not film:
            self._found.find(self.film)
            self._results.follow(self.film)
        self.refresh()

    def _on_chosen(self) -> None:
        self._read_choice()
        # A user who chooses a film will soon screen it.
        if self._entered and not self._starting and self.film is not None:
            self._prewarm()

    def _on_film_gone(self) -> None:
        self._runs.drop(film_only=True)
        self._read_choice()

    def _on_keep_warm(self, keep: bool) -> None:
        set_keeps_warm(bool(keep))
        self.logic.worker.keep_warm(bool(keep))

    def _add(self, section: Any) -> None:
        self._sections.append(section)
        if self._told and hasattr(section, "enter"):
            section.enter()
        self.refresh()

    def _prewarm(self) -> None:
        if self.ui.keepWarmCheckBox.checked and not self._installation.missing() and not self.machine.busy:
            self.logic.worker.prewarm()
