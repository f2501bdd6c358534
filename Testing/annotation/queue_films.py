"""Films and results for sessions: small drawn hands as PNG files, and results whose doubt is known.

Import with ``from Testing.annotation.queue_films import ...``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.bundle import sha256_of
from OsteoScreenLib.screening.storage import save_result
from OsteoScreenLib.screening.values import ScreeningResult
from Testing.screening_results import MISSING_BONE, make_screening_result

SHAPE = (200, 160)
ABSENT = (MISSING_BONE,)


def write_film(path: Path, seed: int) -> Path:
    """A film (16-bit PNG) unlike that of any other seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _, radiograph = make_screening_result(SHAPE, seed)
    low, high = float(radiograph.pixels.min()), float(radiograph.pixels.max())
    Image.fromarray(np.rint((radiograph.pixels - low) / (high - low) * 60000).astype(np.uint16)).save(path, format="PNG")
    return path


def result_of(film: Path, doubt: float) -> ScreeningResult:
    """A result of the film in which every bone that was found has the mean uncertainty ``doubt``."""
    result, _ = make_screening_result(SHAPE)
    bones = tuple(replace(bone, mean_uncertainty=doubt if bone.found else 0.0) for bone in result.segmentation.bones)
    return replace(
        result,
        film=replace(result.film, source=replace(result.film.source, name=film.name, sha256=sha256_of(film))),
        segmentation=replace(result.segmentation, bones=bones),
    )


def attach(session: Session, number: str, folder: Path, doubt: float) -> ScreeningResult:
    """Save a result of the session's film ``number`` into ``folder`` (made) and attach it."""
    result = result_of(session.item(number).film, doubt)
    folder.mkdir(parents=True)
    save_result(result, folder)
    session.attach_result(number, folder)
    return result


def make_session(folder: Path, doubts: Sequence[float | None]) -> Session:
    """A session of one film per entry in ``folder/session``, with results where the doubt is a number."""
    films = [write_film(folder / "films" / f"{chr(97 + n)}.png", n) for n in range(len(doubts))]
    session = Session.create(folder / "session", films, "Wrists")
    for item, doubt in zip(session.items, doubts, strict=True):
        if doubt is not None:
            attach(session, item.id, folder / "results" / item.id, doubt)
    return session


def own_masks(session: Session, number: str) -> np.ndarray:
    """Outlines that differ from the proposal: the radius a pixel higher, everything else as proposed."""
    masks = session.starting_masks(number, "nobody")
    assert masks is not None
    masks[0] = np.roll(masks[0], -1, axis=0)
    return masks
