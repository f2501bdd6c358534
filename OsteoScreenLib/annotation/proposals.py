"""Screening results inside a session: what annotators start from."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from OsteoScreenLib.annotation.outlines import FilmFrame
from OsteoScreenLib.annotation.ranking import uncertainty_of
from OsteoScreenLib.annotation.values import QueueItem
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.values import SpacingProvenance
from OsteoScreenLib.screening.result_document import HYPOTHESES_FILE, SEGMENTATION_FILE, UNCERTAINTY_FILE
from OsteoScreenLib.screening.result_folder import write_folder_atomically
from OsteoScreenLib.screening.result_parsing import parse_film
from OsteoScreenLib.screening.storage import RESULT_FILE, load_result, read_document
from OsteoScreenLib.screening.storage_segmentation import read_segmentation

RESULTS = "results"


@dataclass(frozen=True)
class Proposal:
    """A result's folder in the session, and what is needed of it before its arrays are read.

    ``given_spacing_mm``: the user's word on the film, which the result was made with. ``inverted``: what was decided of the
    film's polarity then, which the outlines may have decided against the film's first look.
    """

    folder: Path
    uncertainty: float
    frame: FilmFrame
    given_spacing_mm: tuple[float, float] | None
    inverted: bool


def proposal_of(session: Path, number: str) -> Proposal | None:
    """The result attached to a film, or ``None`` where there is none that can be read: it is to be screened again."""
    folder = session / RESULTS / number
    try:
        document = read_document(folder / RESULT_FILE)
        film = parse_film(document["film"])
        spacing = film.spacing
        given = spacing.provenance is SpacingProvenance.USER and spacing.row_mm is not None and spacing.column_mm is not None
        return Proposal(
            folder=folder,
            uncertainty=uncertainty_of(document),
            frame=FilmFrame(film.shape, spacing, film.laterality),
            given_spacing_mm=(spacing.row_mm, spacing.column_mm) if given else None,  # type: ignore[arg-type]
            inverted=film.polarity.inverted,
        )
    except (OutputError, KeyError, TypeError, ValueError, AttributeError):
        return None


def proposed_masks(proposal: Proposal) -> np.ndarray:
    """The result's outlines (bool, 7 x rows x columns). Raises `OutputError`."""
    if proposal.frame.shape is None:
        raise OutputError(proposal.folder, "does not tell the film's size", "Screen the film again")
    return read_segmentation(proposal.folder / SEGMENTATION_FILE, proposal.frame.shape)


def attach(session: Path, item: QueueItem, folder: Path) -> Proposal:
    """Copy a result folder into the session. Raises `OutputError` where it is damaged or of another film."""
    result = load_result(folder)
    if not item.film.is_dir() and result.film.source.sha256 != item.sha256:
        fault = f"is the result of another film ({result.film.source.name}), not of film {item.id}"
        raise OutputError(folder, fault, "Screen this film")
    with write_folder_atomically(session / RESULTS / item.id) as working:
        for name in (RESULT_FILE, SEGMENTATION_FILE, UNCERTAINTY_FILE, HYPOTHESES_FILE):
            if (folder / name).is_file():
                shutil.copyfile(folder / name, working / name)
    found = proposal_of(session, item.id)
    if found is None:
        raise OutputError(session / RESULTS / item.id, "cannot be read back", "Screen the film again")
    return found
