"""The extension configured, built and installed as Slicer does it, with a stand-in for Slicer's CMake files, and then run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FAKE_SLICER = ROOT / "Testing" / "packaging" / "fake_slicer"
MODULES = Path("lib/Slicer-5.10/qt-scripted-modules")
SAMPLE = Path("Resources/SampleData/simulated_hand.png")
REQUIRED = os.environ.get("OSTEOSCREEN_REQUIRE_SYSTEM_PROGRAMS") == "1"
PROGRAMS = ("cmake", "cc", "c++", "make")


def run(*command: str | Path, **options: object) -> str:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, timeout=300, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def configure(source: Path, build: Path) -> list[str]:
    return ["cmake", "-S", str(source), "-B", str(build), "-G", "Unix Makefiles", f"-DSlicer_DIR={FAKE_SLICER}"]


@pytest.fixture(scope="module")
def cmake() -> None:
    missing = [each for each in PROGRAMS if shutil.which(each) is None]
    if missing and not REQUIRED:
        pytest.skip(f"{', '.join(missing)} not installed: the extension cannot be built")
    assert not missing


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, cmake: None) -> Path:
    """The folder an installed extension is unpacked to."""
    folder = tmp_path_factory.mktemp("extension")
    run(*configure(ROOT, folder / "build"))
    run("cmake", "--build", folder / "build")
    run("cmake", "--install", folder / "build", "--prefix", folder / "OsteoScreen")
    return folder / "OsteoScreen"


@pytest.fixture(scope="module")
def installed(package: Path) -> Path:
    """The folder of the installed module file."""
    return package / MODULES


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }


def test_everything_lies_side_by_side_and_nothing_else(installed: Path) -> None:
    module = {name for name in files(ROOT / "OsteoScreen") if name != "CMakeLists.txt"}
    library = {f"OsteoScreenLib/{name}" for name in files(ROOT / "OsteoScreenLib")}
    resources = {f"Resources/{name}" for name in files(ROOT / "Resources")}
    assert files(installed) == module | library | resources
    assert {"OsteoScreen.py", "OsteoScreenPanel/__init__.py", "OsteoScreenLib/__init__.py", SAMPLE.as_posix()} <= files(installed)


def test_files_arrive_unchanged(installed: Path) -> None:
    assert (installed / SAMPLE).read_bytes() == (ROOT / SAMPLE).read_bytes()
    assert (installed / "OsteoScreen.py").read_bytes() == (ROOT / "OsteoScreen" / "OsteoScreen.py").read_bytes()


def test_package_carries_licence_and_description(package: Path) -> None:
    assert files(package / "share") == {"Slicer-5.10/OsteoScreen.s4ext", "Slicer-5.10/OsteoScreen/LICENSE.txt"}
    said = dict(
        line.partition(" ")[::2]
        for line in (package / "share/Slicer-5.10/OsteoScreen.s4ext").read_text(encoding="utf-8").splitlines()
    )
    assert Path(said["LICENSE_FILE"]) == ROOT / "LICENSE.txt"
    assert Path(said["README_FILE"]) == ROOT / "README.md"
    assert said["DEPENDS"] == "NA"


def test_slicer_learns_of_the_tests(package: Path) -> None:
    listed = run("ctest", "-N", cwd=package.parent / "build")
    assert set(re.findall(r": (py_\w+)", listed)) == {"py_OsteoScreen", "py_nomainwindow_qSlicerOsteoScreenModuleGenericTest"}


def test_a_listed_file_that_is_missing_stops_the_build(tmp_path: Path, cmake: None) -> None:
    for name in ("CMakeLists.txt", "LICENSE.txt", "README.md"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    for name in ("OsteoScreen", "OsteoScreenLib", "Resources"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.onnx", "__pycache__"))
    done = subprocess.run(configure(tmp_path, tmp_path / "build"), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode != 0
    assert "nonexistent" in done.stderr
    assert ".onnx" in done.stderr


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **variables}


def test_worker_screens_the_sample_from_the_installed_tree(installed: Path, tmp_path: Path) -> None:
    job = {"film": str(installed / SAMPLE), "folder": str(tmp_path / "result"), "samples": 2, "scene": False, "report": False}
    (tmp_path / "job.json").write_text(json.dumps(job), encoding="utf-8")
    printed = run(
        sys.executable,
        *("-m", "OsteoScreenLib.worker", tmp_path / "job.json"),
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(installed), OMP_NUM_THREADS="1"),
    )
    last = json.loads(printed.splitlines()[-1])
    assert Path(last["result"]) == tmp_path / "result"
    result = json.loads((tmp_path / "result" / "result.json").read_text(encoding="utf-8"))
    assert result["score"]["state"] in ("consider_dxa", "indeterminate", "not_flagged")
    assert (
        result["bundle"]["name"]
        == json.loads((installed / "Resources/Models/osteoscreen-simulated/bundle.json").read_text())["name"]
    )
    where = run(
        sys.executable,
        *("-c", "import OsteoScreenLib.bundle.location as place; print(place.__file__); print(place.DEFAULT_BUNDLE)"),
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(installed)),
    )
    assert all(Path(line).is_relative_to(installed) for line in where.splitlines())


def started(file: Path, folder: Path) -> dict:
    # -S -E: no site packages, so that an import of theirs at file scope would fail.
    printed = run(sys.executable, "-S", "-E", ROOT / "Testing/packaging/start_module.py", file, cwd=folder, env=environment())
    return json.loads(printed.splitlines()[-1])


def test_module_starts_from_the_installed_tree_without_third_party_packages(installed: Path, tmp_path: Path) -> None:
    said = started(installed / "OsteoScreen.py", tmp_path)
    assert said["title"] == "OsteoScreen"
    assert said["categories"] == ["Segmentation"]
    assert set(said["brought"]) <= {"OsteoScreen", "OsteoScreenPanel", "OsteoScreenLib"}
    assert said["connected"] == ["startupCompleted()"]
    assert Path(said["library"]) == installed / "OsteoScreenLib/__init__.py"
    assert Path(said["panel"]) == installed / "OsteoScreenPanel/__init__.py"


def test_module_starts_from_a_source_checkout(tmp_path: Path) -> None:
    said = started(ROOT / "OsteoScreen" / "OsteoScreen.py", tmp_path)
    assert Path(said["library"]) == ROOT / "OsteoScreenLib/__init__.py"
    assert Path(said["panel"]) == ROOT / "OsteoScreen/OsteoScreenPanel/__init__.py"
