"""Random views of cut-outs, batched on tensors: imperfect masks, a crop, weak grey-level jitter.

Brightness of the cortex and texture of the metaphysis ARE the signal, so jitter, noise and blur stay weak. Everything random is
drawn from one generator, on its device.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as functional

from training.selfsupervision.crops import CropSettings, draw_crops

BLUR = 0.25
"""Largest share of each pixel that blur gives to its neighbours."""


@dataclass(frozen=True)
class ViewSettings:
    """How views are drawn.

    ``reduction``: cut-out pixels, squared, averaged to one before the crop is sampled, so that views of few pixels are free of
    aliasing. ``noise``: largest SD, per view pixel.
    """

    crop: CropSettings
    reduction: int = 1
    gain_sd: float = 0.06
    offset_sd: float = 0.03
    noise: float = 0.06


def draw_view(pixels: torch.Tensor, masks: torch.Tensor, settings: ViewSettings, generator: torch.Generator) -> torch.Tensor:
    """One random view (B, 1, rows, columns) of cut-outs: ``pixels`` float (B, H, W) not masked, ``masks`` bool (B, H, W)."""
    inside = perturb_masks(masks, generator).float()
    theta = draw_crops(inside, settings.crop, generator)
    shown = reduced((pixels * inside)[:, None], settings.reduction)
    grid = functional.affine_grid(theta, [len(pixels), 1, *settings.crop.shape], align_corners=False)
    view = functional.grid_sample(shown, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return jitter(view, settings, generator)


def reduced(cutouts: torch.Tensor, reduction: int) -> torch.Tensor:
    """Cut-outs (B, 1, H, W) with squares of ``reduction`` x ``reduction`` pixels averaged.

    A frozen encoder should see its cut-outs through this, with the reduction of its pretraining: the scale it learnt.
    """
    return cutouts if reduction == 1 else functional.avg_pool2d(cutouts, reduction)


def perturb_masks(masks: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Masks (bool, B, H, W) one pixel wider, one tighter or as they are, at random."""
    # Shifted views instead of a max pool, which takes a hundred times as long on one channel.
    draw = torch.rand(len(masks), generator=generator, device=generator.device)
    out = masks.clone()
    out[draw < 0.3] = _wider(masks[draw < 0.3])
    out[draw > 0.7] = ~_wider(~masks[draw > 0.7])
    return out


def jitter(view: torch.Tensor, settings: ViewSettings, generator: torch.Generator) -> torch.Tensor:
    """Weak noise, blur, gain and offset on the bone of views (B, 1, rows, columns); what is zero stays zero."""
    one = (len(view), 1, 1, 1)
    device = generator.device
    gain = torch.exp(settings.gain_sd * torch.randn(one, generator=generator, device=device))
    offset = settings.offset_sd * torch.randn(one, generator=generator, device=device)
    noise = settings.noise * torch.rand(one, generator=generator, device=device)
    blur = BLUR * torch.rand(one, generator=generator, device=device)
    out = view + noise * torch.randn(view.shape, generator=generator, device=device)
    out[..., 1:-1, :] += blur * (0.5 * (out[..., 2:, :] + out[..., :-2, :]) - out[..., 1:-1, :])
    out[..., :, 1:-1] += blur * (0.5 * (out[..., :, 2:] + out[..., :, :-2]) - out[..., :, 1:-1])
    return torch.where(view > 0, ((out - 0.5) * gain + 0.5 + offset).clamp(min=0.02), torch.zeros((), device=device))


def _wider(masks: torch.Tensor) -> torch.Tensor:
    out = masks.clone()
    out[:, 1:] |= masks[:, :-1]
    out[:, :-1] |= masks[:, 1:]
    tall = out.clone()
    out[..., 1:] |= tall[..., :-1]
    out[..., :-1] |= tall[..., 1:]
    return out
