"""Effects of the field, and what is laid around and over a film."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from training.gallery.effect import Effect, Pair
from training.gallery.scene import PANEL, grey, log_signal, person, plain, plain_hand, scene, scene_of
from training.simulation.collimator import COLLIMATOR_CHANCE, frame, turned_rectangle
from training.simulation.families import Family
from training.simulation.field import VIEW_CHANCES, View, sample_view
from training.simulation.markers import BESIDE_CHANCE, add_markers
from training.simulation.objects.other_hand import other_hand_paths
from training.simulation.tubes import Placement


def _view(kind: str, seed: int) -> Pair:
    """The plain view, and one drawn as training draws it."""
    view = sample_view(plain_hand(), PANEL, np.random.default_rng(seed), kind)
    return plain(), _only_film(grey(log_signal(scene_of(plain_hand(), view))), view)


def _placed(change: Callable[[Placement], Placement]) -> Pair:
    view = scene().view
    return plain(), grey(log_signal(scene_of(plain_hand(), replace(view, placement=change(view.placement)))))


def _turned(placement: Placement) -> Placement:
    """About the film's middle by 35 degrees."""
    angle = float(np.deg2rad(35))
    middle = np.array([PANEL[1], PANEL[0]]) / 2
    offset = np.array(placement.origin) - middle
    cosine, sine = np.cos(angle), np.sin(angle)
    origin = middle + np.array([cosine * offset[0] - sine * offset[1], sine * offset[0] + cosine * offset[1]])
    return replace(placement, origin=(float(origin[0]), float(origin[1])), angle_rad=angle)


def _moved(columns: float, rows: float) -> Callable[[Placement], Placement]:
    return lambda placement: replace(placement, origin=(placement.origin[0] + columns, placement.origin[1] + rows))


def _only_film(picture: np.ndarray, view: View) -> np.ndarray:
    out = np.zeros_like(picture)
    out[view.film_slices] = picture[view.film_slices]
    return out


def _two_hands() -> Pair:
    view = sample_view(plain_hand(), PANEL, np.random.default_rng(10), "both")
    alone = scene_of(plain_hand(), view)
    bone_mm, soft_mm = other_hand_paths(plain_hand(), view, PANEL, person(), np.random.default_rng(8))
    both = replace(alone, bone_mm=alone.bone_mm + bone_mm, soft_mm=alone.soft_mm + soft_mm)
    first, second = (log_signal(what) for what in (alone, both))
    return _only_film(grey(first), view), _only_film(grey(second, first), view)


def _framed(level: float, rim: float = 0.0) -> Pair:
    exposed = turned_rectangle(PANEL, (0, PANEL[0], 0, PANEL[1]), np.array([0.06, 0.04, 0.05, 0.06]), float(np.deg2rad(2)))
    return plain(), frame(plain(), exposed, level, 0.8, rim)


def _marked() -> Pair:
    bones = np.asarray(scene().masks.any(axis=0))
    return plain(), add_markers(plain(), 1, bones, np.random.default_rng(5))


VIEWS = (
    Effect(
        *(Family.FIELD, "wrist", "Wrist without fingers", ("field.sample_view",)),
        *("lengths of forearm (0.03 to 2.2) and metacarpals (0.25 to 1.35) on the film, in metacarpal-3 lengths",),
        *(f"{VIEW_CHANCES['wrist']:.0%} of films", "whole hand, a wrist film"),
        lambda: _view("wrist", 2),
    ),
    Effect(
        *(Family.FIELD, "zoom", "Wrist filling the field", ("field.sample_view",)),
        *("forearm, 0.25 to 1; metacarpals, 0.15 to 0.6",),
        *(f"{VIEW_CHANCES['zoom']:.0%} of films", "whole hand, a close wrist"),
        lambda: _view("zoom", 4),
    ),
    Effect(
        *(Family.FIELD, "close", "Close look at the outlined bones", ("field.sample_view",)),
        *("margin, 2 to 22 %", f"{VIEW_CHANCES['close']:.0%} of films", "whole hand, a close look"),
        lambda: _view("close", 2),
    ),
    Effect(
        *(Family.FIELD, "small_hand", "Small hand in a large field, beside padding", ("field.sample_view",)),
        *("margin, up to 140 %", "30 % of hand and wrist films", "whole hand, a large field"),
        lambda: _view("hand", 19),
    ),
    Effect(
        *(Family.FIELD, "rotation", "Rotated hand", ("field.sample_view",)),
        *("degrees", "SD 12 for most; up to 50 in 24 %, any in 8 % of hand and wrist films", "35 degrees"),
        lambda: _placed(_turned),
    ),
    Effect(
        *(Family.FIELD, "partial", "Partial hand, short forearm", ("field.sample_view",)),
        *("shift in shares of the film, SD 0.04 and more", "every film", "moved by 30 and 70 pixels"),
        lambda: _placed(_moved(30.0, 70.0)),
    ),
    Effect(
        *(Family.OBJECTS, "two_hands", "Both hands", ("objects.other_hand.other_hand_paths", "field.sample_view")),
        *("gap in mm, 4 to 25; 30 to 100 % of the other hand on the film",),
        *(f"{VIEW_CHANCES['both']:.0%} of films", "same film; the hand nearest the middle is the outlined one"),
        _two_hands,
    ),
    Effect(
        *(Family.NUISANCES, "white_frame", "White collimation frame", ("collimator.frame", "collimator.turned_rectangle")),
        *(
            "insets up to 7 % of the film; degrees, SD 2.5",
            f"{COLLIMATOR_CHANCE * 0.4:.0%} of films",
            "frame turned by 2 degrees",
        ),
        lambda: _framed(1.0),
    ),
    Effect(
        *(Family.NUISANCES, "black_frame", "Black frame with a bright rim", ("collimator.frame",)),
        *("grey level, 0; rim, 20 to 90 % of white", f"{COLLIMATOR_CHANCE * 0.35:.0%} of films; 30 % of frames with a rim"),
        *("rim of 80 %",),
        lambda: _framed(0.0, 0.8),
    ),
    Effect(
        *(Family.NUISANCES, "markers", "Lead letters and plates", ("markers.add_markers",)),
        *("height, 2.5 to 7.5 % of the film", f"up to 3 on 80 % of films; {BESIDE_CHANCE:.0%} of them beside the bones"),
        *("three markers",),
        _marked,
    ),
)
