"""What growth, age and disease leave on long bones: growth plates and their scars, osteophytes, scalloped and tunnelled cortex.

Every effect takes a bone and gives a changed one; lengths are millimetres along the bone's axis.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from OsteoScreenLib.bones import Bone
from training.simulation.shapes import S
from training.simulation.subject import Subject
from training.simulation.tubes import Tube

End = Literal["base", "head"]
Side = Literal["radial", "ulnar"]

# Where the growth plate lies, in metacarpal-3 lengths from the bone's end: the thumb's metacarpal grows at its base, all others
# and the forearm at their heads.
GROWTH_PLATES: dict[Bone, tuple[End, float]] = {
    Bone.RADIUS: ("head", 0.17),
    Bone.ULNA: ("head", 0.13),
    Bone.METACARPAL_1: ("base", 0.13),
    Bone.METACARPAL_2: ("head", 0.16),
    Bone.METACARPAL_3: ("head", 0.16),
    Bone.METACARPAL_4: ("head", 0.15),
    Bone.METACARPAL_5: ("head", 0.14),
}
CLOSING_YEARS = {Bone.RADIUS: 18.5, Bone.ULNA: 18.0}
"""Ages at which growth plates have closed; the metacarpals' by `METACARPALS_CLOSE_YEARS`."""
METACARPALS_CLOSE_YEARS = 17.0


def with_findings(bone: Bone, tube: Tube, subject: Subject, rng: np.random.Generator) -> Tube:
    """Draw the findings of one bone by age and bone status: young bones show growth plates, old ones wear and loss."""
    end, at = GROWTH_PLATES[bone]
    at_mm = at * subject.metacarpal_3_mm * float(np.exp(rng.normal(0, 0.12)))
    years_open = CLOSING_YEARS.get(bone, METACARPALS_CLOSE_YEARS) - subject.age_years + float(rng.normal(0, 0.7))
    if years_open > 0:
        tube = growth_plate(tube, end, at_mm, float(rng.uniform(0.8, 2.0)), min(years_open / 2, 1.0))
    else:
        fades = 0.35 + 0.65 * float(np.exp(-(subject.age_years - 18) / 12))
        tube = growth_scar(tube, end, at_mm, float(rng.uniform(0.4, 1.6)), fades * float(abs(rng.normal(0, 1.0))))
    wear = np.clip((subject.age_years - 40) / 50, 0, 1)
    for at_end in ("base", "head") if bone not in (Bone.RADIUS, Bone.ULNA) else ("head",):
        for side in ("radial", "ulnar"):
            if rng.random() < 0.3 * wear:
                tube = osteophyte(tube, at_end, side, float(rng.uniform(0.4, 2.0)), float(rng.uniform(1.0, 2.5)))
    loss = float(np.clip(-subject.t_score / 4, 0, 1))
    if rng.random() < 0.5 * loss:
        tube = scalloped(tube, float(rng.uniform(0.05, 0.25)), float(rng.uniform(2.0, 5.0)), rng)
    return tunnelled(tube, subject.porosity)


def growth_plate(tube: Tube, end: End, at_mm: float, width_mm: float, openness: float) -> Tube:
    """An open (1) or closing growth plate: cartilage without mineral across shell and cavity, between two dense margins."""
    distance = _from_end(tube, end) - at_mm
    cartilage = openness * np.exp(-((np.abs(distance) / (width_mm / 2)) ** 4))
    margins = sum(np.exp(-(((distance - sign * (width_mm / 2 + 0.6)) / 0.5) ** 2)) for sign in (-1, 1))
    return replace(
        tube,
        fill=np.clip(tube.fill * (1 + 0.8 * margins) * (1 - cartilage), 0, 1),
        cortex=tube.cortex * (1 - cartilage),
    )


def growth_scar(tube: Tube, end: End, at_mm: float, width_mm: float, strength: float) -> Tube:
    """The dense band that a closed growth plate leaves: trabecular mineral times 1 + ``strength`` at ``at_mm`` from the end."""
    band = np.exp(-(((_from_end(tube, end) - at_mm) / width_mm) ** 2))
    return replace(tube, fill=tube.fill * (1 + strength * band))


def osteophyte(tube: Tube, end: End, side: Side, size_mm: float, width_mm: float) -> Tube:
    """A bony spur at a joint's margin: the outline stands out by ``size_mm`` where the side's edge begins."""
    recede = tube.base_end if end == "base" else np.min(tube.head_ends, axis=0)
    margin_mm = float(recede[-1] if side == "radial" else recede[0]) + width_mm / 2
    bump = size_mm * np.exp(-(((_from_end(tube, end) - margin_mm) / width_mm) ** 2))
    return replace(tube, radial=tube.radial + bump) if side == "radial" else replace(tube, ulnar=tube.ulnar + bump)


def scalloped(tube: Tube, depth: float, spacing_mm: float, rng: np.random.Generator) -> Tube:
    """Endosteal scalloping: bites out of the shell from inside, ``spacing_mm`` apart, up to ``depth`` of its thickness.

    The shell's mean thickness along the shaft is kept.
    """
    count = max(int(tube.length / spacing_mm), 2)
    centres, sizes = rng.uniform(0, 1, count), rng.uniform(0.3, 1.0, count)
    half = spacing_mm / 3 / tube.length
    bites = np.zeros_like(S)
    for centre, size in zip(centres, sizes, strict=True):
        near = slice(*np.searchsorted(S, (centre - 3 * half, centre + 3 * half)))
        bites[near] = np.maximum(bites[near], size * np.exp(-(((S[near] - centre) / half) ** 2)))
    left = 1 - depth * bites
    return replace(tube, cortex=tube.cortex * left / left[(S > 0.25) & (S < 0.75)].mean())


def tunnelled(tube: Tube, porosity: float) -> Tube:
    """Intracortical tunnels along the bone that take ``porosity`` of the shell's mineral; the shell's width stays."""
    return replace(tube, porosity=porosity)


def _from_end(tube: Tube, end: End) -> np.ndarray:
    return S * tube.length if end == "base" else (1 - S) * tube.length
