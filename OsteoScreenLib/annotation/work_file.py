"""One annotator's work: ``work/<annotator>.json`` and the outlines beside it.

Decision number n of a film has its outlines in ``masks/<annotator>/<film>.<n>.seg.nrrd``, and what is drawn after it lies
in ``drafts/<annotator>/<film>.<n>.seg.nrrd``. Outlines are written before the record that names their number, and never
overwritten: whatever moment a crash chooses, what was drawn is either recorded or found again as a draft.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from OsteoScreenLib.annotation.claims import Claim
from OsteoScreenLib.annotation.durable import DamagedError, read_document, remove_parts, write_document
from OsteoScreenLib.annotation.outlines import SUFFIX, FilmFrame, check_absent, check_masks, write_outlines
from OsteoScreenLib.annotation.values import Work, WorkStatus
from OsteoScreenLib.bones import Bone
from OsteoScreenLib.errors import OutputError

FORMAT = "osteoscreen-annotator-work"
VERSION = 1
WORK, MASKS, DRAFTS, LOCKS = "work", "masks", "drafts", "locks"


def work_path(session: Path, annotator: str) -> Path:
    """Where an annotator's decisions lie."""
    return session / WORK / f"{annotator}.json"


class WorkFile:
    """The work of one annotator in a session folder: ``works`` by film id, read at once, written after every act."""

    def __init__(self, session: Path, annotator: str) -> None:
        self.path = work_path(session, annotator)
        self.annotator = annotator
        self.works: dict[str, Work] = {}
        self._masks = session / MASKS / annotator
        self._drafts = session / DRAFTS / annotator
        self._lock = session / LOCKS / f"{annotator}.lock"
        self._content: bytes | None = None
        self._claim: Claim | None = None
        self.load()

    def load(self) -> None:
        """Read the decisions and look for drafts. Raises `DamagedError` or `OutputError`; the work is then as before."""
        recorded, content = {}, None
        try:
            document, content = read_document(self.path, FORMAT, VERSION)
            recorded = {str(film): _parsed(entry) for film, entry in document["films"].items()}
        except DamagedError:
            raise
        except OutputError:
            if self.path.exists():
                raise
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise DamagedError(self.path, f"is damaged ({type(error).__name__}: {error})") from error
        masks, drafts = _numbered(self._masks), _numbered(self._drafts)
        self.works = {
            film: self._with_files(recorded.get(film, (Work(), None)), film, masks, drafts)
            for film in {*recorded, *masks, *drafts}
        }
        self._content = content

    def claim(self) -> None:
        """Take the right to write. Raises `OutputError` where the same annotator works on the session elsewhere."""
        if self._claim is None:
            fault = f"the annotator {self.annotator!r} works on this session already"
            claim = Claim(self._lock, fault, "Close the other program, or give another annotator name")
            try:
                remove_parts(self._masks)
                remove_parts(self._drafts)
                remove_parts(self.path.parent, self.path.name)
                self.load()
            except BaseException:
                claim.release()
                raise
            self._claim = claim

    def release(self) -> None:
        """Let another program write."""
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    def save_draft(self, film: str, masks: np.ndarray, frame: FilmFrame) -> None:
        """Keep unfinished outlines, replacing the former draft. Raises `UsageError`, `OutputError`."""
        check_masks(masks, frame)
        self.claim()
        work = self.works.get(film, Work())
        number = max([work.revision, *_numbered(self._masks).get(film, {})])
        path = self._drafts / f"{film}.{number}{SUFFIX}"
        write_outlines(path, masks, frame)
        self.works[film] = replace(work, draft=path)

    def discard_draft(self, film: str) -> None:
        """Remove unfinished outlines; what was decided stays. Raises `OutputError`."""
        self.claim()
        work = self.works.get(film, Work())
        unrecorded = [path for number, path in _numbered(self._masks).get(film, {}).items() if number > work.revision]
        try:
            for path in [*_numbered(self._drafts).get(film, {}).values(), *unrecorded]:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                path, f"cannot be removed ({error.strerror or error})", "Check the folder's access rights"
            ) from error
        self.works[film] = replace(work, draft=None)

    def decide(
        self,
        film: str,
        status: WorkStatus,
        masks: np.ndarray | None,
        frame: FilmFrame,
        absent: Collection[Bone] = (),
        comment: str = "",
    ) -> None:
        """Record a decision with its outlines (``None`` for a rejection). Raises `UsageError`, `OutputError`."""
        named: tuple[Bone, ...] = ()
        if masks is not None:
            check_masks(masks, frame)
            named = check_absent(masks, absent)
        self.claim()
        former = self.works.get(film, Work())
        files = _numbered(self._masks).get(film, {})
        revision = 1 + max([former.revision, *files])
        path = former.masks  # kept under a rejection too, for the day it is taken back
        if masks is not None:
            path = self._masks / f"{film}.{revision}{SUFFIX}"
            write_outlines(path, masks, frame)
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self._record(film, Work(status, comment.strip(), now, named, path, None, revision))
        if masks is not None:  # what a rejection puts aside stays on the disk
            for number, draft in _numbered(self._drafts).get(film, {}).items():
                if number < revision:
                    draft.unlink(missing_ok=True)

    def keep_comment(self, film: str, comment: str) -> None:
        """Record a comment; the decision stays, or there is none yet. Raises `OutputError`."""
        self.claim()
        self._record(film, replace(self.works.get(film, Work()), comment=comment.strip()))

    def reopen(self, film: str) -> None:
        """Take a decision back; its outlines and comment stay to start from. Raises `OutputError`."""
        self.claim()
        work = self.works.get(film, Work())
        self._record(film, replace(work, status=WorkStatus.OPEN, time=""))

    def _record(self, film: str, work: Work) -> None:
        self._refuse_strangers()
        works = {**self.works, film: work}
        document = {
            "format": FORMAT,
            "version": VERSION,
            "annotator": self.annotator,
            "films": {name: _entry(works[name]) for name in sorted(works) if works[name].revision or works[name].comment},
        }
        self._content = write_document(self.path, document)
        self.works = works

    def _refuse_strangers(self) -> None:
        # Some network drives have no locks: then at least nobody's decisions are overwritten unseen.
        try:
            found = self.path.read_bytes()
        except FileNotFoundError:
            found = None
        except OSError as error:
            raise OutputError(self.path, f"cannot be read ({error.strerror or error})", "Check its access rights") from error
        if found != self._content:
            raise OutputError(self.path, "was changed by another program", "Open the session again; what you drew is kept")

    def _with_files(self, recorded: tuple[Work, int | None], film: str, masks: _Files, drafts: _Files) -> Work:
        work, number = recorded
        decided = masks.get(film, {})
        # What was drawn after the last recorded decision: drafts, and outlines whose record a crash prevented.
        newer = {(n, 1): path for n, path in drafts.get(film, {}).items() if n >= work.revision}
        newer |= {(n, 0): path for n, path in decided.items() if n > work.revision}
        return replace(
            work,
            masks=None if number is None else self._masks / f"{film}.{number}{SUFFIX}",
            draft=newer[max(newer)] if newer else None,
        )


