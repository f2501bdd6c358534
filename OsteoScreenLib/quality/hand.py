"""Is it a hand or wrist, are its bones complete, and are they the bones they are called?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, pairwise

import numpy as np

from OsteoScreenLib.bones import BONES, FOREARM_BONES, METACARPALS, RADIOGRAMMETRY_BONES, Bone
from OsteoScreenLib.quality.shape import BoneShape
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.segmentation.order import anatomical_order
from OsteoScreenLib.segmentation.values import Segmentation

_ROWS_ENOUGH = 250
"""Masks are thinned to about this many rows to judge places."""
FINGER_METACARPALS = METACARPALS[1:]
FEWEST_BONES = 3
"""With fewer bones no score is given."""
FEW_BONES = 5
"""With fewer bones the state is at most indeterminate."""
METACARPAL_LENGTHS_MM = dict(zip(METACARPALS, (45.8, 66.1, 64.3, 60.7, 54.6), strict=True))
"""Usual lengths; only their proportions are used, in which eight annotated hands differed from these by at most 8 %."""
FINGER_PROPORTIONS = (0.82, 1.22)
THUMB_PROPORTIONS = (0.62, 1.40)
"""Length of an outline relative to what the other metacarpals lead to expect; a thumb may point towards the tube."""
SHORT_FOREARM = {Bone.RADIUS: 0.14, Bone.ULNA: 0.09}
"""Area, in squares of the longest finger metacarpal, below which only the end near the wrist is shown."""
CARRYING_BONES = (Bone.RADIUS, Bone.ULNA, Bone.METACARPAL_2)
"""The bones that the published method found to contribute most to the score."""


def not_a_hand(shapes: Mapping[Bone, BoneShape]) -> QualityFinding | None:
    """Refusal where the outlines do not form a hand or wrist.

    A hand shows at least three metacarpals of the fingers that are shaped and arranged like metacarpals; a wrist shows a
    forearm bone and two of them, which the film's edge may cut short.
    """
    in_row = _metacarpals_in_a_row(shapes)
    forearm = [bone for bone in FOREARM_BONES if bone in shapes and _beside(shapes[bone], in_row, shapes)]
    if len(in_row) >= 3 or (len(in_row) >= 2 and forearm):
        return None
    seen = ", ".join(bone.title.lower() for bone in shapes) or "no bone at all"
    return QualityFinding(
        "not_a_hand",
        Severity.REFUSAL,
        f"This does not look like a radiograph of a hand or wrist: the outlines found ({seen}) do not form one.",
    )


def bones_missing(segmentation: Segmentation) -> QualityFinding | None:
    """Which bones were not found; refusal where too few are left for a score."""
    found = segmentation.found_bones
    missing = [bone for bone in BONES if bone not in found]
    if not missing:
        return None
    names = _listed(missing)
    if len(found) < FEWEST_BONES or not set(found) & set(CARRYING_BONES):
        return QualityFinding("bones_missing", Severity.REFUSAL, f"Too few bones for a score: {names} not found.")
    if len(found) < FEW_BONES:
        return QualityFinding(
            "bones_missing", Severity.INDETERMINATE, f"The score rests on {len(found)} of 7 bones: {names} not found."
        )
    return QualityFinding("bones_missing", Severity.WARNING, f"{names} not found; the score rests on the other bones.")


def bone_cut_by_film_edge(
    radiograph: Radiograph, segmentation: Segmentation, shapes: Mapping[Bone, BoneShape]
) -> QualityFinding | None:
    """Metacarpals that leave the film or the collimated field; the forearm always does."""
    cut = _cut_by_edge(radiograph, segmentation, shapes)
    if not cut:
        return None
    verb = "is" if len(cut) == 1 else "are"
    return QualityFinding(
        "bone_cut_by_film_edge",
        Severity.WARNING,
        f"{_listed(cut)} {verb} cut by the edge of the film or field; levels along the shaft may be misplaced.",
    )


def forearm_short(shapes: Mapping[Bone, BoneShape]) -> QualityFinding | None:
    """Hardly any forearm on the film, so that radius and ulna carry little."""
    short = [bone for bone in FOREARM_BONES if bone in shapes and _share_shown(shapes, bone) < SHORT_FOREARM[bone]]
    if not short:
        return None
    verb = "shows" if len(short) == 1 else "show"
    return QualityFinding("forearm_short", Severity.WARNING, f"{_listed(short)} {verb} only the very end near the wrist.")


def metacarpal_order(shapes: Mapping[Bone, BoneShape]) -> QualityFinding | None:
    """The metacarpals found must lie in their order across the hand."""
    fingers = [bone for bone in FINGER_METACARPALS if bone in shapes]
    if len(fingers) < 2:
        return None
    across = _across(shapes, fingers)
    order = [bone for bone in METACARPALS if bone in shapes]
    places = [float(shapes[bone].centroid @ across) for bone in order]
    steps = np.diff(places)
    if (steps > 0).all() or (steps < 0).all():
        return None
    return QualityFinding(
        "metacarpal_order",
        Severity.INDETERMINATE,
        "The metacarpals do not lie in their order across the hand: at least one may have been taken for another.",
    )


def bones_renamed(segmentation: Segmentation) -> QualityFinding | None:
    """Outlines that the network had mixed up and that were renamed by their places."""
    if not segmentation.renamed:
        return None
    return QualityFinding(
        "bones_renamed",
        Severity.WARNING,
        f"{_listed(list(segmentation.renamed))} had been taken for one another and were renamed by their places in the hand: "
        "check their names.",
    )


def bones_drawn(segmentation: Segmentation) -> QualityFinding | None:
    """Outlines that are a person's."""
    drawn = [summary.bone for summary in segmentation.bones if summary.drawn]
    if not drawn:
        return None
    verb = "was" if len(drawn) == 1 else "were"
    return QualityFinding("bones_drawn", Severity.INFO, f"{_listed(drawn)} {verb} outlined by a person, not by the model.")


