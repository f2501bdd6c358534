"""The result in words, what it is worth in the user's own population, and what of it lies over the film."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.workflow.actions import Action, PanelFacts
from OsteoScreenPanel.availability import Availability
from OsteoScreenPanel.host import PanelHost
from OsteoScreenPanel.process import QtTimer

if TYPE_CHECKING:
    from OsteoScreenLib.scene.layout import Map

_KINDS: tuple[Map, ...] = ("total", "between", "within")
_SIZED_AFTER_S = 0.2


class ResultSection:
    """Shows the film's result and switches what is seen of it."""

    def __init__(self, ui: Any, host: PanelHost) -> None:
        self._ui, self._host = ui, host
        self._showing = False
        self._fit_due = QtTimer().call_later(0.0, lambda: None)
        self._available = Availability(
            {
                ui.prevalenceSpinBox: Action.SET_PREVALENCE,
                ui.uncertaintyComboBox: Action.SHOW_UNCERTAINTY,
                ui.opacitySlider: Action.SHOW_UNCERTAINTY,
                ui.viewsButton: Action.SHOW_LAYOUT,
                ui.plotButton: Action.SHOW_PLOT,
                ui.profilesCheckBox: Action.SHOW_RESULT,
                ui.removeResultButton: Action.REMOVE_RESULT,
            }
        )
        ui.prevalenceSpinBox.connect("valueChanged(double)", self._on_prevalence)
        ui.uncertaintyComboBox.connect("currentIndexChanged(int)", self._on_uncertainty)
        ui.opacitySlider.connect("valueChanged(double)", self._on_opacity)
        ui.viewsButton.connect("toggled(bool)", self._on_views)
        ui.plotButton.connect("toggled(bool)", self._on_plot)
        ui.profilesCheckBox.connect("toggled(bool)", self._on_profiles)
        ui.removeResultButton.connect("clicked(bool)", self._on_remove)

    def contribute(self) -> dict[str, Any]:
        """Whether our own layout is on, and whether there is a probability."""
        from OsteoScreenLib.scene.layout import in_layout

        result = self._host.result
        return {
            "layout_shown": in_layout(self._host.scene),
            "scored": result is not None and result.score.probability is not None,
        }

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
            if not facts.layout_shown:
                ui.plotButton.checked = False
            ui.profilesCheckBox.checked = self._profiles_shown()
        finally:
            self._showing = False

    def show(self, film: Any, plot: bool | None = None) -> None:
        """Open the two views on a film, with the plot below them where it is asked for (``None``: as before)."""
        from OsteoScreenLib.scene.layout import enter_layout

        plot = self._ui.plotButton.checked if plot is None else plot
        if enter_layout(self._host.scene, film, plot=plot):
            # Slicer gives a new view its size a moment later, and keeps the zoom then.
            self._fit_due.cancel()
            self._fit_due = QtTimer().call_later(_SIZED_AFTER_S, lambda: self._fit(film))
        self._on_uncertainty(self._ui.uncertaintyComboBox.currentIndex)

    def follow(self, film: Any | None) -> None:
        """Where the two views are open, show another film in them: they must never show one film beside another's result."""
        from OsteoScreenLib.scene.layout import in_layout

        if in_layout(self._host.scene):
            if film is None:
                self.exit()
            else:
                self.show(film)

    def exit(self) -> None:
        """Go back to the layout from before."""
        from OsteoScreenLib.scene.layout import in_layout, leave_layout

        self._fit_due.cancel()
        if in_layout(self._host.scene):
            leave_layout(self._host.scene)

    def _fit(self, film: Any) -> None:
        from OsteoScreenLib.scene.layout import fit_views, in_layout

        if self._host.film is film and in_layout(self._host.scene):
            fit_views(self._host.scene, film)

    def _nothing(self, facts: PanelFacts) -> str:
        if facts.film_name is None:
            return _("Choose a film above, or open one.")
        if facts.film_fault:
            return facts.film_fault
        if facts.state.busy:
            return _("No result yet.")
        return _("No result yet: press Screen.")

    @staticmethod
    def _caution(facts: PanelFacts) -> str | None:
        return _(facts.outdated_reason) if facts.result in ("corrected", "outdated") and facts.outdated_reason else None

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
        from OsteoScreenLib.scene.layout import in_layout, show_uncertainty

        host = self._host
        if host.film is None or host.result is None:
            return
        if not in_layout(host.scene):
            # What is chosen must be seen.
            self.show(host.film)
            host.refresh()
        elif self._safely(lambda: show_uncertainty(host.scene, host.film, _KINDS[index])):
            self._on_opacity(self._ui.opacitySlider.value)

    def _on_opacity(self, value: float) -> None:
        from OsteoScreenLib.scene.look import set_uncertainty_opacity

        set_uncertainty_opacity(self._host.scene, value)

    def _on_views(self, checked: bool) -> None:
        if self._showing or self._host.film is None:
            return
        if checked:
            self.show(self._host.film)
        else:
            self.exit()
        self._host.refresh()

    def _on_plot(self, checked: bool) -> None:
        if not self._showing and self._host.film is not None:
            self.show(self._host.film, plot=checked)
            self._host.refresh()

    def _profiles_shown(self) -> bool:
        from OsteoScreenLib.scene.look import profiles_visible

        film = self._host.film
        return film is not None and self._host.result is not None and profiles_visible(self._host.scene, film)

    def _on_profiles(self, checked: bool) -> None:
        from OsteoScreenLib.scene.look import show_profiles

        if not self._showing and self._host.film is not None:
            show_profiles(self._host.scene, self._host.film, checked)

    def _on_remove(self, checked: bool = False) -> None:
        from OsteoScreenLib.scene.remove import remove_result

        film = self._host.film
        question = _("Remove the outlines, maps, tables and plots of {film} from the scene?")
        if film is not None and self._host.ask(question.format(film=film.GetName())):
            self._safely(lambda: remove_result(self._host.scene, film))
            self._host.refresh()

    def _safely(self, action: Callable[[], Any]) -> bool:
        try:
            action()
        except OsteoScreenError as error:
            self._host.fail(str(error))
            return False
        return True
