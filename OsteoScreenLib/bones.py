"""The seven outlined bones: their order, names, codes and colours, defined once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Bone(str, Enum):
    """Outlined bone; the declaration order is the channel order everywhere."""

    RADIUS = "radius"
    ULNA = "ulna"
    METACARPAL_1 = "metacarpal_1"
    METACARPAL_2 = "metacarpal_2"
    METACARPAL_3 = "metacarpal_3"
    METACARPAL_4 = "metacarpal_4"
    METACARPAL_5 = "metacarpal_5"

    @property
    def channel(self) -> int:
        """Index of this bone along every bone axis (0..6)."""
        return BONES.index(self)

    @property
    def title(self) -> str:  # type: ignore[override]  # shadows str.title on purpose
        """Name for people, such as "Metacarpal 2"."""
        return self.value.replace("_", " ").capitalize()


BONES: tuple[Bone, ...] = tuple(Bone)
METACARPALS: tuple[Bone, ...] = BONES[2:]
FOREARM_BONES: tuple[Bone, ...] = BONES[:2]
RADIOGRAMMETRY_BONES: tuple[Bone, ...] = (Bone.METACARPAL_2, Bone.METACARPAL_3, Bone.METACARPAL_4)


@dataclass(frozen=True)
class BoneCode:
    """SNOMED CT concept of a bone and the colour (RGB, 0..1) it is drawn in."""

    snomed: str
    meaning: str
    colour: tuple[float, float, float]


BONE_CODES: dict[Bone, BoneCode] = {
    Bone.RADIUS: BoneCode("62413002", "Radius", (0.90, 0.62, 0.00)),
    Bone.ULNA: BoneCode("23416004", "Ulna", (0.34, 0.71, 0.91)),
    Bone.METACARPAL_1: BoneCode("36455000", "Metacarpal", (0.95, 0.90, 0.25)),
    Bone.METACARPAL_2: BoneCode("36455000", "Metacarpal", (0.00, 0.75, 0.55)),
    Bone.METACARPAL_3: BoneCode("36455000", "Metacarpal", (0.35, 0.50, 1.00)),
    Bone.METACARPAL_4: BoneCode("36455000", "Metacarpal", (0.90, 0.45, 0.30)),
    Bone.METACARPAL_5: BoneCode("36455000", "Metacarpal", (0.85, 0.50, 0.75)),
}

SNOMED_LEFT = "7771000"
SNOMED_RIGHT = "24028007"
