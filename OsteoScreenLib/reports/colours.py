"""Colours of the drawings: those of the bones, and the palette of the uncertainty."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.bones import BONE_CODES, Bone
from OsteoScreenLib.classification.values import State

PALETTE = "inferno"
"""Perceptual palette of the uncertainty map, 0 to 1 bit."""

STATE_COLOURS = {
    State.CONSIDER_DXA: "#f3c9b5",
    State.INDETERMINATE: "#f4e3b2",
    State.NOT_FLAGGED: "#c9dcef",
    State.NOT_ANALYSABLE: "#d5dae0",
}
"""Light grounds of the states, for zones and marks beside the words."""

STATE_INKS = {
    State.CONSIDER_DXA: "#9b2c00",
    State.INDETERMINATE: "#7a5700",
    State.NOT_FLAGGED: "#1c4e80",
    State.NOT_ANALYSABLE: "#454c55",
}
"""Dark inks for the states' words; on white and on `STATE_COLOURS` their contrast is above 4.5."""

_VISIBLE_FROM, _FULL_FROM, _STRONGEST = 0.03, 0.25, 0.9


def hex_colour(bone: Bone) -> str:
    """Colour of a bone as ``#rrggbb``."""
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in BONE_CODES[bone].colour)


def uncertainty_colours(bits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colour (RGB 0..1, one more axis) and opacity (0..1) of uncertainties in bits; certain pixels leave the film visible."""
    from matplotlib import colormaps

    ramp = np.clip((bits - _VISIBLE_FROM) / (_FULL_FROM - _VISIBLE_FROM), 0.0, 1.0)
    return np.asarray(colormaps[PALETTE](0.25 + 0.75 * np.clip(bits, 0.0, 1.0)))[..., :3], _STRONGEST * ramp


def uncertainty_over_film(grey: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """Blend the uncertainty (rows x columns, bits) over a dimmed film (uint8); uint8, rows x columns x 3."""
    colour, opacity = uncertainty_colours(bits)
    film = 0.75 * grey.astype(np.float32)[..., None] / 255.0
    blend = film * (1.0 - opacity[..., None]) + colour * opacity[..., None]
    return np.rint(255.0 * blend).astype(np.uint8)


def palette_image(width: int = 256, height: int = 1) -> np.ndarray:
    """The colour bar of the map from 0 to 1 bit over mid-grey film; uint8, height x width x 3."""
    bits = np.tile(np.linspace(0.0, 1.0, width, dtype=np.float32), (height, 1))
    return uncertainty_over_film(np.full((height, width), 96, np.uint8), bits)
