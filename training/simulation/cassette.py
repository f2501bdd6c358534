"""Screen-film cassette, digitised later: characteristic curve, grain, dust and scratches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw


@dataclass(frozen=True)
class Cassette:
    """A film in its screen.

    Attributes
    ----------
    gradient : slope of density over log10 of exposure in the middle of the curve (extremity films: 2 to 3.2)
    speed_signal : relative exposure at the middle of the curve
    lowest_density, highest_density : base with fog, and saturation
    grain_mm : Selwyn granularity, density deviation x square root of the aperture's area
    specks, scratches : numbers of dust specks and scratches on the film
    """

    gradient: float
    speed_signal: float
    lowest_density: float
    highest_density: float
    grain_mm: float
    specks: int
    scratches: int


def sample_cassette(rng: np.random.Generator) -> Cassette:
    """Draw a film and how worn it is: half of them clean."""
    worn = rng.random() < 0.5
    return Cassette(
        gradient=float(rng.uniform(1.6, 2.9)),
        speed_signal=float(np.exp(rng.uniform(np.log(0.15), np.log(0.5)))),
        lowest_density=float(rng.uniform(0.15, 0.28)),
        highest_density=float(rng.uniform(2.8, 3.6)),
        grain_mm=float(rng.uniform(0.001, 0.006)),
        specks=int(rng.integers(1, 14)) if worn else 0,
        scratches=int(rng.integers(0, 4)) if worn else 0,
    )


def characteristic_curve(log_signal: np.ndarray, cassette: Cassette) -> np.ndarray:
    """Optical density of the developed film for -ln of the exposure; falls where more is absorbed; float32, same shape.

    Logistic in log10 of exposure: toe, straight part of the stated gradient, shoulder.
    """
    span = cassette.highest_density - cassette.lowest_density
    log10_exposure = log_signal * np.float32(-1 / np.log(10)) - np.float32(np.log10(cassette.speed_signal))
    steepness = np.float32(4 * cassette.gradient / span)
    return np.asarray(cassette.lowest_density + span / (1 + np.exp(-steepness * log10_exposure)), dtype=np.float32)


def develop(log_signal: np.ndarray, pixels_per_mm: float, cassette: Cassette, rng: np.random.Generator) -> np.ndarray:
    """Digitised film: brightness that falls with density, in nepers so that bone stays bright; float32, same shape."""
    density = characteristic_curve(log_signal, cassette)
    grain = np.float32(cassette.grain_mm * pixels_per_mm)
    density = density + grain * rng.standard_normal(density.shape, dtype=np.float32)
    dirt = dust_and_scratches(density.shape, pixels_per_mm, cassette.specks, cassette.scratches, rng)
    # Dust kept light from the film and scratches took emulsion away: both are pale.
    return np.asarray(-(density * (1 - dirt) + np.float32(cassette.lowest_density) * dirt), dtype=np.float32)


def dust_and_scratches(
    shape: tuple[int, ...], pixels_per_mm: float, specks: int, scratches: int, rng: np.random.Generator
) -> np.ndarray:
    """Cover 0..1 by specks (0.2 to 1 mm) and scratches (0.1 to 0.3 mm wide, 5 to 50 mm long); float32, ``shape``."""
    if specks + scratches == 0:
        return np.zeros(shape, np.float32)
    fine = 2
    image = Image.new("L", (shape[1] * fine, shape[0] * fine), 0)
    draw = ImageDraw.Draw(image)
    scale = pixels_per_mm * fine
    for _ in range(specks):
        x, y = rng.uniform(0, image.size[0]), rng.uniform(0, image.size[1])
        rx, ry = rng.uniform(0.1, 0.5, 2) * scale
        draw.ellipse((x - rx, y - ry, x + rx, y + ry), fill=int(rng.integers(90, 230)))
    for _ in range(scratches):
        start = rng.uniform(0, 1, 2) * image.size
        length, angle = rng.uniform(5, 50) * scale, rng.uniform(0, 2 * np.pi)
        end = start + length * np.array([np.cos(angle), np.sin(angle)])
        width = max(1, round(float(rng.uniform(0.1, 0.3)) * scale))
        draw.line((*start.tolist(), *end.tolist()), fill=int(rng.integers(40, 150)), width=width)
    small = image.resize((shape[1], shape[0]), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / 255
