"""The plausible outlines, one after the other, with what each of them weighs."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.words import percent
from OsteoScreenLib.workflow.actions import Action, PanelFacts, why_disabled
from OsteoScreenPanel.availability import Availability
from OsteoScreenPanel.host import PanelHost


class HypothesesSection:
    """Steps through the plausible outlines of the film and takes one of them for a bone."""

    def __init__(self, ui: Any, host: PanelHost) -> None:
        self._ui, self._host = ui, host
        self._showing = False
        self._shown_film: str | None = None
        self._shown: Any = None
        for bone in BONES:
            ui.boneComboBox.addItem(_(bone.title))
        self._available = Availability(
            {
                ui.showHypothesisCheckBox: Action.SHOW_HYPOTHESES,
                ui.takeHypothesisButton: Action.TAKE_HYPOTHESIS,
                ui.boneComboBox: Action.TAKE_HYPOTHESIS,
            }
        )
        ui.showHypothesisCheckBox.connect("toggled(bool)", self._on_show)
        ui.hypothesisSlider.connect("valueChanged(double)", self._on_step)
        ui.takeHypothesisButton.connect("clicked(bool)", self._on_take)
        ui.hypothesesButton.connect("contentsCollapsed(bool)", self._on_collapsed)

    def contribute(self) -> dict[str, Any]:
        """How many there are, and whether one is shown."""
        from OsteoScreenLib.scene.hypotheses import hypothesis_count

        film = self._host.film
        count = 0 if film is None or self._host.result is None else hypothesis_count(self._host.scene, film)
        shown = film is not None and self._shown_film == film.GetID()
        return {"hypotheses": count, "hypothesis_shown": bool(count) and shown}

    def refresh(self, facts: PanelFacts) -> None:
        """Show how many there are."""
        ui = self._ui
        self._available.refresh(facts)
        reason = why_disabled(Action.SHOW_HYPOTHESES, facts)
        ui.hypothesisSlider.enabled = reason is None and facts.hypotheses > 1
        self._showing = True
        try:
            ui.hypothesisSlider.maximum = float(max(facts.hypotheses, 1))
            ui.showHypothesisCheckBox.checked = facts.hypothesis_shown
        finally:
            self._showing = False
        if not facts.hypothesis_shown:
            count = facts.hypotheses
            ui.hypothesisLabel.text = _(reason) if reason else _("{count} plausible outlines.").format(count=count)

    def step(self, by: int) -> None:
        """Show the next outline (1) or the one before (-1), and begin anew at the end; where none is shown, the present one."""
        slider, shown = self._ui.hypothesisSlider, self._ui.showHypothesisCheckBox
        if not slider.enabled:
            return
        if shown.checked:
            count = round(slider.maximum)
            slider.value = float((round(slider.value) - 1 + by) % count + 1)
        else:
            shown.checked = True

    def exit(self) -> None:
        """Another module is looked at."""
        self.hide()

    def hide(self) -> None:
        """Take the shown outline off the film."""
        from OsteoScreenLib.scene.ownership import remove_node

        node, self._shown_film, self._shown = self._shown, None, None
        # The film itself may be gone by now.
        if node is not None and self._host.scene.IsNodePresent(node):
            remove_node(self._host.scene, node)

    def _on_collapsed(self, collapsed: bool) -> None:
        if collapsed:
            self.hide()
            self._host.refresh()

    def _on_show(self, checked: bool) -> None:
        if self._showing:
            return
        if checked:
            self._show()
        else:
            self.hide()
        self._host.refresh()

    def _on_step(self, value: float) -> None:
        if not self._showing:
            self._show()
            self._host.refresh()

    def _show(self) -> None:
        from OsteoScreenLib.scene.hypotheses import ROLE_OF_SHOWN, show_hypothesis
        from OsteoScreenLib.scene.ownership import find

        film = self._host.film
        if film is None or self._host.result is None:
            return
        if self._shown_film != film.GetID():
            self.hide()
        try:
            info = show_hypothesis(self._host.scene, film, self._index(film))
        except OsteoScreenError as error:
            self._host.fail(str(error))
            return
        self._shown_film = film.GetID()
        self._shown = find(self._host.scene, "vtkMRMLSegmentationNode", ROLE_OF_SHOWN, film)
        text = _("Outline {number} of {count}, the most plausible first: weight {weight}, expert {expert}.")
        self._ui.hypothesisLabel.text = text.format(
            number=round(self._ui.hypothesisSlider.value), count=info.count, weight=percent(info.weight), expert=info.expert + 1
        )

    def _index(self, film: Any) -> int:
        """Which of the stored outlines the slider stands on; the most plausible one comes first."""
        from OsteoScreenLib.scene.hypotheses import hypotheses_by_weight

        return hypotheses_by_weight(self._host.scene, film)[round(self._ui.hypothesisSlider.value) - 1]

    def _on_take(self, checked: bool = False) -> None:
        from OsteoScreenLib.scene.hypotheses import take_hypothesis

        bone, film = BONES[self._ui.boneComboBox.currentIndex], self._host.film
        try:
            take_hypothesis(self._host.scene, film, self._index(film), bone)
        except OsteoScreenError as error:
            self._host.fail(str(error))
            return
        text = _("{bone}: outline taken. Re-score the outlines to see what it changes.")
        self._host.say(text.format(bone=_(bone.title)))
        self._host.refresh()
