"""A made hospital for tests: films that decode, and a CSV that names them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from training.cohort.table_values import OSTEOPOROTIC_T

COLUMNS = ("subject", "film", "age_years", "sex", "t_score", "osteoporotic", "height_cm", "side", "spacing_mm", "split")
Row = dict[str, str]


def hospital_rows(subjects: int = 24) -> list[Row]:
    """A row per subject; every second has osteoporosis."""
    rows = []
    for index in range(subjects):
        t_score = -3.1 if index % 2 else -0.4
        rows.append(
            {
                "subject": f"S{index:03d}",
                "film": f"films/{index:03d}.png",
                "age_years": str(50 + index),
                "sex": "FM"[index % 3 == 0],
                "t_score": str(t_score),
                "osteoporotic": str(int(t_score <= OSTEOPOROTIC_T)),
                "height_cm": "164.5",
                "side": "left",
                "spacing_mm": "0.2",
                "split": "",
            }
        )
    return rows


def write_films(folder: Path, rows: list[Row]) -> None:
    """A small grey picture of its own for every film that a row names."""
    for index, row in enumerate(rows):
        path = folder / row["film"]
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.random.default_rng(index).integers(0, 256, (96, 80), dtype=np.uint8)).save(path)


def write_table(folder: Path, rows: list[Row], columns: tuple[str, ...] = COLUMNS, separator: str = ",") -> Path:
    """Write ``films.csv`` as a program would that knows nothing of quotation marks."""
    lines = [separator.join(columns), *(separator.join(row[column] for column in columns) for row in rows)]
    path = folder / "films.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    return path
