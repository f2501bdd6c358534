"""The real films that outlines are measured on. They are only read: nothing of them is kept.

A set holds ``annotated/<id>/image.png`` with one mask file (0 / 255) per bone, and ``unlabelled/*.png``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle import Bundle

ROOT = Path(__file__).resolve().parents[2]
FILMS = ROOT.parent / "shared" / "films"


def annotated_films(films: Path) -> list[Path]:
    """Picture files with drawn outlines; ends the program where there are none."""
    return _some(sorted(films.glob("annotated/*/image.png")), films)


def unlabelled_films(films: Path) -> list[Path]:
    """Picture files without outlines; ends the program where there are none."""
    return _some(sorted(films.glob("unlabelled/*.png")), films)


def reference(folder: Path, shape: tuple[int, int]) -> np.ndarray:
    """The drawn masks of one annotated film, 7 x rows x columns, bool."""
    import SimpleITK as sitk

    masks = np.zeros((len(BONES), *shape), bool)
    for bone in BONES:
        path = folder / f"{bone.value}.png"
        if path.is_file():
            masks[bone.channel] = sitk.GetArrayFromImage(sitk.ReadImage(str(path))) > 127
    return masks


def provenance(bundle: Bundle) -> dict[str, Any]:
    """What figures were made with: commit of the code, whether files differed from it, and the bundle's hash."""
    return {
        "commit": _git("rev-parse", "HEAD"),
        "changed_since": bool(_git("status", "--porcelain", "--untracked-files=no", "OsteoScreenLib", "Testing", "training")),
        "bundle": {"name": bundle.name, "version": bundle.version, "sha256": bundle.sha256},
    }


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def _some(paths: list[Path], films: Path) -> list[Path]:
    if not paths:
        sys.exit(f"no films under {films}: give the set with --films")
    return paths
