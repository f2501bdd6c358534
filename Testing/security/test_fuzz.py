"""Hostile files end well or in an error of ours, whatever reads them; `Testing/benchmarks/fuzz.py` tries many more of them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from OsteoScreenLib.errors import OsteoScreenError
from Testing.security import seeds
from Testing.security.choices import DrawnChoices
from Testing.security.targets import TARGETS, Target, put

EXAMPLES = 40


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(data=strategies.data())
def test_hostile_files_end_in_our_own_error(target: Target, data) -> None:
    with tempfile.TemporaryDirectory() as folder:
        put(target.make(DrawnChoices(data)), Path(folder))
        words = "read"
        try:
            target.read(Path(folder))
        except OsteoScreenError as error:
            words = str(error)
        assert words.count("\n") == 0


@pytest.mark.parametrize(
    ("target", "files"),
    [
        *((0, {"film": film}) for film in seeds.dicom_films()),
        *((2, {"film": film}) for film in seeds.pictures()),
        (3, seeds.bundle()),
        (5, seeds.result()),
        (6, {"job.json": json.dumps(seeds.job()).encode()}),
        (7, seeds.annotations()),
        (8, seeds.handed_over()),
    ],
)
def test_what_the_damage_is_done_to_is_sound(target: int, files: seeds.Files, tmp_path) -> None:
    put(files, tmp_path)
    TARGETS[target].read(tmp_path)
