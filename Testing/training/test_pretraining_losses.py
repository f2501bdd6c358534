"""Every loss against its equation written out as loops, and against lightly's where that is installed."""

from __future__ import annotations

import importlib
import math
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
import torch
import torch.nn.functional as functional

from training.selfsupervision.pairs import compared_pairs
from training.selfsupervision.simclr import nt_xent, simclr_loss
from training.selfsupervision.supcon import supcon_loss
from training.selfsupervision.swav import Prototypes, assignments, swav_loss
from training.selfsupervision.vicreg import covariance_loss, covariance_loss_by_dimensions, variance_loss, vicreg_loss


def vectors(count: int, dimensions: int = 6, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, dimensions, generator=torch.Generator().manual_seed(seed))


def unit_vectors(count: int, seed: int, dimensions: int = 6) -> torch.Tensor:
    return functional.normalize(vectors(count, dimensions, seed), dim=1)


def lightly_loss(name: str) -> ModuleType:
    """A file of lightly's losses; the package ``lightly.loss`` itself imports torchvision, which is not for this environment."""
    found = find_spec("lightly")
    if found is None or found.origin is None:
        pytest.skip(
            "lightly is a numerical oracle only: pip install --no-deps --target FOLDER lightly lightly_utils; PYTHONPATH=FOLDER"
        )
    package = ModuleType("lightly.loss")
    package.__path__ = [str(Path(found.origin).parent / "loss")]
    sys.modules.setdefault("lightly.loss", package)
    try:
        return importlib.import_module(f"lightly.loss.{name}")
    except ModuleNotFoundError as missing:
        pytest.skip(f"lightly's {name} needs {missing.name}, which must not be installed here")


def literal_nt_xent(one: torch.Tensor, other: torch.Tensor, temperature: float) -> float:
    """Equation 1 of Chen et al., 2020, pair by pair."""
    every = [*one.tolist(), *other.tolist()]
    count = len(one)

    def similarity(i: int, j: int) -> float:
        dot = sum(a * b for a, b in zip(every[i], every[j], strict=True))
        return dot / math.sqrt(sum(a * a for a in every[i])) / math.sqrt(sum(b * b for b in every[j]))

    total = 0.0
    for i in range(2 * count):
        partner = (i + count) % (2 * count)
        others = sum(math.exp(similarity(i, k) / temperature) for k in range(2 * count) if k != i)
        total -= math.log(math.exp(similarity(i, partner) / temperature) / others)
    return total / (2 * count)


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_simclr_is_the_published_loss(temperature: float) -> None:
    one, other = unit_vectors(5, 0), unit_vectors(5, 1)
    assert float(nt_xent(one, other, temperature)) == pytest.approx(literal_nt_xent(one, other, temperature), rel=1e-5)


def test_simclr_is_small_where_views_agree_and_bones_differ() -> None:
    apart = torch.eye(6)
    assert float(nt_xent(apart, apart)) < float(nt_xent(apart, apart.roll(1, 0)))
    assert float(nt_xent(apart, apart)) == pytest.approx(math.log(1 + 10 * math.exp(-1 / 0.2)), rel=1e-4)


def test_crops_are_compared_with_whole_views_only() -> None:
    assert compared_pairs(4, 2) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3)]
    views = [unit_vectors(4, seed) for seed in range(4)]
    wanted = [nt_xent(views[one], views[other]) for one, other in compared_pairs(4, 2)]
    assert float(simclr_loss(views, 2)) == pytest.approx(float(torch.stack(wanted).mean()), rel=1e-6)


def test_simclr_agrees_with_lightly() -> None:
    theirs = lightly_loss("ntx_ent_loss").NTXentLoss(temperature=0.2)
    one, other = unit_vectors(7, 0), unit_vectors(7, 1)
    assert float(nt_xent(one, other, 0.2)) == pytest.approx(float(theirs(one, other)), rel=1e-5)


def literal_vicreg(one: torch.Tensor, other: torch.Tensor) -> float:
    """Algorithm 1 of Bardes et al., 2022, entry by entry, in double precision."""
    views = [view.double() for view in (one, other)]
    count, dimensions = one.shape
    invariance = sum(float((views[0][i, d] - views[1][i, d]) ** 2) for i in range(count) for d in range(dimensions))
    variance = covariance = 0.0
    for view in views:
        mean = [sum(float(view[i, d]) for i in range(count)) / count for d in range(dimensions)]
        for d in range(dimensions):
            for e in range(dimensions):
                c = sum((float(view[i, d]) - mean[d]) * (float(view[i, e]) - mean[e]) for i in range(count)) / (count - 1)
                if d == e:
                    variance += max(0.0, 1 - math.sqrt(c + 1e-4)) / dimensions / 2
                else:
                    covariance += c * c / dimensions
    return 25 * invariance / (count * dimensions) + 25 * variance + covariance


@pytest.mark.parametrize(("count", "dimensions"), [(4, 7), (7, 4)])
def test_vicreg_is_the_published_loss_on_both_ways_to_its_covariance(count: int, dimensions: int) -> None:
    one, other = 0.7 * vectors(count, dimensions, 0), 0.7 * vectors(count, dimensions, 1)
    assert float(vicreg_loss([one, other], 2)) == pytest.approx(literal_vicreg(one, other), rel=1e-5)


def test_covariance_by_the_gram_matrix_has_the_value_and_gradient_of_the_plain_one() -> None:
    few = (vectors(16, 200) * torch.linspace(0.1, 3, 200)).requires_grad_()
    by_gram, plain = covariance_loss(few), covariance_loss_by_dimensions(few)
    assert float(by_gram.detach()) == pytest.approx(float(plain.detach()), rel=1e-5)
    ours, theirs = (torch.autograd.grad(loss, few)[0] for loss in (by_gram, plain))
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5 * float(theirs.abs().max()))