def bones_out_of_place(radiograph: Radiograph, segmentation: Segmentation) -> QualityFinding | None:
    """The outlines must lie to each other as the bones of a hand do, of either side and in any direction."""
    step = max(1, segmentation.masks.shape[1] // _ROWS_ENOUGH)
    order = anatomical_order(segmentation.masks[:, ::step, ::step], radiograph.field[::step, ::step])
    if not order.doubtful and not order.renamed:
        return None
    return QualityFinding(
        "bones_out_of_place",
        Severity.INDETERMINATE,
        "The outlines do not lie to each other as the bones of a hand usually do: at least one may have been taken for another, "
        "or outlined in part.",
    )


def metacarpal_proportions(
    radiograph: Radiograph, segmentation: Segmentation, shapes: Mapping[Bone, BoneShape]
) -> QualityFinding | None:
    """A metacarpal much shorter or longer than the others lead to expect was outlined in part or with its neighbours."""
    cut = _cut_by_edge(radiograph, segmentation, shapes)
    relative = {
        bone: shapes[bone].length / METACARPAL_LENGTHS_MM[bone] for bone in METACARPALS if bone in shapes and bone not in cut
    }
    if len([bone for bone in relative if bone in FINGER_METACARPALS]) < 3:
        return None
    usual = float(np.median(list(relative.values())))
    odd = []
    for bone, length in relative.items():
        low, high = FINGER_PROPORTIONS if bone in FINGER_METACARPALS else THUMB_PROPORTIONS
        if not low <= length / usual <= high:
            odd.append(bone)
    if not odd:
        return None
    measured = set(odd) & set(RADIOGRAMMETRY_BONES)
    return QualityFinding(
        "metacarpal_proportions",
        Severity.INDETERMINATE if measured else Severity.WARNING,
        f"{_listed(odd)} {'does' if len(odd) == 1 else 'do'} not have the usual length beside the other metacarpals: "
        "the outline may hold only a part, or more than the bone.",
    )


def bone_outlined_twice(segmentation: Segmentation) -> QualityFinding | None:
    """Two outlines that cover the same place: one bone was given two names."""
    step = max(1, segmentation.masks.shape[1] // 500)
    thin = {bone: segmentation.mask(bone)[::step, ::step] for bone in segmentation.found_bones}
    twice = [
        (one, other)
        for one, other in combinations(thin, 2)
        if int((thin[one] & thin[other]).sum()) > 0.5 * max(1, min(int(thin[one].sum()), int(thin[other].sum())))
    ]
    if not twice:
        return None
    one, other = twice[0]
    return QualityFinding(
        "bone_outlined_twice",
        Severity.INDETERMINATE,
        f"{one.title} and {other.title.lower()} were outlined in the same place: one of them may have been taken for the other.",
    )


def _metacarpals_in_a_row(shapes: Mapping[Bone, BoneShape]) -> list[Bone]:
    """Finger metacarpals that are long, of similar size, nearly parallel and next to each other: the longest such run."""
    bars = [bone for bone in FINGER_METACARPALS if bone in shapes and 1.3 <= shapes[bone].elongation <= 12]
    best: list[Bone] = []
    run: list[Bone] = bars[:1]
    for one, other in pairwise(bars):
        run = [*run, other] if _neighbours(shapes[one], shapes[other]) else [other]
        best = max(best, run, key=len)
    return max(best, run, key=len)


def _neighbours(one: BoneShape, other: BoneShape) -> bool:
    length = max(one.length, other.length)
    steps = 1 + abs(METACARPALS.index(one.bone) - METACARPALS.index(other.bone))
    similar = min(one.length, other.length) > 0.4 * length and min(one.width, other.width) > 0.3 * max(one.width, other.width)
    parallel = abs(float(one.axis @ other.axis)) > np.cos(np.radians(50))
    distance = float(np.linalg.norm(one.centroid - other.centroid))
    return similar and parallel and 0.4 * min(one.width, other.width) < distance < 0.6 * steps * length + one.width


def _beside(forearm: BoneShape, row: list[Bone], shapes: Mapping[Bone, BoneShape]) -> bool:
    """Whether a forearm bone lies where it belongs: about a hand's length from the metacarpals, along them."""
    if not row:
        return False
    middle = np.mean([shapes[bone].centroid for bone in row], axis=0)
    away = forearm.centroid - middle
    length = max(shapes[bone].length for bone in row)
    distance = float(np.linalg.norm(away))
    return 0.5 * length < distance < 4.5 * length + forearm.length and forearm.width > 0.6 * shapes[row[0]].width


def _across(shapes: Mapping[Bone, BoneShape], fingers: list[Bone]) -> np.ndarray:
    """Unit vector across the hand, at right angles to the finger metacarpals' mean axis."""
    doubled = sum(complex(*shapes[bone].axis) ** 2 for bone in fingers)
    along = np.sqrt(doubled)
    across = np.array([-along.imag, along.real])
    return across / max(float(np.linalg.norm(across)), 1e-9)


def _share_shown(shapes: Mapping[Bone, BoneShape], bone: Bone) -> float:
    """Area of a bone in squares of the longest finger metacarpal; endless where no metacarpal gives the measure."""
    lengths = [shapes[one].length for one in FINGER_METACARPALS if one in shapes]
    return shapes[bone].length * shapes[bone].width / max(lengths) ** 2 if lengths else np.inf


def _cut_by_edge(radiograph: Radiograph, segmentation: Segmentation, shapes: Mapping[Bone, BoneShape]) -> list[Bone]:
    return [
        bone
        for bone in METACARPALS
        if bone in shapes and _pixels_at_edge(segmentation.mask(bone), radiograph.field) > 0.35 * shapes[bone].width
    ]


def _pixels_at_edge(mask: np.ndarray, field: np.ndarray) -> int:
    """Pixels of a mask on the film's edge or just inside the field's edge."""
    edge = int(mask[0].sum() + mask[-1].sum() + mask[:, 0].sum() + mask[:, -1].sum())
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return 0
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    inside, part = field[box], mask[box]
    if inside.all():
        return edge
    beyond = ~inside
    touching = np.zeros_like(part)
    touching[1:] |= beyond[:-1]
    touching[:-1] |= beyond[1:]
    touching[:, 1:] |= beyond[:, :-1]
    touching[:, :-1] |= beyond[:, 1:]
    return edge + int((part & touching & inside).sum())


def _listed(bones: list[Bone]) -> str:
    names = [bones[0].title, *(bone.title.lower() for bone in bones[1:])]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
