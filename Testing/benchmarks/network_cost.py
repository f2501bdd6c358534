"""What a training step and an inference of our network cost beside MONAI's BasicUNet and DynUNet; prints a Markdown table.

    python Testing/benchmarks/network_cost.py [--size 512] [--batch 2] [--threads 2] [--rounds 3] [--repeats 4] [--out FILE.csv]

All get the same random films, channels-last tensors, number format, optimiser (AdamW) and threads:

- experts: our mixture as it is trained, 4 experts x 2 samples, 4 annotators, exact transport; inference with 4 x 4 hypotheses,
  their probabilities and weighted mean
- one hypothesis: the same network with 1 expert x 1 sample and the mean annotator
- BasicUNet with its default widths, and DynUNet with 6 levels and its default widths (nnU-Net's), without deep supervision: seven
  independent channels, Dice + binary cross entropy against the mean annotator; inference gives the seven probabilities

MONAI's networks work at the film's resolution, ours at half of it (`network.OUTPUT_STRIDE`). Every case runs in a process of
its own, in turns over ``--rounds``, so that a busy moment meets all of them. Times are the shortest of all repeats, wall clock
and process time (all threads), per batch. Memory is the highest peak of the processes, and how far that is above what imports
and weights take; on a GPU it is torch's peak there. Needs the training extra and MONAI: pip install monai (which does not need
torchvision).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

# The parent process imports no torch: a child's peak memory begins at that of its parent.
if TYPE_CHECKING:
    import torch

    from training.segmentation.device import Device

NETWORKS = ("experts", "one hypothesis", "BasicUNet", "DynUNet")
TASKS = ("train", "infer")
BONES, ANNOTATORS, EXPERTS = 7, 4, 4
SAMPLES = {"train": 2, "infer": 4}
DYN_LEVELS = 6


def build(network: str) -> torch.nn.Module:
    """A network with initial weights."""
    from monai.networks.nets import BasicUNet, DynUNet

    from training.segmentation.network import NetworkSettings, StochasticExperts

    if network == "BasicUNet":
        return BasicUNet(spatial_dims=2, in_channels=1, out_channels=BONES)
    if network == "DynUNet":
        strides = [1] + [2] * (DYN_LEVELS - 1)
        return DynUNet(2, 1, BONES, kernel_size=[3] * DYN_LEVELS, strides=strides, upsample_kernel_size=strides[1:])
    return StochasticExperts(NetworkSettings(experts=EXPERTS if network == "experts" else 1))


def outputs(network: str, model: Any, films: torch.Tensor, samples: int) -> tuple[torch.Tensor, ...]:
    """Logits, and the gate's for ours."""
    import torch

    if network in ("BasicUNet", "DynUNet"):
        return (model(films),)
    settings = model.settings
    latents = torch.randn(len(films), settings.experts, samples if network == "experts" else 1, settings.latent)
    return model(films, latents.to(films.device))


def training_step(network: str, model: Any, films: torch.Tensor, annotators: torch.Tensor, device: Device) -> Callable[[], None]:
    """One update from the films; ``annotators`` (B, M, 7, h, w) are at the network's output size."""
    import torch
    from monai.losses import DiceLoss

    from training.segmentation.transport import transport_loss

    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)
    overlap, entropy = DiceLoss(sigmoid=True), torch.nn.BCEWithLogitsLoss()
    mean = annotators.mean(dim=1).float()
    weights: dict[str, Any] = {"gamma": 0.5 if network == "experts" else 1.0, "kl_weight": 0.1, "cross_entropy": 4.0}
    targets = (annotators if network == "experts" else annotators.mean(dim=1, keepdim=True)).to(device.loss_kind)

    def step() -> None:
        with device.autocast():
            logits, *gate = outputs(network, model, films, SAMPLES["train"])
        if gate:
            with device.loss_autocast():
                loss = transport_loss(logits.to(device.loss_kind), gate[0], targets, **weights)[0]
        else:
            loss = overlap(logits.float(), mean) + entropy(logits.float(), mean)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()

    return step


def inference(network: str, model: Any, films: torch.Tensor, device: Device) -> Callable[[], None]:
    """Probabilities of the films, for ours of every hypothesis and their weighted mean."""
    import torch

    def infer() -> None:
        with torch.inference_mode(), device.autocast():
            logits, *gate = outputs(network, model, films, SAMPLES["infer"])
            probabilities = logits.float().sigmoid()
            if gate:
                samples = probabilities.shape[1] // gate[0].shape[1]
                weights = gate[0].float().softmax(1).repeat_interleave(samples, 1) / samples
                torch.einsum("bn,bnchw->bchw", weights, probabilities)

    return infer


