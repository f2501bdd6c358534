"""Assemble and verify a model bundle: ``python -m training.bundle --segmentation RUN --classification FOLDER --out BUNDLE``."""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from OsteoScreenLib import __version__
from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle import BUNDLE_SCHEMA_VERSION, hash_files, load_bundle
from OsteoScreenLib.segmentation.engine import make_engine
from training.segmentation.commit import commit
from training.segmentation.export import GRAPH_NAME, INPUTS, Deployed, deployed, export_graph
from training.segmentation.network import OUTPUT_STRIDE
from training.segmentation.run_folder import RECORD
from training.segmentation.settings import SegmentationSettings
from training.segmentation.thresholds import choose_thresholds

TOLERANCE = 1e-3
"""Largest difference in probability between the exported graph and torch that is accepted."""

INTENDED_USE = (
    "Research on opportunistic screening for osteoporosis from postero-anterior hand and wrist radiographs of adults. "
    "Not a medical device; not for diagnosis, and not for ruling out osteoporosis."
)
SIMULATED_ONLY = "Trained on simulated films only; no film of a patient and no DXA measurement was used."
LIMITS = (
    "The probability refers to the simulated cohort, its prevalence and its definition of osteoporosis; "
    "it has not been calibrated or tested on patients.",
    "Not trained on films with casts, metal implants, fractures, amputations, or open growth plates.",
    "Oblique and lateral views and both hands on one film were not in the training films.",
)


def assemble(
    run: Path, classification: Path | None, out: Path, *, name: str, films: int, first_look: int, closer: int, note: str = ""
) -> None:
    """Export, choose thresholds, write ``bundle.json`` into ``out``, and verify all of it.

    Raises
    ------
    ValueError
        If the exported graph differs from torch by more than `TOLERANCE`.
    """
    settings = SegmentationSettings.model_validate_json((run / "settings.json").read_text())
    network = deployed(run)
    out.mkdir(parents=True, exist_ok=True)
    export_graph(network, out / GRAPH_NAME)
    difference = verify(network, out / GRAPH_NAME)
    print(f"largest difference between the graph and torch: {difference:.1e}")
    if difference > TOLERANCE:
        raise ValueError(f"{out / GRAPH_NAME} differs from torch by {difference:.2g}: export it with another opset")
    thresholds = choose_thresholds(network, films=films, size=settings.stages[-1].size, seed=settings.seed)
    for bone, threshold in thresholds.items():
        print(f"{bone:14} threshold {threshold.probability:.2f}  Dice {threshold.dice:.4f} on {threshold.films} simulated films")
    checkpoint = torch.load(run / "checkpoint.pt", weights_only=True)
    content: dict[str, Any] = {
        "schema_version": BUNDLE_SCHEMA_VERSION,
        "name": name,
        "version": __version__,
        "segmentation": {
            "graph": GRAPH_NAME,
            "input_size": first_look,
            "output_stride": OUTPUT_STRIDE,
            "bones": [bone.value for bone in BONES],
            "experts": network.network.settings.experts,
            "samples": 4,
            "latent": network.network.settings.latent,
            "thresholds": {bone: asdict(threshold) for bone, threshold in thresholds.items()},
            "second_look": {"enabled": True, "input_size": closer, "margin": 0.08, "metacarpal_3_px": None},
        },
        "training": {
            "seed": settings.seed,
            "commit": commit(),
            "steps": checkpoint["step"],
            "films": checkpoint["films"],
            # Where the data set lies on the site's own disks is nobody else's business.
            "settings": settings.model_dump(mode="json", exclude={"annotations": {"manifest"}}),
            **({"note": note} if note else {}),
        },
        "training_data": training_data(run, settings, checkpoint["films"]),
        "intended_use": INTENDED_USE,
        "limits": [*([SIMULATED_ONLY] if settings.annotations is None else []), *LIMITS],
    }
    if classification is not None:
        _add_classification(content, classification, out)
    graphs = [GRAPH_NAME] if classification is None else [GRAPH_NAME, content["classification"]["graph"]]
    content["files"] = hash_files(out, graphs)
    (out / "bundle.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    bundle = load_bundle(out)
    print(f"{bundle.name} {bundle.version}, sha256 {bundle.sha256}")


def training_data(run: Path, settings: SegmentationSettings, films: int) -> str:
    """What the outlines were learnt from, in words."""
    if settings.annotations is None:
        return f"Simulated films only: {films} for the outlines, cast by this project's own simulation."
    data_set = json.loads((run / RECORD).read_text(encoding="utf-8"))["sessions"][-1]["annotations"]
    return (
        f"{films} films for the outlines: about {settings.annotations.share:.0%} varied from the {data_set['films']} annotated "
        f"films of {data_set['name']} (manifest sha256 {data_set['sha256']}), the others cast by this project's own simulation."
    )


def verify(network: Deployed, graph: Path) -> float:
    """Largest difference in any output between the graph by the default engine and torch, on seeded noise of two sizes."""
    rng = np.random.default_rng(0)
    engine = make_engine("openvino")
    settings = network.network.settings
    worst = 0.0
    for shape, samples in (((1, 1, 256, 192), 4), ((1, 1, 384, 320), 2)):
        film = rng.random(shape, dtype=np.float32)
        latents = rng.standard_normal((settings.experts, samples, settings.latent)).astype(np.float32)
        with torch.inference_mode():
            wanted = network(torch.from_numpy(film), torch.from_numpy(latents))
        found = engine.run(graph, dict(zip(INPUTS, (film, latents), strict=True)))
        for name, tensor in zip(("hypotheses", "gate", "mean", "within"), wanted, strict=True):
            worst = max(worst, float(np.abs(found[name] - tensor.numpy()).max()))
    return worst


def _add_classification(content: dict[str, Any], folder: Path, out: Path) -> None:
    section = json.loads((folder / "classification.json").read_text(encoding="utf-8"))
    shutil.copyfile(folder / section["graph"], out / section["graph"])
    content["training_data"] += " Classifier: " + section.pop("training_data")
    content["classification"] = section


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.bundle", description=__doc__)
    parser.add_argument("--segmentation", type=Path, required=True, help="run folder of training.segment")
    parser.add_argument("--classification", type=Path, help="folder exported by training.classification")
    parser.add_argument("--out", type=Path, required=True, help="bundle folder to write")
    parser.add_argument("--name", default="osteoscreen-simulated")
    parser.add_argument("--films", type=int, default=120, help="simulated films on which thresholds are chosen")
    parser.add_argument("--first-look", type=int, default=384, help="longest side of the first look in network pixels")
    parser.add_argument("--closer-look", type=int, default=512, help="longest side of the second look in network pixels")
    parser.add_argument("--note", default="", help="what else should be known about the training; kept in bundle.json")
    options = parser.parse_args(arguments)
    assemble(
        options.segmentation,
        options.classification,
        options.out,
        name=options.name,
        films=options.films,
        first_look=options.first_look,
        closer=options.closer_look,
        note=options.note,
    )


if __name__ == "__main__":
    main()
