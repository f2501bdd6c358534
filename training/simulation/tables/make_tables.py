"""Compute the beam table once, from spekpy (spectra) and xraylib (attenuation coefficients).

Neither package is needed to simulate films: ``beam.csv`` beside this file is what the simulation reads.

    pip install spekpy xraylib numpy
    python training/simulation/tables/make_tables.py

Columns: energy in keV; linear attenuation coefficients in 1/mm of soft tissue (ICRP), cortical bone (ICRP, 1.85 g/cm3), and
adipose tissue (ICRP, stands for yellow marrow), aluminium and copper (filters); then one detector-weighted spectrum per tube
voltage (12 degree tungsten anode, 2.5 mm Al, 100 mg/cm2 CsI, energy integrating), normalised to 1.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import spekpy
import xraylib

TUBE_VOLTAGES_KV = (42, 46, 50, 54, 58, 62, 66)
ENERGIES_KEV = np.arange(13.0, 66.0, 2.0)
CSI_G_PER_CM2 = 0.1


def coefficient_per_mm(name: str, energy_kev: float) -> float:
    """Linear attenuation coefficient of a tabulated NIST compound in 1/mm."""
    density = xraylib.GetCompoundDataNISTByName(name)["density"]
    return float(xraylib.CS_Total_CP(name, energy_kev) * density / 10.0)


def element_per_mm(atomic_number: int, energy_kev: float) -> float:
    """Linear attenuation coefficient of an element in 1/mm."""
    return float(xraylib.CS_Total(atomic_number, energy_kev) * xraylib.ElementDensity(atomic_number) / 10.0)


def detector_weights(kv: int) -> np.ndarray:
    """Energy deposited in the detector per energy bin, normalised to 1."""
    spectrum = spekpy.Spek(kvp=kv, th=12).filter("Al", 2.5)
    energies, fluence = spectrum.get_spectrum()
    absorbed = np.array([1 - np.exp(-xraylib.CS_Total_CP("CsI", float(e)) * CSI_G_PER_CM2) for e in energies])
    deposited = fluence * energies * absorbed
    edges = np.append(ENERGIES_KEV - 1.0, ENERGIES_KEV[-1] + 1.0)
    binned = np.histogram(energies, bins=edges, weights=deposited)[0]
    return binned / binned.sum()


def main() -> None:
    """Write beam.csv beside this file."""
    weights = {kv: detector_weights(kv) for kv in TUBE_VOLTAGES_KV}
    with open(Path(__file__).with_name("beam.csv"), "w", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(
            [
                *("energy_kev", "soft_per_mm", "bone_per_mm", "marrow_per_mm", "aluminium_per_mm", "copper_per_mm"),
                *(f"weight_{kv}kv" for kv in TUBE_VOLTAGES_KV),
            ]
        )
        for index, energy in enumerate(ENERGIES_KEV):
            row = [
                coefficient_per_mm(name, float(energy))
                for name in ("Tissue, Soft (ICRP)", "Bone, Cortical (ICRP)", "Adipose Tissue (ICRP)")
            ]
            row += [element_per_mm(number, float(energy)) for number in (13, 29)]
            writer.writerow(
                [f"{energy:g}", *[f"{v:.6g}" for v in row], *[f"{weights[kv][index]:.6g}" for kv in TUBE_VOLTAGES_KV]]
            )


if __name__ == "__main__":
    main()
