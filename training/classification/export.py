"""The classifier as an ONNX graph."""

from __future__ import annotations

import warnings
from pathlib import Path

import onnx
import torch

from OsteoScreenLib.classification.frames import CUT_COLUMNS, CUT_ROWS
from training.classification.encoder import BoneClassifier

GRAPH_NAME = "classification.onnx"


def export_graph(model: BoneClassifier, path: Path) -> Path:
    """Write ``model`` as one self-contained ONNX file and return its path.

    Inputs ``cutouts`` (B, 1, rows, columns) float32 and ``bone`` (B,) int64, the channel of each; outputs ``logit`` (B,) and
    ``features`` (B, F), float32; B is free.
    """
    plain = BoneClassifier()
    plain.load_state_dict(model.state_dict())
    plain.eval()
    example = (torch.zeros(2, 1, CUT_ROWS, CUT_COLUMNS), torch.zeros(2, dtype=torch.int64))
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own, about its dependencies
        _export(plain, example, path)
    _without_traces(path)
    return path


def _export(model: BoneClassifier, example: tuple[torch.Tensor, torch.Tensor], path: Path) -> None:
    batch = torch.export.Dim("batch", min=1, max=4096)
    torch.onnx.export(
        model,
        example,
        str(path),
        input_names=["cutouts", "bone"],
        output_names=["logit", "features"],
        dynamic_shapes={"cutouts": {0: batch}, "bone": {0: batch}},
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def _without_traces(path: Path) -> None:
    """Take out what the exporter notes about the machine it ran on: stack traces with the names of its folders."""
    model = onnx.load(path)
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(model, path)
