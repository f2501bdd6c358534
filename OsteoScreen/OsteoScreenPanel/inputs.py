"""Which film, and what the user knows of it better than its file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.radiograph.values import Laterality
from OsteoScreenLib.workflow.actions import INSTALL_FIRST, Action, PanelFacts, why_disabled
from OsteoScreenLib.workflow.states import PanelState
from OsteoScreenPanel.availability import Availability
from OsteoScreenPanel.host import PanelHost
from OsteoScreenPanel.measure import KnownLength

_INVERT = (None, True, False)
_SIDES = (None, Laterality.LEFT, Laterality.RIGHT)
_SEXES = (None, "F", "M")
_LINE = 45
"""Characters that certainly fit beside the labels."""
_FILM_FILES = "*.dcm *.dicom *.ima *.png *.tif *.tiff *.jpg *.jpeg *.nrrd"


class InputsSection:
    """Shows the film and what is known of it; every change is kept with the film's node at once."""

    def __init__(self, ui: Any, host: PanelHost, chosen: Callable[[], None]) -> None:
        self._ui, self._host, self._chosen = ui, host, chosen
        self._known_length = KnownLength(host.scene, host.refresh)
        self._showing = False
        self._available = Availability(
            {
                ui.filmSelector: Action.CHOOSE_FILM,
                ui.sliceSpinBox: Action.CHOOSE_SLICE,
                ui.spacingSpinBox: Action.SET_SPACING,
                ui.measureSpacingButton: Action.MEASURE_SPACING,
                ui.invertComboBox: Action.INVERT,
                ui.sideComboBox: Action.SET_SIDE,
                ui.ageSpinBox: Action.SET_PERSON,
                ui.sexComboBox: Action.SET_PERSON,
            }
        )
        ui.filmSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._on_volume)
        ui.sliceSpinBox.connect("valueChanged(int)", self._on_slice)
        ui.dicomButton.connect("clicked(bool)", self._on_dicom)
        ui.openFilmButton.connect("clicked(bool)", self.open_film)
        ui.spacingSpinBox.connect("valueChanged(double)", self._on_spacing)
        ui.measureSpacingButton.connect("toggled(bool)", self._on_measure)
        ui.applyLengthButton.connect("clicked(bool)", self._on_length)
        ui.invertComboBox.connect("currentIndexChanged(int)", self._on_invert)
        ui.sideComboBox.connect("currentIndexChanged(int)", self._on_side)
        ui.ageSpinBox.connect("valueChanged(int)", self._on_age)
        ui.sexComboBox.connect("currentIndexChanged(int)", self._on_sex)

    def refresh(self, facts: PanelFacts) -> None:
        """Show what the film and the user say now."""
        ui = self._ui
        self._available.refresh(facts)
        reason = why_disabled(Action.OPEN_FILM, facts)
        ui.openFilmButton.enabled = reason in (None, INSTALL_FIRST)
        several = facts.film_count > 1
        ui.sliceLabel.visible = ui.sliceSpinBox.visible = several
        if self._known_length.active and why_disabled(Action.MEASURE_SPACING, facts) is not None:
            self._known_length.remove()
        measuring = self._known_length.active
        ui.measureFrame.visible = measuring
        ui.applyLengthButton.enabled = self._known_length.complete
        ui.applyLengthButton.toolTip = (
            _("Compute the pixel spacing from the line and its length.")
            if self._known_length.complete
            else _("Set both ends of the line first.")
        )
        self._showing = True
        try:
            ui.measureSpacingButton.checked = measuring
            if several:
                ui.sliceSpinBox.maximum = facts.film_count
                ui.sliceSpinBox.suffix = _(" of {count}").format(count=facts.film_count)
            self._show_words(facts.film_fault)
        finally:
            self._showing = False

    def close(self) -> None:
        """Leave nothing of a measurement behind."""
        self._known_length.remove()

    def open_film(self, checked: bool = False) -> None:
        """Ask for a file and let the worker read it."""
        names = _("Radiographs ({patterns});;All files (*)").format(patterns=_FILM_FILES)
        path = qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), _("Open film"), "", names)
        if path:
            self.read(path)

    def read(self, path: str) -> None:
        """Let the worker read a film's file and show it."""
        from pathlib import Path

        from OsteoScreenLib.radiograph.exchange import load_radiograph
        from OsteoScreenLib.scene.open_film import open_film
        from OsteoScreenLib.worker import ReadJob

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            self._host.choose_film(open_film(self._host.scene, load_radiograph(folder)))
            for note in notes:
                self._host.say(note)

        self._host.run(PanelState.READING, lambda folder: ReadJob(film=Path(path), folder=folder.result), finished)

    def _show_words(self, fault: str | None) -> None:
        from OsteoScreenLib.scene.node_tags import tags_of, user_word

        ui, film = self._ui, self._host.film
        if film is None:
            ui.spacingLabel.text = fault or "\u2013"
            return
        word, tags = user_word(film), tags_of(film)
        ui.spacingLabel.text = tags.spacing_words
        # A form does not always give a wrapped text the height it needs.
        lines = 1 + len(tags.spacing_words) // _LINE
        ui.spacingLabel.minimumHeight = lines * qt.QFontMetrics(ui.spacingLabel.font).lineSpacing()
        ui.spacingSpinBox.value = word.spacing_mm or 0.0
        ui.invertComboBox.currentIndex = _INVERT.index(word.invert)
        ui.sideComboBox.currentIndex = _SIDES.index(word.side)
        ui.ageSpinBox.value = round(word.age_years or 0)
        ui.sexComboBox.currentIndex = _SEXES.index(word.sex)
        self._show_film_words(word, tags)

    def _show_film_words(self, word: Any, tags: Any) -> None:
        """What "as the film says" means for this film; not known here where the user said something else."""
        ui = self._ui
        said, nothing = _("As the film says"), _("Not stated")
        side = {Laterality.LEFT: _("Left, as the film says"), Laterality.RIGHT: _("Right, as the film says")}
        sex = {"F": _("Female, as the film says"), "M": _("Male, as the film says")}
        age = nothing if tags.age_years is None else _("{years:.0f}, as the film says").format(years=tags.age_years)
        ui.sideComboBox.setItemText(0, said if word.side else side.get(tags.laterality, nothing))
        ui.sexComboBox.setItemText(0, said if word.sex else sex.get(tags.sex, nothing))
        ui.ageSpinBox.specialValueText = said if word.age_years else age

    def _on_volume(self, volume: Any) -> None:
        # The next volume begins with its first film.
        showing, self._showing = self._showing, True
        self._ui.sliceSpinBox.value = 1
        self._showing = showing
        self._on_slice(1)

    def _on_slice(self, number: int) -> None:
        if not self._showing:
            self._known_length.remove()
            self._chosen()

    def _on_dicom(self, checked: bool = False) -> None:
        slicer.util.selectModule("DICOM")

    def _on_spacing(self, value: float) -> None:
        from OsteoScreenLib.scene.node_tags import set_user_spacing

        self._set(lambda film: set_user_spacing(film, value or None))

    def _on_measure(self, checked: bool) -> None:
        if not self._showing:
            if checked:
                self._known_length.start()
            else:
                self._known_length.remove()
            self._host.refresh()

    def _on_length(self, checked: bool = False) -> None:
        from OsteoScreenLib.scene.node_tags import set_user_spacing
        from OsteoScreenLib.scene.ruler import spacing_from_line

        length = self._ui.lengthSpinBox.value
        if self._set(lambda film: set_user_spacing(film, spacing_from_line(self._known_length.line, film, length))):
            self._known_length.remove()
            self._host.say(_("The pixel spacing was computed from the line."))
            self._host.refresh()

    def _on_invert(self, index: int) -> None:
        from OsteoScreenLib.scene.node_tags import set_user_invert

        self._set(lambda film: set_user_invert(film, _INVERT[index]))

    def _on_side(self, index: int) -> None:
        from OsteoScreenLib.scene.node_tags import set_user_side

        self._set(lambda film: set_user_side(film, _SIDES[index]))

    def _on_age(self, years: int) -> None:
        from OsteoScreenLib.scene.node_tags import set_user_age

        self._set(lambda film: set_user_age(film, years or None))

    def _on_sex(self, index: int) -> None:
        from OsteoScreenLib.scene.node_tags import set_user_sex

        self._set(lambda film: set_user_sex(film, _SEXES[index]))

    def _set(self, say: Callable[[Any], None]) -> bool:
        """Keep the user's word with the film; whether that worked."""
        film = self._host.film
        if self._showing or film is None:
            return False
        try:
            say(film)
        except OsteoScreenError as error:
            self._host.fail(str(error))
            return False
        finally:
            self._host.refresh()
        return True
