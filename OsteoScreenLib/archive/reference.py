"""How an archive's results are spread, and how far that is from the films that the model was tried on (drift)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from OsteoScreenLib.archive.rows import FAILED, codes_of
from OsteoScreenLib.archive.values import Cell
from OsteoScreenLib.classification.values import State

MEASURES = ("probability", "mean_mci")
DECILES = np.linspace(0.0, 1.0, 11)
FEWEST_FILMS = 20
"""With fewer values nothing is said of a measure: only the grossest drift could be told from chance."""
NOTABLE_PSI = 0.1
"""Below it a shift is called negligible, whatever its significance (Siddiqi, Credit Risk Scorecards, Wiley 2006)."""
LARGE_PSI = 0.25
NOTABLE_SHARE = 0.02
"""A share that differs by less is not called drift, however many films say so."""
SIGNIFICANCE = 0.01
_DRAWS = 2000
_SEED = 6


@dataclass(frozen=True)
class Reference:
    """How results were spread over films.

    Attributes
    ----------
    films, kind : how many films, and of which kind
    states, findings : share of the films by state and by code of a quality finding
    quantiles : 0 %, 10 % ... 100 % of the analysed films' ``probability`` and ``mean_mci``; a measure that no film has is missing
    """

    films: int
    kind: str
    states: Mapping[str, float]
    findings: Mapping[str, float]
    quantiles: Mapping[str, tuple[float, ...]]

    def document(self) -> dict[str, Any]:
        """The section ``reference`` of a ``bundle.json``."""
        return {
            "films": self.films,
            "kind": self.kind,
            "states": dict(self.states),
            "findings": dict(self.findings),
            "quantiles": {measure: list(values) for measure, values in self.quantiles.items()},
        }

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Reference:
        """The reference in a bundle (`Bundle.reference`), which has been checked already."""
        return cls(
            films=int(document["films"]),
            kind=str(document["kind"]),
            states=dict(document["states"]),
            findings=dict(document["findings"]),
            quantiles={measure: tuple(map(float, values)) for measure, values in document["quantiles"].items()},
        )


@dataclass(frozen=True)
class Spread:
    """What is counted of an archive: films read (copies once), films by state and by finding, and the values by measure."""

    films: int
    states: Mapping[str, int]
    findings: Mapping[str, int]
    values: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class MeasureDrift:
    """How far the values of one measure have moved.

    ``psi`` is the population stability index over the reference's deciles, ``distance`` the Kolmogorov-Smirnov distance at them,
    ``psi_chance`` and ``distance_chance`` how often films of the reference's own kind lie as far off.
    """

    measure: str
    films: int
    psi: float
    psi_chance: float
    distance: float
    distance_chance: float

    @property
    def drifted(self) -> bool:
        """More than chance, and enough to matter."""
        return min(self.psi_chance, self.distance_chance) < SIGNIFICANCE / 2 and self.psi >= NOTABLE_PSI


@dataclass(frozen=True)
class ShareDrift:
    """How far the share of films with a state or finding has moved; ``chance`` is Fisher's exact test, Holm-adjusted."""

    name: str
    expected: float
    found: float
    chance: float

    @property
    def drifted(self) -> bool:
        """More than chance, and enough to matter."""
        return self.chance < SIGNIFICANCE and abs(self.found - self.expected) >= NOTABLE_SHARE


@dataclass(frozen=True)
class Drift:
    """An archive compared with a reference; a measure with too few values on either side is left out."""

    reference: Reference
    films: int
    measures: tuple[MeasureDrift, ...]
    states: tuple[ShareDrift, ...]
    findings: tuple[ShareDrift, ...]

    @property
    def drifted(self) -> bool:
        """Whether anything has drifted."""
        shares = any(each.drifted for each in self.states + self.findings)
        return shares or any(each.drifted for each in self.measures)


def spread_of(rows: Iterable[Mapping[str, Cell]]) -> Spread:
    """Count the rows of a table; copies and films that gave no result are left out."""
    states = dict.fromkeys((state.value for state in State), 0)
    findings: dict[str, int] = {}
    values: dict[str, list[float]] = {measure: [] for measure in MEASURES}
    films = 0
    for row in rows:
        if row["duplicate_of"] is not None or row["state"] == FAILED:
            continue
        films += 1
        states[str(row["state"])] = states.get(str(row["state"]), 0) + 1
        for code in codes_of(row):
            findings[code] = findings.get(code, 0) + 1
        for measure in MEASURES:
            value = row[measure]
            if value is not None and row["state"] != State.NOT_ANALYSABLE.value:
                values[measure].append(float(value))
    return Spread(films, states, dict(sorted(findings.items())), {measure: np.array(found) for measure, found in values.items()})


def reference_of(rows: Iterable[Mapping[str, Cell]], kind: str = "an earlier archive") -> Reference:
    """The reference that the rows of a table make; ``kind`` says what films they are."""
    spread = spread_of(rows)
    films = max(spread.films, 1)
    return Reference(
        films=spread.films,
        kind=kind,
        states={state: count / films for state, count in spread.states.items()},
        findings={code: count / films for code, count in spread.findings.items()},
        quantiles={
            measure: tuple(map(float, np.quantile(found, DECILES))) for measure, found in spread.values.items() if found.size
        },
    )


