"""What changes from step to step: learning rate and row bound of the transport plan."""

from __future__ import annotations

import math

from training.segmentation.settings import SegmentationSettings, Stage

WARM_UP_STEPS = 60


def learning_rate(stage: Stage, step_in_stage: int) -> float:
    """Linear warm-up, then a cosine from ``rate`` to ``final_rate``."""
    warm = min(1.0, (step_in_stage + 1) / WARM_UP_STEPS)
    cosine = 0.5 * (1 + math.cos(math.pi * step_in_stage / stage.steps))
    return warm * (stage.final_rate + (stage.rate - stage.final_rate) * cosine)


def gamma_at(settings: SegmentationSettings, step: int, hypotheses: int) -> float:
    """Row bound of the plan: 1 / N at the start (every hypothesis is used), 1 from ``gamma_until`` on."""
    share = min(1.0, step / (settings.gamma_until * settings.total_steps))
    return (1 / hypotheses) ** (1 - share)
