"""What the worker can be asked to do: screen a film, read one, score corrected outlines, fetch a model bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from OsteoScreenLib.radiograph.values import Laterality


@dataclass(frozen=True)
class Job:
    """One film to screen.

    Attributes
    ----------
    film, folder : the film's file, or a folder with a ``film.json`` (`save_film_array`), and the result folder, which appears
        complete or not at all
    bundle : folder of the model bundle; ``None`` for the shipped one
    seed, samples : the random draws, and how many of them per expert (``None``: as many as the bundle says)
    spacing_mm, invert, side : the user's word on pixel spacing, polarity and side; ``None`` where the film decides
    age_years, sex : the user's word on the patient (sex "F" or "M"); ``None`` where the film decides
    engine : name of the inference engine
    masks, scene, report : whether to write ``masks/``, ``scene.mrb``, and ``report.html`` with ``overlay.png``
    replace : whether the result of another film in ``folder`` may be replaced
    """

    kind: ClassVar[str] = "screen"

    film: Path
    folder: Path
    bundle: Path | None = None
    seed: int = 0
    samples: int | None = None
    spacing_mm: float | None = None
    invert: bool | None = None
    side: Laterality | None = None
    age_years: float | None = None
    sex: str | None = None
    engine: str = "openvino"
    masks: bool = False
    scene: bool = True
    report: bool = True
    replace: bool = False


@dataclass(frozen=True)
class ReadJob:
    """One film to read: ``folder`` then holds its `Radiograph` (`load_radiograph`). The other attributes are those of `Job`."""

    kind: ClassVar[str] = "read"

    film: Path
    folder: Path
    spacing_mm: float | None = None
    invert: bool | None = None
    side: Laterality | None = None
    age_years: float | None = None
    sex: str | None = None


@dataclass(frozen=True)
class RescoreJob:
    """Corrected outlines to measure and score: ``folder`` then holds the new result.

    ``result`` is the folder of the film's earlier result, ``masks`` a ``.seg.nrrd`` as `write_segmentation` or Slicer writes it.
    The other attributes are those of `Job`.
    """

    kind: ClassVar[str] = "rescore"

    film: Path
    result: Path
    masks: Path
    folder: Path
    bundle: Path | None = None
    engine: str = "openvino"
    spacing_mm: float | None = None
    invert: bool | None = None
    side: Laterality | None = None
    age_years: float | None = None
    sex: str | None = None


@dataclass(frozen=True)
class FetchJob:
    """A model bundle to download into ``library``, the user's own folder of bundles; ``sha256`` is of the archive."""

    kind: ClassVar[str] = "fetch"

    url: str
    library: Path
    sha256: str | None = None


FilmJob = Job | ReadJob | RescoreJob
"""A job about one film."""

AnyJob = FilmJob | FetchJob
