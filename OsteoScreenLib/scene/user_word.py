"""What the user said of a film, kept as attributes of its node, so that it is saved with the scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiograph.spacing import user_spacing
from OsteoScreenLib.radiograph.values import Laterality

_PREFIX = "OsteoScreen.User."
_SPACING, _INVERT, _SIDE, _AGE, _SEX = (f"{_PREFIX}{name}" for name in ("SpacingMM", "Invert", "Side", "AgeYears", "Sex"))
_SPACING_BEFORE = "OsteoScreen.SpacingBefore"
_MOST_YEARS = 130.0


@dataclass(frozen=True)
class UserWord:
    """``None`` where the user said nothing. ``spacing_mm`` is the size of a square pixel; ``sex`` is "F" or "M"."""

    spacing_mm: float | None = None
    invert: bool | None = None
    side: Laterality | None = None
    age_years: float | None = None
    sex: str | None = None


def user_word(node: Any) -> UserWord:
    """What the user said of the film in this node; an attribute that makes no sense counts as nothing said."""
    side, invert, sex = node.GetAttribute(_SIDE), node.GetAttribute(_INVERT), node.GetAttribute(_SEX)
    return UserWord(
        spacing_mm=_number(node.GetAttribute(_SPACING)),
        invert={"true": True, "false": False}.get(invert or ""),
        side=Laterality(side) if side in ("left", "right") else None,
        age_years=_number(node.GetAttribute(_AGE)),
        sex=sex if sex in ("F", "M") else None,
    )


def set_user_spacing(node: Any, mm: float | None) -> None:
    """Set the size of a pixel, in the node's spacing too; ``None`` takes the word back and restores the node's spacing.

    Raises `UsageError` for what is no pixel spacing of a radiograph.
    """
    if mm is None:
        before = spacing_before(node)
        node.RemoveAttribute(_SPACING)
        node.RemoveAttribute(_SPACING_BEFORE)
        write_spacing(node, *before)
        return
    user_spacing(mm)
    before = spacing_before(node)
    node.SetAttribute(_SPACING_BEFORE, " ".join(repr(value) for value in before))
    node.SetAttribute(_SPACING, repr(float(mm)))
    write_spacing(node, float(mm), float(mm))


def forget_user_spacing(node: Any) -> None:
    """Drop the word on spacing of a node that has just been given a spacing by its film."""
    node.RemoveAttribute(_SPACING)
    node.RemoveAttribute(_SPACING_BEFORE)


def set_user_invert(node: Any, invert: bool | None) -> None:
    """Whether the node's pixels are to be inverted for bright bone; ``None`` lets the content decide."""
    _set(node, _INVERT, None if invert is None else str(invert).lower())


def set_user_side(node: Any, side: Laterality | None) -> None:
    """Set the side of the hand; ``None`` or unknown leaves it to the film."""
    _set(node, _SIDE, None if side is None or side is Laterality.UNKNOWN else side.value)


def set_user_age(node: Any, years: float | None) -> None:
    """Set the age in years. Raises `UsageError` where it is no age."""
    if years is not None and not 0 <= years <= _MOST_YEARS:
        raise UsageError("age", f"{years!r} is no age in years", f"Give a number from 0 to {_MOST_YEARS:g}")
    _set(node, _AGE, None if years is None else repr(float(years)))


def set_user_sex(node: Any, sex: str | None) -> None:
    """Set the sex, "F" or "M". Raises `UsageError` for another word."""
    if sex not in ("F", "M", None):
        raise UsageError("sex", f"{sex!r} is not known", 'Give "F", "M" or nothing')
    _set(node, _SEX, sex)


def copy_user_word(source: Any, target: Any) -> None:
    """Copy what the user said of one node to another, which has the same spacing."""
    for name in (_SPACING, _INVERT, _SIDE, _AGE, _SEX, _SPACING_BEFORE):
        _set(target, name, source.GetAttribute(name))


def spacing_before(node: Any) -> tuple[float, float]:
    """(row, column) spacing of the node as it was before the user's word, in millimetres."""
    stored = (node.GetAttribute(_SPACING_BEFORE) or "").split()
    if len(stored) == 2:
        row, column = _number(stored[0]), _number(stored[1])
        if row is not None and column is not None:
            return row, column
    column, row, _ = node.GetSpacing()
    return row, column


def write_spacing(node: Any, row_mm: float, column_mm: float) -> bool:
    """Give the node this spacing in its plane; origin, directions and slice thickness stay. Returns whether it changed."""
    column, row, thickness = node.GetSpacing()
    if abs(row - row_mm) < 1e-9 and abs(column - column_mm) < 1e-9:
        return False
    node.SetSpacing(column_mm, row_mm, thickness)
    return True


def _set(node: Any, name: str, value: str | None) -> None:
    if value is None:
        node.RemoveAttribute(name)
    elif node.GetAttribute(name) != value:
        node.SetAttribute(name, value)


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
