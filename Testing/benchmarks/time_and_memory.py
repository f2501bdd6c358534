"""Time by stage and peak memory of one 2000 x 2500 16-bit DX in a warm process, up to the `ScreeningResult`.

    python Testing/benchmarks/time_and_memory.py [--bundle FOLDER] [--repeats 7] [--threads 2]

The film is simulated and written as DICOM by one process and screened by another, so that the second holds nothing but
what a clinician's process holds. The first screening warms up and is printed apart.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHAPE = (2500, 2000)


def write_film(path: Path, seed: int = 4) -> None:
    """Simulate a hand film and write it as an uncompressed 16-bit DX."""
    import numpy as np
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

    from training.simulation import cast_film

    film = cast_film(seed, SHAPE, kind="hand")
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["time and memory"])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    data.Modality, data.ViewPosition, data.BodyPartExamined = "DX", "PA", "HAND"
    data.PresentationLUTShape, data.PhotometricInterpretation = "IDENTITY", "MONOCHROME2"
    data.Rows, data.Columns, data.SamplesPerPixel = *SHAPE, 1
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 0
    data.ImagerPixelSpacing = [round(1 / film.pixels_per_mm, 5)] * 2
    data.PixelData = np.round(film.pixels * 65535).astype("<u2").tobytes()
    data.save_as(path, enforce_file_format=True)


def measure(film: Path, bundle_folder: Path | None, repeats: int, threads: int) -> None:
    """Screen ``film`` once to warm up, then ``repeats`` times, and print medians and the peak."""
    from OsteoScreenLib.bundle import load_bundle
    from OsteoScreenLib.radiograph import read_radiograph
    from OsteoScreenLib.screening.screener import STAGES, Screener
    from OsteoScreenLib.segmentation.engine import OpenVinoEngine

    imported = _peak_mb()
    bundle = load_bundle(bundle_folder)
    screener = Screener(bundle, OpenVinoEngine(threads=threads))
    runs: list[dict[str, float]] = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        radiograph = read_radiograph(film)
        read = time.perf_counter() - started
        result = screener.screen(radiograph, seed=0, samples=4)
        runs.append({"read": read, **result.timings, "total": time.perf_counter() - started})
    first, warm = runs[0], runs[1:]
    size = " x ".join(map(str, radiograph.shape))
    print(f"film {size}, bundle {bundle.name} {bundle.version}, {threads} threads, 4 x 4 hypotheses")
    print(f"found {len(result.segmentation.found_bones)} of 7 bones, state {result.score.state.value}")
    print(f"{'stage':16}{'median':>9}{'lowest':>9}{'first':>9}   seconds, {repeats} repeats")
    for stage in ("read", *STAGES, "total"):
        times = [run[stage] for run in warm]
        print(f"{stage:16}{statistics.median(times):9.3f}{min(times):9.3f}{first[stage]:9.3f}")
    print(f"peak memory {_peak_mb():.0f} MB ({imported:.0f} MB after importing); target 1.5 s and 900 MB")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores: figures hold for an idle machine only")


def _peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, help="bundle folder; the shipped one without it")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--film", type=Path, help="screen this film instead of simulating one")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if options.write:
        write_film(options.write)
        return
    if options.measure:
        measure(options.film, options.bundle, options.repeats, options.threads)
        return
    with tempfile.TemporaryDirectory() as folder:
        film = options.film or Path(folder) / "film.dcm"
        if options.film is None:
            subprocess.run([sys.executable, __file__, "--write", str(film)], check=True)
        command = [sys.executable, __file__, "--measure", "--film", str(film), "--repeats", str(options.repeats)]
        command += ["--threads", str(options.threads)] + (["--bundle", str(options.bundle)] if options.bundle else [])
        sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
