"""A cohort on disk whose subjects with osteoporosis have thin borders: made in a moment, and easy to tell apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from OsteoScreenLib.classification.frames import CUT_COLUMNS, CUT_ROWS
from training.cohort.store import FILMS_PER_SHARD, Cohort, load_cohort, write_index, write_shard
from training.cohort.values import LANDMARK_SHAPE, LANDMARKS, WHOLE_SHAPE, FilmCuts, Member


def striped_cohort(
    folder: Path, subjects: int = 40, seed: int = 0, *, flipped: bool = False, films: int = 1, name: str = "striped"
) -> Cohort:
    """Write and load a cohort with ``films`` films of each subject; ``flipped`` gives thin borders to the healthy."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    members, cuts = [], []
    for number in range(subjects):
        case = number % 3 == 0
        for film in range(films):
            cuts.append(_cuts(case != flipped, rng))
            members.append(
                Member(
                    subject=f"{name}-{number:03d}",
                    film=f"{name}-{number:03d}-{film}",
                    age_years=float(50 + number % 40),
                    woman=number % 4 > 0,
                    osteoporotic=case,
                    t_score=-3.0 if case else -1.0,
                )
            )
    for shard in range(-(-len(cuts) // FILMS_PER_SHARD)):
        write_shard(folder, shard, cuts[shard * FILMS_PER_SHARD : (shard + 1) * FILMS_PER_SHARD])
    write_index(folder, {"name": name, "simulated": True, "words": "made bones"}, members)
    return load_cohort(folder)


def _cuts(thin: bool, rng: np.random.Generator) -> FilmCuts:
    pixels = rng.normal(0.4, 0.05, (7, CUT_ROWS, CUT_COLUMNS)).astype(np.float16)
    masks, found = np.zeros(pixels.shape, bool), np.zeros(7, bool)
    masks[:2, 10:182, 24:56], found[:2] = True, True
    thick = int(rng.integers(2, 5) if thin else rng.integers(7, 10))
    pixels[:2, :, 24 : 24 + thick] += 0.5
    pixels[:2, :, 56 - thick : 56] += 0.5
    whole = np.full(WHOLE_SHAPE, 0.4, np.float16)
    whole[:, :thick] += np.float16(0.5)
    landmarks = np.full((LANDMARKS, *LANDMARK_SHAPE), 0.4, np.float16)
    landmarks[:, :, :thick] += np.float16(0.5)
    return FilmCuts(
        pixels=pixels,
        masks=masks,
        single=masks,
        found=found,
        whole=whole,
        whole_field=np.ones(WHOLE_SHAPE, bool),
        landmarks=landmarks,
        landmark_found=np.ones(LANDMARKS, bool),
        measured_index=float(0.3 + 0.02 * thick + rng.normal(0, 0.05)),
        trusted_spacing=False,
    )
