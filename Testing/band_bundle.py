"""A tiny real bundle with known behaviour, and films for it: bone b is what has brightness ``BANDS[b]``.

The graph keeps the whole segmentation contract (experts, latents, gate, mean, within) and is run by the real engine, so a
test knows every mask in advance. Import with ``from Testing.band_bundle import write_band_bundle, band_film``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.bundle import hash_files
from OsteoScreenLib.radiograph.values import (
    FilmSource,
    Laterality,
    Polarity,
    PolarityBasis,
    Radiograph,
    Spacing,
    SpacingProvenance,
)

BACKGROUND = 0.05
BANDS: dict[Bone, float] = {bone: 0.30 + 0.10 * bone.channel for bone in BONES}
"""Normalised brightness of each bone: .3, .4 ... .9."""

EXPERTS = 4
GATE = (0.4, 0.3, 0.2, 0.1)
SPREADS = (0.2, 0.4, 0.8, 1.6)
"""How far one latent unit moves each expert's outline, in logits."""


@dataclass(frozen=True)
class Rod:
    """A straight bone: ends (row, column) and width as fractions of the film's rows."""

    base: tuple[float, float]
    head: tuple[float, float]
    width: float


HAND: dict[Bone, Rod] = {
    Bone.RADIUS: Rod((0.93, 0.40), (0.735, 0.41), 0.085),
    Bone.ULNA: Rod((0.93, 0.565), (0.725, 0.56), 0.060),
    Bone.METACARPAL_1: Rod((0.58, 0.30), (0.46, 0.19), 0.055),
    Bone.METACARPAL_2: Rod((0.52, 0.38), (0.28, 0.325), 0.050),
    Bone.METACARPAL_3: Rod((0.52, 0.45), (0.27, 0.44), 0.050),
    Bone.METACARPAL_4: Rod((0.52, 0.52), (0.30, 0.55), 0.050),
    Bone.METACARPAL_5: Rod((0.54, 0.585), (0.35, 0.655), 0.050),
}
"""An upright hand: fingers above, forearm below; fractions of the film's rows in both directions."""


