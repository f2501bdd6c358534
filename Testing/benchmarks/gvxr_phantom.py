"""Our rays and beam against gVirtualXray (gVXR) on phantoms of known shape: path lengths and transmission.

    python Testing/benchmarks/gvxr_phantom.py [--kv 50] [--size 384] [--csv FILE]

gVXR (Vidal et al.) renders triangle meshes by OpenGL and shares no code with the simulation. Both get the same bones in the
same soft tissue under a parallel beam:

- cylinder: an elliptic cylinder of cortical bone around a marrow cavity, in a cylinder of soft tissue
- shaft: waisted, wider towards the thumb, cortex thickest at mid-shaft, trabecular fill, turned on the film

Path lengths are compared per material. Transmission is compared twice: with the simulation's own coefficients (`beam.csv`;
gVXR's pixels of every energy, weighted with the same spectrum), and with gVXR's own chain from photons through elemental
compositions (ICRP) to deposited energy. Pixels within two of an edge are left out: there one program gives the centre's ray
and the other what OpenGL rasterises. The exit status is 1 where a transmission with the same coefficients differs by more
than 1 %.

gVXR needs EGL, which Mesa offers on any processor:

    apt-get install libegl1 libgl1-mesa-dri libxcb-res0 libxcb-ewmh2 libxcb-composite0 libxcb-xinerama0 libxcb-keysyms1
    apt-get install libxcb-icccm4
    pip install gvxr
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import training.simulation
from Testing.benchmarks.swept_phantom import FILM_MM, Phantom, meshes, phantoms
from training.simulation.beam import attenuation, beam_table, spectrum
from training.simulation.tubes import cast_tube

TOLERANCE = 0.01
EDGE_PX = 2
SAME = "transmission, same coefficients"
MATERIALS = ("soft", "bone", "cavity")
COMPOSITIONS = {
    # Mass fractions of ICRP soft tissue and cortical bone as in NIST's tables (ESTAR), and their densities in g/cm3.
    "soft": (
        1.0,
        {"H": 0.104472, "C": 0.23219, "N": 0.02488, "O": 0.630238, "Na": 0.00113, "Mg": 0.00013, "P": 0.00133, "S": 0.00199}
        | {"Cl": 0.00134, "K": 0.00199, "Ca": 0.00023, "Fe": 0.00005, "Zn": 0.00003},
    ),
    "bone": (
        1.85,
        {"H": 0.047234, "C": 0.14433, "N": 0.04199, "O": 0.446096, "Mg": 0.0022, "P": 0.10497, "S": 0.00315, "Ca": 0.20993}
        | {"Zn": 0.0001},
    ),
}


@dataclass(frozen=True)
class Row:
    """One line of the table: absolute differences over all compared pixels."""

    phantom: str
    what: str
    unit: str
    median: float
    largest: float


def our_paths(phantom: Phantom) -> dict[str, np.ndarray]:
    """Path lengths by the simulation's rays in mm: soft tissue around the bone, compact bone, and the cavity."""
    shape = (phantom.size, phantom.size)
    paths = {}
    for name, tube in (("bone", phantom.bone), ("limb", phantom.limb)):
        chords = cast_tube(tube, phantom.placement, shape, np.ones(shape, np.float32))
        if chords is None:
            raise ValueError(f"phantom {phantom.name}: its {name} misses the film; move it onto the film")
        outer, mineral = np.zeros((2, *shape), np.float32)
        outer[chords.window], mineral[chords.window] = chords.outer, chords.mineral
        paths[name] = outer
        paths[name + " mineral"] = mineral
    cavity = (paths["bone"] - paths["bone mineral"]) / (1 - phantom.fill)
    return {"soft": paths["limb"] - paths["bone"], "bone": paths["bone"] - cavity, "cavity": cavity}


def our_transmission(phantom: Phantom, paths: dict[str, np.ndarray], kv: float) -> np.ndarray:
    """Transmission as films get it: mineral and soft paths looked up in the beam's table."""
    mineral = paths["bone"] + phantom.fill * paths["cavity"]
    soft = paths["soft"] + (1 - phantom.fill) * paths["cavity"]
    return np.exp(-attenuation(soft, mineral, kv))


