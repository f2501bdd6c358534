"""A tiny real classifier with known behaviour: the logit of a bone rises with the share of the cut-out that it covers.

Its distance from the training films is that share over `USUAL_SHARE`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.classification.cutouts import CUTOUT_VERSION
from OsteoScreenLib.classification.frames import CUT_COLUMNS, CUT_ROWS
from Testing.band_bundle import write_band_bundle

GAIN, HALF = 40.0, 0.30
"""logit = GAIN * (covered share - HALF)."""
USUAL_SHARE = 0.30


def settings(**changes: Any) -> dict[str, Any]:
    """A ``classification`` section; fields may be replaced."""
    section: dict[str, Any] = {
        "graph": "classification.onnx",
        "operating_point": {
            "rule_out": 0.3,
            "rule_in": 0.7,
            "sensitivity_at_rule_out": 0.9,
            "specificity_at_rule_out": 0.6,
            "sensitivity_at_rule_in": 0.6,
            "specificity_at_rule_in": 0.9,
            "prevalence": 0.2,
            "subjects": 100,
            "population": "drawn bars",
        },
        "cutouts": {"version": CUTOUT_VERSION, "rows": CUT_ROWS, "columns": CUT_COLUMNS},
        "calibration": {"slope": 1.0, "intercept": 0.0},
        "cortical_index": {"rule_in": 0.35, "rule_out": 0.55},
        "fewest_bones": 3,
    }
    section.update(changes)
    return section


def area_bundle(folder: Path, **changes: Any) -> Bundle:
    """A loaded bundle with the area classifier; ``changes`` replace fields of its ``classification`` section."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "classification.onnx").write_bytes(area_graph())
    return load_bundle(write_band_bundle(folder, classification=settings(**changes)))


def area_graph() -> bytes:
    """The classification graph as ONNX bytes."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    constants = {
        "axes": np.array([1, 2, 3], np.int64),
        "second": np.array([1], np.int64),
        "gain": np.array(GAIN, np.float32),
        "half": np.array(HALF, np.float32),
        "zero": np.array(0, np.float32),
        "usual": np.array(USUAL_SHARE, np.float32),
    }
    node = helper.make_node
    nodes = [
        node("Sign", ["cutouts"], ["covered"]),
        node("ReduceMean", ["covered", "axes"], ["share"], keepdims=0),
        node("Sub", ["share", "half"], ["above"]),
        node("Mul", ["above", "gain"], ["raw"]),
        # The bone's number is part of the contract but has no say here.
        node("Cast", ["bone"], ["number"], to=TensorProto.FLOAT),
        node("Mul", ["number", "zero"], ["nothing"]),
        node("Add", ["raw", "nothing"], ["logit"]),
        node("Unsqueeze", ["share", "second"], ["features"]),
        node("Div", ["share", "usual"], ["distance"]),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "area",
        [value("cutouts", TensorProto.FLOAT, ["B", 1, CUT_ROWS, CUT_COLUMNS]), value("bone", TensorProto.INT64, ["B"])],
        [
            value("logit", TensorProto.FLOAT, ["B"]),
            value("features", TensorProto.FLOAT, ["B", 1]),
            value("distance", TensorProto.FLOAT, ["B"]),
        ],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