def test_vicreg_of_many_views_weighs_each_alike_and_computes_in_float32() -> None:
    views = [vectors(5, 8, seed) for seed in range(3)]
    pairs = [functional.mse_loss(views[one], views[other]) for one, other in compared_pairs(3, 2)]
    wanted = 25 * torch.stack(pairs).mean() + sum(25 * variance_loss(each) + 2 * covariance_loss(each) for each in views) / 3
    assert float(vicreg_loss(views, 2)) == pytest.approx(float(wanted), rel=1e-5)
    half = [view.bfloat16() for view in views]
    assert vicreg_loss(half, 2).dtype == torch.float32


def test_vicreg_punishes_collapse() -> None:
    same = torch.ones(6, 4)
    assert float(vicreg_loss([same, same], 2)) == pytest.approx(25 * (1 - math.sqrt(1e-4)), rel=1e-5)


@pytest.mark.parametrize(("count", "dimensions"), [(8, 30), (30, 8)])
def test_vicreg_agrees_with_lightly(count: int, dimensions: int) -> None:
    theirs = lightly_loss("vicreg_loss").VICRegLoss()
    one, other = vectors(count, dimensions, 0), vectors(count, dimensions, 1)
    assert float(vicreg_loss([one, other], 2)) == pytest.approx(float(theirs(one, other)), rel=1e-5)


def literal_supcon(views: list[torch.Tensor], wholes: int, classes: list[int], temperature: float) -> float:
    """Equation 2 of Khosla et al., 2020; a crop's A(i) are the global views."""
    every = [(view, row) for view in range(len(views)) for row in range(len(classes))]
    total = 0.0
    for i in every:
        others = [a for a in every if a != i and (i[0] < wholes or a[0] < wholes)]

        def product(a: tuple[int, int], i: tuple[int, int] = i) -> float:
            return math.exp(float(views[i[0]][i[1]] @ views[a[0]][a[1]]) / temperature)

        positives = [p for p in others if classes[p[1]] == classes[i[1]]]
        denominator = sum(product(a) for a in others)
        total -= sum(math.log(product(p) / denominator) for p in positives) / len(positives)
    return total / len(every)


@pytest.mark.parametrize(("count", "wholes"), [(2, 2), (4, 2)])
def test_supcon_is_the_published_loss_with_the_sum_outside_the_logarithm(count: int, wholes: int) -> None:
    classes = [0, 0, 1, 2, 1]
    views = [unit_vectors(5, seed) for seed in range(count)]
    found = supcon_loss(views, wholes, torch.tensor(classes), 0.3)
    assert float(found) == pytest.approx(literal_supcon(views, wholes, classes, 0.3), rel=1e-5)


def test_supcon_without_equal_classes_is_simclr_and_has_a_finite_gradient() -> None:
    one, other = unit_vectors(5, 0).requires_grad_(), unit_vectors(5, 1)
    loss = supcon_loss([one, other], 2, torch.arange(5), 0.2)
    assert float(loss.detach()) == pytest.approx(float(nt_xent(one, other, 0.2).detach()), rel=1e-5)
    assert bool(torch.autograd.grad(loss, one)[0].isfinite().all())


def literal_assignments(scores: torch.Tensor, epsilon: float, iterations: int) -> list[list[float]]:
    """Algorithm 1 of Caron et al., 2020, in double precision."""
    plan = [[math.exp(float(value) / epsilon) for value in row] for row in scores]
    count, prototypes = scores.shape
    for _ in range(iterations):
        for k in range(prototypes):
            share = sum(plan[i][k] for i in range(count)) * prototypes
            for i in range(count):
                plan[i][k] /= share
        for i in range(count):
            share = sum(plan[i]) * count
            plan[i] = [value / share for value in plan[i]]
    return [[value * count for value in row] for row in plan]


def test_swav_assigns_as_published() -> None:
    scores = Prototypes(6, 4)(unit_vectors(9, 0)).detach()
    found = assignments(scores)
    torch.testing.assert_close(found, torch.tensor(literal_assignments(scores, 0.05, 3)), rtol=1e-4, atol=1e-6)
    many = assignments(scores, iterations=200)
    torch.testing.assert_close(many.sum(0), torch.full((4,), 9 / 4), rtol=1e-3, atol=0)
    assert bool(assignments(scores * 1e4).isfinite().all())


def test_swav_predicts_the_codes_of_the_other_global_views() -> None:
    scores = [0.5 * vectors(6, 5, seed) for seed in range(3)]
    total = []
    for code in range(2):
        wanted = torch.tensor(literal_assignments(scores[code], 0.05, 3))
        total += [-(wanted * torch.log(torch.softmax(scores[view] / 0.1, 1))).sum(1).mean() for view in range(3) if view != code]
    assert float(swav_loss(scores, 2)) == pytest.approx(float(torch.stack(total).mean()), rel=1e-4)


def test_swav_agrees_with_lightly() -> None:
    theirs = lightly_loss("swav_loss").SwaVLoss()
    scores = [0.5 * vectors(8, 5, seed) for seed in range(4)]
    assert float(swav_loss(scores, 2)) == pytest.approx(float(theirs(scores[:2], scores[2:])), rel=1e-4)


def test_prototypes_go_back_to_the_sphere() -> None:
    prototypes = Prototypes(6, 4)
    with torch.no_grad():
        prototypes.weight.mul_(3)
    prototypes.normalise()
    torch.testing.assert_close(prototypes.weight.detach().norm(dim=1), torch.ones(4))
