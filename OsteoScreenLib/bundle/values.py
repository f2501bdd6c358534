"""What a loaded bundle offers. ``bundle.json`` is described in ``schema.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.bundle.card_values import ModelCard
from OsteoScreenLib.classification.values import OperatingPoint
from OsteoScreenLib.screening.values import BundleIdentity

BUNDLE_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class BoneThreshold:
    """Probability at which a pixel belongs to the bone, and what it was chosen on.

    ``films`` is the number of films, ``dice`` the mean Dice reached on them with this threshold.
    """

    probability: float
    films: int
    dice: float


@dataclass(frozen=True)
class SecondLook:
    """The closer look at the region in which the first look found bones.

    ``input_size`` is the longest side in network pixels; ``margin`` the rim around the bones as a fraction of the
    region's longer side; ``metacarpal_3_px`` the length in network pixels that the third metacarpal is brought to
    (``None``: the region fills ``input_size``).
    """

    enabled: bool = True
    input_size: int = 512
    margin: float = 0.08
    metacarpal_3_px: float | None = None


@dataclass(frozen=True)
class SegmentationModel:
    """The segmentation graph and everything needed to run it.

    ``input_size`` is the longest side of the first look in network pixels, ``output_stride`` the network pixels per
    output pixel; ``experts`` is K, ``samples`` the default S and ``latent`` L of the mixture of stochastic experts.
    A bone is found where its largest part has at least ``min_area_px`` output pixels and a mean probability of at
    least ``min_probability``.
    """

    graph: Path
    input_size: int
    output_stride: int
    experts: int
    samples: int
    latent: int
    thresholds: Mapping[Bone, BoneThreshold]
    second_look: SecondLook
    min_area_px: int = 24
    min_probability: float = 0.6

    def threshold(self, bone: Bone) -> float:
        """Probability at which a pixel belongs to ``bone``."""
        return self.thresholds[bone].probability

    @property
    def threshold_values(self) -> tuple[float, ...]:
        """Thresholds in channel order."""
        return tuple(self.threshold(bone) for bone in BONES)


@dataclass(frozen=True)
class ClassificationModel:
    """The classification graph with its operating point; ``settings`` is the whole section for the classifier's own fields."""

    graph: Path
    operating_point: OperatingPoint
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class QualityThresholds:
    """Limits of the quality gate; each may be set in the ``quality`` section of ``bundle.json``.

    ``max_disagreement``: mean expected 1 - IoU between hypotheses over the found bones, above it indeterminate;
    ``refuse_disagreement``: above it the film is refused. ``max_clipped``: share of saturated pixels within the bones.
    ``min_cortex_px``: thinnest cortex, in film pixels, that can be measured. ``min_age_years``: trained on adults from
    this age. ``min_bone_px``: a metacarpal narrower than this on the film shows no cortex at all. ``max_noise``: noise in
    contrasts of bone against soft tissue. ``min_sharpness``: slope across the metacarpals' edges in contrasts per hundredth of
    metacarpal 3.
    """

    max_disagreement: float = 0.08
    refuse_disagreement: float = 0.15
    max_clipped: float = 0.10
    min_cortex_px: float = 2.0
    min_age_years: float = 20.0
    min_bone_px: float = 8.0
    max_noise: float = 0.3
    min_sharpness: float = 0.3


@dataclass(frozen=True)
class Bundle:
    """A verified model bundle. ``sha256`` is of ``bundle.json``, which holds the hash of every other file.

    ``model_card`` is ``None`` for bundles made before there were cards. ``reference`` describes films that the model was tried
    on, so that others can be compared with them: ``films`` (how many), ``kind``, ``states`` and ``findings`` (share of films by
    name), ``quantiles`` (0 %, 10 % ... 100 % of "probability" and "mean_mci"); ``None`` where nobody recorded it.
    """

    folder: Path
    schema_version: int
    name: str
    version: str
    sha256: str
    segmentation: SegmentationModel
    classification: ClassificationModel | None
    quality: QualityThresholds
    files: Mapping[str, str]
    training: Mapping[str, Any]
    training_data: str
    intended_use: str
    limits: tuple[str, ...] = field(default_factory=tuple)
    model_card: ModelCard | None = None
    reference: Mapping[str, Any] | None = None

    @property
    def identity(self) -> BundleIdentity:
        """What is printed on every result made with this bundle."""
        return BundleIdentity(
            name=self.name,
            version=self.version,
            sha256=self.sha256,
            training_data=self.training_data,
            intended_use=self.intended_use,
            limits=self.limits,
        )
