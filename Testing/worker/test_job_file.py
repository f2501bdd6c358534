"""A job file is read strictly: every fault is one line naming the file, the key and the remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from OsteoScreenLib.errors import OutputError, UsageError
from OsteoScreenLib.radiograph.values import Laterality
from OsteoScreenLib.reports.paper import Paper
from OsteoScreenLib.worker import AnyJob, FetchJob, Job, ReadJob, ReportJob, RescoreJob, read_job, write_job


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
            "age_years": 71,
            "sex": "F",
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
        age_years=71.0,
        sex="F",
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
        ({"film": "a", "folder": "b", "age_years": 131}, "'age_years' is 131. It must be a number of years from 0 to 130"),
        ({"film": "a", "folder": "b", "age_years": "70"}, "'age_years' is \"70\""),
        ({"film": "a", "folder": "b", "sex": "f"}, '\'sex\' is "f". It must be "F" or "M"'),
        (
            {"film": "a", "folder": "b", "kind": "sing"},
            "'kind' is \"sing\". It must be one of: screen, read, rescore, report, fetch",
        ),
        ({"film": "a", "folder": "b", "kind": None}, "'kind' is null"),
        ({"film": "a", "folder": "b", "kind": ["read"]}, "'kind' is [\"read\"]"),
        ({"kind": "read", "film": "a", "folder": "b", "seed": 1}, "unknown key 'seed'"),
        ({"kind": "rescore", "film": "a", "folder": "b", "masks": "c"}, "'result' is missing"),
        ({"kind": "rescore", "film": "a", "folder": "b", "result": "c"}, "'masks' is missing"),
        ({"kind": "fetch", "url": "https://a.example/b.zip"}, "'library' is missing"),
        ({"kind": "fetch", "url": "file:///etc/passwd", "library": "b"}, "It must be an address that begins with https://"),
        ({"kind": "fetch", "url": "https:///b.zip", "library": "b"}, "'url' is"),
        ({"kind": "fetch", "url": "https://[a/b.zip", "library": "b"}, "'url' is"),
        ({"kind": "fetch", "url": "https://a.example/b.zip\n", "library": "b"}, "'url' is"),
        ({"kind": "fetch", "url": "https://a.example/b", "library": "b", "sha256": "beef"}, "It must be 64 hexadecimal digits"),
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


FILM = Path("/films/hand – rechts.dcm").absolute()
OUT = Path("/out").absolute()


@pytest.mark.parametrize(
    "job",
    [
        Job(FILM, OUT),
        Job(
            FILM,
            OUT,
            bundle=OUT / "model",
            seed=3,
            samples=4,
            spacing_mm=0.1 + 0.2,
            invert=False,
            side=Laterality.LEFT,
            age_years=70.5,
            sex="M",
            engine="onnxruntime",
            masks=True,
            nifti=True,
            scene=False,
            report=False,
            pdf=True,
            paper=Paper.LETTER,
            identify=True,
            dicom=True,
            coco=True,
            replace=True,
        ),
        ReadJob(FILM, OUT),
        ReportJob(FILM, OUT / "new", result=OUT / "old", paper=Paper.LETTER, age_years=50.0),
        ReadJob(FILM, OUT, spacing_mm=0.1, invert=True, side=Laterality.RIGHT, age_years=0.0, sex="F"),
        RescoreJob(FILM, OUT / "new", result=OUT / "old", masks=OUT / "masks.seg.nrrd"),
        RescoreJob(
            FILM,
            OUT,
            result=OUT,
            masks=OUT,
            bundle=OUT / "model",
            engine="openvino",
            spacing_mm=0.2,
            invert=False,
            side=Laterality.LEFT,
            age_years=50.0,
            sex="F",
        ),
        FetchJob("https://models.example/bundle.zip?version=2", OUT),
        FetchJob("http://localhost:8000/bundle.zip", OUT, "ab" * 32),
    ],
    ids=lambda job: job.kind,
)
def test_written_job_is_read_as_the_same_job(tmp_path, job: AnyJob) -> None:
    write_job(job, tmp_path / "job.json")
    assert read_job(tmp_path / "job.json") == job


def test_paths_of_a_written_job_do_not_depend_on_where_it_is_read(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jobs").mkdir()
    write_job(ReadJob(Path("hand.png"), Path("out")), tmp_path / "jobs" / "job.json")
    monkeypatch.chdir(tmp_path / "jobs")
    assert read_job(Path("job.json")) == ReadJob(tmp_path / "hand.png", tmp_path / "out")


def test_sha256_is_compared_in_small_letters(tmp_path) -> None:
    path = job_file(tmp_path, {"kind": "fetch", "url": "https://a.example/b.zip", "library": "b", "sha256": "AB" * 32})
    assert read_job(path) == FetchJob("https://a.example/b.zip", tmp_path / "b", "ab" * 32)


def test_job_that_cannot_be_written_is_named(tmp_path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_job(ReadJob(FILM, OUT), tmp_path / "none" / "job.json")
