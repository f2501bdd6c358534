"""A result in 3D Slicer's slice views: ``python Testing/views/slice_pictures.py [FILM or RESULT FOLDER or scene.mrb]``.

Slicer's own displayable managers draw them, off-screen and without the application (slice_view.py). Without an argument the
shipped sample film is screened and the pictures of README and docs are written again; with one, they go to ``--out``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from OsteoScreenLib.bones import Bone  # noqa: E402
from OsteoScreenLib.scene.hypotheses import hide_hypothesis, show_hypothesis  # noqa: E402
from OsteoScreenLib.scene.layout import FILM_VIEW, UNCERTAINTY_VIEW, enter_layout, fit_views  # noqa: E402
from OsteoScreenLib.scene.restore import films_with_results, result_of  # noqa: E402
from OsteoScreenLib.scene.standalone import standalone_scene  # noqa: E402
from OsteoScreenLib.segmentation.values import Hypotheses  # noqa: E402
from Testing.views.slice_view import SliceView, why_no_rendering  # noqa: E402
from Testing.views.small_png import save_png  # noqa: E402

SAMPLE = ROOT / "Resources" / "SampleData" / "simulated_hand.png"
PICTURES = ROOT / "docs" / "images" / "views"
SIZE = (540, 760)
"""Width and height of one view in pixels."""
_ZOOM = 2.5
"""Height of the picture of the profiles, as a multiple of the part of the bone that they lie in."""
_DIFFERENCE_ROWS = 0.12
"""Part of the film's height that the picture of a plausible outline shows."""


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "film", nargs="?", type=Path, default=SAMPLE, help="film, result folder or scene.mrb (default: the sample)"
    )
    parser.add_argument("--out", type=Path, default=PICTURES, help="folder of the pictures (default: docs/images/views)")
    arguments = parser.parse_args()
    if reason := why_no_rendering():
        parser.error(reason)
    if arguments.film != SAMPLE and arguments.out == PICTURES:
        parser.error("docs/images/views is for the sample film alone: give another folder with --out")
    with standalone_scene() as scene:
        views = SliceView(scene, FILM_VIEW, SIZE), SliceView(scene, UNCERTAINTY_VIEW, SIZE)
        film = show_result(scene, arguments.film)
        for name, pixels in pictures(scene, *views, film).items():
            path = arguments.out / f"{name}.png"
            save_png(pixels, path)
            print(path)
        for view in views:
            view.close()


def show_result(scene: Any, what: Path) -> Any:
    """Bring a film (which is screened), a result folder or a scene bundle into the scene; returns the film's node."""
    if what.is_dir():
        what = what / "scene.mrb"
    if what.suffix == ".mrb":
        return _open_bundle(scene, what)
    from OsteoScreenLib.bundle import load_bundle
    from OsteoScreenLib.radiograph import read_radiograph
    from OsteoScreenLib.scene.build import build_scene
    from OsteoScreenLib.screening.screener import Screener

    radiograph = read_radiograph(what)
    return build_scene(scene, Screener(load_bundle()).screen(radiograph), radiograph).film


def _open_bundle(scene: Any, bundle: Path) -> Any:
    import slicer

    application = slicer.vtkSlicerApplicationLogic()
    application.SetMRMLScene(scene)
    with TemporaryDirectory() as folder:
        if not application.OpenSlicerDataBundle(str(bundle), folder):
            raise SystemExit(f"{bundle}: not a scene bundle that can be opened")
    films = films_with_results(scene)
    if not films:
        raise SystemExit(f"{bundle}: holds no result of OsteoScreen")
    return films[0]


def pictures(scene: Any, left: SliceView, right: SliceView, film: Any) -> dict[str, NDArray[np.uint8]]:
    """The pictures by name, of a scene that holds one film with its result, in OsteoScreen's layout of two views."""
    enter_layout(scene, film)
    taken = {"two_views": _side_by_side(left.pixels(), right.pixels())}
    left.look_at(film, *_middle_of_profiles(scene, film))
    taken["profiles"] = left.pixels()
    result = result_of(scene, film)
    if result.segmentation.hypotheses is not None:
        index, place = _most_different(result.segmentation.hypotheses)
        show_hypothesis(scene, film, index)
        left.look_at(film, *place, rows=_DIFFERENCE_ROWS * result.film.shape[0])
        taken["plausible_outline"] = left.pixels()
        hide_hypothesis(scene, film)
    fit_views(scene, film)
    return taken


def _side_by_side(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.uint8]:
    gap = np.full((len(left), 4, 3), 90, np.uint8)
    return np.concatenate([left, gap, right], axis=1)


def _most_different(hypotheses: Hypotheses) -> tuple[int, tuple[float, float]]:
    """The plausible outline that departs most from the mean of all at one place, and that place on the film."""
    mean = np.tensordot(hypotheses.weights, hypotheses.probabilities, 1)
    apart = ((hypotheses.probabilities > 0.5) != (mean > 0.5)).sum(axis=1).astype(np.float32)
    window = apart.shape[1] // 16
    around = ndimage.uniform_filter(apart, size=(0, window, window), mode="constant")
    index, row, column = np.unravel_index(np.argmax(around), around.shape)
    place = hypotheses.mapping.to_film(np.array([[row, column]]))[0]
    return int(index), (float(place[0]), float(place[1]))


def _middle_of_profiles(scene: Any, film: Any) -> tuple[float, float, float]:
    """Row and column amid the measured levels of one metacarpal, and how many rows around it show them."""
    levels = result_of(scene, film).radiogrammetry.levels
    if not levels:
        raise SystemExit("no level was measured on this film")
    bone = Bone.METACARPAL_3 if any(level.bone is Bone.METACARPAL_3 for level in levels) else levels[0].bone
    ends = np.array([level.profile for level in levels if level.bone is bone]).reshape(-1, 2)
    row, column = ends.mean(axis=0)
    return row, column, _ZOOM * max(np.ptp(ends, axis=0))


if __name__ == "__main__":
    main()
