"""The cast cohort on disk: shards of cut-outs that a stopped run goes on with, and the whole split in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.classification.films import Case, cast_case
from training.simulation.cohort import ENRICHED, SCREENING, Population

SHARD = 50
SPLITS: dict[str, tuple[int, Population]] = {
    "train": (0, ENRICHED),
    "validation": (1, SCREENING),
    "test": (2, SCREENING),
}
"""Number in the seed and population of each split. Every film is another subject, so that splits never share one."""
_FLOATS = ("age_years", "t_score", "cortical_index", "trabecular_fill", "cortical_density", "measured_index")


@dataclass(frozen=True)
class Split:
    """A split of the cohort: ``pixels`` and ``masks`` (n x 7 x rows x columns), ``found`` (n x 7), and a value per subject."""

    pixels: np.ndarray
    masks: np.ndarray
    found: np.ndarray
    age_years: np.ndarray
    woman: np.ndarray
    t_score: np.ndarray
    cortical_index: np.ndarray
    measured_index: np.ndarray
    osteoporotic: np.ndarray

    def __len__(self) -> int:
        return len(self.osteoporotic)


def cast_split(folder: Path, split: str, subjects: int, seed: int, report: Callable[[int], None]) -> None:
    """Cast the shards of ``split`` that are not in ``folder`` yet; ``report`` gets the subjects ready so far."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(-(-subjects // SHARD)):
        path = _shard(folder, split, seed, number)
        last = min((number + 1) * SHARD, subjects)
        if not path.is_file() or _size(path) < last - number * SHARD:
            code, population = SPLITS[split]
            cases = [cast_case((seed, code, index), population) for index in range(number * SHARD, last)]
            # Renamed into place, so that a stopped run leaves no half shard.
            part = path.with_suffix(".part.npz")
            np.savez(part, allow_pickle=False, **_arrays(cases))
            part.replace(path)
        report(last)


def load_split(folder: Path, split: str, subjects: int, seed: int) -> Split:
    """Read a cast split. Raises `FileNotFoundError` where a shard is missing."""
    shards = [np.load(_shard(folder, split, seed, number)) for number in range(-(-subjects // SHARD))]
    joined = {name: np.concatenate([shard[name] for shard in shards])[:subjects] for name in shards[0].files}
    shape = joined["pixels"].shape
    return Split(
        pixels=joined["pixels"],
        masks=np.unpackbits(joined["masks"], axis=-1, count=shape[-1]).astype(bool),
        found=joined["found"],
        age_years=joined["age_years"],
        woman=joined["woman"],
        t_score=joined["t_score"],
        cortical_index=joined["cortical_index"],
        measured_index=joined["measured_index"],
        osteoporotic=joined["t_score"] <= -2.5,
    )


def _arrays(cases: list[Case]) -> dict[str, np.ndarray]:
    rows: dict[str, np.ndarray] = {
        "pixels": np.stack([case.pixels for case in cases]),
        "masks": np.packbits(np.stack([case.masks for case in cases]), axis=-1),
        "found": np.stack([case.found for case in cases]),
        "woman": np.array([case.subject.sex == "F" for case in cases]),
    }
    for name in _FLOATS:
        rows[name] = np.array([getattr(case if name == "measured_index" else case.subject, name) for case in cases], float)
    return rows


def _shard(folder: Path, split: str, seed: int, number: int) -> Path:
    return folder / f"{split}-{seed}-{number:03d}.npz"


def _size(path: Path) -> int:
    with np.load(path) as shard:
        return len(shard["found"])
