"""A job file is read strictly: every fault is one line naming the file, the key and the remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiograph.values import Laterality
from OsteoScreenLib.worker import Job, read_job


def job_file(folder: Path, content: object) -> Path:
    path = folder / "job.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_all_keys_are_read(tmp_path) -> None:
    path = job_file(
        tmp_path,
        {
            "film": "films/hand.dcm",
            "folder": str(tmp_path / "elsewhere"),
            "bundle": "model",
            "seed": 7,
            "samples": 2,
            "spacing_mm": 0.15,
            "invert": False,
            "side": "right",
            "engine": "onnxruntime",
            "masks": True,
            "scene": False,
            "report": False,
            "replace": True,
        },
    )
    assert read_job(path) == Job(
        film=tmp_path / "films" / "hand.dcm",
        folder=tmp_path / "elsewhere",
        bundle=tmp_path / "model",
        seed=7,
        samples=2,
        spacing_mm=0.15,
        invert=False,
        side=Laterality.RIGHT,
        engine="onnxruntime",
        masks=True,
        scene=False,
        report=False,
        replace=True,
    )


def test_null_means_the_default(tmp_path) -> None:
    path = job_file(tmp_path, {"film": "a", "folder": "b", "bundle": None, "invert": None, "side": None, "samples": None})
    assert read_job(path) == Job(film=tmp_path / "a", folder=tmp_path / "b")


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ([1], "holds a JSON list"),
        ({"film": "a"}, "'folder' is missing"),
        ({"folder": "a"}, "'film' is missing"),
        ({"film": None, "folder": "b"}, "'film' is null"),
        ({"film": "a", "folder": "b", "sed": 1}, "unknown key 'sed'"),
        ({"film": "a\0", "folder": "b"}, "'film' is"),
        ({"film": 3, "folder": "b"}, "'film' is 3"),
        ({"film": "a", "folder": "b", "seed": -1}, "'seed' is -1"),
        ({"film": "a", "folder": "b", "seed": True}, "'seed' is true"),
        ({"film": "a", "folder": "b", "seed": 1.5}, "'seed' is 1.5"),
        ({"film": "a", "folder": "b", "samples": 0}, "'samples' is 0"),
        ({"film": "a", "folder": "b", "spacing_mm": 0}, "'spacing_mm' is 0"),
        ('{"film": "a", "folder": "b", "spacing_mm": NaN}', "'spacing_mm' is NaN"),
        ({"film": "a", "folder": "b", "invert": 1}, "'invert' is 1"),
        ({"film": "a", "folder": "b", "side": "both"}, "'side' is \"both\""),
        ({"film": "a", "folder": "b", "side": []}, "'side' is []"),
    ],
)
def test_fault_is_named_in_one_line(tmp_path, content: object, wanted: str) -> None:
    path = job_file(tmp_path, content)
    with pytest.raises(UsageError) as caught:
        read_job(path)
    message = str(caught.value)
    assert wanted in message
    assert message.startswith(str(path))
    assert "\n" not in message


def test_missing_and_unreadable_files_are_named(tmp_path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            read_job(path)
