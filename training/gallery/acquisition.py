"""Effects of tube, beam and detector."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.gallery.effect import Effect, Pair
from training.gallery.scene import CLEAN, TYPICAL, grey, log_signal, scene
from training.simulation.beam import Filtration
from training.simulation.cassette import Cassette
from training.simulation.detector import CASSETTE_CHANCE, GRID_CHANCE, Exposure
from training.simulation.families import Family
from training.simulation.grid import Grid

_SOFT = replace(TYPICAL, tube_voltage_kv=47.0)
_FILM = Cassette(2.5, 0.3, 0.2, 3.2, 0.0, 0, 0)


def _exposures(look: str, without: Exposure, with_it: Exposure, shared: bool = True) -> Pair:
    first, second = log_signal(scene(look), without), log_signal(scene(look), with_it)
    return grey(first), grey(second, first if shared else None)


def _cassette(look: str, without: Cassette | None, with_it: Cassette) -> Pair:
    first, second = (log_signal(scene(look), replace(CLEAN, cassette=film)) for film in (without, with_it))
    return grey(first), grey(second, first if without is not None else None)


def _effect(name: str, title: str, functions: tuple[str, ...], units: str, often: str, shown: str, pair: object) -> Effect:
    return Effect(Family.ACQUISITION, name, title, functions, units, often, shown, pair)  # type: ignore[arg-type]


ACQUISITION = (
    _effect(
        "tube_voltage",
        "Tube voltage",
        ("beam.spectrum", "beam.attenuation"),
        "kV, 47 to 66",
        "every film",
        "47 kV, 66 kV, on one grey scale",
        lambda: _exposures("wrist", _SOFT, replace(_SOFT, tube_voltage_kv=66.0)),
    ),
    _effect(
        "filtration",
        "Filtration",
        ("beam.Filtration", "detector.sample_filtration"),
        "mm Al, 2.5 to 4; mm Cu, 0 to 0.2",
        "every film; copper in one of eight",
        "2.5 mm Al, 4 mm Al with 0.2 mm Cu, on one grey scale",
        lambda: _exposures("wrist", _SOFT, replace(_SOFT, filtration=Filtration(4.0, 0.2))),
    ),
    _effect(
        "heel",
        "Heel effect",
        ("heel.heel_effect",),
        "percent per cm at the central ray, half-normal with SD 0.6, at most 1.5",
        "every film",
        "1.5 % per cm, cathode below",
        lambda: _exposures("whole", TYPICAL, replace(TYPICAL, heel_percent_per_cm=1.5, cathode_rad=np.pi / 2), shared=False),
    ),
    _effect(
        "focal_spot",
        "Focal-spot blur",
        ("sharpness.focal_spot_sigma_mm",),
        "focal spot in mm (0.6 to 1.2), magnification (1.01 to 1.08)",
        "every film",
        "1.2 mm at magnification 1.3, more than is drawn, on a shaft at 16 pixels per mm",
        lambda: _exposures(
            "edge",
            replace(CLEAN, half_modulation_per_mm=8.0, photons_per_mm2=1e8),
            replace(CLEAN, half_modulation_per_mm=8.0, photons_per_mm2=1e8, focal_spot_mm=1.2, magnification=1.3),
        ),
    ),
    _effect(
        "detector_mtf",
        "Detector's modulation transfer",
        ("sharpness.detector_sigma_mm", "sharpness.blur"),
        "cycles per mm at half modulation, 0.55 to 3.8",
        "every film",
        "3.8 per mm, 0.55 per mm",
        lambda: _exposures("shaft", replace(CLEAN, half_modulation_per_mm=3.8), replace(CLEAN, half_modulation_per_mm=0.55)),
    ),
    _effect(
        "dose",
        "Dose",
        ("detector.quantum_noise",),
        "detected quanta per mm^2, 5 000 to 200 000",
        "every film",
        "200 000 per mm^2, 5 000 per mm^2",
        lambda: _exposures("palm", replace(TYPICAL, photons_per_mm2=2e5), replace(TYPICAL, photons_per_mm2=5e3)),
    ),
    _effect(
        "scatter",
        "Scatter",
        ("detector.scatter",),
        "share of the signal, 2 to 45 %; spread in mm, 8 to 25",
        "every film",
        "2 %, 45 %, on one grey scale",
        lambda: _exposures("whole", replace(TYPICAL, scatter_fraction=0.02), replace(TYPICAL, scatter_fraction=0.45)),
    ),
    _effect(
        "grid_lines",
        "Lines of an anti-scatter grid, aliased",
        ("grid.grid_lines", "grid.apparent_lines_per_mm"),
        "lines per cm, 33 to 80; amplitude, 0.3 to 2.5 %; detector pixel, 0.1 to 0.2 mm",
        f"{GRID_CHANCE:.0%} of films",
        "60 lines per cm, 2.5 %, sampled at 0.175 mm",
        lambda: _exposures("palm", TYPICAL, replace(TYPICAL, grid=Grid(60.0, 0.025, 0.175, False, 0.01, 0.0))),
    ),
    _effect(
        "screen_film",
        "Screen-film: characteristic curve",
        ("cassette.characteristic_curve", "cassette.develop"),
        "density over log10 exposure, 1.6 to 2.9; densities 0.15 to 3.6",
        f"{CASSETTE_CHANCE:.0%} of films",
        "linear detector, film of gradient 2.5",
        lambda: _cassette("whole", None, _FILM),
    ),
    _effect(
        "grain",
        "Film grain",
        ("cassette.develop",),
        "Selwyn granularity in density x mm, 0.001 to 0.006",
        "every screen-film",
        "none, 0.006, at 6.5 pixels per mm",
        lambda: _cassette("shaft", _FILM, replace(_FILM, grain_mm=0.006)),
    ),
    _effect(
        "dust",
        "Dust and scratches",
        ("cassette.dust_and_scratches",),
        "specks of 0.2 to 1 mm, up to 13; scratches of 5 to 50 mm, up to 3",
        "half of the screen-films",
        "13 specks, 3 scratches",
        lambda: _cassette("palm", _FILM, replace(_FILM, specks=13, scratches=3)),
    ),
)
