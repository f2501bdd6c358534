"""The same segmentation network by OpenVINO, ONNX Runtime and torch (channels last): time and largest difference in probability.

    python Testing/benchmarks/engines.py [--run FOLDER] [--repeats 9] [--threads 2]

``--run`` is a training run whose averaged weights are taken; without it the network has its initial weights (seed 0), which
cost the same time. The engines take turns, so that a busy moment of the machine meets all of them. Needs the training extra.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.segmentation.engine import InferenceEngine, OnnxRuntimeEngine, OpenVinoEngine
from training.segmentation.network import StochasticExperts

SIZES = ((384, 320), (512, 416))
SAMPLES = 4


class Deployed(torch.nn.Module):
    """What the graph of a bundle computes: hypotheses, gate, weighted mean, and weighted mean entropy in bits."""

    def __init__(self, network: StochasticExperts) -> None:
        super().__init__()
        self.network = network

    def forward(self, film: torch.Tensor, latents: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Film (1, 1, H, W) and latents (K, S, L)."""
        logits, gate_logits = self.network(film, latents[None])
        hypotheses = torch.sigmoid(logits)[0]
        gate = torch.softmax(gate_logits[0], 0)
        experts, samples = latents.shape[:2]
        weights = (gate[:, None].expand(experts, samples) / samples).reshape(-1, 1, 1, 1)
        sure = hypotheses.clamp(1e-7, 1 - 1e-7)
        bits = -(sure * torch.log2(sure) + (1 - sure) * torch.log2(1 - sure))
        return hypotheses, gate, (hypotheses * weights).sum(0), (bits * weights).sum(0)


def load(run: Path | None) -> Deployed:
    """The network of a training run, or with its initial weights."""
    torch.manual_seed(0)
    network = StochasticExperts()
    if run is not None:
        network.load_state_dict(torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)["average"])
    return Deployed(network).eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def export(network: Deployed, path: Path) -> None:
    """Write the network as an ONNX graph with free film size and number of samples."""
    settings = network.network.settings
    names = ["hypotheses", "gate", "mean", "within"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.rand(1, 1, 384, 320), torch.randn(settings.experts, SAMPLES, settings.latent)),
            str(path),
            input_names=["film", "latents"],
            output_names=names,
            dynamic_axes={"film": {2: "H", 3: "W"}, "latents": {1: "S"}, "hypotheses": {0: "N"}},
            dynamo=False,
            opset_version=17,
        )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="training run; initial weights without it")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    network = load(options.run)
    settings = network.network.settings
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "segmentation.onnx"
        export(network, graph)
        engines: dict[str, InferenceEngine] = {
            "openvino f32": OpenVinoEngine(options.threads),
            "openvino bf16": OpenVinoEngine(options.threads, precision="bf16"),
        }
        if find_spec("onnxruntime"):
            engines["onnxruntime"] = OnnxRuntimeEngine(options.threads)
        print(f"{sum(p.numel() for p in network.parameters()) / 1e6:.2f} M parameters, {options.threads} threads")
        for size in SIZES:
            film = rng.random((1, 1, *size), np.float32)
            latents = rng.standard_normal((settings.experts, SAMPLES, settings.latent)).astype(np.float32)
            compare(network, engines, graph, film, latents, options.repeats)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores: times hold for an idle machine, ratios for most")


def compare(
    network: Deployed,
    engines: dict[str, InferenceEngine],
    graph: Path,
    film: np.ndarray,
    latents: np.ndarray,
    repeats: int,
) -> None:
    """Print times and largest differences of one film size."""

    def by_torch() -> np.ndarray:
        with torch.inference_mode():
            shaped = torch.from_numpy(film).contiguous(memory_format=torch.channels_last)
            return network(shaped, torch.from_numpy(latents))[0].numpy()

    def by(engine: InferenceEngine) -> Callable[[], np.ndarray]:
        return lambda: engine.run(graph, {"film": film, "latents": latents})["hypotheses"]

    ways = {"torch channels_last": by_torch, **{name: by(engine) for name, engine in engines.items()}}
    wanted = by_torch()
    differences = {name: float(np.abs(way() - wanted).max()) for name, way in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - started)
    reference = statistics.median(times["torch channels_last"])
    print(f"\n{film.shape[2]} x {film.shape[3]:<14} {'median s':>9} {'ratio':>7} {'largest difference':>20}")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:20} {median:9.3f} {median / reference:7.2f} {differences[name]:20.1e}")


if __name__ == "__main__":
    main()
