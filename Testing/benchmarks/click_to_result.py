"""Time from a click on Screen to the result, for a 2000 x 2500 film: cold (worker started for it) and warm (worker waiting).

    python Testing/benchmarks/click_to_result.py [--scene] [--repeats 7] [--bundle FOLDER]

What the Slicer module does between click and result is done here in the same order by the same code, without Slicer's windows:
the film's array is written, a `WorkerSession` hands the job to its worker, the result is read back, and with ``--scene`` (needs
slicer-core) the film comes from a volume node and the result goes into a MRML scene. "Cold" starts a process for every
repeat; the system has its files in memory already. "Warm" hands further jobs to one worker that has screened before. With
``--scene`` the memory of this process, which stands for Slicer's, is told after the first and the last warm run.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHAPE = (2500, 2000)
TARGETS_S = {"cold": 4.0, "warm": 2.0}
PATIENCE_S = 300.0
Seconds = dict[str, float]


class Clock:
    """Seconds by part, in the order in which the parts came."""

    def __init__(self) -> None:
        self.parts: Seconds = {}
        self._last = self._begun = time.perf_counter()

    def part(self, name: str) -> None:
        """What has passed since the last part belongs to ``name``."""
        now = time.perf_counter()
        self.parts[name] = self.parts.get(name, 0.0) + now - self._last
        self._last = now

    def total(self) -> Seconds:
        """All parts and their sum."""
        return {**self.parts, "total": self._last - self._begun}


class Desk:
    """What lies on the clinician's side: the film, and with a scene its node."""

    def __init__(self, pixels: Any, scene: Any = None) -> None:
        self._pixels = pixels
        self._scene = scene
        self._node = None if scene is None else self._volume_node(scene, pixels)

    def film(self) -> Any:
        """The film as an array with its tags."""
        from OsteoScreenLib.radiograph.exchange import FilmArray
        from OsteoScreenLib.radiograph.values import Spacing, SpacingProvenance

        if self._node is None:
            return FilmArray(self._pixels, "simulated hand", Spacing(0.15, 0.15, SpacingProvenance.DETECTOR))
        from OsteoScreenLib.scene.films import film_array
        from OsteoScreenLib.scene.node_tags import tags_of

        return film_array(self._node, tags_of(self._node, None))

    def show(self, result: Any) -> None:
        """Put the result into the scene, updating the nodes of an earlier one."""
        from OsteoScreenLib.scene.build import build_scene

        build_scene(self._scene, result, film=self._node)

    @property
    def has_scene(self) -> bool:
        """Whether there is a scene to put results into."""
        return self._scene is not None

    @staticmethod
    def _volume_node(scene: Any, pixels: Any) -> Any:
        """As Slicer loads a film without orientation: one slice, columns to the left, rows downwards."""
        import slicer
        from vtkmodules.util.numpy_support import numpy_to_vtk
        from vtkmodules.vtkCommonDataModel import vtkImageData

        image = vtkImageData()
        image.SetDimensions(pixels.shape[1], pixels.shape[0], 1)
        image.GetPointData().SetScalars(numpy_to_vtk(pixels.ravel(), deep=True))
        node = slicer.vtkMRMLScalarVolumeNode()
        node.SetName("simulated hand")
        node.SetAndObserveImageData(image)
        node.SetSpacing(0.15, 0.15, 1.0)
        node.SetIJKToRASDirections(-1, 0, 0, 0, -1, 0, 0, 0, 1)
        return scene.AddNode(node)


class Click:
    """Clicks on Screen, one after the other, in one session."""

    def __init__(self, desk: Desk, bundle: Path | None) -> None:
        from OsteoScreenLib.workflow.session import WorkerSession
        from OsteoScreenLib.workflow.subprocess_worker import EventLoop, SubprocessWorker

        self._desk = desk
        self._bundle = bundle
        self._loop = EventLoop()
        self._session = WorkerSession(lambda: SubprocessWorker(self._loop), self._loop, [sys.executable], ROOT)
        self._session.bundle = bundle

    def __call__(self) -> Seconds:
        """Screen once; seconds by part."""
        from OsteoScreenLib.radiograph.exchange import save_film_array
        from OsteoScreenLib.screening.storage import load_result
        from OsteoScreenLib.worker import Job
        from OsteoScreenLib.workflow.messages import STARTING
        from OsteoScreenLib.workflow.session import RunListeners

        clock = Clock()
        folder = self._session.run_folder()
        save_film_array(self._desk.film(), folder.film)
        clock.part("film written")
        stage = ["worker started"]
        told: list[Any] = []

        def heard(words: str, fraction: float) -> None:
            if words != STARTING:
                clock.part(stage[0])
                stage[0] = words.lower()

        def finished(place: Path, state: str | None, notes: tuple[str, ...]) -> None:
            clock.part(stage[0])
            result = load_result(place)
            clock.part("result read")
            if self._desk.has_scene:
                self._desk.show(result)
                clock.part("nodes built")
            told.append(state)

        listeners = RunListeners(heard, finished, lambda message, details: told.append(f"{message}\n{details}"), lambda: None)
        job = Job(folder.film, folder.result, self._bundle, scene=False, report=False)
        self._session.submit(job, listeners, folder)
        if not self._loop.pump_until(lambda: bool(told), PATIENCE_S) or "result read" not in clock.parts:
            sys.exit(f"the film was not screened: {told}\n{self._session.log_tail}")
        return clock.total()

    def close(self) -> None:
        """End the worker."""
        self._session.close()
        self._loop.pump(0.5)


