"""What the worker can be asked to do: screen a film, read one, score corrected outlines, write a report, fetch a model bundle."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from OsteoScreenLib.radiograph.values import Laterality
from OsteoScreenLib.reports.paper import Paper


@dataclass(frozen=True)
class FilmJob:
    """What every job about one film says.

    Attributes
    ----------
    film, folder : the film's file, or a folder with a ``film.json`` (`save_film_array`), and the result folder, which appears
        complete or not at all
    spacing_mm, invert, side : the user's word on pixel spacing, polarity and side; ``None`` where the film decides
    age_years, sex : the user's word on the patient (sex "F" or "M"); ``None`` where the film decides
    """

    film: Path
    folder: Path
    spacing_mm: float | None = field(default=None, kw_only=True)
    invert: bool | None = field(default=None, kw_only=True)
    side: Laterality | None = field(default=None, kw_only=True)
    age_years: float | None = field(default=None, kw_only=True)
    sex: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Job(FilmJob):
    """One film to screen.

    Attributes
    ----------
    bundle : folder of the model bundle; ``None`` for the shipped one
    seed, samples : the random draws, and how many of them per expert (``None``: as many as the bundle says)
    engine : name of the inference engine
    masks, nifti : whether to write ``masks/<bone>.png`` and ``masks/<bone>.nii.gz``
    scene, report : whether to write ``scene.mrb``, and ``report.html`` with ``overlay.png``
    pdf, paper : whether to write ``report.pdf``, too, and for which paper
    identify : whether reports name the patient
    dicom, coco : whether to write ``dicom/`` and ``coco.json``
    replace : whether the result of another film in ``folder`` may be replaced
    """

    kind: ClassVar[str] = "screen"

    bundle: Path | None = None
    seed: int = 0
    samples: int | None = None
    engine: str = "openvino"
    masks: bool = False
    nifti: bool = False
    scene: bool = True
    report: bool = True
    pdf: bool = False
    paper: Paper = Paper.A4
    identify: bool = False
    dicom: bool = False
    coco: bool = False
    replace: bool = False


@dataclass(frozen=True)
class ReadJob(FilmJob):
    """One film to read: ``folder`` then holds its `Radiograph` (`load_radiograph`)."""

    kind: ClassVar[str] = "read"


@dataclass(frozen=True)
class RescoreJob(FilmJob):
    """Corrected outlines to measure and score: ``folder`` then holds the new result.

    ``result`` is the folder of the film's earlier result, ``masks`` a ``.seg.nrrd`` as `write_segmentation` or Slicer writes it;
    ``bundle`` and ``engine`` are those of `Job`.
    """

    kind: ClassVar[str] = "rescore"

    result: Path = field(kw_only=True)
    masks: Path = field(kw_only=True)
    bundle: Path | None = None
    engine: str = "openvino"


@dataclass(frozen=True)
class ReportJob(FilmJob):
    """A report to write: ``folder`` then holds ``report.html``, ``report.pdf`` and ``overlay.png``.

    ``result`` is the folder of the film's result.
    """

    kind: ClassVar[str] = "report"

    result: Path = field(kw_only=True)
    paper: Paper = Paper.A4


@dataclass(frozen=True)
class FetchJob:
    """A model bundle to download into ``library``, the user's own folder of bundles; ``sha256`` is of the archive."""

    kind: ClassVar[str] = "fetch"

    url: str
    library: Path
    sha256: str | None = None


AnyJob = Job | ReadJob | RescoreJob | ReportJob | FetchJob
