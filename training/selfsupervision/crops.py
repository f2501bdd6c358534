"""Which part of a cut-out a view shows: the rule that every crop keeps enough bone, and conventional multi-crop without it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as functional

LEAST_BONE = 0.10
"""Share of non-zero pixels that every crop keeps; a crop with less is drawn again (the published multi-crop rule)."""
TRIES = 12
_COARSE = 8
_LONGEST = 4 / 3


@dataclass(frozen=True)
class CropSettings:
    """How crops are drawn.

    ``shape`` rows x columns of the view; ``zoom`` range of cut-out pixels per view pixel; ``turn_deg`` SD of the rotation;
    ``shift`` how far, as a share of the room that is left, the view's centre may lie off the cut-out's; ``least_bone`` 0 switches
    the crop rule off. With ``area`` the crop is the conventional one instead: a box that covers a share of the cut-out within
    this range, sides' ratio 3/4 to 4/3 times the cut-out's, anywhere in it, resized to the view; the other fields do nothing.
    """

    shape: tuple[int, int]
    zoom: tuple[float, float] = (0.92, 1.18)
    turn_deg: float = 4.0
    shift: float = 0.5
    least_bone: float = LEAST_BONE
    area: tuple[float, float] | None = None


def draw_crops(inside: torch.Tensor, settings: CropSettings, generator: torch.Generator) -> torch.Tensor:
    """Affine parameters (B, 2, 3) for ``affine_grid`` of crops of masks (float, B, H, W).

    Crops that keep less than ``least_bone`` are drawn again, `TRIES` times, each time closer to the cut-out's middle, where the
    bone always is.
    """
    if settings.area is not None:
        return _draw_boxes(len(inside), settings.area, generator)
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
    """Share of non-zero pixels (B,) in the crops ``theta`` of masks (B, H, W), seen on a coarse grid."""
    coarse = [len(inside), 1, max(shape[0] // _COARSE, 1) * 2, max(shape[1] // _COARSE, 1) * 2]
    grid = functional.affine_grid(theta, coarse, align_corners=False)
    return functional.grid_sample(inside[:, None], grid, mode="nearest", align_corners=False).mean(dim=(1, 2, 3))


def _draw_affine(shape: torch.Size, settings: CropSettings, generator: torch.Generator, spread: float) -> torch.Tensor:
    batch, height, width = shape
    rows, columns = settings.shape
    device = generator.device
    low, high_zoom = settings.zoom
    zoom = low + (high_zoom - low) * torch.rand(batch, generator=generator, device=device)
    turn = torch.randn(batch, generator=generator, device=device) * (settings.turn_deg * torch.pi / 180)
    high, wide = zoom * rows / height, zoom * columns / width
    place = (2 * torch.rand(2, batch, generator=generator, device=device) - 1) * settings.shift * spread
    cosine, sine = torch.cos(turn), torch.sin(turn)
    # Turned in pixels, so the sides' ratio enters the off-diagonal terms of the normalised coordinates.
    ratio = columns / rows
    theta = torch.empty(batch, 2, 3, device=device)
    theta[:, 0, 0], theta[:, 0, 1] = wide * cosine, -wide * sine / ratio
    theta[:, 1, 0], theta[:, 1, 1] = high * sine * ratio, high * cosine
    theta[:, 0, 2] = place[0] * (1 - wide).clamp(min=0.05)
    theta[:, 1, 2] = place[1] * (1 - high).clamp(min=0.05)
    return theta


def _draw_boxes(batch: int, area: tuple[float, float], generator: torch.Generator) -> torch.Tensor:
    """Boxes of a random resized crop (Szegedy et al., 2015), in ``affine_grid``'s coordinates."""
    draw = torch.rand(4, batch, generator=generator, device=generator.device)
    share = area[0] + (area[1] - area[0]) * draw[0]
    ratio = torch.exp((2 * draw[1] - 1) * torch.log(torch.tensor(_LONGEST, device=generator.device)))
    wide, high = ((share * ratio).sqrt().clamp(max=1), (share / ratio).sqrt().clamp(max=1))
    theta = torch.zeros(batch, 2, 3, device=generator.device)
    theta[:, 0, 0], theta[:, 1, 1] = wide, high
    theta[:, 0, 2] = (2 * draw[2] - 1) * (1 - wide)
    theta[:, 1, 2] = (2 * draw[3] - 1) * (1 - high)
    return theta
