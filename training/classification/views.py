"""Random views of cut-outs, batched on tensors: imperfect masks, crops that keep enough bone, weak grey-level jitter.

Brightness of the cortex and texture of the metaphysis ARE the signal, so jitter, noise and blur stay weak.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as functional

LEAST_BONE = 0.10
"""Share of non-zero pixels that every crop keeps; a crop with less is drawn again (the published multi-crop rule)."""
TRIES = 12
_COARSE = 8
BLUR = 0.25
"""Largest share of each pixel that blur gives to its neighbours."""


@dataclass(frozen=True)
class ViewSettings:
    """How views are drawn.

    ``shape`` rows x columns; ``zoom`` range of cut-out pixels per view pixel; ``turn_deg`` SD of the rotation; ``shift`` how
    far, as a share of the room that is left, the view's centre may lie off the cut-out's; ``least_bone`` 0 switches the crop
    rule off.
    """

    shape: tuple[int, int] = (128, 64)
    zoom: tuple[float, float] = (0.92, 1.18)
    turn_deg: float = 4.0
    shift: float = 0.5
    gain_sd: float = 0.06
    offset_sd: float = 0.03
    noise: float = 0.06
    least_bone: float = LEAST_BONE


GLOBAL_VIEW = ViewSettings()
LOCAL_VIEW = ViewSettings(shape=(64, 48), shift=1.0)
TRAINING_VIEW = ViewSettings(shape=(192, 80), zoom=(0.94, 1.06), turn_deg=3.0, shift=0.0)
"""Views for supervised training: the whole cut-out, hardly moved."""


def draw_view(pixels: torch.Tensor, masks: torch.Tensor, settings: ViewSettings, generator: torch.Generator) -> torch.Tensor:
    """One random view (B, 1, rows, columns) of cut-outs: ``pixels`` float (B, H, W) not masked, ``masks`` bool (B, H, W)."""
    inside = perturb_masks(masks, generator).float()
    theta = draw_crops(inside, settings, generator)
    grid = functional.affine_grid(theta, [len(pixels), 1, *settings.shape], align_corners=False)
    view = functional.grid_sample((pixels * inside)[:, None], grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return jitter(view, settings, generator)


def perturb_masks(masks: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Masks (bool, B, H, W) one pixel wider, one tighter or as they are, at random."""
    # Shifted views instead of a max pool, which takes a hundred times as long on one channel.
    draw = torch.rand(len(masks), generator=generator)
    out = masks.clone()
    out[draw < 0.3] = _wider(masks[draw < 0.3])
    out[draw > 0.7] = ~_wider(~masks[draw > 0.7])
    return out


def draw_crops(inside: torch.Tensor, settings: ViewSettings, generator: torch.Generator) -> torch.Tensor:
    """Affine parameters (B, 2, 3) for ``affine_grid`` of crops that keep ``least_bone`` of their pixels non-zero.

    Crops with less are drawn again, `TRIES` times, each time closer to the cut-out's middle, where the bone always is.
    """
    theta = _draw_affine(inside.shape, settings, generator, 1.0)
    if settings.least_bone <= 0:
        return theta
    for attempt in range(1, TRIES + 1):
        poor = bone_share(inside, theta, settings.shape) < settings.least_bone
        if not bool(poor.any()):
            break
        again = _draw_affine(inside.shape, settings, generator, 1.0 - attempt / TRIES)
        theta = torch.where(poor[:, None, None], again, theta)
    return theta


def bone_share(inside: torch.Tensor, theta: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    """Share of non-zero pixels (B,) in the crops ``theta`` of masks (B, H, W)."""
    coarse = [len(inside), 1, max(shape[0] // _COARSE, 1) * 2, max(shape[1] // _COARSE, 1) * 2]
    grid = functional.affine_grid(theta, coarse, align_corners=False)
    return functional.grid_sample(inside[:, None], grid, mode="nearest", align_corners=False).mean(dim=(1, 2, 3))


def _draw_affine(shape: torch.Size, settings: ViewSettings, generator: torch.Generator, spread: float) -> torch.Tensor:
    batch, height, width = shape
    rows, columns = settings.shape
    zoom = settings.zoom[0] + (settings.zoom[1] - settings.zoom[0]) * torch.rand(batch, generator=generator)
    turn = torch.randn(batch, generator=generator) * (settings.turn_deg * torch.pi / 180)
    high, wide = zoom * rows / height, zoom * columns / width
    place = (2 * torch.rand(2, batch, generator=generator) - 1) * settings.shift * spread
    cosine, sine = torch.cos(turn), torch.sin(turn)
    # Turned in pixels, so the sides' ratio enters the off-diagonal terms of the normalised coordinates.
    ratio = columns / rows
    theta = torch.empty(batch, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = wide * cosine, -wide * sine / ratio
    theta[:, 1, 0], theta[:, 1, 1] = high * sine * ratio, high * cosine
    theta[:, 0, 2] = place[0] * (1 - wide).clamp(min=0.05)
    theta[:, 1, 2] = place[1] * (1 - high).clamp(min=0.05)
    return theta


def jitter(view: torch.Tensor, settings: ViewSettings, generator: torch.Generator) -> torch.Tensor:
    """Weak noise, blur, gain and offset on the bone of views (B, 1, rows, columns); what is zero stays zero."""
    batch = len(view)
    gain = torch.exp(settings.gain_sd * torch.randn(batch, 1, 1, 1, generator=generator))
    offset = settings.offset_sd * torch.randn(batch, 1, 1, 1, generator=generator)
    noise = settings.noise * torch.rand(batch, 1, 1, 1, generator=generator)
    blur = BLUR * torch.rand(batch, 1, 1, 1, generator=generator)
    out = view + noise * torch.randn(view.shape, generator=generator)
    out[..., 1:-1, :] += blur * (0.5 * (out[..., 2:, :] + out[..., :-2, :]) - out[..., 1:-1, :])
    out[..., :, 1:-1] += blur * (0.5 * (out[..., :, 2:] + out[..., :, :-2]) - out[..., :, 1:-1])
    return torch.where(view > 0, ((out - 0.5) * gain + 0.5 + offset).clamp(min=0.02), torch.zeros(()))


def _wider(masks: torch.Tensor) -> torch.Tensor:
    out = masks.clone()
    out[:, 1:] |= masks[:, :-1]
    out[:, :-1] |= masks[:, 1:]
    tall = out.clone()
    out[..., 1:] |= tall[..., :-1]
    out[..., :-1] |= tall[..., 1:]
    return out
