"""Cut out all films of a cohort, on as many cores as there are; what is on disk is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.classification.cutouts import CUTOUT_VERSION
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.segmentation.engine import OpenVinoEngine
from training.cohort.cutting import cut_film
from training.cohort.store import FILMS_PER_SHARD, shard_path, write_index, write_shard
from training.cohort.values import Member
from training.segmentation.commit import commit

Report = Callable[[str], None]
MAKING = "making.json"


class Source(Protocol):
    """Where films come from; travels to worker processes, so it holds names and numbers, no pixels."""

    def members(self) -> Sequence[Member]:
        """The rows of the cohort's table."""

    def radiograph(self, row: int) -> Radiograph:
        """The film of a row."""

    def describe(self) -> dict[str, Any]:
        """What ``cohort.json`` says of it: at least ``name``, ``simulated`` (bool) and ``words``."""


@dataclass(frozen=True)
class _Shard:
    source: Source
    folder: Path
    bundle: Path | None
    number: int


def make_cohort(source: Source, folder: Path, bundle: Path | None, *, workers: int, resume: bool, report: Report = print) -> None:
    """Cut out the films of ``source`` by the outlines of ``bundle`` into ``folder``.

    Raises
    ------
    UsageError
        If the folder holds another cohort, or one and ``resume`` is not given.
    """
    members = source.members()
    description = {
        **source.describe(),
        "bundle": load_bundle(bundle).sha256,
        "cutouts": CUTOUT_VERSION,
        "subjects": len({member.subject for member in members}),
        "cases": len({member.subject for member in members if member.osteoporotic}),
    }
    _claim(folder, description, resume)
    numbers = range(-(-len(members) // FILMS_PER_SHARD))
    missing = [number for number in numbers if not shard_path(folder, number).is_file()]
    begun = time.monotonic()
    shards = [_Shard(source, folder, bundle, number) for number in missing]
    for done, _ in enumerate(_each(shards, workers), start=1):
        left = (time.monotonic() - begun) / done * (len(missing) - done)
        ready = min((len(numbers) - len(missing) + done) * FILMS_PER_SHARD, len(members))
        report(f"{description['name']}: {ready}/{len(members)} films, {left / 60:.1f} min left")
    write_index(folder, {**description, "commit": commit()}, members)


def _each(shards: list[_Shard], workers: int) -> Any:
    if workers <= 1:
        yield from map(_make_shard, shards)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for future in as_completed([pool.submit(_make_shard, shard) for shard in shards]):
            yield future.result()


def _make_shard(shard: _Shard) -> int:
    bundle, engine = load_bundle(shard.bundle), OpenVinoEngine(threads=1)
    count = len(shard.source.members())
    rows = range(shard.number * FILMS_PER_SHARD, min((shard.number + 1) * FILMS_PER_SHARD, count))
    cuts = [cut_film(shard.source.radiograph(row), bundle, engine, seed=row) for row in rows]
    write_shard(shard.folder, shard.number, cuts)
    return shard.number


def _claim(folder: Path, description: dict[str, Any], resume: bool) -> None:
    """Refuse a folder that holds another cohort's films, and note whose it will be."""
    path = folder / MAKING
    if path.is_file():
        if not resume:
            raise UsageError(folder, "holds a cohort already", "Go on with --resume or name another folder")
        earlier = json.loads(path.read_text(encoding="utf-8"))
        differing = [key for key in description if earlier.get(key) != description[key]]
        if differing:
            key = differing[0]
            raise UsageError(
                folder, f"holds a cohort with {key} {earlier.get(key)}, not {description[key]}", "Name another folder"
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
