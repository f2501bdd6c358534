"""An annotators' session: a folder with a queue of films, and what every annotator did with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType

import numpy as np

from OsteoScreenLib.annotation import film_files
from OsteoScreenLib.annotation.intake import take_in
from OsteoScreenLib.annotation.names import check_annotator
from OsteoScreenLib.annotation.outlines import FilmFrame, read_outlines
from OsteoScreenLib.annotation.proposals import Proposal, attach, proposal_of, proposed_masks
from OsteoScreenLib.annotation.ranking import ranked
from OsteoScreenLib.annotation.session_file import SESSION_FILE, SessionDocument, adding_films, read_session, write_session
from OsteoScreenLib.annotation.values import AddedFilms, Counts, QueueItem, WorkStatus
from OsteoScreenLib.annotation.work_file import WorkFile, annotators_in, every_work
from OsteoScreenLib.bones import Bone
from OsteoScreenLib.errors import OutputError, UsageError


class Session:
    """Films in a queue, most uncertain first; each annotator has an order, decisions and drafts of his or her own.

    Every act is on the disk when its method returns (``docs/annotating.md`` says in which files). An annotator's first
    act claims that name on this session; the same name in a second program is refused until the first closes or ends.
    All errors are `OsteoScreenError`: `OutputError` about the folder, `UsageError` about what was asked for.
    """

    def __init__(self, folder: Path) -> None:
        """Use `create` or `open`."""
        self.folder = Path(folder).absolute()
        self._document = SessionDocument("", "")
        self._films: dict[str, film_files.FilmFile] = {}
        self._places: dict[str, Path] = {}
        self._problems: dict[str, str] = {}
        self._proposals: dict[str, Proposal] = {}
        self._files: dict[str, WorkFile] = {}
        self._faults: dict[str, OutputError] = {}

    @classmethod
    def create(
        cls, folder: Path, films: Sequence[Path] = (), name: str = "", subjects: Mapping[Path, str] | None = None
    ) -> Session:
        """Start a session in a new or empty folder. ``films`` and ``subjects`` as in `add_films`."""
        folder = Path(folder).absolute()
        try:
            occupied = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
            if occupied:
                held = (folder / SESSION_FILE).exists()
                fault = "holds a session already" if held else "is in the way: it is not an empty folder"
                raise OutputError(folder, fault, "Open that session" if held else "Name a new folder")
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            remedy = "Choose a folder with room and write access"
            raise OutputError(folder, f"cannot be created ({error.strerror or error})", remedy) from error
        created = datetime.now(timezone.utc).isoformat(timespec="seconds")
        write_session(folder, SessionDocument(name.strip() or folder.name, created))
        session = cls.open(folder)
        if films:
            session.add_films(films, subjects)
        return session

    @classmethod
    def open(cls, folder: Path) -> Session:
        """Open a session again.

        Raises `DamagedError` where ``session.json`` is torn; `restore_backup` of the error's ``path`` puts its backup
        back. An annotator's damaged file is no obstacle to the others and is told by `faults`.
        """
        session = cls(folder)
        session.refresh()
        return session

    def close(self) -> None:
        """Give the annotators' names free for other programs."""
        for file in self._files.values():
            file.release()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def refresh(self) -> None:
        """Read again what other programs have added: films, results, other annotators' work, films that came back."""
        self._take(read_session(self.folder))
        proposals = {film.id: proposal_of(self.folder, film.id) for film in self._document.films}
        self._proposals = {number: found for number, found in proposals.items() if found is not None}
        names = [name for name in annotators_in(self.folder) if name not in self._files]
        files, self._faults = every_work(self.folder, names)
        for name, file in list(self._files.items()):
            try:
                file.load()
            except OutputError as error:
                self._faults[name] = error
        self._files.update(files)

    # What there is

    @property
    def name(self) -> str:
        """What the session is called."""
        return self._document.name

    @property
    def annotators(self) -> tuple[str, ...]:
        """Everyone who has done anything in this session."""
        return tuple(sorted(self._files))

    @property
    def faults(self) -> Mapping[str, OutputError]:
        """Annotators whose work cannot be read, with the reason (a `DamagedError` where a backup may help)."""
        return self._faults

    @property
    def items(self) -> tuple[QueueItem, ...]:
        """All films in the order they were added, as last read."""
        return tuple(self._item(film) for film in self._document.films)

    def item(self, number: str) -> QueueItem:
        """One film. Raises `UsageError` for an unknown id."""
        if number not in self._films:
            raise UsageError(self.folder, f"has no film {number!r}", "Name an id of this session")
        return self._item(self._films[number])

    def _item(self, film: film_files.FilmFile) -> QueueItem:
        proposal = self._proposals.get(film.id)
        return QueueItem(
            id=film.id,
            film=self._places[film.id],
            sha256=film.sha256,
            subject=film.subject,
            uncertainty=None if proposal is None else proposal.uncertainty,
            result=None if proposal is None else proposal.folder,
            work={name: file.works[film.id] for name, file in self._files.items() if film.id in file.works},
            problem=self._problems.get(film.id),
        )

    def counts(self, annotator: str) -> Counts:
        """How far ``annotator`` is."""
        items = self.items
        states = Counter(item.by(annotator).status for item in items)
        return Counts(
            films=len(items),
            open=states[WorkStatus.OPEN],
            accepted=states[WorkStatus.ACCEPTED],
            corrected=states[WorkStatus.CORRECTED],
            rejected=states[WorkStatus.REJECTED],
            drafts=sum(item.by(annotator).draft is not None for item in items),
            unreachable=len(self._problems),
        )

    # The queue

    def order(self, annotator: str) -> tuple[str, ...]:
        """All ids: unfinished films first, each part by falling uncertainty; those that cannot be shown come last."""
        items = ranked(self.items)
        return tuple(item.id for item in sorted(items, key=lambda item: (item.problem is not None, item.by(annotator).finished)))

    def next(self, annotator: str, after: str | None = None) -> str | None:
        """The next unfinished film by falling uncertainty, from the film ``after`` on and then from the top; ``None``: done.

        Films that have moved, vanished or changed are passed over; their items tell why.
        """
        line = [item.id for item in ranked(self.items)]
        start = line.index(after) + 1 if after in line else 0
        for number in [*line[start:], *line[:start]]:
            if number != after and not self.item(number).by(annotator).finished and self.check(number) is None:
                return number
        return None

    def previous(self, annotator: str, before: str) -> str | None:
        """The film before ``before`` by falling uncertainty, finished or not; ``None`` at the top."""
        line = [item.id for item in ranked(self.items)]
        earlier = line[: line.index(before)] if before in line else []
        return next((number for number in reversed(earlier) if self.check(number) is None), None)

    def check(self, number: str) -> str | None:
        """Look whether a film is there and unchanged, reading it where its time of change tells otherwise; why not."""
        film = self._films[self.item(number).id]
        self._places[number] = film_files.locate(film, self.folder)
        problem = film_files.problem_of(film, self.folder, thorough=True)
        if problem is None:
            self._problems.pop(number, None)
        else:
            self._problems[number] = problem
        return problem

    # What changes it

    def add_films(self, films: Sequence[Path], subjects: Mapping[Path, str] | None = None) -> AddedFilms:
        """Add films that are not in the session yet; a film with the content of a known one is listed once.

        ``subjects`` gives pseudonyms by path, never names; a film without one is a person of its own. Where the known
        film had moved, it is found again at its new place.
        """
        with adding_films(self.folder):
            document, told = take_in(read_session(self.folder), self.folder, films, subjects or {})
            write_session(self.folder, document)
        self._take(document)
        return told

    def attach_result(self, number: str, folder: Path) -> None:
        """Copy the screening result of a film into the session: its outlines are what annotators start from."""
        self._proposals[number] = attach(self.folder, self.item(number), Path(folder))

    def claim(self, annotator: str) -> None:
        """Say who will work here. Raises `UsageError` for no pseudonym, `OutputError` where that name is at work elsewhere."""
        self._file(annotator).claim()

    def save_draft(self, number: str, annotator: str, masks: np.ndarray) -> None:
        """Keep unfinished outlines (bool, 7 x rows x columns)."""
        self._file(annotator).save_draft(self.item(number).id, masks, self._frame(number))

    def discard_draft(self, number: str, annotator: str) -> None:
        """Forget unfinished outlines; the decision stays."""
        self._file(annotator).discard_draft(self.item(number).id)

    def accept(self, number: str, annotator: str, comment: str = "", absent: Collection[Bone] = ()) -> None:
        """Take the proposed outlines as they are. ``absent`` names the bones that the film does not show.

        Refused (`UsageError`) without a result, where a bone has neither an outline nor is absent, and where a draft
        differs from the proposal: it must be saved as a correction or discarded.
        """
        proposal = self._proposals.get(self.item(number).id)
        if proposal is None:
            raise UsageError(f"film {number}", "has no outlines to accept", "Screen it first, or draw the outlines and correct")
        masks = proposed_masks(proposal)
        draft = self.item(number).by(annotator).draft
        if draft is not None and not np.array_equal(read_outlines(draft), masks):
            remedy = "Save them as a correction, or discard them"
            raise UsageError(f"film {number}", "has unfinished outlines that differ from the proposal", remedy)
        self._file(annotator).decide(number, WorkStatus.ACCEPTED, masks, proposal.frame, absent, comment)

    def correct(self, number: str, annotator: str, masks: np.ndarray, absent: Collection[Bone] = (), comment: str = "") -> None:
        """Decide for one's own outlines (bool, 7 x rows x columns). A bone with an empty outline must be ``absent``."""
        frame = self._frame(number)
        self._file(annotator).decide(self.item(number).id, WorkStatus.CORRECTED, masks, frame, absent, comment)

    def reject(self, number: str, annotator: str, comment: str = "") -> None:
        """Put a film aside: it is not trained on. Earlier outlines and drafts stay on the disk."""
        self._file(annotator).decide(self.item(number).id, WorkStatus.REJECTED, None, FilmFrame(), (), comment)

    def keep_comment(self, number: str, annotator: str, comment: str) -> None:
        """Keep a comment on a film that may not be decided yet."""
        self._file(annotator).keep_comment(self.item(number).id, comment)

    def reopen(self, number: str, annotator: str) -> None:
        """Take a decision back; its outlines are what the annotator goes on from."""
        self._file(annotator).reopen(self.item(number).id)

    def starting_masks(self, number: str, annotator: str) -> np.ndarray | None:
        """Outlines to go on from (bool, 7 x rows x columns): the draft, else the own work, else the result; or ``None``."""
        item = self.item(number)
        work = item.by(annotator)
        file = work.draft or work.masks
        if file is not None:
            return read_outlines(file)
        proposal = self._proposals.get(item.id)
        return None if proposal is None else proposed_masks(proposal)

    def _frame(self, number: str) -> FilmFrame:
        proposal = self._proposals.get(number)
        return FilmFrame() if proposal is None else proposal.frame

    def _file(self, annotator: str) -> WorkFile:
        check_annotator(annotator, {*self._files, *self._faults})
        if annotator in self._faults:
            raise self._faults[annotator]
        if annotator not in self._files:
            self._files[annotator] = WorkFile(self.folder, annotator)
        return self._files[annotator]

    def _take(self, document: SessionDocument) -> None:
        """Take over what ``session.json`` says, and look where its films lie, once: a network drive is slow to tell."""
        self._document = document
        self._films = {film.id: film for film in document.films}
        self._places = {film.id: film_files.locate(film, self.folder) for film in document.films}
        found = {film.id: film_files.problem_of(film, self.folder) for film in document.films}
        self._problems = {number: problem for number, problem in found.items() if problem is not None}
