"""The views of a pretraining: two global ones and some crops, by the custom rule or the conventional one."""

from __future__ import annotations

import torch

from OsteoScreenLib.errors import UsageError
from training.selfsupervision.crops import CropSettings
from training.selfsupervision.settings import WHOLES, PretrainingSettings
from training.selfsupervision.views import ViewSettings, draw_view

ZOOM = (0.92, 1.18)
GLOBAL_AREA, LOCAL_AREA = (0.4, 1.0), (0.14, 0.4)
"""Shares of the cut-out that conventional crops cover. (Open in the paper: .4 parts wholes from crops as in Caron et al., ICCV
2021, and no crop is smaller than SwAV's smallest global one.)"""
NOISE = 0.06


def view_settings(settings: PretrainingSettings, cutout: tuple[int, int]) -> list[ViewSettings]:
    """One entry per view of cut-outs of this shape, global ones first.

    By the bone rule all views have one scale, ``reduction`` cut-out pixels per view pixel and a little more or less: the
    thickness of the cortex is part of the signal, and the frozen encoder sees its cut-outs at that scale. Global views show
    the whole cut-out, crops half of its length, anywhere.

    Raises
    ------
    UsageError
        If the cut-outs cannot be reduced so far.
    """
    if any(side % settings.reduction or side // settings.reduction < 32 for side in cutout):
        fault = f"cut-outs of {cutout[0]} x {cutout[1]} pixels cannot be averaged to {settings.reduction} times fewer a side"
        raise UsageError("reduction", fault, "Take a divisor of both that leaves at least 32 pixels a side")
    whole = settings.global_shape or (cutout[0] // settings.reduction, cutout[1] // settings.reduction)
    part = settings.local_shape or (max(whole[0] // 2, 16), whole[1])
    noise = NOISE / settings.reduction  # averaged pixels are less noisy
    if settings.crops == "conventional":
        # At full resolution: such crops show the bone at many scales, up to that of the cut-out.
        wholes = ViewSettings(CropSettings(whole, area=GLOBAL_AREA), noise=noise)
        parts = ViewSettings(CropSettings(part, area=LOCAL_AREA), noise=noise)
    else:
        zoom = (ZOOM[0] * settings.reduction, ZOOM[1] * settings.reduction)
        wholes = ViewSettings(CropSettings(whole, zoom), settings.reduction, noise=noise)
        parts = ViewSettings(CropSettings(part, zoom, shift=1.0), settings.reduction, noise=noise)
    return [wholes] * WHOLES + [parts] * settings.local_views


def draw_views(
    pixels: torch.Tensor, masks: torch.Tensor, views: list[ViewSettings], generator: torch.Generator
) -> list[torch.Tensor]:
    """Views (each B, 1, rows, columns) of cut-outs ``pixels`` (float) and ``masks`` (bool), both B, H, W."""
    return [draw_view(pixels, masks, settings, generator) for settings in views]
