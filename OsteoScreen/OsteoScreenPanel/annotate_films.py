"""Where a queue and its films come from: folders that the user names, and films that are loaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import qt
import slicer
from slicer.i18n import tr as _

from OsteoScreenLib.annotation.durable import DamagedError, restore_backup
from OsteoScreenLib.annotation.film_files import films_in
from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.workflow.queue_view import added_words
from OsteoScreenPanel.annotate_film import MARK
from OsteoScreenPanel.annotate_loaded import keep_loaded, loaded_films
from OsteoScreenPanel.host import PanelHost

Made = TypeVar("Made")
_AT_ONCE = 4
"""Films that are hashed before Slicer may draw again."""


class QueueFilms:
    """Asks for folders; what goes wrong is told in the panel, and gives ``None``."""

    def __init__(self, host: PanelHost) -> None:
        self._host = host
        self._adding = False

    def create(self) -> Session | None:
        """A new session with the films of a folder."""
        source = _folder(_("Folder with the films"))
        if source is None:
            return None
        films = self._try(lambda: films_in(source))
        target = None if films is None else self.new_folder(_("New or empty folder for the queue"))
        if films is None or target is None:
            return None
        session = self._try(lambda: Session.create(target, (), source.name))
        if session is not None:
            self._add(session, films)
        return session

    def open(self) -> Session | None:
        """A session that was begun before; after a crash its last sound state is offered."""
        folder = _folder(_("Folder of the queue (with session.json)"))
        if folder is None:
            return None
        try:
            return Session.open(folder)
        except DamagedError as error:
            if error.backup is None:
                self._host.fail(str(error))
                return None
            question = _("{error}\n\nRestore the state before the last change? The damaged file is kept beside it.")
            if not self._host.ask(question.format(error=error)):
                return None
            damaged = error.path
        except OsteoScreenError as error:
            self._host.fail(str(error))
            return None
        restored = self._try(lambda: (restore_backup(damaged), Session.open(folder)))
        return None if restored is None else restored[1]

    def add_folder(self, session: Session) -> None:
        """Add the films of a folder."""
        source = _folder(_("Folder with the films"))
        films = None if source is None else self._try(lambda: films_in(source))
        if films is not None:
            self._add(session, films)

    def add_loaded(self, session: Session) -> None:
        """Add the films that are loaded; they are written into the session's folder."""
        volumes = loaded_films(self._host.scene, MARK)
        if not volumes:
            self._host.say(_("No film is loaded."))
            return
        kept, left_out = keep_loaded(self._host.scene, volumes, session.folder / "films")
        duplicates = self._add(session, kept, left_out)
        for each in duplicates:
            shutil.rmtree(each, ignore_errors=True)

    def new_folder(self, title: str) -> Path | None:
        """A folder that the user names, to be made or filled."""
        return _folder(title)

    def _add(self, session: Session, films: Sequence[Path], left_out: Sequence[str] = ()) -> list[Path]:
        """Add films some at a time, since each file is read through; returns those that were there already."""
        if self._adding:
            return []
        added, found_again = 0, 0
        duplicates: list[Path] = []
        reasons = list(left_out)
        self._adding = True
        try:
            for start in range(0, len(films), _AT_ONCE):
                told = session.add_films(films[start : start + _AT_ONCE])
                added += len(told.added)
                found_again += len(told.found_again)
                duplicates += [film for film, _number in told.duplicates]
                reasons += [f"{film.name}: {reason}" for film, reason in told.left_out]
                done = min(start + _AT_ONCE, len(films))
                self._host.say(_("Adding films: {done} of {total}").format(done=done, total=len(films)))
                slicer.app.processEvents()
        except OsteoScreenError as error:
            self._host.fail(str(error))
            return duplicates
        finally:
            self._adding = False
        self._host.say(added_words(added, len(duplicates), found_again, tuple(reasons)))
        return duplicates

    def _try(self, act: Callable[[], Made]) -> Made | None:
        try:
            return act()
        except OsteoScreenError as error:
            self._host.fail(str(error))
            return None


def _folder(title: str) -> Path | None:
    chosen = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title, "")
    return Path(str(chosen)) if chosen else None
