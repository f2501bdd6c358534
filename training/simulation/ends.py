"""Ends of the long bones as measured on hand films, with the ways in which they differ between people."""

from __future__ import annotations

import numpy as np

from training.simulation.shapes import S, V


def _share(hundredths: str) -> np.ndarray:
    return np.array(hundredths.split(), float) / 100


# How far the end recedes, in half widths of the end, at 21 lateral positions from the ulnar to the radial edge: means of 8 films.
# Metacarpal 2 holds the trapezoid in a notch, metacarpal 3 reaches furthest at its styloid, metacarpal 5 slopes to its tubercle.
BASES = {
    1: _share("44 33 26 20 15 12 11 10 8 5 3 1 1 2 4 7 11 16 23 37 60"),
    2: _share("30 8 1 1 6 15 22 27 30 32 31 29 28 26 24 23 23 26 31 41 56"),
    3: _share("95 67 50 36 23 18 16 13 11 10 7 5 3 2 2 5 11 24 44 67 95"),
    4: _share("67 54 43 34 26 18 12 8 5 3 3 3 3 5 7 9 15 19 25 36 56"),
    5: _share("87 60 39 26 17 12 7 1 1 4 9 15 21 25 28 30 32 33 35 38 55"),
}
HEADS = {
    1: _share("66 42 27 18 11 6 3 2 1 1 2 2 3 5 7 10 14 19 29 44 60"),
    2: _share("87 50 32 18 11 7 3 1 1 1 2 5 8 13 19 26 34 44 55 70 94"),
    3: _share("86 54 34 21 14 8 5 3 1 0 1 2 3 6 10 15 21 32 49 68 95"),
    4: _share("99 62 36 22 15 9 5 3 2 1 0 1 3 5 9 13 21 31 47 66 94"),
    5: _share("110 80 52 32 23 14 10 6 3 1 1 1 2 5 9 14 22 30 41 56 77"),
}
# Tip of the radial styloid at .65, down to the ulnar corner at the sigmoid notch.
RADIUS = _share("90 74 69 66 61 56 51 45 41 37 34 29 25 20 13 8 3 3 6 16 40")
_AT = np.linspace(-1, 1, 21)


def metacarpal_base(number: int, half_width: float, rng: np.random.Generator) -> np.ndarray:
    """How far the base of a metacarpal recedes (mm) over the lateral position, for one person."""
    return half_width * _varied(np.interp(V, _AT, BASES[number]), rng, depth=0.28)


def metacarpal_head(number: int, half_width: float, rng: np.random.Generator) -> np.ndarray:
    """How far the head of a metacarpal recedes (mm) over the lateral position, for one person."""
    return half_width * _varied(np.interp(V, _AT, HEADS[number]), rng, depth=0.15)


def radius_end(half_width: float, rng: np.random.Generator) -> np.ndarray:
    """How far the distal end of the radius recedes (mm) over the lateral position: styloid, inclination, ulnar corner."""
    return half_width * _varied(np.interp(V, _AT, RADIUS), rng, depth=0.2)


def _varied(profile: np.ndarray, rng: np.random.Generator, depth: float) -> np.ndarray:
    """The profile deeper or shallower, shifted sideways, slanted, with corners more or less rounded, hollowed or raised."""
    shifted = np.interp(V + rng.normal(0, 0.06), V, profile)
    end = shifted * np.exp(rng.normal(0, depth)) + rng.normal(0, 0.06) * V
    end = end + abs(rng.normal(0, 0.12)) * np.clip((np.abs(V) - 0.6) / 0.4, 0, 1) ** 2
    end = end + rng.normal(0, 0.05) * np.exp(-(((V - rng.uniform(-0.6, 0.6)) / rng.uniform(0.15, 0.4)) ** 2))
    return np.asarray(end - end.min())


def body_share(at_base: float, at_head: float, reach: float = 0.25) -> np.ndarray:
    """Share of a half width that the section's body takes along a bone (see `Tube`): 1 but within ``reach`` of the ends.

    On a postero-anterior film a metacarpal's head shows the dense body that goes on from the shaft, and on both sides of it the
    palmar condyles, thin and therefore faint: the outline runs around these.
    """
    share = np.ones_like(S)
    for near, least in ((S, at_base), (1 - S, at_head)):
        rise = np.clip((near - 0.3 * reach) / (0.7 * reach), 0, 1)
        share = np.minimum(share, least + (1 - least) * rise * rise * (3 - 2 * rise))
    return share
