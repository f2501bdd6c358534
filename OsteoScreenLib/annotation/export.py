"""A session as a data set that training reads (``docs/annotations.md``): pixels, outlines, pseudonyms, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from OsteoScreenLib.annotation.outlines import check_absent, read_outlines
from OsteoScreenLib.annotation.proposals import proposal_of
from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.annotation.values import ManifestSummary, QueueItem, Work, WorkStatus
from OsteoScreenLib.bundle import sha256_of
from OsteoScreenLib.errors import OsteoScreenError, OutputError, UsageError
from OsteoScreenLib.new_folder import new_folder
from OsteoScreenLib.radiograph.any_film import read_film
from OsteoScreenLib.radiograph.plain_picture import write_plain_picture
from OsteoScreenLib.radiograph.spacing import PLAUSIBLE_MM
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.screening.storage_segmentation import write_segmentation

MANIFEST = "manifest.json"
FORMAT = "osteoscreen-annotations"
VERSION = 1
LONGEST_SUBJECT = 64

Progress = Callable[[str, float], None]
"""Told in words what happens, and the fraction done."""


def export_manifest(
    session: Session,
    folder: Path,
    name: str,
    licence: str | None = None,
    anonymise_subjects: bool = True,
    notes: str | None = None,
    progress: Progress | None = None,
) -> ManifestSummary:
    """Write every decided film of a session into a new folder with ``manifest.json`` in it.

    Films are written as pictures of their pixels, so that no tag and no file name leaves; subjects are numbered in the order
    of the session's films unless ``anonymise_subjects`` is off. The folder appears complete or not at all. This decodes
    films, so it does not belong into Slicer's own process (``python -m OsteoScreenLib.annotation`` runs it in another).

    Raises `OutputError` where the folder exists or cannot be written, and where no outline could be exported;
    `UsageError` for an empty name.
    """
    if not name.strip():
        raise UsageError("name", "is empty", "Say what the data set is called")
    left_out: list[str] = [f"all work of {annotator} ({error})" for annotator, error in session.faults.items()]
    items = session.items
    subjects = _subjects(items, anonymise_subjects)
    decided = [item for item in items if any(_decided(work) for work in item.work.values())]
    if len(decided) < len(items):
        left_out.append(f"{len(items) - len(decided)} films without a decision")
    with new_folder(folder, OutputError) as working:
        films = []
        written: dict[str, str] = {}
        for number, item in enumerate(decided):
            if progress is not None:
                progress(f"film {item.id}", number / len(decided))
            entry = _export_film(session, item, subjects[item.subject], working, written, left_out)
            if entry is not None:
                films.append(entry)
        statuses = Counter(each["status"] for film in films for each in film["annotations"])
        if statuses["accepted"] + statuses["corrected"] == 0:
            why = "; ".join(left_out[:3])
            fault = "would hold no outlines" + (f" ({why})" if why else "")
            raise OutputError(folder, fault, "Accept or correct films first")
        _write_manifest(working / MANIFEST, name.strip(), licence, notes, films)
    if progress is not None:
        progress("done", 1.0)
    people = {each["annotator"] for film in films for each in film["annotations"]}
    return ManifestSummary(
        manifest=Path(folder) / MANIFEST,
        films=len(films),
        subjects=len({film["subject"] for film in films}),
        annotators=tuple(sorted(people)),
        accepted=statuses["accepted"],
        corrected=statuses["corrected"],
        rejected=statuses["rejected"],
        left_out=tuple(left_out),
    )


def _decided(work: Work) -> bool:
    return work.status is not WorkStatus.OPEN


def _subjects(items: Sequence[QueueItem], anonymise: bool) -> dict[str, str]:
    """What each subject of the session is called in the data set."""
    names = list(dict.fromkeys(item.subject for item in items))
    if anonymise:
        return {name: f"S{number:04d}" for number, name in enumerate(names, start=1)}
    for name in names:
        if len(name) > LONGEST_SUBJECT:
            fault = f"{name[:20]!r}... has {len(name)} letters, more than {LONGEST_SUBJECT}"
            raise UsageError("subject", fault, "Give shorter pseudonyms, or let them be numbered")
    return {name: name for name in names}


def _export_film(
    session: Session, item: QueueItem, subject: str, working: Path, written: dict[str, str], left_out: list[str]
) -> dict[str, Any] | None:
    """A film's entry in the manifest, its files written; ``None`` with the reason added to ``left_out``."""
    problem = session.check(item.id)
    if problem is not None:
        left_out.append(f"film {item.id}: {problem}")
        return None
    try:
        radiograph = _read(session, item)
    except OsteoScreenError as error:
        left_out.append(f"film {item.id}: {error}")
        return None
    image = f"films/{item.id}.png"
    (working / "films").mkdir(exist_ok=True)
    write_plain_picture(radiograph, working / image)
    digest = sha256_of(working / image)
    twin = written.setdefault(digest, item.id)
    annotations = [] if twin != item.id else _annotations(item, radiograph, working, left_out)
    if twin != item.id:
        left_out.append(f"film {item.id}: shows the very pixels of film {twin}")
    if not annotations:
        (working / image).unlink()
        return None
    entry = {"id": item.id, "subject": subject, "image": image, "sha256": digest, "inverted": False}
    return entry | _facts(radiograph) | {"annotations": annotations}


