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
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.segmentation.engine import InferenceEngine, OnnxRuntimeEngine, OpenVinoEngine
from training.segmentation.export import Deployed, deployed, export_graph

SIZES = ((384, 320), (512, 416))
SAMPLES = 4


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="training run; initial weights without it")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    network = deployed(options.run)
    settings = network.network.settings
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "segmentation.onnx"
        export_graph(network, graph)
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
