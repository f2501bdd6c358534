"""The archive on one page: what was found, how that is spread, what has drifted, and the films that were hardest to read."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.archive.histogram import HEIGHT, WIDTH, Histogram, histogram
from OsteoScreenLib.archive.ledger import Entry
from OsteoScreenLib.archive.reference import FEWEST_FILMS, Drift, Reference, ShareDrift, Spread, drift_of, spread_of
from OsteoScreenLib.archive.rows import FAILED, codes_of
from OsteoScreenLib.archive.table import table_row
from OsteoScreenLib.archive.values import Cell, FilmReference, Settings
from OsteoScreenLib.archive.worst import worst_films
from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.new_file import new_file
from OsteoScreenLib.quality.values import Severity
from OsteoScreenLib.words import date_words, percent

SUMMARY_FILE = "summary.html"
TEMPLATES = Path(__file__).parent / "templates"
_MEASURES = {"probability": "Probability of osteoporosis", "mean_mci": "Mean cortical index"}
_REASONS_SHOWN = 20

Entries = Callable[[], Iterable[Entry]]
Drawn = Callable[[Iterable[FilmReference]], Iterator[tuple[FilmReference, bytes | None]]]
"""Draws films small (JPEG), in any order."""


@dataclass(frozen=True)
class StateRow:
    """Films of one state; ``drift`` is ``None`` where there is no reference."""

    name: str
    code: str
    films: int
    share: str
    width: float
    drift: ShareDrift | None


@dataclass(frozen=True)
class FindingRow:
    """Films with one quality finding, by what it does to the score."""

    code: str
    words: str
    films: int
    share: str
    by_severity: tuple[int, ...]
    drift: ShareDrift | None


@dataclass(frozen=True)
class Tile:
    """One film of the contact sheet; ``picture`` is a data address, ``None`` where the film could not be read again."""

    name: str
    reason: str
    picture: str | None


def write_summary(
    folder: Path,
    entries: Entries,
    columns: Sequence[str],
    *,
    bundle: Bundle,
    settings: Settings,
    reference: Reference | None,
    drawn: Drawn,
) -> Path:
    """Write ``summary.html`` into a folder and return it. ``columns`` are the user's own. Raises `OutputError`."""
    path = folder / SUMMARY_FILE
    worst = worst_films(entries())
    pictures = {film.name: picture for film, picture in drawn(entry.film for entry in worst)}

    def rows() -> Iterator[dict[str, Cell]]:
        return (table_row(entry, columns) for entry in entries())

    page = summary_page(rows, bundle=bundle, settings=settings, reference=reference, tiles=_tiles(worst, pictures))
    with new_file(path) as part:
        part.write_text(page, encoding="utf-8")
    return path


