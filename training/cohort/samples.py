"""All cut-outs of a cohort as one list of training samples, in the variant that a method sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from OsteoScreenLib.bones import BONES
from training.cohort.store import Cohort, load_cohort
from training.cohort.values import LANDMARKS

CHANNELS = {"segments": len(BONES), "single": len(BONES), "whole": 1, "landmarks": LANDMARKS}
"""Variants, with the number of bones (or landmarks) that there are heads for."""
VARIANTS = tuple(CHANNELS)
"""Bones cut out by the consensus of all hypotheses; by one outline of one expert; the whole film without segmentation; squares
of film about landmarks."""


@dataclass(frozen=True)
class BoneSamples:
    """``pixels`` (n, H, W) half precision, not masked; ``masks`` (n, H, W) bool.

    ``bone`` channel, ``subject`` row, ``label`` 0 or 1 (n).
    """

    pixels: torch.Tensor
    masks: torch.Tensor
    bone: torch.Tensor
    subject: torch.Tensor
    label: torch.Tensor

    def __len__(self) -> int:
        return len(self.bone)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a cut-out."""
        return (int(self.pixels.shape[1]), int(self.pixels.shape[2]))

    def masked(self, rows: torch.Tensor | slice) -> torch.Tensor:
        """What the classifier sees, unchanged: (n, 1, H, W) float32."""
        return (self.pixels[rows].float() * self.masks[rows])[:, None]

    def of_subjects(self, subjects: np.ndarray) -> BoneSamples:
        """The samples of these subjects only; subject numbers stay."""
        rows = torch.from_numpy(np.flatnonzero(np.isin(self.subject.numpy(), subjects)))
        return self.at(rows)

    def renumbered(self, numbers: np.ndarray) -> BoneSamples:
        """The same samples with other subject numbers: ``numbers`` by the old ones."""
        return replace(self, subject=torch.from_numpy(numbers)[self.subject])

    def at(self, rows: torch.Tensor) -> BoneSamples:
        """The samples in these rows."""
        return BoneSamples(self.pixels[rows], self.masks[rows], self.bone[rows], self.subject[rows], self.label[rows])


def load_samples(folder: Path, variant: str = "segments") -> BoneSamples:
    """All samples of a cohort's folder. Raises `UsageError` where it is no finished cohort."""
    return samples_of(load_cohort(folder), variant)


def samples_of(cohort: Cohort, variant: str = "segments") -> BoneSamples:
    """All samples of a cohort in one of the `VARIANTS`, film after film."""
    arrays = cohort.arrays
    if variant == "whole":
        pixels, masks = arrays["whole"][:, None], arrays["whole_field"][:, None]
        found = np.ones(pixels.shape[:2], bool)
    elif variant == "landmarks":
        pixels, found = arrays["landmarks"], arrays["landmark_found"]
        masks = np.ones(pixels.shape, bool)
    else:
        pixels, found = arrays["pixels"], arrays["found"]
        masks = arrays["masks" if variant == "segments" else "single"]
    film, bone = np.nonzero(found)
    return BoneSamples(
        pixels=torch.from_numpy(pixels[film, bone]),
        masks=torch.from_numpy(masks[film, bone]),
        bone=torch.from_numpy(bone),
        subject=torch.from_numpy(cohort.subject_rows[film]),
        label=torch.from_numpy(cohort.column("osteoporotic")[film].astype(np.float32)),
    )
