"""The mixture of stochastic experts, what of it is deployed, and the exported graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from OsteoScreenLib.segmentation.engine import make_engine
from training.bundle import verify
from training.segmentation.export import INPUTS, OUTPUTS, Deployed, deployed, export_graph
from training.segmentation.network import LOG_SIGMA_RANGE, NetworkSettings, StochasticExperts, draw_latents

SMALL = NetworkSettings(widths=(8, 12, 16, 16, 24), features=12, experts=3, latent=5)


def network(settings: NetworkSettings = SMALL, seed: int = 0) -> StochasticExperts:
    torch.manual_seed(seed)
    return StochasticExperts(settings).eval()


def film(rows: int = 96, columns: int = 64, batch: int = 1) -> torch.Tensor:
    return torch.rand(batch, 1, rows, columns, generator=torch.Generator().manual_seed(3))


def latents(samples: int = 2, batch: int = 1, seed: int = 4) -> torch.Tensor:
    return draw_latents(SMALL, samples, torch.Generator().manual_seed(seed), batch)


@pytest.mark.parametrize(("rows", "columns", "samples", "batch"), [(64, 64, 1, 2), (96, 160, 4, 1), (32, 64, 3, 3)])
@torch.inference_mode()
def test_hypotheses_lie_on_half_the_film_s_grid(rows: int, columns: int, samples: int, batch: int) -> None:
    logits, gate = network()(film(rows, columns, batch), latents(samples, batch))
    assert logits.shape == (batch, 3 * samples, 7, rows // 2, columns // 2)
    assert gate.shape == (batch, 3)
    assert torch.isfinite(logits).all()


@torch.inference_mode()
def test_default_size_fits_a_light_bundle() -> None:
    parameters = sum(p.numel() for p in StochasticExperts().parameters())
    assert parameters * 4 < 12e6


@torch.inference_mode()
def test_other_latents_give_other_hypotheses_and_equal_ones_equal() -> None:
    net = network()
    one, same, other = (net(film(), latents(seed=seed))[0] for seed in (4, 4, 5))
    assert torch.equal(one, same)
    differences = (one - other).abs().amax(dim=(0, 2, 3, 4))
    assert (differences > 1e-3).all()


@torch.inference_mode()
def test_the_gate_does_not_depend_on_latents() -> None:
    net = network()
    assert torch.equal(net(film(), latents(seed=4))[1], net(film(), latents(seed=5))[1])


@torch.inference_mode()
def test_hypotheses_are_ordered_by_expert() -> None:
    net = network()
    before = net(film(), latents(samples=4))[0]
    net.experts.mean[1] += 3.0
    after = net(film(), latents(samples=4))[0]
    moved = (before != after).any(dim=(0, 2, 3, 4)).nonzero().flatten().tolist()
    assert moved == [4, 5, 6, 7]


@torch.inference_mode()
def test_folded_modulation_equals_shifting_and_scaling_the_features() -> None:
    net = network()
    features, _ = net.encode(film())
    drawn = latents(samples=2)
    found = net.experts(features, drawn)
    experts = net.experts
    for expert in range(3):
        for sample in range(2):
            code = experts.mean[expert] + experts.log_sigma[expert].exp() * drawn[0, expert, sample]
            shift, scale = experts.modulate(code).chunk(2)
            modulated = features[0] * (1 + scale)[:, None, None] + shift[:, None, None]
            expected = experts.head(modulated.permute(1, 2, 0)).permute(2, 0, 1)
            assert found[0, expert * 2 + sample].numpy() == pytest.approx(expected.numpy(), abs=1e-5)


@pytest.mark.parametrize(("bound", "beyond"), [(LOG_SIGMA_RANGE[0], -40.0), (LOG_SIGMA_RANGE[1], 90.0)])
@torch.inference_mode()
def test_spread_of_an_expert_is_bounded(bound: float, beyond: float) -> None:
    net = network()
    net.experts.log_sigma.fill_(bound)
    at_bound = net(film(), latents())[0]
    net.experts.log_sigma.fill_(beyond)
    assert torch.equal(net(film(), latents())[0], at_bound)


@torch.inference_mode()
def test_films_of_a_batch_do_not_touch_each_other() -> None:
    net = network()
    films, drawn = film(batch=3), latents(batch=3)
    together, gates = net(films, drawn)
    for index in range(3):
        alone, gate = net(films[index : index + 1], drawn[index : index + 1])
        assert alone[0].numpy() == pytest.approx(together[index].numpy(), abs=1e-5)
        assert gate[0].numpy() == pytest.approx(gates[index].numpy(), abs=1e-5)


@torch.inference_mode()
def test_deployed_mean_and_entropy_are_those_of_its_hypotheses() -> None:
    net = network()
    net.gate[-1].bias.copy_(torch.tensor([2.0, -1.0, 0.3]))
    hypotheses, gate, mean, within = (t.numpy() for t in Deployed(net)(film(), latents(samples=2)[0]))
    assert hypotheses.shape == (6, 7, 48, 32)
    assert gate.sum() == pytest.approx(1.0, abs=1e-6)
    assert gate.max() > 0.5
    weights = np.repeat(gate, 2) / 2
    sure = np.clip(hypotheses.astype(float), 1e-7, 1 - 1e-7)
    entropy = -(sure * np.log2(sure) + (1 - sure) * np.log2(1 - sure))
    assert mean == pytest.approx(np.tensordot(weights, hypotheses, 1), abs=1e-6)
    assert within == pytest.approx(np.tensordot(weights, entropy, 1), abs=1e-5)
    assert 0 <= within.min() <= within.max() <= 1


def lively(seed: int) -> Deployed:
    """A small network whose batch norms have seen films, so that its outputs are not all near one half."""
    net = network(seed=seed).train()
    with torch.no_grad():
        for _ in range(12):
            net.encode(film(batch=4))
        net.experts.head.weight.mul_(6)
    return Deployed(net).eval()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Deployed, Path]:
    net = lively(0)
    return net, export_graph(net, tmp_path_factory.mktemp("graph") / "new" / "segmentation.onnx")


@pytest.mark.parametrize(("rows", "columns", "samples"), [(64, 64, 2), (96, 128, 4)])
def test_exported_graph_computes_what_torch_computes(
    exported: tuple[Deployed, Path], rows: int, columns: int, samples: int
) -> None:
    net, path = exported
    pixels, drawn = film(rows, columns), latents(samples)[0]
    with torch.inference_mode():
        wanted = dict(zip(OUTPUTS, net(pixels, drawn), strict=True))
    assert float(wanted["hypotheses"].std()) > 0.02
    found = make_engine("openvino").run(path, dict(zip(INPUTS, (pixels.numpy(), drawn.numpy()), strict=True)))
    for name, tensor in wanted.items():
        assert found[name].shape == tuple(tensor.shape)
        assert found[name] == pytest.approx(tensor.numpy(), abs=1e-4)


def test_verification_passes_the_graph_and_catches_another_one(exported: tuple[Deployed, Path]) -> None:
    net, path = exported
    assert verify(net, path) < 1e-4
    assert verify(lively(1), path) > 1e-2


def test_without_a_run_the_initial_weights_are_those_of_seed_zero() -> None:
    first, again = (deployed(None).network.state_dict() for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_a_plain_network_ignores_the_latents_and_a_size_of_none_is_refused() -> None:
    plain = NetworkSettings(widths=(4, 8, 8, 8, 8), features=4, experts=1, latent=2, stochastic=False)
    net = StochasticExperts(plain).eval()
    with torch.inference_mode():
        first, again = (net(film(64, 64), torch.randn(1, 1, 1, 2))[0] for _ in range(2))
    assert torch.equal(first, again)
    with pytest.raises(ValueError, match="experts is 0: give at least 1"):
        NetworkSettings(experts=0)
