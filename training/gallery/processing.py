"""Effects of display processing and of archives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.gallery.effect import Effect, Pair
from training.gallery.scene import grey, log_signal, plain, scene
from training.simulation.archive import DIM_CHANCE, JPEG_CHANCE, dim, jpeg, quantise
from training.simulation.display import EQUALISE_CHANCE, MULTISCALE_CHANCE, equalise, sharpen, tone
from training.simulation.families import Family
from training.simulation.multiscale import multiscale_contrast


def _on_signal(look: str, change: Callable[[np.ndarray, float], np.ndarray]) -> Pair:
    """Processing of the log signal, given pixels per millimetre."""
    signal = log_signal(scene(look))
    return grey(signal), grey(change(signal, scene(look).view.placement.pixels_per_mm))


def _on_grey(look: str, change: Callable[[np.ndarray], np.ndarray]) -> Pair:
    picture = plain(look)
    return picture, change(picture)


def _effect(
    name: str, title: str, functions: tuple[str, ...], units: str, often: str, shown: str, draw: Callable[[], Pair]
) -> Effect:
    return Effect(Family.PROCESSING, name, title, functions, units, often, shown, draw)


PROCESSING = (
    _effect(
        "multiscale",
        "Multi-scale contrast",
        ("multiscale.multiscale_contrast",),
        "power, 0.65 to 0.95; reach in nepers, 0.1 to 0.4; latitude, 0.5 to 1",
        f"{MULTISCALE_CHANCE:.0%} of films",
        "power 0.65, reach 0.2, latitude 0.7",
        lambda: _on_signal("whole", lambda image, _: multiscale_contrast(image, 0.65, 0.2, latitude=0.7)),
    ),
    _effect(
        "equalise",
        "Compression of slow variations",
        ("display.equalise",),
        "width in mm, 4 to 20; share, 5 to 60 %",
        f"{EQUALISE_CHANCE:.0%} of films",
        "10 mm, 60 %",
        lambda: _on_signal("whole", lambda image, ppm: equalise(image, 10 * ppm, 0.6)),
    ),
    _effect(
        "sharpen_fine",
        "Sharpening",
        ("display.sharpen",),
        "width in mm, 0.2 to 0.5; strength, 0.1 to 1.2",
        "60 % of films",
        "0.4 mm, 1.2",
        lambda: _on_signal("palm", lambda image, ppm: sharpen(image, 0.4 * ppm, 1.2)),
    ),
    _effect(
        "sharpen_broad",
        "Sharpening with broad halos",
        ("display.sharpen",),
        "width in mm, 0.8 to 3; strength, 0.1 to 0.9",
        "35 % of films",
        "3 mm, 0.9",
        lambda: _on_signal("palm", lambda image, ppm: sharpen(image, 3.0 * ppm, 0.9)),
    ),
    _effect(
        "tone",
        "Tone curves",
        ("display.tone",),
        "gamma, or slope and middle of a sigmoid, or linear",
        "every film",
        "linear, a steep sigmoid",
        lambda: _on_grey("whole", lambda picture: tone(picture, np.random.default_rng(5))),
    ),
    _effect(
        "dim",
        "A window set for brighter things",
        ("archive.dim",),
        "black, 0 to 10 %, and white, 20 to 60 % of the grey scale",
        f"{DIM_CHANCE:.0%} of films",
        "5 to 35 %",
        lambda: _on_grey("whole", lambda picture: dim(picture, 0.05, 0.35)),
    ),
    _effect(
        "grey_levels",
        "Few grey levels",
        ("archive.quantise",),
        "levels: 64, 256, 1024 or 4096",
        "every film; 64 levels in one of ten",
        "64 levels within a dim film, shown at full contrast",
        lambda: _on_grey("palm", lambda picture: (quantise(dim(picture, 0.05, 0.3), 64) - 0.05) / 0.25),
    ),
    _effect(
        "jpeg",
        "JPEG compression",
        ("archive.jpeg",),
        "quality, mostly 75 to 95, down to 30",
        f"{JPEG_CHANCE:.0%} of films",
        "none, quality 30",
        lambda: _on_grey("palm", lambda picture: jpeg(picture, 30)),
    ),
)