def drift(reference: Reference, rows: Iterable[Mapping[str, Cell]]) -> Drift:
    """Compare the rows of a table with a reference."""
    return drift_of(reference, spread_of(rows))


def drift_of(reference: Reference, spread: Spread) -> Drift:
    """Compare what was counted of a table with a reference."""
    scored = round(reference.films * (1.0 - reference.states.get(State.NOT_ANALYSABLE.value, 0.0)))
    measures = [
        measure_drift(measure, reference.quantiles[measure], scored, spread.values[measure])
        for measure in MEASURES
        if measure in reference.quantiles and min(scored, spread.values[measure].size) >= FEWEST_FILMS
    ]
    compared = min(reference.films, spread.films) > 0
    return Drift(
        reference=reference,
        films=spread.films,
        measures=tuple(measures),
        states=share_drifts(reference.states, reference.films, spread.states, spread.films) if compared else (),
        findings=share_drifts(reference.findings, reference.films, spread.findings, spread.films) if compared else (),
    )


def measure_drift(measure: str, quantiles: tuple[float, ...], reference_films: int, values: np.ndarray) -> MeasureDrift:
    """Drift of ``values`` from a reference whose 0 %, 10 % ... 100 % quantiles over ``reference_films`` films are given.

    PSI = sum (a - e) ln(a / e) over bins with the shares a found and e expected: the symmetrised Kullback-Leibler divergence
    (Kullback and Leibler, Ann Math Stat 1951;22:79). Bins are the reference's deciles, open at both ends; equal quantiles share a
    bin; half a film is added to each bin, so that an empty one is no infinite distance. The Kolmogorov-Smirnov distance
    (Smirnov, Ann Math Stat 1948;19:279) is taken at the same quantiles, where alone the reference's distribution is known.

    Chance is their distribution where nothing has changed, simulated: the true shares between the quantiles of a sample of
    m values follow a Dirichlet distribution (spacings of order statistics: Pyke, J R Stat Soc B 1965;27:395), the counts of the n
    new values a multinomial one. Both samples' sizes are in it, so that few films do not look like drift.
    """
    edges, shares = _bins(quantiles)
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=shares.size)
    rng = np.random.default_rng(_SEED)
    true_shares = rng.dirichlet(shares * (reference_films + 1), _DRAWS)
    chance = np.stack([rng.multinomial(values.size, each / each.sum()) for each in true_shares])
    psi, distance = _psi(counts, shares), _distance(counts, shares)
    return MeasureDrift(
        measure=measure,
        films=int(values.size),
        psi=float(psi),
        psi_chance=_exceeded(_psi(chance, shares), psi),
        distance=float(distance),
        distance_chance=_exceeded(_distance(chance, shares), distance),
    )


def share_drifts(
    expected: Mapping[str, float], expected_films: int, counts: Mapping[str, int], films: int
) -> tuple[ShareDrift, ...]:
    """Shares that both sides have, each by Fisher's exact test, adjusted for their number (Holm, Scand J Stat 1979;6:65)."""
    from scipy.stats import fisher_exact

    names = sorted({*expected, *counts})
    chances = []
    for name in names:
        before, now = round(expected.get(name, 0.0) * expected_films), counts.get(name, 0)
        chances.append(float(fisher_exact([[before, expected_films - before], [now, films - now]])[1]))
    adjusted = _holm(chances)
    return tuple(
        ShareDrift(name, expected.get(name, 0.0), counts.get(name, 0) / films, chance)
        for name, chance in zip(names, adjusted, strict=True)
    )


def _bins(quantiles: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Upper edges of all bins but the last, and the share of the reference in each bin."""
    inner = np.asarray(quantiles[1:-1])
    edges, first = np.unique(inner, return_index=True)
    # Of equal quantiles the last one says how much of the reference lies at or below it.
    last = np.append(first[1:], inner.size)
    below = last / (inner.size + 1)
    return edges, np.diff(np.concatenate([[0.0], below, [1.0]]))


def _psi(counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    found = (counts + 0.5) / (counts.sum(axis=-1, keepdims=True) + 0.5 * shares.size)
    return ((found - shares) * np.log(found / shares)).sum(axis=-1)


def _distance(counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    below = np.cumsum(counts, axis=-1) / counts.sum(axis=-1, keepdims=True)
    return np.abs(below - np.cumsum(shares)).max(axis=-1)


def _exceeded(chance: np.ndarray, found: np.ndarray) -> float:
    """Share of draws as far off, the found one counted among them (Davison and Hinkley, Bootstrap Methods, 1997, 4.2)."""
    return float((1 + np.count_nonzero(chance >= found - 1e-12)) / (1 + chance.size))


def _holm(chances: list[float]) -> list[float]:
    order = np.argsort(chances, kind="stable")
    adjusted = np.empty(len(chances))
    if len(chances):
        raised = np.array(chances)[order] * np.arange(len(chances), 0, -1)
        adjusted[order] = np.minimum(np.maximum.accumulate(raised), 1.0)
    return adjusted.tolist()
