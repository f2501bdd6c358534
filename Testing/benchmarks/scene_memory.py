"""Memory and time that results leave in Slicer's process: one film's result is loaded and built into a scene many times.

    OMP_NUM_THREADS=1 python Testing/benchmarks/scene_memory.py [--runs 20] [--rows 2500] [--columns 2000]

Each run does what the module does after a screening: loads the result folder, builds the scene, enters the layout, asks
whether the result is current, steps through two hypotheses, gives the result back and leaves the layout. Resident memory must
be flat after the first few runs, and so must the numbers of nodes and of objects. Needs slicer-core, and Linux for the memory.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.scene.build import build_scene
from OsteoScreenLib.scene.currency import result_currency
from OsteoScreenLib.scene.hypotheses import hide_hypothesis, show_hypothesis
from OsteoScreenLib.scene.layout import enter_layout, leave_layout
from OsteoScreenLib.scene.restore import result_of
from OsteoScreenLib.scene.standalone import standalone_scene
from OsteoScreenLib.screening.storage import load_result, save_result
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.segmentation.values import GridMapping, Hypotheses
from Testing.scene_films import add_volume
from Testing.screening_results import make_screening_result

EXPERTS, SAMPLES, GRID_STEP = 4, 4, 10
"""As many hypotheses as the shipped model draws, on about its grid."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--rows", type=int, default=2500)
    parser.add_argument("--columns", type=int, default=2000)
    options = parser.parse_args()
    result, radiograph = make_screening_result((options.rows, options.columns))
    result = _with_hypotheses(result)
    with TemporaryDirectory() as temporary, standalone_scene() as scene:
        folder = Path(temporary)
        save_result(result, folder)
        film = add_volume(scene, radiograph.pixels[None].astype(np.int16))
        del result, radiograph
        print(" run   load ms  build ms   current ms   all ms |   resident MB   MRML nodes   Python objects")
        for run in range(1, options.runs + 1):
            times = _once(scene, film, folder)
            gc.collect()
            print(
                f"{run:4d} {times[0]:9.0f} {times[1]:9.0f} {times[2]:12.0f} {times[3]:8.0f} | {resident_mb():13.1f} "
                f"{scene.GetNumberOfNodes():12d} {len(gc.get_objects()):16d}",
                flush=True,
            )


def _once(scene: object, film: object, folder: Path) -> tuple[float, float, float, float]:
    """Milliseconds of loading, of building, of the check, and of everything."""
    marks = [time.perf_counter()]
    result = load_result(folder)
    marks.append(time.perf_counter())
    build_scene(scene, result, film=film)
    marks.append(time.perf_counter())
    assert result_currency(scene, film).kind == "current"
    marks.append(time.perf_counter())
    enter_layout(scene, film)
    for index in (0, 5):
        show_hypothesis(scene, film, index)
    hide_hypothesis(scene, film)
    assert result_of(scene, film) is not None
    leave_layout(scene)
    marks.append(time.perf_counter())
    load, build, check, _ = (1e3 * (after - before) for before, after in pairwise(marks))
    return load, build, check, 1e3 * (marks[-1] - marks[0])


def _with_hypotheses(result: ScreeningResult) -> ScreeningResult:
    """The result with as many hypotheses, on as coarse a grid, as a real one has."""
    masks = result.segmentation.masks[:, ::GRID_STEP, ::GRID_STEP].astype(np.float32)
    probabilities = np.stack([np.roll(masks, index % 3, axis=2) for index in range(EXPERTS * SAMPLES)])
    count, grid = len(probabilities), (masks.shape[1], masks.shape[2])
    mapping = GridMapping(np.diag([float(GRID_STEP)] * 2), np.zeros(2), grid, result.film.shape)
    hypotheses = Hypotheses(probabilities, np.full(count, 1 / count), np.repeat(np.arange(EXPERTS), SAMPLES), mapping)
    return replace(result, segmentation=replace(result.segmentation, hypotheses=hypotheses))


def resident_mb() -> float:
    """Resident memory of this process in megabytes (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


if __name__ == "__main__":
    main()
