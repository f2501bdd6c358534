"""Things on the film."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.gallery.effect import Effect, Pair
from training.gallery.scene import CLEAN, PANEL, grey, log_signal, plain_hand, scene
from training.simulation.families import Family
from training.simulation.hand import Hand
from training.simulation.objects.aids import acrylic_plate, blocker, foam_wedge, ruler, tubing
from training.simulation.objects.choice import BLOCKER_CHANCE, ON_THE_HAND, RULER_CHANCE
from training.simulation.objects.immobilisation import cast, splint
from training.simulation.objects.implants import metacarpal_plate, radius_plate, wires
from training.simulation.objects.material import Layer
from training.simulation.objects.worn import bracelet, ring, watch
from training.simulation.tubes import Placement

Draw = Callable[[Hand, Placement, tuple[int, int], np.random.Generator], Layer]


_CHANCES = {draw.__name__: chance for draw, chance in ON_THE_HAND.items()}


def _with_layer(look: str, layer: Layer, shared: bool = True) -> Pair:
    """The scene without and with a layer, on one grey scale or each on its own."""
    without = log_signal(scene(look))
    return grey(without), grey(log_signal(scene(look), layers=(layer,)), without if shared else None)


def _thing(draw: Draw, title: str, units: str, look: str, seed: int, name: str = "") -> Effect:
    def pair() -> Pair:
        layer = draw(plain_hand(), scene(look).view.placement, PANEL, np.random.default_rng(seed))
        return _with_layer(look, layer, shared=draw is not cast)

    module = draw.__module__.removeprefix("training.simulation.")
    often = f"{_CHANCES[draw.__name__]:.1%} of films"
    return Effect(Family.OBJECTS, name or draw.__name__, title, (f"{module}.{draw.__name__}",), units, often, "", pair)


def _blocker() -> Pair:
    layer = blocker(scene("whole").view, scene("whole").masks, PANEL, np.random.default_rng(1))
    if layer is None:
        raise ValueError("blocker: no corner of the gallery's film is free of bones; show it on another hand")
    return _with_layer("whole", layer)


def _foam() -> Pair:
    """On a grey scale that ends where soft tissue begins."""
    layer = foam_wedge(plain_hand(), scene("whole").view.placement, PANEL, np.random.default_rng(4))
    signals = (log_signal(scene("whole"), CLEAN), log_signal(scene("whole"), CLEAN, (layer,)))
    first, second = (np.asarray(np.clip(signal / 0.4, 0, 1), dtype=np.float32) for signal in signals)
    return first, second


OBJECTS = (
    _thing(ring, "Ring", "gold, silver, steel or titanium; 2 to 7 mm wide, wall 1 to 2.2 mm", "whole", 3),
    _thing(bracelet, "Bracelet or chain", "2 to 8 mm wide, wall 1 to 2.5 mm", "whole", 5),
    _thing(watch, "Wrist watch", "case 26 to 42 mm, 4 mm of steel; strap of steel or leather", "whole", 2),
    _thing(radius_plate, "Plate on the radius", "1.8 to 2.5 mm of titanium or steel; screws 14 to 22 mm", "wrist", 4),
    _thing(metacarpal_plate, "Plate on a metacarpal", "1 to 1.6 mm; screws 9 to 13 mm", "palm", 8),
    _thing(wires, "Wires", "one to three of 1.1 to 1.8 mm steel, 35 to 75 mm long", "wrist", 6),
    _thing(cast, "Plaster cast", "4 to 8 mm of plaster over 2 to 6 mm of padding", "whole", 1, "cast_plaster"),
    _thing(cast, "Fibreglass cast", "2 to 4 mm of fibreglass over 2 to 6 mm of padding", "wrist", 2, "cast_fibreglass"),
    _thing(splint, "Splint", "4 to 7 mm of plaster", "wrist", 1),
    _thing(acrylic_plate, "Transparent plate", "3 to 12 mm of acrylic", "whole", 1),
    Effect(
        *(
            Family.OBJECTS,
            "foam_wedge",
            "Foam wedge",
            ("objects.aids.foam_wedge",),
            "10 to 90 mm of foam, as 0.06 mm of soft tissue",
        ),
        *(f"{_CHANCES['foam_wedge']:.1%} of films", "thin parts only, at the contrast that processing may give them"),
        _foam,
    ),
    _thing(tubing, "Infusion line with cannula", "3 to 4 mm of vinyl, wall 0.5 to 0.8 mm", "wrist", 2),
    Effect(
        *(Family.OBJECTS, "ruler", "Ruler", ("objects.aids.ruler",), "ticks of 0.1 mm lead every 5 mm"),
        *(f"{RULER_CHANCE:.1%} of films", ""),
        lambda: _with_layer("whole", ruler(scene("whole").view, PANEL, np.random.default_rng(4))),
    ),
    Effect(
        *(Family.OBJECTS, "blocker", "Name plate", ("objects.aids.blocker",), "0.05 to 0.4 mm of lead, 50 to 80 by 15 to 28 mm"),
        *(f"{BLOCKER_CHANCE:.1%} of films", ""),
        _blocker,
    ),
)