def _read(session: Session, item: QueueItem) -> Radiograph:
    """The film as it was screened: with the user's word on spacing and polarity, and the side that the result has."""
    proposal = proposal_of(session.folder, item.id)
    if proposal is None:
        return read_film(item.film)
    return read_film(
        item.film,
        spacing_mm=proposal.given_spacing_mm,
        invert=proposal.inverted,
        laterality=proposal.frame.laterality,
    )


def _facts(radiograph: Radiograph) -> dict[str, Any]:
    """Spacing and side, which the picture itself cannot hold."""
    facts: dict[str, Any] = {"laterality": radiograph.laterality.value}
    spacing = radiograph.spacing
    if spacing.trusted and spacing.row_mm is not None and spacing.column_mm is not None:
        pair = [spacing.row_mm, spacing.column_mm]
        if all(PLAUSIBLE_MM[0] <= value <= PLAUSIBLE_MM[1] for value in pair):
            facts["spacing_mm"] = pair
    return facts


def _annotations(item: QueueItem, radiograph: Radiograph, working: Path, left_out: list[str]) -> list[dict[str, Any]]:
    entries = []
    for annotator in sorted(item.work):
        work = item.work[annotator]
        place = f"film {item.id}, {annotator}"
        if work.draft is not None:
            left_out.append(
                f"{place}: unfinished outlines" + ("; the decision before them is exported" if _decided(work) else "")
            )
        if not _decided(work):
            continue
        entry: dict[str, Any] = {"annotator": annotator, "status": work.status.value}
        if work.status is not WorkStatus.REJECTED:
            try:
                entry["segmentation"] = _write_outlines(item, annotator, work, radiograph, working)
            except OsteoScreenError as error:
                left_out.append(f"{place}: {error}")
                continue
            entry["absent"] = [bone.value for bone in work.absent]
        entry |= {"comment": work.comment} if work.comment else {}
        entries.append(entry | {"time": work.time})
    return entries


def _write_outlines(item: QueueItem, annotator: str, work: Work, radiograph: Radiograph, working: Path) -> str:
    """Write one annotator's outlines; returns their path in the data set. Raises `OsteoScreenError` where they do not fit."""
    if work.masks is None:
        raise OutputError(f"film {item.id}", "has a decision without outlines", "Decide again")
    masks = read_outlines(work.masks)
    if masks.shape[1:] != radiograph.shape:
        drawn, film = (" x ".join(str(side) for side in shape) for shape in (masks.shape[1:], radiograph.shape))
        raise OutputError(work.masks, f"has {drawn} pixels, the film {film}", "Draw on the film's own grid")
    check_absent(masks, work.absent)
    name = f"masks/{item.id}_{annotator}.seg.nrrd"
    (working / "masks").mkdir(exist_ok=True)
    write_segmentation(working / name, masks, radiograph.spacing, radiograph.laterality)
    return name


def _write_manifest(path: Path, name: str, licence: str | None, notes: str | None, films: list[dict[str, Any]]) -> None:
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    document |= {key: text.strip() for key, text in (("licence", licence), ("notes", notes)) if text and text.strip()}
    try:
        path.write_text(json.dumps(document | {"films": films}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        fault = f"cannot be written ({error.strerror or error})"
        raise OutputError(path, fault, "Choose a folder with room and write access") from error
