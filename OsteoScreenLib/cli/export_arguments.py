"""What can be typed after ``osteoscreen export``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

_FILES = """\
Reads the folders that osteoscreen screen has written; no film and no model is needed.
  --coco FILE   one COCO document over all of them: polygons, boxes, uncertainty
  --nifti       masks/<bone>.nii.gz in each folder, on the film's own grid
  --masks       masks/<bone>.png in each folder, on the film's own grid

exit status:
  0  all exported
  2  a folder holds no sound result, or wrong usage; the others are exported all the same
"""


def add_export(commands: Any) -> None:
    """Add the command to a parser's commands."""
    export = commands.add_parser(
        "export",
        help="write stored results in other formats: COCO, NIfTI, PNG",
        description="Writes the outlines of stored results for other programs.",
        epilog=_FILES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    export.add_argument("folders", metavar="RESULT_FOLDER", nargs="+", type=Path, help="folder with a result.json")
    export.add_argument("--coco", metavar="FILE", type=Path, help="write one COCO document over all folders")
    export.add_argument("--nifti", action="store_true", help="write masks/<bone>.nii.gz into each folder")
    export.add_argument("--masks", action="store_true", help="write masks/<bone>.png into each folder")
    export.add_argument("--quiet", action="store_true", help="print errors only")
