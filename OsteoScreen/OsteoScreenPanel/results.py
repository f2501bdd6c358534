"""The result in words, what it is worth in the user's own population, and what of it lies over the film."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from slicer.i18n import tr as _

from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.workflow.actions import Action, PanelFacts
from OsteoScreenPanel.availability import Availability
from OsteoScreenPanel.host import PanelHost

_KINDS = ("total", "between", "within")


class ResultSection:
    """Shows the film's result and switches what is seen of it."""

    def __init__(self, ui: Any, host: PanelHost) -> None:
        self._ui, self._host = ui, host
        self._showing = False
        self._available = Availability(
            {
                ui.prevalenceSpinBox: Action.SET_PREVALENCE,
                ui.uncertaintyComboBox: Action.SHOW_UNCERTAINTY,
                ui.opacitySlider: Action.SHOW_UNCERTAINTY,
                ui.viewsButton: Action.SHOW_LAYOUT,
                ui.plotButton: Action.SHOW_PLOT,
                ui.tableButton: Action.SHOW_RESULT,
                ui.profilesCheckBox: Action.SHOW_RESULT,
                ui.removeResultButton: Action.REMOVE_RESULT,
            }
        )
        ui.prevalenceSpinBox.connect("valueChanged(double)", self._on_prevalence)
        ui.uncertaintyComboBox.connect("currentIndexChanged(int)", self._on_uncertainty)
        ui.opacitySlider.connect("valueChanged(double)", self._on_opacity)
        ui.viewsButton.connect("toggled(bool)", self._on_views)
        ui.plotButton.connect("clicked(bool)", self._on_plot)
        ui.tableButton.connect("clicked(bool)", self._on_table)
        ui.profilesCheckBox.connect("toggled(bool)", self._on_profiles)
        ui.removeResultButton.connect("clicked(bool)", self._on_remove)

    def contribute(self) -> dict[str, Any]:
        """Whether our own layout is on."""
        from OsteoScreenLib.scene.layout import is_entered

        return {"layout_shown": is_entered(self._host.scene)}

    def refresh(self, facts: PanelFacts) -> None:
        """Show the result, and what changed since it was made."""
        ui, result = self._ui, self._host.result
        self._available.refresh(facts)
        if result is None:
            ui.resultBrowser.html = f"<p>{escape(self._nothing(facts))}</p>"
        else:
            from OsteoScreenLib.workflow.presentation import html, view

            ui.resultBrowser.html = html(view(result, self._caution(facts)))
        self._show_predictive_values()
        self._showing = True
        try:
            ui.viewsButton.checked = facts.layout_shown
            ui.profilesCheckBox.checked = self._profiles_shown()
        finally:
            self._showing = False

    def show(self, film: Any) -> None:
        """Open the two views on a film with a result."""
        from OsteoScreenLib.scene.layout import enter_layout

        self._safely(lambda: enter_layout(self._host.scene, film))
        self._on_uncertainty(self._ui.uncertaintyComboBox.currentIndex)

    def leave(self) -> None:
        """Go back to the layout from before."""
        from OsteoScreenLib.scene.layout import leave_layout

        self._safely(lambda: leave_layout(self._host.scene))

    def _nothing(self, facts: PanelFacts) -> str:
        if facts.film_name is None:
            return _("Choose a film above, or open one.")
        if facts.film_fault:
            return facts.film_fault
        return _("No result yet: press Screen.")

    def _caution(self, facts: PanelFacts) -> str | None:
        if facts.result == "corrected":
            return _("The outlines were changed since this score. Re-score them in the section Correct and re-score.")
        if facts.result == "outdated":
            return _("Screen the film again: {reason}").format(reason=facts.outdated_reason or _("it has changed."))
        return None

    def _show_predictive_values(self) -> None:
        from OsteoScreenLib.workflow.prediction import predictive_lines

        result = self._host.result
        point = None if result is None or result.score.probability is None else result.score.operating_point
        lines = () if point is None else predictive_lines(point, self._ui.prevalenceSpinBox.value / 100)
        self._ui.predictiveLabel.text = "\n".join(lines)
        self._ui.predictiveLabel.visible = bool(lines)

    def _on_prevalence(self, value: float) -> None:
        self._show_predictive_values()

    def _on_uncertainty(self, index: int) -> None:
        from OsteoScreenLib.scene.layout import show_uncertainty

        if self._host.film is not None and self._host.result is not None:
            self._safely(lambda: show_uncertainty(self._host.scene, self._host.film, _KINDS[index]))
            self._on_opacity(self._ui.opacitySlider.value)

    def _on_opacity(self, value: float) -> None:
        from OsteoScreenLib.scene.layout import set_uncertainty_opacity

        if self._host.film is not None and self._host.result is not None:
            set_uncertainty_opacity(self._host.scene, self._host.film, value)

    def _on_views(self, checked: bool) -> None:
        if self._showing or self._host.film is None:
            return
        if checked:
            self.show(self._host.film)
        else:
            self.leave()
        self._host.refresh()

    def _on_plot(self, checked: bool = False) -> None:
        from OsteoScreenLib.scene.layout import show_plot

        self._safely(lambda: show_plot(self._host.scene, self._host.film))

    def _on_table(self, checked: bool = False) -> None:
        from OsteoScreenLib.scene.layout import show_table

        self._safely(lambda: show_table(self._host.scene, self._host.film))

    def _profiles_shown(self) -> bool:
        from OsteoScreenLib.scene.profiles import profiles_visible

        film = self._host.film
        return film is not None and self._host.result is not None and profiles_visible(self._host.scene, film)

    def _on_profiles(self, checked: bool) -> None:
        from OsteoScreenLib.scene.profiles import show_profiles

        if not self._showing and self._host.film is not None:
            show_profiles(self._host.scene, self._host.film, checked)

    def _on_remove(self, checked: bool = False) -> None:
        from OsteoScreenLib.scene.remove import remove_result

        film = self._host.film
        question = _("Remove the outlines, maps, tables and plots of {film} from the scene?")
        if film is not None and self._host.ask(question.format(film=film.GetName())):
            self._safely(lambda: remove_result(self._host.scene, film))
            self._host.refresh()

    def _safely(self, action: Callable[[], Any]) -> None:
        try:
            action()
        except OsteoScreenError as error:
            self._host.fail(str(error))
