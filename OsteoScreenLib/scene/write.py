"""A result as a scene file that 3D Slicer opens, written without Slicer."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.exchange import write_array
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.scene.images import compact
from OsteoScreenLib.screening.storage import load_result, save_result
from OsteoScreenLib.screening.values import ScreeningResult

_PIXELS, _FIELD = "pixels.npy", "field.npy"
_TIME_LIMIT_S = 300


def write_scene(result: ScreeningResult, radiograph: Radiograph, path: Path) -> None:
    """Write ``scene.mrb`` to ``path`` in a process of its own.

    The MRML and VTK libraries are kept out of the calling process: they print to its terminal, bring second copies of
    the DICOM and image libraries that the film was read with, and a fault in them would end the screening. It costs
    about a second. Raises `OutputError` where the folder does not exist or the scene cannot be written.
    """
    path = Path(path).absolute()
    if not path.parent.is_dir() or path.is_dir():
        raise OutputError(path, "cannot be written there", "Name a file in a folder that exists")
    with TemporaryDirectory(prefix="osteoscreen-scene-") as temporary:
        folder = Path(temporary)
        save_result(result, folder)
        write_array(folder / _PIXELS, compact(radiograph.pixels))
        write_array(folder / _FIELD, radiograph.field)
        # Written here first: should this process be killed, the other one must not write into a folder that is given up.
        written = folder / path.name
        _run([sys.executable, "-m", "OsteoScreenLib.scene.write", str(folder), str(written)], path)
        try:
            shutil.move(written, path)
        except OSError as error:
            raise OutputError(path, f"cannot be written ({error})", "Choose a folder with room and write access") from error


def write_scene_here(result: ScreeningResult, radiograph: Radiograph, path: Path) -> None:
    """Write the scene in this process. Raises `OutputError` where slicer-core is missing or the file cannot be written."""
    try:
        import slicer
    except ImportError as error:
        remedy = "Install it with: pip install slicer-core"
        raise OutputError(path, f"needs the slicer-core package, which cannot be loaded ({error})", remedy) from error
    from OsteoScreenLib.scene.build import build_scene
    from OsteoScreenLib.scene.standalone import standalone_scene
    from OsteoScreenLib.scene.views import show_in_red_view

    del slicer
    with standalone_scene() as scene:
        nodes = build_scene(scene, result, radiograph)
        show_in_red_view(scene, nodes)
        if not scene.WriteToMRB(str(path)):
            raise OutputError(path, "cannot be written", "Choose a folder with room and write access")


def _run(command: list[str], path: Path) -> None:
    # The package may lie beside the working directory only (a source checkout, Slicer's module folder).
    library = str(Path(__file__).parents[2])
    try:
        done = subprocess.run(
            command, cwd=library, capture_output=True, text=True, errors="replace", timeout=_TIME_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OutputError(path, f"cannot be written ({error})", "Try again with a smaller load on this machine") from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise OutputError(path, f"cannot be written ({lines[-1]})", "Report this with the film's size and type")


def _main(folder: Path, path: Path) -> None:
    result = load_result(folder)
    pixels = np.load(folder / _PIXELS, allow_pickle=False).astype(np.float32)
    film = result.film
    radiograph = Radiograph(
        pixels=pixels,
        field=np.load(folder / _FIELD, allow_pickle=False),
        window=film.window,
        spacing=film.spacing,
        laterality=film.laterality,
        polarity=film.polarity,
        source=film.source,
    )
    write_scene_here(result, radiograph, path)


if __name__ == "__main__":
    try:
        _main(Path(sys.argv[1]), Path(sys.argv[2]))
    except OutputError as error:
        sys.exit(str(error))
