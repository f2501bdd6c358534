"""The rules that random views keep."""

from __future__ import annotations

import pytest
import torch

from OsteoScreenLib.errors import UsageError
from training.selfsupervision.crops import LEAST_BONE, CropSettings, bone_share, draw_crops
from training.selfsupervision.multicrop import GLOBAL_AREA, LOCAL_AREA, draw_views, view_settings
from training.selfsupervision.settings import PretrainingSettings
from training.selfsupervision.views import ViewSettings, draw_view, jitter, perturb_masks, reduced

CUTOUT = (192, 80)
WHOLE, _, PART, _ = view_settings(PretrainingSettings(), CUTOUT)
CLOSE = CropSettings((64, 48), shift=1.0)


def bars(count: int = 64) -> torch.Tensor:
    """Thin bones that cover a twelfth of the cut-out, so that many random crops would hold almost nothing."""
    masks = torch.zeros(count, 192, 80, dtype=torch.bool)
    masks[:, 8:96, 33:47] = True
    return masks


def test_every_crop_keeps_a_tenth_of_bone_and_without_the_rule_it_would_not() -> None:
    inside = bars().float()
    shares, free = [], []
    for seed in range(4):
        generator = torch.Generator().manual_seed(seed)
        shares.append(bone_share(inside, draw_crops(inside, CLOSE, generator), CLOSE.shape))
        loose = CropSettings(shape=CLOSE.shape, shift=CLOSE.shift, least_bone=0.0)
        free.append(bone_share(inside, draw_crops(inside, loose, generator), loose.shape))
    assert float(torch.cat(shares).min()) >= LEAST_BONE
    assert float((torch.cat(free) < LEAST_BONE).float().mean()) > 0.1


@pytest.mark.parametrize("area", [GLOBAL_AREA, LOCAL_AREA])
def test_conventional_crops_cover_their_share_anywhere_and_may_miss_the_bone(area: tuple[float, float]) -> None:
    inside = bars(400).float()
    theta = draw_crops(inside, CropSettings((48, 40), area=area), torch.Generator().manual_seed(0))
    wide, high = theta[:, 0, 0], theta[:, 1, 1]
    covered = wide * high
    # A side longer than the cut-out is cut to it, which takes off some of the largest.
    assert area[0] - 1e-6 <= float(covered.min()) < area[0] + 0.05
    assert area[1] - 0.1 < float(covered.max()) <= area[1] + 1e-6
    assert float((theta[:, :, 2].abs() + torch.stack([wide, high], dim=1)).max()) <= 1 + 1e-6
    assert float(theta[:, 1, 2].std()) > 0.05
    poor = (bone_share(inside, theta, (48, 40)) < LEAST_BONE).float().mean()
    assert float(poor) > 0.1


def test_views_show_bone_on_zero_and_follow_the_seed() -> None:
    masks = bars(8)
    pixels = torch.rand(8, 192, 80, generator=torch.Generator().manual_seed(0)) * 0.5 + 0.4
    first, again, other = (draw_view(pixels, masks, WHOLE, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert first.shape == (8, 1, 96, 40)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert float((first == 0).float().mean()) > 0.5
    assert float(first.amax()) > 0.4


def test_views_are_two_wholes_and_the_crops_in_the_sizes_asked_for() -> None:
    masks = bars(2)
    settings = PretrainingSettings(local_views=3, global_shape=(80, 32), local_shape=(40, 24), crops="conventional")
    views = draw_views(torch.rand(2, 192, 80), masks, view_settings(settings, CUTOUT), torch.Generator().manual_seed(0))
    assert [tuple(view.shape[2:]) for view in views] == [(80, 32)] * 2 + [(40, 24)] * 3
    assert PART.crop.shape == (48, 40)
    with pytest.raises(UsageError, match="averaged to 3 times fewer a side"):
        view_settings(PretrainingSettings(reduction=3), CUTOUT)


@pytest.mark.parametrize("reduction", [1, 2])
def test_a_view_that_is_not_moved_is_the_cut_out_at_its_scale(reduction: int) -> None:
    masks = bars(4)
    pixels = torch.rand(4, 192, 80, generator=torch.Generator().manual_seed(0)) * 0.5 + 0.4
    shape = (192 // reduction, 80 // reduction)
    crop = CropSettings(shape, zoom=(reduction, reduction), turn_deg=0.0, shift=0.0)
    still = ViewSettings(crop, reduction, gain_sd=0.0, offset_sd=0.0, noise=0.0)
    view = draw_view(pixels, masks, still, torch.Generator().manual_seed(0))
    inner = torch.zeros_like(masks)
    inner[:, 12:92, 36:44] = True
    inner = reduced(inner[:, None].float(), reduction) == 1
    # All that is left of the jitter is a blur by at most a quarter to either side.
    assert float((view - reduced(pixels[:, None], reduction))[inner].abs().mean()) < 0.1
    blurred = jitter(view, still, torch.Generator().manual_seed(1))
    assert torch.equal(blurred == 0, view == 0)


def test_masks_move_by_one_pixel_at_most() -> None:
    masks = bars(200)
    moved = perturb_masks(masks, torch.Generator().manual_seed(0))
    areas = moved.sum((1, 2))
    assert set(areas.tolist()) == {86 * 12, 88 * 14, 90 * 16}
    assert torch.equal(masks, bars(200))
