"""The classifier as an ONNX graph."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from OsteoScreenLib.classification.frames import CUT_COLUMNS, CUT_ROWS
from training.classification.classifier import BoneClassifier

GRAPH_NAME = "classification.onnx"
LARGE = 1024
"""Weights of at least so many numbers are stored in half precision: the file is half as large."""


def export_graph(model: BoneClassifier, path: Path) -> Path:
    """Write ``model`` as one self-contained ONNX file and return its path.

    Inputs ``cutouts`` (B, 1, rows, columns) float32 and ``bone`` (B,) int64, the channel of each; outputs ``logit`` (B,),
    ``features`` (B, F) and ``distance`` (B,), float32; B is free. Large weights are rounded to half precision in the file;
    computing stays in single precision.
    """
    plain = copy.deepcopy(model).cpu().to(memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    example = (torch.zeros(2, 1, CUT_ROWS, CUT_COLUMNS), torch.zeros(2, dtype=torch.int64))
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own, about its dependencies
        _export(plain, example, path)
    graph = onnx.load(path)
    _drop_traces(graph)
    _halve_weights(graph)
    onnx.save(graph, path)
    return path


def _export(model: BoneClassifier, example: tuple[torch.Tensor, torch.Tensor], path: Path) -> None:
    batch = torch.export.Dim("batch", min=1, max=4096)
    torch.onnx.export(
        model,
        example,
        str(path),
        input_names=["cutouts", "bone"],
        output_names=["logit", "features", "distance"],
        dynamic_shapes={"cutouts": {0: batch}, "bone": {0: batch}},
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def _drop_traces(model: onnx.ModelProto) -> None:
    """Take out what the exporter notes about the machine it ran on: stack traces with the names of its folders."""
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
        part.doc_string = ""


def _halve_weights(model: onnx.ModelProto) -> None:
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or int(np.prod(tensor.dims)) < LARGE:
            continue
        name = tensor.name
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{name}.half")
        tensor.CopyFrom(half)
        casts.append(helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
