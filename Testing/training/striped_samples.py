"""Made bones with a thick or a thin bright border: what an encoder must learn to tell apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from OsteoScreenLib.classification.frames import CUT_COLUMNS, CUT_ROWS
from training.cohort.samples import BoneSamples
from training.cohort.store import FILMS_PER_SHARD, write_index, write_shard
from training.cohort.values import LANDMARK_SHAPE, LANDMARKS, WHOLE_SHAPE, FilmCuts, Member


def striped(count: int = 48, seed: int = 0) -> BoneSamples:
    """Two bones per subject; the label says which border a subject has, and its width scatters about 3 or 8 pixels."""
    rng = np.random.default_rng(seed)
    label = np.arange(count) // 2 % 2
    pixels = rng.normal(0.4, 0.05, (count, CUT_ROWS, CUT_COLUMNS)).astype(np.float32)
    masks = np.zeros(pixels.shape, bool)
    masks[:, 10:182, 24:56] = True
    for row, thin in enumerate(label):
        thick = int(rng.integers(2, 5) if thin else rng.integers(7, 10))
        pixels[row, :, 24 : 24 + thick] += 0.5
        pixels[row, :, 56 - thick : 56] += 0.5
    return BoneSamples(
        torch.from_numpy(pixels).half(),
        torch.from_numpy(masks),
        torch.arange(count) % 2,
        torch.arange(count) // 2,
        torch.from_numpy(label.astype(np.float32)),
    )


def write_striped_cohort(folder: Path, films: int) -> BoneSamples:
    """A cohort on disk whose films have the two bones of `striped` each; returns these."""
    assert films <= FILMS_PER_SHARD
    samples = striped(2 * films)
    cuts, members = [], []
    for film in range(films):
        pixels, masks = np.zeros((7, CUT_ROWS, CUT_COLUMNS), np.float16), np.zeros((7, CUT_ROWS, CUT_COLUMNS), bool)
        pixels[:2], masks[:2] = samples.pixels[2 * film : 2 * film + 2], samples.masks[2 * film : 2 * film + 2]
        cuts.append(
            FilmCuts(
                pixels=pixels,
                masks=masks,
                single=masks,
                found=np.arange(7) < 2,
                whole=np.zeros(WHOLE_SHAPE, np.float16),
                whole_field=np.zeros(WHOLE_SHAPE, bool),
                landmarks=np.zeros((LANDMARKS, *LANDMARK_SHAPE), np.float16),
                landmark_found=np.zeros(LANDMARKS, bool),
                measured_index=0.4,
                trusted_spacing=False,
            )
        )
        members.append(Member(f"subject {film}", "film", 60.0, True, bool(samples.label[2 * film])))
    folder.mkdir(parents=True)
    write_shard(folder, 0, cuts)
    write_index(folder, {"name": "striped", "simulated": True}, members)
    return samples
