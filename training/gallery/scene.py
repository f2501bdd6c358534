"""One person's hand, always the same, on which effects are shown one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from OsteoScreenLib.bones import Bone
from training.simulation import Subject, subject_with_t_score
from training.simulation.beam import attenuation
from training.simulation.body import body_thickness
from training.simulation.cast import cast_bones
from training.simulation.detector import Exposure, detect
from training.simulation.families import Family
from training.simulation.field import View
from training.simulation.hand import Hand, build_hand
from training.simulation.objects.material import Layer, add_layers
from training.simulation.pose import sample_pose
from training.simulation.tubes import Placement

PANEL = (250, 200)
"""Rows and columns of one film in a picture."""
TYPICAL = Exposure(
    tube_voltage_kv=55.0, photons_per_mm2=1e5, scatter_fraction=0.1, scatter_sigma_mm=15.0, half_modulation_per_mm=2.5
)
"""What effects of other families are shown with."""
CLEAN = replace(TYPICAL, photons_per_mm2=2e6)
"""The same with so little noise that fine structures can be shown large."""
GAMMA = 0.8
HAND_SEED = 44
LOOKS = {
    "whole": (1.02, 0.62),
    "wrist": (2.4, -0.35),
    "palm": (2.6, 0.45),
    "heads": (3.2, 0.95),
    "shaft": (6.5, 0.5),
    "radius": (4.5, -0.85),
    "edge": (16.0, 0.5),
}
"""Pixels per millimetre, and where on the axis of metacarpal 3 the middle lies (0 base, 1 head)."""


@dataclass(frozen=True)
class Scene:
    """A hand in one place on the film, and what its rays meet (mm)."""

    subject: Subject
    hand: Hand
    view: View
    bone_mm: np.ndarray
    soft_mm: np.ndarray
    masks: np.ndarray


@lru_cache(maxsize=1)
def person() -> Subject:
    """A woman of 58 with bone of her age."""
    return subject_with_t_score(np.random.default_rng(4), 58.0, "F", -0.8)


@lru_cache(maxsize=1)
def plain_hand() -> Hand:
    """Her hand, laid flat."""
    rng = np.random.default_rng(HAND_SEED)
    return build_hand(person(), sample_pose(rng), rng)


@lru_cache(maxsize=16)
def scene(look: str = "whole") -> Scene:
    """The hand seen as one of `LOOKS`."""
    scale, share = LOOKS[look]
    tube = plain_hand().outlined[Bone.METACARPAL_3]
    middle = np.array(tube.base) + (np.array(tube.head) - np.array(tube.base)) * share
    at = Placement((0.0, 0.0), scale, 0.0, 1).to_film(middle[None])[0]
    origin = (PANEL[1] / 2 - float(at[0]), PANEL[0] / 2 - float(at[1]))
    return scene_of(plain_hand(), View(Placement(origin, scale, 0.0, 1), (0, PANEL[0], 0, PANEL[1]), "hand"))


def scene_of(hand: Hand, view: View, without: frozenset[Family] = frozenset(), seed: int = 1) -> Scene:
    """Any hand in any view on a panel; ``seed`` draws its trabecular bone."""
    bone_mm, solid_mm, masks, _ = cast_bones(hand, view.placement, PANEL, person(), np.random.default_rng(seed), without)
    body_mm = body_thickness(hand, view.placement, PANEL, np.random.default_rng(2))
    return Scene(person(), hand, view, bone_mm, np.maximum(body_mm - solid_mm, 0), masks)


def log_signal(what: Scene, exposure: Exposure = TYPICAL, layers: tuple[Layer, ...] = ()) -> np.ndarray:
    """Detected log signal of a scene, with things laid on it."""
    bone_mm, soft_mm = add_layers(what.bone_mm, what.soft_mm, list(layers))
    attenuated = attenuation(soft_mm, bone_mm, exposure.tube_voltage_kv, exposure.filtration)
    return detect(attenuated, what.view.placement.pixels_per_mm, exposure, np.random.default_rng(3))


def grey(signal: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
    """Grey values, a little brighter than linear; ``like`` is the signal whose range both panels share."""
    reference = signal if like is None else like
    low, high = (float(v) for v in np.percentile(reference, [0.5, 99.7]))
    return np.asarray(np.clip((signal - low) / (high - low), 0, 1) ** GAMMA, dtype=np.float32)


def plain(look: str = "whole") -> np.ndarray:
    """Grey values of the scene without any further effect."""
    return grey(log_signal(scene(look)))
