"""Effects of shape, pose, cortex, trabecular bone, and what age and disease leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from OsteoScreenLib.bones import Bone
from training.gallery.effect import Effect, Pair
from training.gallery.scene import CLEAN, HAND_SEED, grey, log_signal, person, plain, scene, scene_of
from training.simulation.families import Family
from training.simulation.findings import growth_plate, growth_scar, osteophyte, scalloped, tunnelled
from training.simulation.hand import Hand, build_hand
from training.simulation.obliquity import Attitude
from training.simulation.pose import Pose, sample_pose
from training.simulation.tubes import Tube


def _hand(change: Callable[[Pose], Pose] = lambda pose: pose, *without: Family) -> Hand:
    """The gallery's hand in a changed pose, or without families of effects."""
    rng = np.random.default_rng(HAND_SEED)
    return build_hand(person(), change(sample_pose(rng)), rng, frozenset(without))


def _other_person() -> Hand:
    rng = np.random.default_rng(53)
    return build_hand(replace(person(), metacarpal_3_mm=58.0), sample_pose(rng), rng)


def _compared(look: str, hand: Callable[[], Hand], reverse: bool = False) -> Pair:
    """The plain hand and another one on the same film; ``reverse`` where the other one lacks the effect."""
    other = grey(log_signal(scene_of(hand(), scene(look).view)))
    return (other, plain(look)) if reverse else (plain(look), other)


def _on_bones(look: str, bones: tuple[Bone, ...], change: Callable[[Tube], Tube]) -> Pair:
    """Plain bones, and the same with some of them changed."""
    clean = _hand(lambda pose: pose, Family.FINDINGS)
    changed = {clean.outlined[bone].name: change(clean.outlined[bone]) for bone in bones}
    other = replace(
        clean,
        tubes=tuple(changed.get(tube.name, tube) for tube in clean.tubes),
        outlined={bone: changed.get(tube.name, tube) for bone, tube in clean.outlined.items()},
    )
    first, second = (log_signal(scene_of(hand, scene(look).view), CLEAN) for hand in (clean, other))
    return grey(first), grey(second, first)


def _without_struts(look: str) -> Pair:
    there = scene(look)
    families = (frozenset({Family.TRABECULAE}), frozenset[Family]())
    first, second = (log_signal(scene_of(there.hand, there.view, without, seed=STRUTS_SEED), CLEAN) for without in families)
    return grey(first), grey(second, first)


STRUTS_SEED = 9
"""Draws distinct struts."""
_METACARPALS = tuple(Bone(f"metacarpal_{number}") for number in range(2, 6))
_OFTEN_AGE = "by age"

ANATOMY = (
    Effect(
        *(Family.SHAPE, "shape", "Another person", ("hand.build_hand", "pose.sample_pose")),
        *("metacarpal 3 in mm, and proportions relative to it", "every film", "same film, another hand"),
        lambda: _compared("whole", _other_person),
    ),
    Effect(
        *(Family.SHAPE, "roll", "Hand rolled out of the film plane", ("obliquity.Attitude", "obliquity.turn_tube")),
        *("degrees, SD 7, at most 20", "every film; one in ten up to 20 degrees", "thumb's side lifted by 20 degrees"),
        lambda: _rolled(20.0),
    ),
    Effect(
        *(Family.SHAPE, "bent_fingers", "Bent fingers", ("pose.sample_pose",)),
        *("length of a finger on the film, 0.45 to 1", "12 % of films", "0.55 for all fingers"),
        lambda: _compared("whole", lambda: _hand(lambda pose: replace(pose, finger_shortening=dict.fromkeys(range(1, 6), 0.55)))),
    ),
    Effect(
        *(Family.CORTEX, "cortex", "Cortical shell around a marrow cavity", ("tubes.cast_tube", "hand.solid")),
        *("mm of compact bone", "every film", "solid bones, shell and cavity"),
        lambda: _compared("palm", lambda: _hand(lambda pose: pose, Family.CORTEX), reverse=True),
    ),
    Effect(
        *(Family.CORTEX, "cortical_index", "Thin cortex", ("subject.subject_with_t_score",)),
        *("(W - d) / W, 0.15 to 0.82", "every film", f"index {person().cortical_index:.2f}, index 0.25"),
        lambda: _compared("palm", _thin_hand),
    ),
    Effect(
        *(Family.TRABECULAE, "struts", "Trabecular struts and patches", ("trabeculae.make_struts", "trabeculae.sample_struts")),
        *("struts 0.4 to 1.2 mm apart, up to three times as long; contrast 4 to 40 %", "every film", "even fill, struts"),
        lambda: _without_struts("radius"),
    ),
    Effect(
        *(Family.FINDINGS, "growth_plate", "Open growth plates", ("findings.growth_plate",)),
        *("mm of cartilage, 0.8 to 2", f"{_OFTEN_AGE}, below about 19 years", "1.8 mm in radius and ulna"),
        lambda: _on_bones("wrist", (Bone.RADIUS, Bone.ULNA), lambda tube: growth_plate(tube, "head", 11.0, 1.8, 1.0)),
    ),
    Effect(
        *(Family.FINDINGS, "growth_scar", "Growth-plate scars", ("findings.growth_scar",)),
        *("mm wide, 0.4 to 1.6; mineral times 1 to 3 or more", f"{_OFTEN_AGE}, fading", "1.2 mm, mineral times 3"),
        lambda: _on_bones("wrist", (Bone.RADIUS, Bone.ULNA), lambda tube: growth_scar(tube, "head", 11.0, 1.2, 2.0)),
    ),
    Effect(
        *(Family.FINDINGS, "osteophyte", "Osteophytes", ("findings.osteophyte",)),
        *("mm, 0.4 to 2", f"{_OFTEN_AGE}, from 40 years", "2 mm on both sides of the heads of metacarpals 2 to 5"),
        lambda: _on_bones("heads", _METACARPALS, _spurs),
    ),
    Effect(
        *(Family.FINDINGS, "scalloping", "Endosteal scalloping", ("findings.scalloped",)),
        *("share of the shell, 5 to 25 %; bites 2 to 5 mm apart", "by bone status", "25 %, 4 mm"),
        lambda: _on_bones("shaft", _METACARPALS, lambda tube: scalloped(tube, 0.25, 4.0, np.random.default_rng(3))),
    ),
    Effect(
        *(Family.FINDINGS, "tunnels", "Tunnels in the cortex", ("findings.tunnelled",)),
        *("share of the shell's mineral, 0 to 15 %", "by bone status", "15 %"),
        lambda: _on_bones("shaft", _METACARPALS, lambda tube: tunnelled(tube, 0.15)),
    ),
)


def _rolled(degrees: float) -> Pair:
    """The hand flat on the film, and with its thumb's side lifted."""

    def at(roll_rad: float) -> np.ndarray:
        hand = _hand(lambda pose: replace(pose, attitude=Attitude(roll_rad)))
        return grey(log_signal(scene_of(hand, scene().view)))

    return at(0.0), at(float(np.deg2rad(degrees)))


def _thin_hand() -> Hand:
    rng = np.random.default_rng(HAND_SEED)
    return build_hand(replace(person(), cortical_index=0.25), sample_pose(rng), rng)


def _spurs(tube: Tube) -> Tube:
    return osteophyte(osteophyte(tube, "head", "radial", 2.0, 1.8), "head", "ulnar", 2.0, 1.8)
