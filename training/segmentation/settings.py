"""What a segmentation run is made of; validated before anything is cast."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from training.segmentation.network import NetworkSettings
from training.segmentation.transport import Coupling


class Stage(BaseModel):
    """One part of the training at one image size. ``steps`` batches of ``batch`` films of ``size`` x ``size`` pixels."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    size: int = Field(multiple_of=32, ge=64)
    batch: int = Field(ge=2)
    steps: int = Field(ge=1)
    rate: float = Field(gt=0, description="learning rate at the stage's start, after warm-up")
    final_rate: float = Field(gt=0, description="learning rate at the stage's end; cosine in between")


class AnnotationSettings(BaseModel):
    """Annotated films to train on beside simulated ones."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    manifest: Path = Field(description="manifest.json of the data set; relative to the working directory")
    share: float = Field(default=0.3, gt=0, le=1, description="share of the training films drawn from it")


class SegmentationSettings(BaseModel):
    """Configuration of `python -m training.segment`; the defaults are those of the shipped model."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    seed: int = 7
    stages: tuple[Stage, ...] = (
        Stage(size=256, batch=16, steps=1600, rate=2e-3, final_rate=3e-4),
        Stage(size=384, batch=8, steps=2300, rate=6e-4, final_rate=1e-5),
    )
    annotations: AnnotationSettings | None = Field(default=None, description="without it films are simulated")
    network: NetworkSettings = NetworkSettings()
    coupling: Coupling = Field(default="exact", description="how hypotheses are matched with annotators; greedy as published")
    samples: int = Field(default=2, ge=1, description="hypotheses per expert and step")
    kl_weight: float = Field(default=0.1, ge=0)
    cross_entropy: float = Field(default=32.0, ge=0, description="weight of the cross entropy in the transport cost")
    gamma_until: float = Field(default=0.5, gt=0, le=1, description="share of all steps over which gamma rises to 1")
    weight_decay: float = Field(default=0.02, ge=0)
    averaging: float = Field(
        default=0.998, ge=0, lt=1, description="decay of the weights' moving average, which is what is exported"
    )
    checkpoint_every: int = Field(default=100, ge=1)
    validate_every: int = Field(default=300, ge=1)
    validation_films: int = Field(default=32, ge=1)
    workers: int = Field(default=1, ge=0)
    threads: int = Field(default=1, ge=1)
    device: str = Field(default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$")
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto", description="number format of the network's products; everything else is float32"
    )

    @field_validator("stages")
    @classmethod
    def _some_stages(cls, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        if not stages:
            raise ValueError("give at least one stage")
        return stages

    @property
    def total_steps(self) -> int:
        """Steps over all stages."""
        return sum(stage.steps for stage in self.stages)


def read_settings(path: Path | None) -> SegmentationSettings:
    """Read a JSON configuration; the defaults without one. Raises pydantic's ValidationError naming each wrong field."""
    return SegmentationSettings() if path is None else SegmentationSettings.model_validate_json(path.read_bytes())