class Gvxr:
    """gVXR with one phantom at a time between a parallel source and a detector that is the film."""

    def __init__(self, log: Path) -> None:
        from gvxrPython3 import gvxr

        self.gvxr = gvxr
        gvxr.useLogFile(str(log))
        gvxr.createNewContext("EGL", 4, 5)

    def load(self, phantom: Phantom) -> None:
        """Put a phantom in place of the one before."""
        gvxr, self.phantom = self.gvxr, phantom
        gvxr.removePolygonMeshesFromXRayRenderer()
        gvxr.setSourcePosition(0, 0, -100, "mm")
        gvxr.useParallelBeam()
        gvxr.setDetectorPosition(0, 0, 100, "mm")
        gvxr.setDetectorUpVector(0, -1, 0)
        gvxr.setDetectorNumberOfPixels(phantom.size, phantom.size)
        gvxr.setDetectorPixelSize(*[1 / phantom.placement.pixels_per_mm] * 2, "mm")
        for name, (vertices, triangles) in meshes(phantom).items():
            gvxr.makeTriangularMesh(name, vertices.ravel().tolist(), triangles.ravel().tolist(), "mm")
            gvxr.addPolygonMeshAsInnerSurface(name)  # "inner" paths add up; no mesh overlaps another

    def paths(self) -> dict[str, np.ndarray]:
        """Path lengths per material in mm."""
        return {name: self._on_film(self.gvxr.computeLBuffer(name)) * 10 for name in MATERIALS}

    def transmission(self, kv: float) -> np.ndarray:
        """Transmission with the coefficients of ``beam.csv``, one image per energy."""
        table, fill = beam_table(), self.phantom.fill
        total = np.zeros((self.phantom.size,) * 2)
        for weight, soft, bone in zip(spectrum(kv), table.soft, table.bone, strict=True):
            self.gvxr.setMonoChromatic(50, "keV", 1)  # coefficients are given, so any energy will do
            for name, value in (("soft", soft), ("bone", bone), ("cavity", fill * bone + (1 - fill) * soft)):
                self.gvxr.setLinearAttenuationCoefficient(name, float(value) * 10, "cm-1")
            total += weight * self._image()
        return total

    def own_transmission(self, kv: float) -> np.ndarray:
        """Transmission by gVXR alone: photons, elemental compositions, deposited energy."""
        gvxr, fill = self.gvxr, self.phantom.fill
        (soft_density, soft), (bone_density, bone) = COMPOSITIONS["soft"], COMPOSITIONS["bone"]
        density = fill * bone_density + (1 - fill) * soft_density
        share = fill * bone_density / density
        cavity = {element: share * bone.get(element, 0) + (1 - share) * soft.get(element, 0) for element in soft | bone}
        for name, grams, parts in (("soft", soft_density, soft), ("bone", bone_density, bone), ("cavity", density, cavity)):
            gvxr.setMixture(name, list(parts), list(parts.values()))
            gvxr.setDensity(name, grams, "g/cm3")
        gvxr.resetBeamSpectrum()
        for energy, weight in zip(energies_kev(), spectrum(kv), strict=True):
            gvxr.addEnergyBinToSpectrum(float(energy), "keV", float(weight / energy * 1e6))
        return self._image()

    def _image(self) -> np.ndarray:
        fluence = self._on_film(self.gvxr.computeXRayImage(True))
        return fluence / self._on_film(self.gvxr.getWhiteImage(True))

    def _on_film(self, image: Any) -> np.ndarray:
        return np.flipud(np.array(image, dtype=np.float64))  # gVXR's first row is the detector's lowest


def energies_kev() -> np.ndarray:
    """Energies of the rows of ``beam.csv``."""
    table = Path(training.simulation.__file__).with_name("tables") / "beam.csv"
    return np.loadtxt(table, delimiter=",", skiprows=1, usecols=0)


def away_from_edges(paths: dict[str, np.ndarray]) -> np.ndarray:
    """Pixels further than `EDGE_PX` from every outline of limb, bone and cavity."""
    around = np.ones((2 * EDGE_PX + 1,) * 2)
    outlines = [ndimage.morphological_gradient((path > 0).astype(np.uint8), footprint=around) > 0 for path in paths.values()]
    return ~np.any(outlines, axis=0)


def compare(phantom: Phantom, kv: float, other: Gvxr) -> list[Row]:
    """All rows of the table for one phantom."""
    paths = our_paths(phantom)
    other.load(phantom)
    # Images first: gVXR has no path lengths before it has cast one.
    same, own, their_paths = other.transmission(kv), other.own_transmission(kv), other.paths()
    inside = away_from_edges(paths)
    rows = []
    for name in MATERIALS:
        difference = np.abs(their_paths[name] - paths[name])[inside & (paths[name] > 0)]
        rows.append(Row(phantom.name, f"path through {name}", "mm", float(np.median(difference)), float(difference.max())))
    ours = our_transmission(phantom, paths, kv)
    behind = inside & (paths["soft"] > 0)
    for what, theirs in ((SAME, same), ("transmission, gVXR's own coefficients", own)):
        relative = 100 * np.abs(theirs / ours - 1)[behind]
        rows.append(Row(phantom.name, what, "%", float(np.median(relative)), float(relative.max())))
    return rows


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kv", type=float, default=50.0, help="tube voltage, 42 to 66")
    parser.add_argument("--size", type=int, default=384, help="side of the film in pixels")
    parser.add_argument("--csv", type=Path, help="write the table there too")
    options = parser.parse_args()
    try:
        import gvxrPython3  # noqa: F401
    except ImportError as error:
        sys.exit(f"gVXR cannot be imported ({error}): install it and its OpenGL libraries as --help says")
    with tempfile.TemporaryDirectory() as folder:
        other = Gvxr(Path(folder) / "gvxr.log")
        rows = [row for phantom in phantoms(options.size) for row in compare(phantom, options.kv, other)]
    print(f"{options.kv:g} kV, {options.size} x {options.size} pixels of {FILM_MM / options.size:.3f} mm")
    print(f"{'phantom':10}{'difference of':40}{'median':>9}{'largest':>9}")
    for row in rows:
        print(f"{row.phantom:10}{row.what:40}{row.median:9.4f}{row.largest:9.4f} {row.unit}")
    if options.csv:
        with open(options.csv, "w", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow([field.name for field in fields(Row)])
            writer.writerows(astuple(row) for row in rows)
    worst = max(row.largest for row in rows if row.what == SAME)
    agrees = worst <= 100 * TOLERANCE
    print(f"largest difference in transmission {worst:.2f} %: {'within' if agrees else 'ABOVE'} {100 * TOLERANCE:g} %")
    sys.exit(not agrees)


if __name__ == "__main__":
    main()
