"""The one entry to the whole path: a `Radiograph` in, a `ScreeningResult` out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone

import numpy as np

from OsteoScreenLib import __version__
from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.classification.values import Score, State
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.quality.gate import assess, assess_features
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiogrammetry.values import Radiogrammetry
from OsteoScreenLib.radiograph.negative import with_polarity
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.screening.either_polarity import segment_either
from OsteoScreenLib.screening.values import FilmDescription, ScreeningResult
from OsteoScreenLib.segmentation.correction import correct
from OsteoScreenLib.segmentation.engine import InferenceEngine, make_engine
from OsteoScreenLib.segmentation.values import Segmentation

Progress = Callable[[str, float], None]
"""Called with the stage's name and the finished share of the whole job, 0..1, never falling."""

STAGES: dict[str, tuple[float, float]] = {
    "segmentation": (0.0, 0.70),
    "radiogrammetry": (0.70, 0.80),
    "quality": (0.80, 0.85),
    "classification": (0.85, 1.0),
}
"""Stages in their order, with the share of the whole job at which each begins and ends."""


class Screener:
    """Screens films with one model bundle. Keep it: compiled graphs are reused from film to film.

    ``engine`` is a name for `make_engine`, which then computes with ``threads``, or any `InferenceEngine`.
    """

    def __init__(self, bundle: Bundle, engine: str | InferenceEngine = "openvino", *, threads: int = 2) -> None:
        self.bundle = bundle
        self.engine: InferenceEngine = make_engine(engine, threads) if isinstance(engine, str) else engine

    def prepare(self) -> None:
        """Compile the bundle's graphs in advance, so that the first film takes no longer than the next. Raises `BundleError`."""
        import OsteoScreenLib.classification.reading
        import OsteoScreenLib.classification.scoring
        import OsteoScreenLib.radiogrammetry.measure  # noqa: F401

        self.engine.prepare(self.bundle.segmentation.graph)
        if self.bundle.classification is not None:
            self.engine.prepare(self.bundle.classification.graph)

    def screen(
        self,
        radiograph: Radiograph,
        *,
        seed: int = 0,
        samples: int | None = None,
        progress: Progress | None = None,
    ) -> ScreeningResult:
        """Outline, measure, judge and score one film.

        ``samples`` is the number of hypotheses per expert (``None``: the bundle's own); ``seed`` makes the result reproducible.
        A film that is no hand is no error: its state is "not analysable". Raises `UsageError` for a wrong ``seed`` or
        ``samples`` and `BundleError` where a graph cannot be run.
        """
        clock = _Clock(progress)
        with clock.stage("segmentation") as report:
            radiograph, segmentation = segment_either(
                radiograph, self.bundle, self.engine, seed=seed, samples=samples, progress=report
            )
        radiogrammetry, quality, score = self._judge(radiograph, segmentation, clock)
        return ScreeningResult(
            film=FilmDescription.of(radiograph),
            bundle=self.bundle.identity,
            quality=quality,
            segmentation=segmentation,
            radiogrammetry=radiogrammetry,
            score=score,
            timings=clock.seconds,
            seed=seed,
            samples=self.bundle.segmentation.samples if samples is None else samples,
            software_version=__version__,
            created=_now(),
        )

    def rescore(
        self,
        radiograph: Radiograph,
        result: ScreeningResult,
        masks: np.ndarray,
        *,
        progress: Progress | None = None,
    ) -> ScreeningResult:
        """Measurements and score from corrected ``masks`` (bool, 7 x rows x columns of the film).

        A corrected bone is the same in every hypothesis from then on (`correct`). Raises `UsageError` where ``masks`` do not fit
        the film.
        """
        wanted = (len(BONES), *radiograph.shape)
        if masks.shape != wanted or masks.dtype != np.bool_:
            raise UsageError(
                "masks", f"are {masks.dtype} {masks.shape}, not bool {wanted}", "Give one mask per bone on the film's grid"
            )
        radiograph = with_polarity(radiograph, result.film.polarity)
        clock = _Clock(progress)
        corrected = correct(result.segmentation, masks)
        radiogrammetry, quality, score = self._judge(radiograph, corrected, clock)
        return replace(
            result,
            film=FilmDescription.of(radiograph),
            bundle=self.bundle.identity,
            quality=quality,
            segmentation=corrected,
            radiogrammetry=radiogrammetry,
            score=score,
            timings=clock.seconds,
            software_version=__version__,
            created=_now(),
        )

    def _judge(
        self, radiograph: Radiograph, segmentation: Segmentation, clock: _Clock
    ) -> tuple[Radiogrammetry, tuple[QualityFinding, ...], Score]:
        from OsteoScreenLib.radiogrammetry.measure import measure

        with clock.stage("radiogrammetry"):
            radiogrammetry = measure(radiograph, segmentation)
        with clock.stage("quality"):
            quality = assess(radiograph, segmentation, radiogrammetry, self.bundle)
        with clock.stage("classification"):
            quality, score = self._score(radiograph, segmentation, radiogrammetry, quality)
        return radiogrammetry, quality, score

    def _score(
        self,
        radiograph: Radiograph,
        segmentation: Segmentation,
        radiogrammetry: Radiogrammetry,
        quality: tuple[QualityFinding, ...],
    ) -> tuple[tuple[QualityFinding, ...], Score]:
        """All findings, with those about the bones' features, and the score. A film that was refused is not read."""
        model = self.bundle.classification
        refusals = tuple(finding.text for finding in quality if finding.severity is Severity.REFUSAL)
        if model is None:
            refusals += (f"The model bundle '{self.bundle.name}' outlines and measures only: it holds no classifier.",)
        if refusals:
            point = None if model is None else model.operating_point
            return quality, Score(State.NOT_ANALYSABLE, None, None, point, (), refusals)
        from OsteoScreenLib.classification.reading import familiarity, read_bones
        from OsteoScreenLib.classification.scoring import score_bones

        found = read_bones(radiograph, segmentation, self.bundle, self.engine)
        quality = assess_features(quality, familiarity(found, self.bundle))
        return quality, score_bones(found, segmentation, radiogrammetry, quality, self.bundle)


class _Clock:
    """Seconds by stage, and the share of the whole job reported as it advances."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[float], None]]:
        begin, end = STAGES[name]

        def report(fraction: float) -> None:
            if self._progress is not None:
                self._progress(name, begin + (end - begin) * fraction)

        started = time.perf_counter()
        report(0.0)
        yield report
        self.seconds[name] = time.perf_counter() - started
        report(1.0)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
