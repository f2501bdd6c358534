"""All found bones of a split as one list of training samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from training.classification.cohort_store import Split


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

    def masked(self, rows: torch.Tensor | slice) -> torch.Tensor:
        """What the classifier sees, unchanged: (n, 1, H, W) float32."""
        return (self.pixels[rows].float() * self.masks[rows])[:, None]


def bone_samples(split: Split) -> BoneSamples:
    """The found bones of a split, subject after subject."""
    subject, bone = np.nonzero(split.found)
    return BoneSamples(
        pixels=torch.from_numpy(split.pixels[subject, bone]),
        masks=torch.from_numpy(split.masks[subject, bone]),
        bone=torch.from_numpy(bone),
        subject=torch.from_numpy(subject),
        label=torch.from_numpy(split.osteoporotic[subject].astype(np.float32)),
    )
