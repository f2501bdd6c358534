"""What is installed: one truth about dependencies, never torchvision, and resources inside the wheel."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from OsteoScreenLib import __version__

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

ROOT = Path(__file__).resolve().parents[2]
IN_SLICER = {"numpy", "scipy", "SimpleITK", "requests", "urllib3", "slicer-core"}
NEED_PYDICOM_3 = {"highdicom", "pynetdicom"}
"""Left to the command line: Slicer 5.10 holds pydicom 2.4 for its own DICOM module."""


def tracked_files() -> list[Path]:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("no git checkout: tracked files cannot be listed")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode("utf-8").split("\0") if name and (ROOT / name).is_file()]


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def name_of(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]


def test_requirements_for_slicer_are_those_of_the_project() -> None:
    lines = (ROOT / "Resources" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    listed = {line for line in lines if line.strip() and not line.startswith("#")}
    left_out = IN_SLICER | NEED_PYDICOM_3
    wanted = {each.partition(";")[0].strip() for each in project()["project"]["dependencies"] if name_of(each) not in left_out}
    assert listed == wanted


def test_torch_is_pinned_in_training_and_absent_from_what_clinicians_install() -> None:
    content = project()["project"]
    assert "torch==2.13.0" in content["optional-dependencies"]["training"]
    assert "torch" not in {name_of(each) for each in content["dependencies"]}


def test_no_tracked_file_asks_for_torchvision() -> None:
    requirement = re.compile(
        r"""^\s*(import torchvision|from torchvision|["']?torchvision\s*([=<>~!\["',]|$))|pip3? install[^\n]*torchvision""", re.M
    )
    assert requirement.search("import torchvision")
    assert requirement.search('    "torchvision>=0.20",')
    assert requirement.search("pip install torch torchvision")
    texts = [path for path in tracked_files() if path.suffix in {".py", ".toml", ".txt", ".cfg", ".md", ".yml", ".yaml", ""}]
    assert texts
    asking = [
        str(path.relative_to(ROOT))
        for path in texts
        if path != Path(__file__).resolve() and requirement.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert asking == []


def test_no_two_tests_share_a_file_name() -> None:
    names = [path.name for path in (ROOT / "Testing").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_version_is_said_once() -> None:
    assert "version" in project()["project"]["dynamic"]
    assert f"version: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_wheel_carries_templates_and_resources_and_nothing_else(tmp_path) -> None:
    pytest.importorskip("setuptools", minversion="78.1.1")
    source = tmp_path / "source"
    for path in tracked_files():
        target = source / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    build = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"
    done = subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = (source / "dist").glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = {path.relative_to(ROOT).as_posix() for path in tracked_files()}
    code = {name for name in tracked if name.startswith("OsteoScreenLib/")}
    inside = ("Resources/Models/", "Resources/SampleData/", "Resources/Terminologies/")
    resources = {name.replace("Resources/", "OsteoScreenLib/resources/", 1) for name in tracked if name.startswith(inside)}
    assert {name for name in names if ".dist-info/" not in name} == code | resources
    assert any(name.endswith("dist-info/licenses/LICENSE.txt") for name in names)
