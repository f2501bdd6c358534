"""The section for annotators: a queue of films, one decision after the other, and the data set that comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from OsteoScreenLib.annotation.overview import Overview, overview
from OsteoScreenLib.annotation.review import Review, undrawn
from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.bones import Bone
from OsteoScreenLib.bundle.location import resources_folder
from OsteoScreenLib.workflow.actions import Action, PanelFacts, why_disabled
from OsteoScreenLib.workflow.queue_view import film_words
from OsteoScreenPanel.annotate_data_set import DataSetRow
from OsteoScreenPanel.annotate_film import FilmOnShow
from OsteoScreenPanel.annotate_films import QueueFilms
from OsteoScreenPanel.annotate_keys import AnnotateKeys
from OsteoScreenPanel.annotate_list import QueueList
from OsteoScreenPanel.annotate_screening import QueueScreening
from OsteoScreenPanel.attempt import attempt
from OsteoScreenPanel.availability import Availability
from OsteoScreenPanel.host import PanelHost

_ANNOTATOR = "OsteoScreen/Annotator"


class AnnotateSection:
    """Keeps a session open, shows one of its films, and writes down what the annotator decides."""

    def __init__(self, layout: Any, host: PanelHost) -> None:
        self._host = host
        self._session: Session | None = None
        self._annotator = ""
        self._film: FilmOnShow | None = None
        self._screening: QueueScreening | None = None
        self._seen: Overview | None = None
        self._widget = slicer.util.loadUI(str(resources_folder() / "UI" / "Annotate.ui"))
        layout.addWidget(self._widget)
        ui = self._ui = slicer.util.childWidgetVariables(self._widget)
        self._list = QueueList(ui.queueTree, ui.queueProgressLabel, self.show)
        self._films = QueueFilms(host)
        self._buttons = {
            ui.newQueueButton: (Action.NEW_QUEUE, self._on_new),
            ui.openQueueButton: (Action.OPEN_QUEUE, self._on_open),
            ui.addFolderButton: (Action.ADD_TO_QUEUE, self._on_add_folder),
            ui.addLoadedButton: (Action.ADD_TO_QUEUE, self._on_add_loaded),
            ui.prepareButton: (Action.SCREEN_QUEUE, self._on_prepare),
            ui.acceptButton: (Action.ACCEPT, self.accept),
            ui.correctButton: (Action.SAVE_CORRECTION, self.correct),
            ui.rejectButton: (Action.REJECT, self.reject),
            ui.reopenButton: (Action.REOPEN, self._on_reopen),
            ui.previousFilmButton: (Action.PREVIOUS, self.previous),
            ui.nextFilmButton: (Action.NEXT, self.next),
            ui.exportButton: (Action.EXPORT_MANIFEST, self._on_export),
        }
        self._available = Availability({button: action for button, (action, _slot) in self._buttons.items()})
        for button, (_action, slot) in self._buttons.items():
            button.connect("clicked(bool)", slot)
        ui.annotatorEdit.connect("editingFinished()", self._on_annotator)
        ui.commentEdit.connect("editingFinished()", self._keep_comment)
        ui.annotatorEdit.text = str(slicer.app.userSettings().value(_ANNOTATOR) or "")
        self._data_set = DataSetRow(ui, host)
        keys = {
            Action.ACCEPT: self.accept,
            Action.SAVE_CORRECTION: self.correct,
            Action.REJECT: self.reject,
            Action.NEXT: self.next,
            Action.PREVIOUS: self.previous,
        }
        self._keys = AnnotateKeys(host, self._widget, layout.parentWidget(), keys)

    # -- what the panel asks of a section ------------------------------------------------------------------------------

    def contribute(self) -> dict[str, Any]:
        """What is known here of the panel's facts."""
        if self._session is None:
            return {"annotator": self._annotator}
        review, seen = self._review(), self._look(self._session)
        return {
            "annotator": self._annotator,
            "queue_films": len(seen.items),
            "queue_finished": seen.counts.finished,
            "queue_unscreened": seen.unscreened,
            "queue_film": review is not None,
            "queue_film_finished": review is not None and review.work.finished,
            "queue_film_outlined": review is not None and review.item.result is not None,
            "queue_film_changed": review is not None and self._film is not None and self._film.drawn_upon,
        }

    def refresh(self, facts: PanelFacts) -> None:
        """Show the queue as it is."""
        ui, session = self._ui, self._session
        self._available.refresh(facts)
        ui.queueLabel.text = _("No queue is open.") if session is None else session.name
        ui.queueLabel.toolTip = "" if session is None else str(session.folder)
        ui.annotatorEdit.enabled = not facts.state.busy
        seen = None if session is None else self._look(session)
        self._list.show(seen, self._annotator, None if self._film is None else self._film.number)
        review = self._review()
        ui.queueFilmLabel.text = (
            _("None.") if review is None else film_words(review.item, self._annotator, changed=facts.queue_film_changed)
        )
        ui.commentEdit.enabled = review is not None
        self._data_set.refresh()
        self._keys.refresh(session is not None)

    def enter(self) -> None:
        """The module is on screen."""
        self._keys.enter(True)

    def exit(self) -> None:
        """Another module is on screen: its keys are its own."""
        self._keys.enter(False)
        self._keep_comment()
        if self._film is not None:
            self._film.autosave()

    def close(self) -> None:
        """Keep what is unfinished and let go of everything."""
        self._keys.remove()
        self._data_set.close()
        self._leave()

    # -- decisions -----------------------------------------------------------------------------------------------------

    def accept(self, checked: bool = False) -> None:
        """The outlines are right as they are."""
        self._decide(lambda review, masks, absent, comment: review.accept(masks, absent, comment))

    def correct(self, checked: bool = False) -> None:
        """The outlines on screen are what counts."""
        self._decide(lambda review, masks, absent, comment: review.correct(masks, absent, comment))

    def reject(self, checked: bool = False) -> None:
        """Put the film aside."""
        review = self._review()
        if review is not None and self._do(lambda: review.reject(self._ui.commentEdit.text.strip())):
            self._go_on()

    def next(self, checked: bool = False) -> None:
        """Show the next film that is not finished."""
        if self._session is None:
            return
        # A film that could not be read is passed over, or one would never get beyond it.
        present = None if self._film is None else self._film.last
        number = self._session.next(self._annotator, after=present)
        if number is not None:
            self.show(number)
        elif any(item.problem for item in self._session.items if not item.by(self._annotator).finished):
            self._changed()
            self._host.say(_("The films that you have not finished cannot be read now: point at them in the list to see why."))
        elif present is None or self._session.item(present).by(self._annotator).finished:
            self._host.say(_("You have finished every film of this queue."))
            self._changed()
        else:
            self._host.say(_("This is the last film that you have not finished."))

    def previous(self, checked: bool = False) -> None:
        """Show the film before this one, finished or not."""
        present = None if self._film is None else self._film.last
        number = None if self._session is None or present is None else self._session.previous(self._annotator, present)
        if number is None:
            self._host.say(_("There is no film before this one."))
        else:
            self.show(number)

    def show(self, number: str) -> None:
        """Show a film of the queue."""
        film = self._film
        if film is None or self._host.machine.busy or why_disabled(Action.NEXT, self._host.facts()) is not None:
            return
        self._keep_comment()
        self._do(lambda: film.show(number, self._on_shown))

    def _decide(self, act: Callable[[Review, Any, tuple[Bone, ...], str], None]) -> None:
        review, film = self._review(), self._film
        if review is None or film is None:
            return
        found: list[Any] = []
        if not self._do(lambda: found.append(film.masks())) or found[0] is None:
            return
        absent = undrawn(found[0])
        names = ", ".join(bone.title for bone in absent)
        question = _("There is no outline of: {bones}.\n\nDoes the film not show them? (No: draw them first.)")
        if absent and not self._host.ask(question.format(bones=names)):
            return
        if self._do(lambda: act(review, found[0], absent, self._ui.commentEdit.text.strip())):
            film.decided()
            self._go_on()

    def _go_on(self) -> None:
        self._changed()
        self.next()

    def _on_shown(self) -> None:
        review = self._review()
        self._ui.commentEdit.text = "" if review is None else review.work.comment
        self._changed()

    def _keep_comment(self) -> None:
        """A comment counts without a decision too: on a film that is left for now, or that was decided before."""
        review = None if self._film is None else self._film.review
        if review is not None and self._ui.commentEdit.text.strip() != review.work.comment:
            self._do(lambda: review.keep_comment(self._ui.commentEdit.text))

    def _on_reopen(self, checked: bool = False) -> None:
        review = self._review()
        if review is not None and self._do(review.reopen):
            self._changed()

    # -- the queue -----------------------------------------------------------------------------------------------------

    def _on_new(self, checked: bool = False) -> None:
        self._take(self._films.create())

    def _on_open(self, checked: bool = False) -> None:
        self._take(self._films.open())

    def _on_add_folder(self, checked: bool = False) -> None:
        if self._session is not None:
            self._films.add_folder(self._session)
            self._changed()

    def _on_add_loaded(self, checked: bool = False) -> None:
        if self._session is not None:
            self._films.add_loaded(self._session)
            self._changed()

    def _take(self, session: Session | None) -> None:
        if session is None:
            return
        self._leave()
        self._session = session
        self._screening = QueueScreening(self._host, session, self._changed)
        self._on_annotator()

    def _leave(self) -> None:
        """Keep what is unfinished and close the session."""
        self._keep_comment()
        if self._screening is not None:
            self._screening.stop()
        if self._film is not None:
            self._film.close()
        if self._session is not None:
            self._session.close()
        self._session = self._film = self._screening = None

    def _on_annotator(self) -> None:
        """Work under the name that is entered, or under none where it cannot be used."""
        name, session = self._ui.annotatorEdit.text.strip(), self._session
        if name == self._annotator and self._film is not None:
            return
        self._keep_comment()
        if self._film is not None:
            self._film.close()
        self._annotator, self._film = "", None
        if name and session is not None and self._do(lambda: session.claim(name)):
            self._annotator = name
            self._film = FilmOnShow(self._host, session, name, self._changed)
            slicer.app.userSettings().setValue(_ANNOTATOR, name)
        self._changed()

    def _on_prepare(self, checked: bool = False) -> None:
        if self._screening is not None:
            if self._film is not None:
                self._film.autosave()
            self._screening.start()

    # -- the data set --------------------------------------------------------------------------------------------------

    def _on_export(self, checked: bool = False) -> None:
        if self._session is None or self._data_set.writing:
            return
        if self._film is not None:
            self._film.autosave()
        folder = self._films.new_folder(_("New or empty folder for the data set"))
        if folder is not None:
            self._data_set.start(self._session.folder, folder, self._session.name)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _review(self) -> Review | None:
        """The work on the queue's film, where that is the film that the panel shows."""
        review = None if self._film is None else self._film.review
        return review if self._film is not None and self._film.is_node(self._host.film) else None

    def _look(self, session: Session) -> Overview:
        if self._seen is None:
            self._seen = overview(session, self._annotator)
        return self._seen

    def _changed(self) -> None:
        """Look at the session again, and show it."""
        self._seen = None
        self._host.refresh()

    def _do(self, act: Callable[[], Any]) -> bool:
        self._seen = None
        return attempt(self._host, act)
