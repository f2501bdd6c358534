"""VICReg's covariance term by the Gram matrix beside the plain D x D form and lightly's: same value and gradient, ratio of times.

    python Testing/benchmarks/vicreg_gram.py [--batches 64 128 256] [--dimensions 2048 4096 8192] [--threads 1] [--repeats 5]
                                             [--out FILE.json]

Prints a Markdown table. Times are the shortest of all repeats of value and gradient, process time, the three in turns so that a
busy moment meets all. lightly is optional: its file of the loss is loaded alone, since its package imports torchvision
(pip install --no-deps --target FOLDER lightly lightly_utils, PYTHONPATH=FOLDER).
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from training.segmentation.commit import commit  # noqa: E402
from training.selfsupervision.vicreg import covariance_loss, covariance_loss_by_dimensions  # noqa: E402

Loss = Callable[[torch.Tensor], torch.Tensor]


def lightly_loss() -> Loss | None:
    """lightly's covariance loss, or None where it is not installed."""
    found = find_spec("lightly")
    if found is None or found.origin is None:
        return None
    package = ModuleType("lightly.loss")
    package.__path__ = [str(Path(found.origin).parent / "loss")]
    sys.modules["lightly.loss"] = package
    loss: Loss = importlib.import_module("lightly.loss.vicreg_loss").covariance_loss
    return loss


def measured(loss: Loss, vectors: torch.Tensor) -> tuple[float, torch.Tensor, float]:
    """Value, gradient and process time in seconds."""
    own = vectors.clone().requires_grad_()
    begun = time.process_time()
    value = loss(own)
    value.backward()
    spent = time.process_time() - begun
    assert own.grad is not None
    return float(value.detach()), own.grad, spent


def compare(losses: dict[str, Loss], batch: int, dimensions: int, repeats: int) -> dict[str, Any]:
    """One case: value of each, largest differences from the plain form, shortest times and their ratios to the Gram matrix's."""
    vectors = torch.randn(batch, dimensions, generator=torch.Generator().manual_seed(batch * dimensions))
    times: dict[str, list[float]] = {name: [] for name in losses}
    values: dict[str, float] = {}
    gradients: dict[str, torch.Tensor] = {}
    for _ in range(repeats):
        for name, loss in losses.items():
            values[name], gradients[name], spent = measured(loss, vectors)
            times[name].append(spent)
    plain, largest = values["plain"], float(gradients["plain"].abs().max())
    shortest = {name: min(each) for name, each in times.items()}
    return {
        "batch": batch,
        "dimensions": dimensions,
        "value": plain,
        "relative_difference": {name: abs(value - plain) / abs(plain) for name, value in values.items()},
        "gradient_difference": {
            name: float((each - gradients["plain"]).abs().max()) / largest for name, each in gradients.items()
        },
        "seconds": shortest,
        "ratio": {name: each / shortest["gram"] for name, each in shortest.items()},
    }


def main() -> None:
    """Measure all cases; print and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--dimensions", type=int, nargs="+", default=[2048, 4096, 8192])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    losses: dict[str, Loss] = {"gram": covariance_loss, "plain": covariance_loss_by_dimensions}
    theirs = lightly_loss()
    if theirs is not None:
        losses["lightly"] = theirs
    print("| B | D | value | difference | gradient | plain / Gram |" + (" lightly / Gram |" if theirs else ""))
    print("|---|---|---|---|---|---|" + ("---|" if theirs else ""), flush=True)
    cases = []
    for batch in options.batches:
        for dimensions in options.dimensions:
            case = compare(losses, batch, dimensions, options.repeats)
            cases.append(case)
            said = [str(batch), str(dimensions), f"{case['value']:.5g}", f"{case['relative_difference']['gram']:.0e}"]
            said += [f"{case['gradient_difference']['gram']:.0e}"]
            said += [f"{case['ratio'][name]:.0f}" for name in losses if name != "gram"]
            print(f"| {' | '.join(said)} |", flush=True)
    if options.out:
        made = {"commit": commit(), "torch": torch.__version__, "python": platform.python_version(), "threads": options.threads}
        options.out.write_text(
            json.dumps({**made, "repeats": options.repeats, "cases": cases}, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
