"""The workflows of GitHub Actions: their form, and that what they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
HOSTS = {"download.slicer.org", "download.pytorch.org"}


def workflow(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(path: Path) -> list[dict]:
    return [step for job in workflow(path)["jobs"].values() for step in job["steps"]]


def test_there_are_workflows() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "slicer.yml"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_job_ends_and_may_only_read(path: Path) -> None:
    said = workflow(path)
    assert said["permissions"] == {"contents": "read"}
    for job in said["jobs"].values():
        assert 0 < job["timeout-minutes"] <= 90
        assert job["steps"][0]["uses"].startswith("actions/checkout@")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_step_runs_or_uses_something_of_a_fixed_version(path: Path) -> None:
    for step in steps(path):
        assert ("run" in step) != ("uses" in step), step
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/none@v1")), step


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_named_files_are_there(path: Path) -> None:
    commands = " ".join(step.get("run", "") for step in steps(path))
    named = set(re.findall(r"(?:Testing|Resources|\.ci)/[\w./-]+", commands))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    assert set(re.findall(r"https?://([\w.-]+)", path.read_text(encoding="utf-8"))) <= HOSTS


def test_self_test_decides_how_the_slicer_job_ends() -> None:
    (run,) = (step["run"] for step in steps(ROOT / ".github/workflows/slicer.yml") if "--python-script" in step.get("run", ""))
    assert "set -o pipefail" in run
    assert 'grep --quiet "OsteoScreen self-test: passed"' in run
    script = (ROOT / "Testing/packaging/run_self_test.py").read_text(encoding="utf-8")
    assert "OsteoScreen self-test: " in script
    kept = [step for step in steps(ROOT / ".github/workflows/slicer.yml") if "upload-artifact" in step.get("uses", "")]
    assert [step["if"] for step in kept] == ["always()"]