def rod_mask(rod: Rod, shape: tuple[int, int], turn_deg: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """Pixels of a rod on a film (bool), the hand turned about the film's centre and scaled by ``scale``."""
    height = shape[0]
    angle = np.deg2rad(turn_deg)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    centre = np.array([0.6, 0.44])
    film_centre = (np.array(shape) - 1) / 2
    base, head = (rotation @ (np.array(end) - centre) * height + film_centre for end in (rod.base, rod.head))
    axis = head - base
    rows, columns = np.indices(shape, dtype=np.float32)
    along = np.clip(((rows - base[0]) * axis[0] + (columns - base[1]) * axis[1]) / float(axis @ axis), 0, 1)
    distance = np.hypot(rows - base[0] - along * axis[0], columns - base[1] - along * axis[1])
    return distance <= rod.width * height * scale / 2


def hand_masks(
    shape: tuple[int, int] = (400, 360),
    turn_deg: float = 0.0,
    scale: float = 1.0,
    hand: dict[Bone, Rod] | None = None,
) -> np.ndarray:
    """Masks of all bones (7 x rows x columns, bool); a bone missing from ``hand`` has an empty mask."""
    hand = HAND if hand is None else hand
    return np.stack([rod_mask(hand[bone], shape, turn_deg, scale) if bone in hand else np.zeros(shape, bool) for bone in BONES])


def band_film(
    masks: np.ndarray,
    *,
    spacing: Spacing | None = None,
    age_years: float | None = None,
    polarity: Polarity | None = None,
    brightness: dict[Bone, float] | None = None,
) -> Radiograph:
    """A film on which every bone has the brightness that the band bundle takes for it."""
    pixels = np.full(masks.shape[1:], BACKGROUND, np.float32)
    for bone in BONES:
        pixels[masks[bone.channel]] = (brightness or BANDS)[bone]
    return plain_film(pixels, spacing=spacing, age_years=age_years, polarity=polarity)


def plain_film(
    pixels: np.ndarray,
    *,
    spacing: Spacing | None = None,
    age_years: float | None = None,
    polarity: Polarity | None = None,
) -> Radiograph:
    """A radiograph of any pixels in 0..1, nothing known of its origin unless given."""
    return Radiograph(
        pixels=np.asarray(pixels, np.float32),
        field=np.ones(pixels.shape, bool),
        window=(0.0, 1.0),
        spacing=spacing or Spacing(0.15, 0.15, SpacingProvenance.DETECTOR),
        laterality=Laterality.UNKNOWN,
        polarity=polarity or Polarity(False, PolarityBasis.TAGS),
        source=FilmSource("bands.png", "0" * 64, "PNG", 16, patient_age_years=age_years),
    )


def band_index(**changes: Any) -> dict[str, Any]:
    """Content of the band bundle's ``bundle.json`` without hashes; top-level fields may be replaced."""
    index: dict[str, Any] = {
        "schema_version": 1,
        "name": "bands",
        "version": "0.0.1",
        "segmentation": {
            "graph": "segmentation.onnx",
            "input_size": 256,
            "output_stride": 2,
            "bones": [bone.value for bone in BONES],
            "experts": EXPERTS,
            "samples": 3,
            "latent": 2,
            "thresholds": {bone.value: {"probability": 0.5, "films": 1, "dice": 1.0} for bone in BONES},
            "second_look": {"enabled": True, "input_size": 320, "margin": 0.06, "metacarpal_3_px": None},
        },
        "quality": {},
        "files": {},
        "training": {"seed": 0, "commit": "none"},
        "training_data": "none: brightness bands",
        "intended_use": "tests",
        "limits": ["knows only brightness bands"],
    }
    index.update(changes)
    return index


def write_band_bundle(folder: Path, *, classifier: bool = False, **changes: Any) -> Path:
    """Write the band bundle into ``folder`` (created) and return it; ``changes`` replace fields of ``bundle.json``.

    With ``classifier`` it scores too, by `brightness_graph`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "segmentation.onnx").write_bytes(band_graph())
    if classifier:
        (folder / "classification.onnx").write_bytes(brightness_graph())
        changes = {"classification": classifier_section(), **changes}
    index = band_index(**changes)
    if not index["files"]:
        index["files"] = hash_files(folder, [path.name for path in folder.glob("*.onnx")])
    (folder / "bundle.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


def classifier_section(rule_out: float = 0.1, rule_in: float = 0.9) -> dict[str, Any]:
    """The ``classification`` section of a bundle whose probability is uncalibrated."""
    from OsteoScreenLib.classification.frames import CUT_COLUMNS, CUT_ROWS

    return {
        "graph": "classification.onnx",
        "operating_point": {
            "rule_out": rule_out,
            "rule_in": rule_in,
            "sensitivity_at_rule_out": 0.9,
            "specificity_at_rule_out": 0.5,
            "sensitivity_at_rule_in": 0.5,
            "specificity_at_rule_in": 0.9,
            "prevalence": 0.3,
            "subjects": 10,
            "population": "brightness bands",
        },
        # Of version 1, which takes no heed of the spacing: the drawn hands are smaller than theirs says.
        "cutouts": {"version": 1, "rows": CUT_ROWS, "columns": CUT_COLUMNS},
        "calibration": {"slope": 1.0, "intercept": 0.0},
        "cortical_index": {"rule_out": 1.0, "rule_in": 0.0},
        "fewest_bones": 3,
    }


def brightness_graph() -> bytes:
    """A classification graph as ONNX bytes: the logit of a cut-out is its mean pixel value."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    node = helper.make_node
    nodes = [
        node("ReduceMean", ["cutouts"], ["mean"], axes=[1, 2, 3], keepdims=0),
        node("Cast", ["bone"], ["number"], to=TensorProto.FLOAT),
        node("Mul", ["number", "nothing"], ["ignored"]),
        node("Add", ["mean", "ignored"], ["logit"]),
        node("Reshape", ["logit", "column"], ["features"]),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "brightness",
        [value("cutouts", TensorProto.FLOAT, ["B", 1, "rows", "columns"]), value("bone", TensorProto.INT64, ["B"])],
        [value("logit", TensorProto.FLOAT, ["B"]), value("features", TensorProto.FLOAT, ["B", 1])],
        [
            numpy_helper.from_array(np.array(0, np.float32), "nothing"),
            numpy_helper.from_array(np.array([-1, 1], np.int64), "column"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def band_graph() -> bytes:
    """The segmentation graph as ONNX bytes.

    Logit of bone b at an output pixel: 400 * (.03 - |brightness - band|), opened by 3 x 3 so that the blurred edge of a
    bright bone does not count as a rim of a darker one, plus the sum of the latent times the expert's spread.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    constants = {
        "bands": np.array([BANDS[bone] for bone in BONES], np.float32).reshape(1, 7, 1, 1),
        "gain": np.array(400, np.float32),
        "half": np.array(0.03, np.float32),
        "spread": np.array(SPREADS, np.float32).reshape(EXPERTS, 1),
        "gate_values": np.array(GATE, np.float32),
        "gate_column": np.array(GATE, np.float32).reshape(EXPERTS, 1),
        "last": np.array([2], np.int64),
        "second": np.array([1], np.int64),
        "first": np.array([0], np.int64),
        "column": np.array([-1, 1, 1, 1], np.int64),
        "one": np.array(1, np.float32),
        "tiny": np.array(1e-7, np.float32),
        "nearly_one": np.array(1 - 1e-7, np.float32),
        "per_bit": np.array(-1 / np.log(2), np.float32),
    }
    opening = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    node = helper.make_node
    nodes = [
        node("AveragePool", ["film"], ["small"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Sub", ["small", "bands"], ["offset"]),
        node("Abs", ["offset"], ["distance"]),
        node("Sub", ["half", "distance"], ["margin"]),
        node("Mul", ["margin", "gain"], ["raw"]),
        node("Neg", ["raw"], ["raw_negative"]),
        node("MaxPool", ["raw_negative"], ["eroded_negative"], **opening),
        node("Neg", ["eroded_negative"], ["eroded"]),
        node("MaxPool", ["eroded"], ["logit"], **opening),
        node("ReduceSum", ["latents", "last"], ["latent_sum"], keepdims=0),
        node("Mul", ["latent_sum", "spread"], ["shift"]),
        node("Reshape", ["shift", "column"], ["shift_column"]),
        node("Add", ["logit", "shift_column"], ["logits"]),
        node("Sigmoid", ["logits"], ["hypotheses"]),
        # Weight of each hypothesis: gate / S, S from the latents' own shape.
        node("Mul", ["latent_sum", "latent_sum"], ["square"]),
        node("Add", ["square", "one"], ["positive"]),
        node("Div", ["positive", "positive"], ["ones"]),
        node("ReduceSum", ["ones", "second"], ["count"], keepdims=1),
        node("Mul", ["ones", "gate_column"], ["shares"]),
        node("Div", ["shares", "count"], ["weights"]),
        node("Reshape", ["weights", "column"], ["weight_column"]),
        node("Identity", ["gate_values"], ["gate"]),
        node("Mul", ["hypotheses", "weight_column"], ["weighted"]),
        node("ReduceSum", ["weighted", "first"], ["mean"], keepdims=0),
        node("Clip", ["hypotheses", "tiny", "nearly_one"], ["p"]),
        node("Sub", ["one", "p"], ["q"]),
        node("Log", ["p"], ["log_p"]),
        node("Log", ["q"], ["log_q"]),
        node("Mul", ["p", "log_p"], ["p_log_p"]),
        node("Mul", ["q", "log_q"], ["q_log_q"]),
        node("Add", ["p_log_p", "q_log_q"], ["nats"]),
        node("Mul", ["nats", "per_bit"], ["bits"]),
        node("Mul", ["bits", "weight_column"], ["weighted_bits"]),
        node("ReduceSum", ["weighted_bits", "first"], ["within"], keepdims=0),
    ]
    value = helper.make_tensor_value_info
    number = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "bands",
        [value("film", number, [1, 1, "H", "W"]), value("latents", number, [EXPERTS, "S", "L"])],
        [
            value("hypotheses", number, ["N", 7, "h", "w"]),
            value("gate", number, [EXPERTS]),
            value("mean", number, [7, "h", "w"]),
            value("within", number, [7, "h", "w"]),
        ],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