def cold(desk: Desk, bundle: Path | None, repeats: int) -> list[Seconds]:
    """Each click starts a worker."""
    runs = []
    for _ in range(repeats + 1):  # the first one also fetches files from the disk, and is left out
        click = Click(desk, bundle)
        runs.append(click())
        click.close()
    return runs[1:]


def warm(desk: Desk, bundle: Path | None, repeats: int) -> tuple[list[Seconds], list[float]]:
    """All clicks go to one worker, which has screened before; with the memory of this process after each, in MB."""
    click = Click(desk, bundle)
    runs, memory = [], []
    for _ in range(repeats + 1):
        runs.append(click())
        memory.append(resident_mb())
    click.close()
    return runs[1:], memory


def resident_mb() -> float:
    """Memory of this process that is in use now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return float("nan")
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def table(kinds: dict[str, list[Seconds]]) -> None:
    """Print the median of every part, and the range of the totals."""
    names = list(dict.fromkeys(name for runs in kinds.values() for run in runs for name in run))
    names = [*(name for name in names if name != "total"), "total"]
    print(f"{'seconds, medians':26}" + "".join(f"{kind:>9}" for kind in kinds))
    for name in names:
        medians = (statistics.median(run.get(name, 0.0) for run in runs) for runs in kinds.values())
        print(f"{name:26}" + "".join(f"{median:9.3f}" for median in medians))
    for kind, runs in kinds.items():
        totals = [run["total"] for run in runs]
        met = "met" if statistics.median(totals) < TARGETS_S[kind] else "missed"
        print(f"{kind}: {min(totals):.2f} to {max(totals):.2f} s in {len(runs)} runs; target {TARGETS_S[kind]:g} s {met}")


def circumstances() -> str:
    """Commit and machine that the figures hold for."""
    described = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False)
    return (
        f"commit {described.stdout.strip() or 'unknown'}, Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} (figures hold for an idle machine)"
    )


def write_film(path: Path) -> None:
    """Simulate a hand film and write it as a 16-bit array."""
    import numpy as np

    from training.simulation import cast_film

    np.save(path, np.round(cast_film(4, SHAPE, kind="hand").pixels * 65535).astype("<u2"))


@contextmanager
def desk_for(pixels: Any, with_scene: bool) -> Iterator[Desk]:
    """The clinician's side, with an empty scene where asked."""
    if not with_scene:
        yield Desk(pixels)
        return
    from OsteoScreenLib.scene.standalone import standalone_scene

    with standalone_scene() as scene:
        yield Desk(pixels, scene)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scene", action="store_true", help="build the MRML nodes too (needs slicer-core)")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--bundle", type=Path, help="bundle folder; the shipped one without it")
    parser.add_argument("--film", type=Path, help="film as .npy; simulated without it (needs the training extra)")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if options.write:
        write_film(options.write)
        return
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        film = options.film or Path(folder) / "film.npy"
        if options.film is None:
            subprocess.run([sys.executable, __file__, "--write", str(film)], check=True)
        pixels = np.load(film)
    print(f"film of {' x '.join(map(str, pixels.shape))} pixels, {pixels.dtype}; {circumstances()}")
    with desk_for(pixels, options.scene) as desk:
        cold_runs = cold(desk, options.bundle, options.repeats)
        warm_runs, memory = warm(desk, options.bundle, options.repeats)
    table({"cold": cold_runs, "warm": warm_runs})
    if options.scene:
        print(f"memory of this process: {memory[0]:.0f} MB after the first warm run, {memory[-1]:.0f} MB after {len(memory)}")


if __name__ == "__main__":
    main()
