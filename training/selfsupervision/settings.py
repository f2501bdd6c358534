"""What a pretraining is made of; validated before anything is read."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Method = Literal["simclr", "vicreg", "supcon", "swav"]
WHOLES = 2
"""Global views of every bone."""
_RATES = {"adamw": 1.5e-3, "larc": 0.3}
_DECAYS = {"adamw": 1e-4, "larc": 1e-6}
_TEMPERATURES = {"simclr": 0.2, "supcon": 0.1, "swav": 0.1}
_VICREG_WIDTH = 512


class PretrainingSettings(BaseModel):
    """Configuration of `python -m training.pretrain`. What is None follows from the method or the optimiser."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    method: Method = Field(default="simclr", description="loss; supcon sees labels, the others do not")
    encoder: Literal["compact", "narrow", "half", "resnet18", "resnet50"] = Field(
        default="compact", description="network to train"
    )
    crops: Literal["bone", "conventional"] = Field(
        default="bone", description="bone: each crop keeps at least a tenth of bone; conventional: boxes anywhere"
    )
    local_views: int = Field(default=2, ge=0, description="crops of every bone, beside two global views")
    reduction: int = Field(default=2, ge=1, description="cut-out pixels per view pixel")
    global_shape: tuple[int, int] | None = Field(
        default=None, description="rows and columns of a global view; the whole cut-out without"
    )
    local_shape: tuple[int, int] | None = Field(
        default=None, description="rows and columns of a crop; half the rows of a global view without"
    )
    epochs: int = Field(default=40, ge=1)
    batch: int = Field(default=128, ge=2, description="bones per step")
    optimiser: Literal["larc", "adamw"] = Field(default="larc", description="larc as published, or adamw")
    rate: float | None = Field(
        default=None, gt=0, description="largest learning rate; 0.3 x batch / 256 with larc and 0.0015 with adamw without"
    )
    weight_decay: float | None = Field(default=None, ge=0, description="1e-6 with larc and 1e-4 with adamw without")
    momentum: float = Field(default=0.9, ge=0, lt=1, description="of larc")
    warm_up: float = Field(default=0.1, ge=0, lt=1, description="share of all steps in which the rate rises")
    temperature: float | None = Field(
        default=None, gt=0, description="of the loss; 0.2 for simclr, 0.1 for supcon and swav without"
    )
    prototypes: int = Field(default=60, ge=2, description="of swav; 30 to 100 for some thousand bones")
    hidden: int | None = Field(default=None, ge=2, description="width of the projection's hidden layer; 256, for vicreg 512")
    outputs: int | None = Field(default=None, ge=2, description="dimensions in which the loss is taken; 64, for vicreg 512")
    seed: int = 0
    checkpoint_every: int = Field(default=1, ge=1, description="epochs")
    threads: int = Field(default=1, ge=1, description="CPU threads")
    device: str = Field(default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="auto, cpu, cuda or cuda:N")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto", description="of the encoder's products; auto takes bfloat16 only where the machine has it in hardware"
    )

    @model_validator(mode="after")
    def _views_are_large_enough(self) -> PretrainingSettings:
        for name in ("global_shape", "local_shape"):
            shape = getattr(self, name)
            if shape is not None and min(shape) < 16:
                raise ValueError(f"{name} {shape[0]} x {shape[1]} is below 16 x 16")
        return self

    @property
    def highest_rate(self) -> float:
        """Learning rate after the warm-up; LARC's default grows with the batch (Goyal et al., 2017)."""
        if self.rate is not None:
            return self.rate
        return _RATES[self.optimiser] * (self.batch / 256 if self.optimiser == "larc" else 1)

    @property
    def decay(self) -> float:
        """Weight decay."""
        return _DECAYS[self.optimiser] if self.weight_decay is None else self.weight_decay

    @property
    def loss_temperature(self) -> float:
        """Temperature of the method's loss; VICReg has none (1)."""
        return _TEMPERATURES.get(self.method, 1.0) if self.temperature is None else self.temperature

    @property
    def projection(self) -> tuple[int, int]:
        """Widths of the projection's hidden layers and of its last one."""
        hidden, outputs = (_VICREG_WIDTH, _VICREG_WIDTH) if self.method == "vicreg" else (256, 64)
        return self.hidden or hidden, self.outputs or outputs
