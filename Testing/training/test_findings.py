"""Marks of growth, age and disease against known truth: where mineral goes, where outlines grow, what stays as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from OsteoScreenLib.bones import Bone
from training.simulation.findings import (
    growth_plate,
    growth_scar,
    osteophyte,
    scalloped,
    tunnelled,
    with_findings,
)
from training.simulation.subject import Subject
from training.simulation.trabeculae import make_struts
from training.simulation.tubes import END_KNOTS, STATIONS, Placement, Tube, cast_tube

SHAPE = (440, 200)
PIXELS_PER_MM = 8.0
BASE_ROW, COLUMN = 420, 100


def bone(fill: float = 0.3, cortex: float = 1.5) -> Tube:
    """A tube 50 mm long and 10 mm wide, upright, its base in row 420."""
    full, flat_end = np.ones(STATIONS), np.zeros(END_KNOTS)
    return Tube(
        name="bone",
        base=(0.0, 0.0),
        head=(0.0, 50.0),
        radial=full * 5,
        ulnar=full * 5,
        depth=full * 4,
        cortex=full * cortex,
        fill=full * fill,
        base_end=flat_end,
        head_ends=(flat_end,),
        base_cap=2.0,
        head_cap=2.0,
    )


def mineral(tube: Tube) -> np.ndarray:
    return cast(tube)[1]


def mask(tube: Tube) -> np.ndarray:
    return cast(tube)[0] > 0


def cast(tube: Tube) -> tuple[np.ndarray, np.ndarray]:
    placement = Placement((COLUMN, BASE_ROW), PIXELS_PER_MM, 0.0, 1)
    chords = cast_tube(tube, placement, SHAPE, np.ones(SHAPE, np.float32))
    assert chords is not None
    outer, inside = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32)
    outer[chords.window], inside[chords.window] = chords.outer, chords.mineral
    return outer, inside


def row_at(millimetres_from_base: float) -> int:
    return round(BASE_ROW - PIXELS_PER_MM * millimetres_from_base)


@pytest.mark.parametrize(("end", "from_base"), [("base", 10.0), ("head", 40.0)])
def test_an_open_growth_plate_is_a_gap_between_dense_margins(end: str, from_base: float) -> None:
    whole, growing = mineral(bone()), mineral(growth_plate(bone(), end, 10.0, 1.6, 1.0))  # type: ignore[arg-type]
    assert growing[row_at(from_base), COLUMN] < 0.02 * whole[row_at(from_base), COLUMN]
    for margin in (from_base - 1.6, from_base + 1.6):
        assert growing[row_at(margin), COLUMN] > 1.05 * whole[row_at(margin), COLUMN]
    assert growing[row_at(25)] == pytest.approx(whole[row_at(25)])
    assert np.array_equal(mask(growth_plate(bone(), end, 10.0, 1.6, 1.0)), mask(bone()))  # type: ignore[arg-type]


def test_a_half_closed_growth_plate_lacks_half_of_the_mineral() -> None:
    half = growth_plate(bone(fill=0.4), "head", 10.0, 1.6, 0.5)
    station = round(0.8 * (STATIONS - 1))
    assert half.cortex[station] == pytest.approx(0.75, rel=0.02)
    # The plate's dense margins reach a little way into it.
    assert 0.2 <= half.fill[station] < 0.25


def test_a_scar_adds_its_strength_in_its_band_only() -> None:
    scarred = growth_scar(bone(), "head", 9.0, 1.0, 0.8)
    at = np.linspace(50, 0, STATIONS)
    assert scarred.fill[np.argmin(np.abs(at - 9))] == pytest.approx(0.3 * 1.8, rel=1e-3)
    assert scarred.fill[np.abs(at - 9) > 4] == pytest.approx(0.3)


@pytest.mark.parametrize("side", ["radial", "ulnar"])
@pytest.mark.parametrize("end", ["base", "head"])
def test_an_osteophyte_adds_its_area_to_the_mask_at_the_joint_margin(end: str, side: str) -> None:
    grown = mask(osteophyte(bone(), end, side, 2.0, 1.5)) & ~mask(bone())  # type: ignore[arg-type]
    rows, columns = np.nonzero(grown)
    # A Gaussian bump 2 mm high: size * width * sqrt(pi), less what lies beyond the bone's end.
    whole = 2.0 * 1.5 * np.sqrt(np.pi)
    assert 0.6 * whole < grown.sum() / PIXELS_PER_MM**2 < 1.02 * whole
    assert (columns > COLUMN).all() if side == "radial" else (columns < COLUMN).all()
    from_end = (BASE_ROW - rows) / PIXELS_PER_MM if end == "base" else 50 - (BASE_ROW - rows) / PIXELS_PER_MM
    assert np.median(from_end) < 2.5
    assert from_end.max() < 8


def test_scalloping_thins_the_shell_from_inside_and_keeps_its_mean() -> None:
    eaten = scalloped(bone(), 0.3, 3.0, np.random.default_rng(2))
    shaft = slice(STATIONS // 4, 3 * STATIONS // 4)
    assert eaten.cortex[shaft].mean() == pytest.approx(1.5, rel=0.01)
    assert np.ptp(eaten.cortex[shaft]) > 0.2 * 1.5
    assert np.array_equal(mask(eaten), mask(bone()))


def test_tunnels_take_their_share_of_the_shell_and_nothing_of_the_cavity() -> None:
    struts = replace(make_struts(0.8, 2.0, 0.0, PIXELS_PER_MM, np.random.default_rng(3)), contrast=0.0)
    placement = Placement((COLUMN, BASE_ROW), PIXELS_PER_MM, 0.0, 1)
    ones = np.ones(SHAPE, np.float32)
    solid, porous = (cast_tube(t, placement, SHAPE, ones, struts) for t in (bone(fill=0), tunnelled(bone(fill=0), 0.2)))
    assert solid is not None
    assert porous is not None
    assert porous.mineral.sum() == pytest.approx(0.8 * solid.mineral.sum(), rel=0.03)
    assert np.array_equal(porous.outer, solid.outer)


def lucent_share(age: float) -> float:
    """Share of simulated third metacarpals with a gap in their shell."""
    subject = Subject(age, "F", 0.0, 0.5, 0.25, 0.95, 63.0)
    gaps = [with_findings(Bone.METACARPAL_3, bone(), subject, np.random.default_rng(s)).cortex.min() < 0.75 for s in range(60)]
    return float(np.mean(gaps))


def test_growth_plates_are_open_in_the_young_only() -> None:
    assert lucent_share(14.5) > 0.8
    assert lucent_share(21) == 0


def outgrowths(age: float) -> float:
    subject = Subject(age, "F", 0.0, 0.5, 0.25, 0.95, 63.0)
    found = [with_findings(Bone.METACARPAL_3, bone(), subject, np.random.default_rng(s)) for s in range(80)]
    return float(np.mean([tube.radial.max() > 5 or tube.ulnar.max() > 5 for tube in found]))


def test_osteophytes_come_with_age() -> None:
    assert outgrowths(30) == 0
    assert 0.3 < outgrowths(85) < 0.95
