"""Films cast once and kept on disk, so that runs that see the same films do not cast them again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from training.segmentation.films import training_film
from training.simulation.families import Family


class FilmStore:
    """Films 0 .. count - 1 of a seed and size; a store left unfinished is continued.

    Pixels are kept as float16: a hundredth of a grey level of an 8-bit film.
    """

    def __init__(
        self, folder: Path, *, size: int, seed: int, count: int, without: frozenset[Family], quiet: bool = False
    ) -> None:
        left_out = "-".join(sorted(family.value for family in without)) or "nothing"
        self.folder = folder / f"{size}px-seed{seed}-{count}-without-{left_out}"
        self.folder.mkdir(parents=True, exist_ok=True)
        done_file = self.folder / "done"
        done = int(done_file.read_text()) if done_file.exists() else 0
        example = training_film(size, seed, 0, without)
        self.pixels, self.coverage = (
            _array(self.folder / f"{name}.npy", (count, *tensor.shape), kind, fresh=done == 0)
            for name, tensor, kind in (("pixels", example[0], np.float16), ("coverage", example[1], np.uint8))
        )
        for index in tqdm(range(done, count), initial=done, total=count, unit="film", disable=quiet, mininterval=5):
            pixels, coverage = training_film(size, seed, index, without)
            self.pixels[index], self.coverage[index] = pixels.numpy(), coverage.numpy()
            if (index + 1) % 500 == 0 or index + 1 == count:
                self.pixels.flush()
                self.coverage.flush()
                done_file.write_text(str(index + 1))

    def __len__(self) -> int:
        return len(self.pixels)

    def __call__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Film ``index`` as `training_film` gives it, with its pixels rounded to float16."""
        return torch.from_numpy(self.pixels[index].astype(np.float32)), torch.from_numpy(self.coverage[index].copy())


def _array(path: Path, shape: tuple[int, ...], kind: type, *, fresh: bool) -> np.memmap:
    mode = "w+" if fresh or not path.exists() else "r+"
    return np.lib.format.open_memmap(path, mode=mode, dtype=kind, shape=shape if mode == "w+" else None)
