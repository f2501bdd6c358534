"""DICOM objects of twenty films: does dciodvfy find any error, and does a real PACS give back what it was given.

    python Testing/benchmarks/dicom_objects.py --out FOLDER [--json FILE] [--films ../shared/films] [--bundle FOLDER]

Eight real films (PNG; simulated ones where there are none) and twelve simulated films as DICOM, with tags and transfer syntaxes
that differ, are screened. Every object is checked by dciodvfy, its pixels are held against the result, all are stored in an
Orthanc on this machine by STOW-RS and taken out again. FOLDER receives the films and objects: it shows films.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.radiograph import read_radiograph
from OsteoScreenLib.reports.dicom import write_dicom_objects
from OsteoScreenLib.reports.dicom.probability import bone_probability
from OsteoScreenLib.screening.screener import Screener
from OsteoScreenLib.screening.values import ScreeningResult
from Testing.benchmarks.film_set import FILMS, provenance
from Testing.dicom_checks import dciodvfy_errors, dciodvfy_warnings, dsrdump
from Testing.orthanc_server import OrthancServer, orthanc
from Testing.radiograph.dicom_films import write_dicom

SEED = 5200
REAL = 8
NOBODY: dict[str, Any] = {"PatientName": None, "PatientID": None}
KINDS: tuple[dict[str, Any], ...] = (
    {},
    {"photometric": "MONOCHROME1"},
    {"kind": "CR", "transfer_syntax": ImplicitVRLittleEndian},
    {"kind": "SC", "bits": 8},
    {"transfer_syntax": RLELossless, "tags": {"ImagerPixelSpacing": None}},
    {"transfer_syntax": JPEG2000Lossless, "tags": {"ImageLaterality": None, "PatientOrientation": None}},
    {"transfer_syntax": JPEGLSLossless, "bits": 16},
    {"kind": "CR", "transfer_syntax": JPEGLosslessSV1, "photometric": "MONOCHROME1"},
    {"transfer_syntax": DeflatedExplicitVRLittleEndian, "tags": NOBODY},
    {"tags": {"SpecificCharacterSet": "ISO_IR 192", "PatientName": "山田^太郎", "StudyDescription": "手と手首"}},
    {"tags": {"StudyDate": "2026.01.01", "PatientSex": "W", "AccessionNumber": "A" * 20, "StudyDescription": "d" * 90}},
    {"kind": "SC", "transfer_syntax": ExplicitVRLittleEndian, "tags": {"TimezoneOffsetFromUTC": "+0100"}},
)
"""How the simulated films differ; ``bits`` of a pixel, the rest as of `write_dicom`."""


def simulated(number: int, folder: Path, kind: dict[str, Any]) -> Path:
    """A simulated film as a DICOM file of its own study."""
    from Testing.benchmarks.simulated_archive import cast

    film = cast(number, SEED, large=False)
    bits = kind.get("bits", 12)
    spacing = round(1 / film.pixels_per_mm, 5)
    uid = f"2.25.{SEED}{number:04d}"
    tags = {
        "StudyInstanceUID": f"{uid}.1",
        "SeriesInstanceUID": f"{uid}.2",
        "SOPInstanceUID": f"{uid}.3",
        "PatientName": f"Simulated^{number}",
        "PatientID": f"SIM{number}",
        "PatientAge": f"{round(film.subject.age_years):03d}Y",
        "StudyDate": "20260101",
        "ImagerPixelSpacing": [spacing, spacing],
        "ImageLaterality": film.laterality.value[0].upper(),
        "PatientOrientation": ["R", "F"],
        **kind.get("tags", {}),
    }
    pixels = film.pixels if not film.inverted else 1 - film.pixels
    stored = np.rint(pixels * ((1 << bits) - 1)).astype(np.uint8 if bits == 8 else np.uint16)
    options = {name: value for name, value in kind.items() if name not in ("bits", "tags")}
    return write_dicom(folder / f"simulated-{number:02d}.dcm", stored, bits_stored=bits, tags=tags, **options)


def films(folder: Path, real: Path) -> Iterator[Path]:
    """The twenty films."""
    found = sorted((real / "unlabelled").glob("*.png"))[:REAL]
    yield from found
    for number, kind in enumerate([{}] * (REAL - len(found)) + list(KINDS)):
        yield simulated(number, folder, kind)


def unlike(result: ScreeningResult, paths: dict[str, Path]) -> list[str]:
    """The objects whose pixels are not those of the result."""
    wrong = []
    bones = result.segmentation.found_bones
    shape = (len(bones), *result.film.shape)
    if "segmentation.dcm" in paths:
        stored = pydicom.dcmread(paths["segmentation.dcm"]).pixel_array.reshape(shape)
        if not np.array_equal(stored.astype(bool), np.stack([result.segmentation.mask(bone) for bone in bones])):
            wrong.append("segmentation.dcm")
    hypotheses = result.segmentation.hypotheses
    if "probability.dcm" in paths and hypotheses is not None:
        stored = pydicom.dcmread(paths["probability.dcm"]).pixel_array.reshape(shape) / 255
        meant = np.stack([bone_probability(hypotheses, bone.channel) for bone in bones])
        if np.abs(stored - meant).max() > 1 / 255:
            wrong.append("probability.dcm")
    return wrong


def not_given_back(server: OrthancServer, paths: list[Path]) -> list[str]:
    """Store files by STOW-RS; those that did not come back byte for byte, and what they refer to that is not there."""
    from dicomweb_client.api import DICOMwebClient

    client = DICOMwebClient(server.dicomweb)
    for path in paths:
        client.store_instances([pydicom.dcmread(path)])
    stored = set(server.uids())
    wrong = []
    for path in paths:
        dataset = pydicom.dcmread(path)
        if server.file(dataset.SOPInstanceUID) != path.read_bytes():
            wrong.append(path.name)
        named = {str(e.value) for e in dataset.iterall() if e.keyword == "ReferencedSOPInstanceUID"}
        wrong += [f"{path.name} refers to {uid}, which is not there" for uid in named - stored]
    return wrong


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for films and objects; it shows films")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--films", type=Path, default=FILMS)
    parser.add_argument("--bundle", type=Path, help="bundle folder; the shipped one without it")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    bundle = load_bundle(options.bundle)
    screener = Screener(bundle)
    errors: list[str] = []
    warnings: dict[str, Counter[str]] = {}
    sizes: dict[str, list[int]] = {}
    seconds: list[float] = []
    states: Counter[str] = Counter()
    stored: list[Path] = []
    sources: list[str] = []
    for film in films(options.out, options.films):
        radiograph = read_radiograph(film)
        result = screener.screen(radiograph)
        states[result.score.state.value] += 1
        sources.append("picture" if result.film.source.sop_instance_uid is None else "DICOM")
        folder = options.out / f"objects-{len(sources):02d}"
        shutil.rmtree(folder, ignore_errors=True)
        started = time.perf_counter()
        paths = {path.name: path for path in write_dicom_objects(result, radiograph, film, folder)}
        seconds.append(time.perf_counter() - started)
        errors += [f"film {len(sources)}: {name}: other pixels" for name in unlike(result, paths)]
        for name, path in paths.items():
            sizes.setdefault(name, []).append(path.stat().st_size)
            errors += [f"film {len(sources)}: {name}: {line}" for line in dciodvfy_errors(path)]
            warnings.setdefault(name, Counter()).update(dciodvfy_warnings(path))
        dsrdump(paths["report.dcm"])
        stored += paths.values()
        if sources[-1] == "DICOM":
            stored.append(_plain(film, options.out))
    with tempfile.TemporaryDirectory() as folder, orthanc(Path(folder) / "pacs") as server:
        lost = not_given_back(server, stored)
    _print(sources, states, sizes, errors, warnings, seconds, lost, len(stored))
    if options.json:
        figures = {
            "seed": SEED,
            "films": dict(Counter(sources)),
            "states": states,
            "objects": {name: {"count": len(each), "median_bytes": int(np.median(each))} for name, each in sizes.items()},
            "errors": errors,
            "warnings": warnings,
            "seconds_per_film": {"median": float(np.median(seconds)), "most": max(seconds)},
            "stored": len(stored),
            "not_given_back": lost,
        }
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({**provenance(bundle), **figures}, indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if errors or lost else 0)


def _plain(film: Path, folder: Path) -> Path:
    """The film as a file that every DICOMweb client can send: a data set that is deflated in the file cannot be."""
    dataset = pydicom.dcmread(film)
    if dataset.file_meta.TransferSyntaxUID != DeflatedExplicitVRLittleEndian:
        return film
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = folder / f"plain-{film.name}"
    dataset.save_as(path, enforce_file_format=True)
    return path


def _print(
    sources: list[str],
    states: Counter[str],
    sizes: dict[str, list[int]],
    errors: list[str],
    warnings: dict[str, Counter[str]],
    seconds: list[float],
    lost: list[str],
    stored: int,
) -> None:
    print(f"{len(sources)} films: {dict(Counter(sources))}, states {dict(states)}")
    for name, each in sizes.items():
        print(f"  {name}: {len(each)} objects, median {np.median(each) / 1000:.0f} kB, {sum(warnings[name].values())} warnings")
        for line, count in warnings[name].most_common():
            print(f"    {count:5d} x {line}")
    print(f"dciodvfy: {len(errors)} errors", *errors, sep="\n  ")
    print(f"writing: median {np.median(seconds):.1f} s a film, at most {max(seconds):.1f} s")
    print(f"Orthanc: {stored} files stored, {len(lost)} not given back as they were", *lost, sep="\n  ")


if __name__ == "__main__":
    main()
