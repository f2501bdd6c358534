"""Dice on annotated real films as they are and as other departments would have taken them: right hands, turned, cropped, small.

    python Testing/benchmarks/real_films_moved.py [--films ../shared/films] [--bundle FOLDER]

Every change is applied to film and drawn masks alike, so that the drawn masks stay the reference standard. A bone with
less than a fifth of its drawn area left after a crop is not counted. The films are only measured on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.radiograph import radiograph_from_array
from OsteoScreenLib.segmentation.engine import make_engine
from OsteoScreenLib.segmentation.inference import segment
from Testing.benchmarks.film_set import FILMS, annotated_films, reference
from training.segmentation.metrics import dice

Change = Callable[[np.ndarray], np.ndarray]
LEAST_LEFT = 0.2


def turned(degrees: float) -> Change:
    """Rotate about the centre, growing the canvas."""
    return lambda image: ndimage.rotate(image, degrees, order=0 if image.dtype == bool else 1, reshape=True)


def rows(start: float, stop: float) -> Change:
    """Keep the rows between two fractions of the height."""
    return lambda image: image[round(start * image.shape[0]) : round(stop * image.shape[0])]


def small_in_field(image: np.ndarray) -> np.ndarray:
    """The film in the middle of a field twice as large."""
    return np.pad(image, [(n // 2, n - n // 2) for n in image.shape])


CHANGES: dict[str, Change] = {
    "as it is": lambda image: image,
    "mirrored (right hand)": lambda image: image[:, ::-1],
    "turned by 20": turned(20),
    "turned by -40": turned(-40),
    "turned by 90": turned(90),
    "upside down": turned(180),
    "lower 70 % (no fingertips)": rows(0.3, 1.0),
    "lower 55 % (wrist)": rows(0.45, 1.0),
    "upper 85 % (short forearm)": rows(0.0, 0.85),
    "small in a large field": small_in_field,
    "a third of the pixels": lambda image: image[::3, ::3],
}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=Path, default=FILMS)
    parser.add_argument("--bundle", type=Path, help="bundle folder; the shipped one without it")
    options = parser.parse_args()
    bundle, engine = load_bundle(options.bundle), make_engine("openvino")
    films = [path.parent for path in annotated_films(options.films)]
    print(f"{'change':28}{'mean':>7}{'worst bone':>12}   by bone: {' '.join(bone.value[:3] + bone.value[-1] for bone in BONES)}")
    for name, change in CHANGES.items():
        table = np.array([scores(folder, change, bundle, engine) for folder in films])
        by_bone = " ".join(f"{value:.2f}" for value in np.nanmean(table, axis=0))
        print(f"{name:28}{np.nanmean(table):7.3f}{np.nanmin(table):12.3f}   {by_bone}", flush=True)


def scores(folder: Path, change: Change, bundle: object, engine: object) -> list[float]:
    """Dice per bone of one changed film; NaN where the change left too little of the bone."""
    import SimpleITK as sitk

    pixels = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "image.png")))
    drawn = reference(folder, pixels.shape)
    moved = np.ascontiguousarray(change(pixels))
    found = segment(radiograph_from_array(moved, invert=False), bundle, engine, seed=0).masks  # type: ignore[arg-type]
    values = []
    for channel in range(len(BONES)):
        left = change(drawn[channel])
        scale = left.size / drawn[channel].size if name_scales(change) else 1.0
        kept = left.sum() / max(drawn[channel].sum() * scale, 1)
        values.append(dice(found[channel], left) if kept > LEAST_LEFT else float("nan"))
    return values


def name_scales(change: Change) -> bool:
    """Whether the change alters the number of pixels of an unchanged bone."""
    return change is CHANGES["a third of the pixels"]


if __name__ == "__main__":
    main()
