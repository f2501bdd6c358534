"""The rows of the comparison: what each method sees, how its encoder is trained, and how its labels are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from training.selfsupervision.settings import PretrainingSettings

Labels = Literal["heads", "fine-tuned", "supervised"]


@dataclass(frozen=True)
class Budget:
    """What every row may spend, the same for all of them."""

    pretraining_epochs: int = 12
    supervised_epochs: int = 12
    batch: int = 64
    encoder: str = "narrow"
    seed: int = 0


@dataclass(frozen=True)
class Row:
    """One method.

    Attributes
    ----------
    variant : what it sees, one of `training.cohort.samples.VARIANTS`
    labels : linear heads on a frozen encoder, the same encoder trained on with the heads, or all of it from scratch
    method, crops : how the encoder is pretrained; ``None`` where it is not
    encoder : another encoder than the budget's
    reduction : cut-out pixels, squared, averaged to one
    """

    name: str
    title: str
    variant: str
    labels: Labels
    method: str | None = None
    crops: str = "bone"
    encoder: str | None = None
    reduction: int = 2

    @property
    def pretrained_as(self) -> str:
        """Name of the encoder: rows that pretrain in the same way on the same cut-outs share one."""
        return f"{self.variant}-{self.method}-{self.crops}"

    def pretraining(self, budget: Budget) -> PretrainingSettings:
        """Settings of the row's pretraining."""
        return PretrainingSettings.model_validate(
            {
                "method": self.method,
                "crops": self.crops,
                "encoder": self.encoder or budget.encoder,
                "reduction": self.reduction,
                "epochs": budget.pretraining_epochs,
                "batch": budget.batch,
                "local_views": 1,
                "optimiser": "adamw",
                "seed": budget.seed,
            }
        )


ROWS: Mapping[str, Row] = {
    row.name: row
    for row in (
        Row("full", "full: segments, SimCLR, own multi-crop, frozen", "segments", "heads", "simclr"),
        Row("vicreg", "VICReg instead", "segments", "heads", "vicreg"),
        Row("supcon", "SupCon instead", "segments", "heads", "supcon"),
        Row("swav", "SwAV instead", "segments", "heads", "swav"),
        Row("conventional_crops", "conventional multi-crop", "segments", "heads", "simclr", crops="conventional"),
        Row("no_segmentation", "no segmentation", "whole", "heads", "simclr", reduction=1),
        Row("single_expert", "single-expert outlines", "single", "heads", "simclr"),
        Row("finetuned", "SimCLR, fully fine-tuned", "segments", "fine-tuned", "simclr"),
        Row("supervised", "supervised only", "segments", "supervised"),
        Row("deepdxa", "DeepDXA style: ResNet-18, supervised, segments", "segments", "supervised", encoder="half"),
        Row("landmarks", "landmark crops, supervised", "landmarks", "supervised", reduction=1),
    )
}
