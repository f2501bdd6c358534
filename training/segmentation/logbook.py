"""What a run leaves to look at: metrics as CSV and for TensorBoard, sample pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from torch.utils.tensorboard import SummaryWriter

from training.segmentation.run_folder import METRICS, SAMPLES, TENSORBOARD, replace_text

COLUMNS = ("step", "films", "seconds", "transport", "kl", "validation_dice")


class Logbook:
    """Opened at a step: what was noted after it, by a run that was killed before its next checkpoint, is struck out."""

    def __init__(self, folder: Path, step: int) -> None:
        self._folder = folder
        strike_out(folder / METRICS, step)
        self._events = SummaryWriter(folder / TENSORBOARD, purge_step=step + 1 if step else None)

    def note(self, row: Mapping[str, float]) -> None:
        """Add a row of metrics; ``step`` and ``films`` are numbers of steps and films, the others are curves."""
        with open(self._folder / METRICS, "a", encoding="utf-8", newline="") as handle:
            csv.DictWriter(handle, COLUMNS, lineterminator="\n").writerow({name: f"{value:.6g}" for name, value in row.items()})
        for name in row:
            if name != "step":
                self._events.add_scalar(name, row[name], int(row["step"]))

    def show(self, picture: Image.Image, step: int) -> None:
        """Keep a sample picture."""
        path = self._folder / SAMPLES / f"step_{step:06d}.png"
        path.parent.mkdir(exist_ok=True)
        picture.save(path, optimize=True)
        self._events.add_image("outlines", np.asarray(picture.convert("RGB")), step, dataformats="HWC")

    def close(self) -> None:
        """Write what TensorBoard's writer still holds."""
        self._events.close()


def strike_out(path: Path, last: int, columns: Sequence[str] = COLUMNS) -> None:
    """Leave in a metrics file its header and the whole rows up to ``last``, a number in the first of its ``columns``.

    A kill may have cut the last row short.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    rows = csv.DictReader(io.StringIO(text[: text.rfind("\n") + 1]))
    kept = io.StringIO()
    writer = csv.DictWriter(kept, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(row for row in rows if int(row[columns[0]]) <= last)
    replace_text(path, kept.getvalue())