def summary_page(
    rows: Callable[[], Iterable[Mapping[str, Cell]]],
    *,
    bundle: Bundle,
    settings: Settings,
    reference: Reference | None,
    tiles: tuple[Tile, ...] = (),
) -> str:
    """The page as text. Everything that comes from a file is escaped. ``rows`` gives the table's rows each time it is called."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = percent
    spread = spread_of(rows())
    moved = None if reference is None else drift_of(reference, spread)
    states = Counter(str(row["state"]) for row in rows())
    total = sum(states.values())
    return environment.get_template("summary.html").render(
        notice=RESEARCH_USE_NOTICE,
        bundle=bundle,
        settings=settings,
        samples=settings.samples or bundle.segmentation.samples,
        total=total,
        copies=sum(1 for row in rows() if row["duplicate_of"] is not None),
        states=_state_rows(states, total, moved),
        findings=_finding_rows(rows(), spread, moved),
        failures=_failures(rows()),
        histograms=_histograms(spread, bundle, reference),
        width=WIDTH,
        height=HEIGHT,
        drift=moved,
        fewest=FEWEST_FILMS,
        measure_names=_MEASURES,
        moved=_moved_words(moved),
        spread=spread,
        tiles=tiles,
        date=date_words(datetime.now(timezone.utc).isoformat(timespec="seconds")),
    )


def _state_rows(states: Mapping[str, int], total: int, moved: Drift | None) -> list[StateRow]:
    by_name = {} if moved is None else {each.name: each for each in moved.states}
    names = [(state.value, state.words) for state in State] + [(FAILED, "Failed: no result")]
    return [
        StateRow(words, code, states.get(code, 0), percent(states.get(code, 0) / max(total, 1)),
                 round(100 * states.get(code, 0) / max(total, 1), 2), by_name.get(code))
        for code, words in names
    ]  # fmt: skip


def _finding_rows(rows: Iterable[Mapping[str, Cell]], spread: Spread, moved: Drift | None) -> list[FindingRow]:
    by_name = {} if moved is None else {each.name: each for each in moved.findings}
    counts: dict[str, Counter[Severity]] = {}
    for row in rows:
        if row["duplicate_of"] is None:
            for code, severity in codes_of(row).items():
                counts.setdefault(code, Counter())[severity] += 1
    found = [
        FindingRow(
            code=code,
            words=code.replace("_", " ").capitalize(),
            films=spread.findings.get(code, 0),
            share=percent(spread.findings.get(code, 0) / max(spread.films, 1)),
            by_severity=tuple(counts.get(code, Counter())[severity] for severity in reversed(Severity)),
            drift=by_name.get(code),
        )
        for code in {*counts, *by_name}
    ]
    return sorted(found, key=lambda row: (-row.films, row.code))


def _failures(rows: Iterable[Mapping[str, Cell]]) -> list[tuple[str, int]]:
    """Reasons with the number of films, most frequent first."""
    counts = Counter(str(row["failure_text"]) for row in rows if row["failure"] is not None)
    shown = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    left = sum(count for _, count in shown[_REASONS_SHOWN:])
    return shown[:_REASONS_SHOWN] + ([("Other reasons: see failures.csv", left)] if left else [])


def _histograms(spread: Spread, bundle: Bundle, reference: Reference | None) -> list[Histogram]:
    quantiles: Mapping[str, Any] = {} if reference is None else reference.quantiles
    point = None if bundle.classification is None else bundle.classification.operating_point
    marks = () if point is None else ((point.rule_out, "not flagged below"), (point.rule_in, "consider DXA from"))
    return [
        histogram(title, spread.values[measure], quantiles.get(measure), marks if measure == "probability" else ())
        for measure, title in _MEASURES.items()
    ]


def _moved_words(moved: Drift | None) -> list[str]:
    """What has drifted, one sentence each."""
    if moved is None:
        return []
    words = [
        f"{_MEASURES[each.measure]}: distributed differently (population stability index {each.psi:.2f})"
        for each in moved.measures
        if each.drifted
    ]
    names = {state.value: state.words for state in State}
    words += [
        f"{names.get(each.name, each.name.replace('_', ' ').capitalize())}: {percent(each.found)} of the films, "
        f"{percent(each.expected)} expected"
        for each in moved.states + moved.findings
        if each.drifted
    ]
    return words


def _tiles(worst: Sequence[Entry], pictures: Mapping[str, bytes | None]) -> tuple[Tile, ...]:
    tiles = []
    for entry in worst:
        row, picture = entry.outcome.row or {}, pictures.get(entry.film.name)
        codes = [code.replace("_", " ") for code, severity in codes_of(row).items() if severity is not Severity.INFO]
        reason = str(row.get("reason") or "") if row.get("state") == State.NOT_ANALYSABLE.value else ""
        address = None if picture is None else f"data:image/jpeg;base64,{base64.b64encode(picture).decode('ascii')}"
        tiles.append(Tile(entry.film.name, reason or ", ".join(codes) or "outlines disagree most", address))
    return tuple(tiles)