def measure(options: argparse.Namespace, network: str, task: str, precision: str) -> dict[str, float]:
    """Parameters, shortest times and peak memory of one case, in this process."""
    import torch

    from training.segmentation.device import choose_device
    from training.segmentation.network import OUTPUT_STRIDE

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    device = choose_device(options.device, precision)
    model: Any = build(network).to(device.device)
    model = model.to(memory_format=torch.channels_last)
    stride = 1 if network in ("BasicUNet", "DynUNet") else OUTPUT_STRIDE
    start = _peak_mb(device.device)
    films = torch.rand(options.batch, 1, options.size, options.size, device=device.device)
    films = films.contiguous(memory_format=torch.channels_last)
    if task == "train":
        side = options.size // stride
        annotators = (torch.rand(options.batch, ANNOTATORS, BONES, side, side, device=device.device) > 0.9).float()
        run = training_step(network, model.train(), films, annotators, device)
    else:
        run = inference(network, model.eval(), films, device)
    run()  # the first call plans the convolutions and makes the optimiser's state
    wall, process = [], []
    for _ in range(options.repeats):
        begun, used = time.perf_counter(), time.process_time()
        run()
        if device.device.type == "cuda":
            torch.cuda.synchronize()
        wall.append(time.perf_counter() - begun)
        process.append(time.process_time() - used)
    peak = _peak_mb(device.device)
    parameters = sum(p.numel() for p in model.parameters()) / 1e6
    return {
        "parameters_m": parameters,
        "seconds": min(wall),
        "process_s": min(process),
        "peak_mb": peak,
        "above_start_mb": peak - start,
    }


def _peak_mb(device: torch.device) -> float:
    import resource

    import torch

    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_case(case: tuple[str, str, str], arguments: list[str], threads: int) -> dict[str, float]:
    """Measure one case (network, task, precision) in a process of its own."""
    command = [sys.executable, __file__, *arguments, "--case", *case]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(case)}: its process ended with status {done.returncode}; see its message above")
    return json.loads(done.stdout.splitlines()[-1])


def best(runs: list[dict[str, float]]) -> dict[str, float]:
    """Over several rounds: shortest times, highest memory."""
    return {name: (max if name.endswith("_mb") else min)(run[name] for run in runs) for name in runs[0]}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=512, help="side of the square films in pixels, a multiple of 32")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="processes per case")
    parser.add_argument("--repeats", type=int, default=4, help="timed calls per process, after one that is not timed")
    parser.add_argument(
        "--precisions", nargs="+", default=["float32", "bfloat16"], help="number formats of the networks' products"
    )
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--out", type=Path, help="CSV file to write")
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
        print(json.dumps(measure(options, *options.case)))
        return
    if find_spec("monai") is None:
        sys.exit("MONAI cannot be imported: install it beside the training extra (pip install monai)")
    cases = [(network, task, precision) for precision in options.precisions for task in TASKS for network in NETWORKS]
    runs: dict[tuple[str, str, str], list[dict[str, float]]] = {case: [] for case in cases}
    for turn in range(options.rounds):
        for case in cases:
            print(f"round {turn + 1} of {options.rounds}: {' '.join(case)}", file=sys.stderr)
            runs[case].append(run_case(case, sys.argv[1:], options.threads))
    rows = [dict(zip(("network", "task", "precision"), case, strict=True)) | best(found) for case, found in runs.items()]
    report(rows, options)


def report(rows: list[dict[str, Any]], options: argparse.Namespace) -> None:
    """Print the Markdown table, and write it as CSV where asked for."""
    names = {"train": "training step", "infer": "inference"}
    print(f"{options.batch} films of {options.size} x {options.size} pixels, {options.device}, {options.threads} threads\n")
    print("| | format | network | parameters (M) | seconds | process s | peak MB | above start MB |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        times = f"{row['seconds']:.3f} | {row['process_s']:.3f}"
        memory = f"{row['peak_mb']:.0f} | {row['above_start_mb']:.0f}"
        print(
            f"| {names[row['task']]} | {row['precision']} | {row['network']} | {row['parameters_m']:.2f} | {times} | {memory} |"
        )
    print(
        f"\nload average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores: the shortest of many times, best on an idle machine"
    )
    if options.out:
        with open(options.out, "w", newline="") as handle:
            writer = csv.DictWriter(handle, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
