"""The trained network as the ONNX graph that a bundle holds."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch

from training.segmentation.network import StochasticExperts
from training.segmentation.run_folder import SETTINGS
from training.segmentation.settings import read_settings
from training.segmentation.state import CHECKPOINT

GRAPH_NAME = "segmentation.onnx"
INPUTS = ("film", "latents")
OUTPUTS = ("hypotheses", "gate", "mean", "within")


class Deployed(torch.nn.Module):
    """What the graph of a bundle computes: hypotheses, gate, weighted mean, and weighted mean entropy in bits.

    Mean and entropy are reduced inside the graph, where it is quickest.
    """

    def __init__(self, network: StochasticExperts) -> None:
        super().__init__()
        self.network = network

    def forward(self, film: torch.Tensor, latents: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Film (1, 1, H, W), 0..1, and standard normal latents (K, S, L), to the outputs named in `OUTPUTS`."""
        logits, gate_logits = self.network(film, latents[None])
        hypotheses = torch.sigmoid(logits)[0]
        gate = torch.softmax(gate_logits[0], 0)
        experts, samples = latents.shape[:2]
        weights = (gate[:, None].expand(experts, samples) / samples).reshape(-1, 1, 1, 1)
        sure = hypotheses.clamp(1e-7, 1 - 1e-7)
        bits = -(sure * torch.log2(sure) + (1 - sure) * torch.log2(1 - sure))
        return hypotheses, gate, (hypotheses * weights).sum(0), (bits * weights).sum(0)


def deployed(run: Path | None) -> Deployed:
    """The averaged weights of a training run, or the initial ones of seed 0, ready for evaluation."""
    torch.manual_seed(0)
    network = StochasticExperts(None if run is None else read_settings(run / SETTINGS).network)
    if run is not None:
        network.load_state_dict(torch.load(run / CHECKPOINT, map_location="cpu", weights_only=True)["average"])
    return Deployed(network).eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def export_graph(network: Deployed, path: Path) -> Path:
    """Write the network as one ONNX file with free film size and number of samples; returns the path."""
    settings = network.network.settings
    path.parent.mkdir(parents=True, exist_ok=True)
    example = (torch.rand(1, 1, 384, 320), torch.randn(settings.experts, 4, settings.latent))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own, about its dependencies
        torch.onnx.export(
            network,
            example,
            str(path),
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes={"film": {2: "H", 3: "W"}, "latents": {1: "S"}, "hypotheses": {0: "N"}},
            dynamo=False,
            opset_version=17,
        )
    return path
