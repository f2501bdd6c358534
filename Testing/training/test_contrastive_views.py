"""SimCLR's loss against a literal loop, and the rules that random views keep."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as functional

from training.classification.simclr import multi_crop_loss, nt_xent
from training.classification.views import (
    GLOBAL_VIEW,
    LEAST_BONE,
    LOCAL_VIEW,
    ViewSettings,
    bone_share,
    draw_crops,
    draw_view,
    jitter,
    perturb_masks,
)


def literal_nt_xent(one: torch.Tensor, other: torch.Tensor, temperature: float) -> float:
    """Equation 1 of Chen et al., 2020, pair by pair."""
    vectors = [*one.tolist(), *other.tolist()]
    count = len(one)

    def similarity(i: int, j: int) -> float:
        dot = sum(a * b for a, b in zip(vectors[i], vectors[j], strict=True))
        return dot / math.sqrt(sum(a * a for a in vectors[i])) / math.sqrt(sum(b * b for b in vectors[j]))

    total = 0.0
    for i in range(2 * count):
        partner = (i + count) % (2 * count)
        others = sum(math.exp(similarity(i, k) / temperature) for k in range(2 * count) if k != i)
        total -= math.log(math.exp(similarity(i, partner) / temperature) / others)
    return total / (2 * count)


def unit_vectors(count: int, seed: int) -> torch.Tensor:
    return functional.normalize(torch.randn(count, 6, generator=torch.Generator().manual_seed(seed)), dim=1)


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_loss_is_the_published_one(temperature: float) -> None:
    one, other = unit_vectors(5, 0), unit_vectors(5, 1)
    assert float(nt_xent(one, other, temperature)) == pytest.approx(literal_nt_xent(one, other, temperature), rel=1e-5)


def test_loss_is_small_where_views_agree_and_bones_differ() -> None:
    apart = torch.eye(6)
    assert float(nt_xent(apart, apart)) < float(nt_xent(apart, apart.roll(1, 0)))
    assert float(nt_xent(apart, apart)) == pytest.approx(math.log(1 + 10 * math.exp(-1 / 0.2)), rel=1e-4)


def test_crops_are_compared_with_whole_views_only() -> None:
    one, other, first, second = (unit_vectors(4, seed) for seed in range(4))
    wanted = [nt_xent(one, other), nt_xent(one, first), nt_xent(one, second), nt_xent(other, first), nt_xent(other, second)]
    assert float(multi_crop_loss([one, other], [first, second])) == pytest.approx(float(torch.stack(wanted).mean()), rel=1e-6)


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
        shares.append(bone_share(inside, draw_crops(inside, LOCAL_VIEW, generator), LOCAL_VIEW.shape))
        loose = ViewSettings(shape=LOCAL_VIEW.shape, shift=LOCAL_VIEW.shift, least_bone=0.0)
        free.append(bone_share(inside, draw_crops(inside, loose, generator), loose.shape))
    assert float(torch.cat(shares).min()) >= LEAST_BONE
    assert float((torch.cat(free) < LEAST_BONE).float().mean()) > 0.1


def test_views_show_bone_on_zero_and_follow_the_seed() -> None:
    masks = bars(8)
    pixels = torch.rand(8, 192, 80, generator=torch.Generator().manual_seed(0)) * 0.5 + 0.4
    first, again, other = (draw_view(pixels, masks, GLOBAL_VIEW, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert first.shape == (8, 1, *GLOBAL_VIEW.shape)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert float((first == 0).float().mean()) > 0.5
    assert float(first.amax()) > 0.4


def test_a_view_that_is_not_moved_is_the_cut_out() -> None:
    masks = bars(4)
    pixels = torch.rand(4, 192, 80, generator=torch.Generator().manual_seed(0)) * 0.5 + 0.4
    still = ViewSettings(shape=(192, 80), zoom=(1.0, 1.0), turn_deg=0.0, shift=0.0, gain_sd=0.0, offset_sd=0.0, noise=0.0)
    view = draw_view(pixels, masks, still, torch.Generator().manual_seed(0))[:, 0]
    inner = torch.zeros_like(masks)
    inner[:, 12:92, 36:44] = True
    # All that is left of the jitter is a blur by at most a quarter to either side.
    assert float((view - pixels)[inner].abs().mean()) < 0.1
    blurred = jitter(view[:, None], still, torch.Generator().manual_seed(1))
    assert torch.equal(blurred == 0, view[:, None] == 0)


def test_masks_move_by_one_pixel_at_most() -> None:
    masks = bars(200)
    moved = perturb_masks(masks, torch.Generator().manual_seed(0))
    areas = moved.sum((1, 2))
    assert set(areas.tolist()) == {86 * 12, 88 * 14, 90 * 16}
    assert torch.equal(masks, bars(200))