_Files = dict[str, dict[int, Path]]


def annotators_in(session: Path) -> list[str]:
    """Annotators who left decisions or drafts in a session folder."""
    names = {path.stem for path in (session / WORK).glob("*.json")} | {
        path.name.removesuffix(".json.backup") for path in (session / WORK).glob("*.json.backup")
    }
    for kind in (MASKS, DRAFTS):
        names |= {path.name for path in (session / kind).glob("*") if path.is_dir()}
    return sorted(name for name in names if not name.startswith("."))


def _numbered(folder: Path) -> _Files:
    """Outline files in a folder by film and number."""
    found: _Files = {}
    for path in folder.glob(f"*{SUFFIX}") if folder.is_dir() else ():
        film, _, number = path.name.removesuffix(SUFFIX).rpartition(".")
        if film and not film.startswith(".") and number.isdecimal():
            found.setdefault(film, {})[int(number)] = path
    return found


def _entry(work: Work) -> dict[str, Any]:
    number = None if work.masks is None else int(work.masks.name.removesuffix(SUFFIX).rpartition(".")[2])
    return {
        "status": work.status.value,
        "comment": work.comment,
        "time": work.time,
        "absent": [bone.value for bone in work.absent],
        "masks": number,
        "revision": work.revision,
    }


def _parsed(entry: dict[str, Any]) -> tuple[Work, int | None]:
    work = Work(
        status=WorkStatus(entry["status"]),
        comment=str(entry["comment"]),
        time=str(entry["time"]),
        absent=tuple(Bone(name) for name in entry["absent"]),
        revision=int(entry["revision"]),
    )
    return work, None if entry["masks"] is None else int(entry["masks"])


def every_work(session: Path, annotators: Iterable[str]) -> tuple[dict[str, WorkFile], dict[str, OutputError]]:
    """Work of each annotator, and the fault of each whose work cannot be read."""
    files: dict[str, WorkFile] = {}
    faults: dict[str, OutputError] = {}
    for annotator in annotators:
        try:
            files[annotator] = WorkFile(session, annotator)
        except OutputError as error:
            faults[annotator] = error
    return files, faults
