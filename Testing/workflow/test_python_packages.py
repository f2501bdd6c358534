"""Which packages are missing, how pip is asked for them, and what its failures mean."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.workflow.packages import (
    Requirement,
    check_wheels,
    install_arguments,
    installed_version,
    missing,
    read_requirements,
    shortage,
)
from OsteoScreenLib.workflow.pip_words import details, explain, progress
from OsteoScreenLib.workflow.versions import at_least

OWN_FILE = Path(__file__).resolve().parents[2] / "Resources" / "requirements.txt"


def test_own_file_can_be_read_and_every_package_has_a_lowest_version() -> None:
    requirements = read_requirements(OWN_FILE)
    assert {"openvino", "pynrrd"} <= {each.name for each in requirements}
    assert all(each.minimum for each in requirements)
    assert "torch" not in {each.name for each in requirements}


def test_lines_comments_and_blanks(tmp_path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("# needed\n\nnumpy\n  a-b.c >= 1.2.3  # why\n", encoding="utf-8")
    assert read_requirements(file) == (Requirement("numpy"), Requirement("a-b.c", "1.2.3"))


@pytest.mark.parametrize(
    "line", ["numpy==1.0", "-r other.txt", "git+https://x/y", "numpy>=1.0,<2", "--index-url http://x", "a b"]
)
def test_line_of_another_kind_is_refused_with_its_number(tmp_path, line: str) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(f"scipy>=1\n{line}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"requirements\.txt, line 2"):
        read_requirements(file)


def test_file_that_is_not_there_is_said_in_words(tmp_path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_requirements(tmp_path / "none.txt")


def test_missing_and_too_old_packages_are_told_apart_from_good_ones() -> None:
    have = {"good": "2.0", "old": "1.9.3", "any": "0.1", "odd": "unknown"}
    wanted = [Requirement("good", "2.0"), Requirement("old", "2.0"), Requirement("gone", "1.0"), Requirement("any")]
    short = missing([*wanted, Requirement("odd", "1")], have.get)
    assert [each.name for each in short] == ["old", "gone", "odd"]
    assert [shortage(each, have.get) for each in short[:2]] == [
        "old 2.0 or newer (1.9.3 is installed)",
        "gone 1.0 or newer (not installed)",
    ]


def test_real_installation_is_looked_at() -> None:
    assert missing([Requirement("pytest", "1.0")]) == ()
    assert missing([Requirement("pytest", "999")]) == (Requirement("pytest", "999"),)
    assert installed_version("a-package-that-nobody-has") is None


@pytest.mark.parametrize(
    ("version", "minimum", "enough"),
    [
        ("1.2.3", "1.2.3", True),
        ("1.2", "1.2.0", True),
        ("1.10", "1.9", True),
        ("1.9", "1.10", False),
        ("2026.1.0-19870-abc", "2025.0", True),
        ("2.0.0+cpu", "2.0", True),
        ("2.0rc1", "2.0", False),
        ("2.0.dev0", "2.0", False),
        ("2.0b2", "1.9", True),
        ("2.0.post1", "2.0", True),
        ("v3.0", "3", True),
        ("unknown", "0", False),
    ],
)
def test_versions_compare_as_numbers(version: str, minimum: str, enough: bool) -> None:
    assert at_least(version, minimum) is enough


def test_comparison_agrees_with_the_packaging_library() -> None:
    packaging = pytest.importorskip("packaging.version")
    versions = [
        "0.9",
        "1.0",
        "1.0.0",
        "1.0.1",
        "1.0a1",
        "1.0rc2",
        "1.0.dev3",
        "1.0.post2",
        "1.0+local.1",
        "1.1",
        "1.10",
        "2025.0.0",
    ]
    for version in versions:
        for minimum in ("1.0", "1.0.1", "1.1", "2025.0"):
            expected = packaging.Version(version) >= packaging.Version(minimum)
            assert at_least(version, minimum) == expected, (version, minimum)


def run_pip(arguments: list[str], folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments, "--target", str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def write_wheel(folder: Path, name: str, version: str) -> None:
    """A wheel with one empty module, made by hand."""
    import zipfile

    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)


def test_offline_installation_by_the_real_pip(tmp_path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("tiny_thing>=1.0\n", encoding="utf-8")
    wheels, target = tmp_path / "wheels", tmp_path / "target"
    write_wheel(wheels, "tiny_thing", "1.5")
    check_wheels(wheels)
    arguments = install_arguments(requirements, wheels)
    assert arguments[:6] == ["install", "--no-index", "--find-links", str(wheels), "-r", str(requirements)]
    status, output = run_pip(arguments, target)
    assert status == 0, output
    assert (target / "tiny_thing.py").is_file()
    assert "Installing" in [progress(line) for line in output.splitlines()]


def test_missing_wheel_is_explained_from_the_words_of_the_real_pip(tmp_path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("tiny_thing>=2.0\n", encoding="utf-8")
    wheels = tmp_path / "wheels"
    write_wheel(wheels, "tiny_thing", "1.5")
    status, output = run_pip(install_arguments(requirements, wheels), tmp_path / "target")
    assert status != 0
    assert explain(output) == "The folder holds no wheel of tiny_thing that fits this Python. Add it, with the packages it needs."


def test_damaged_wheel_is_explained_from_the_words_of_the_real_pip(tmp_path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("tiny_thing>=1.0\n", encoding="utf-8")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "tiny_thing-1.5-py3-none-any.whl").write_bytes(b"half a file")
    status, output = run_pip(install_arguments(requirements, wheels), tmp_path / "target")
    assert status != 0
    assert "A package file is damaged" in explain(output)


def test_without_a_folder_pip_uses_its_index() -> None:
    arguments = install_arguments(Path("requirements.txt"))
    assert "--no-index" not in arguments
    assert "--no-input" in arguments


def test_folder_without_wheels_is_refused(tmp_path) -> None:
    with pytest.raises(UsageError, match="holds no wheel"):
        check_wheels(tmp_path)
    with pytest.raises(UsageError, match="is no folder"):
        check_wheels(tmp_path / "none")


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (
            "WARNING: Retrying ... NewConnectionError('Failed to establish a new connection: [Errno -2]')\n"
            "ERROR: No matching distribution found for openvino>=2025.0",
            "cannot be reached",
        ),
        ("ERROR: No matching distribution found for openvino>=2025.0 (from -r x)", "No version of openvino fits this Python"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/opt'", "cannot be written"),
        ("ERROR: [WinError 5] Access is denied: 'C:\\\\Slicer'", "cannot be written"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "hash differs"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))", "certificate is not trusted"),
        ("ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy'))", "HTTPS_PROXY"),
        ("ERROR: x-1-cp39-cp39-win_amd64.whl is not a supported wheel on this platform.", "another computer or Python"),
        ("ERROR: ResolutionImpossible: for help visit ...", "exclude each other"),
        ("  error: subprocess-exited-with-error\nERROR: Failed building wheel for pyjpegls", "ready-made package of pyjpegls"),
        ("/usr/bin/python: No module named pip", "pip, is missing"),
        (
            "Collecting x\nERROR: something quite new.\n[notice] a new release of pip",
            "The installer failed: something quite new.",
        ),
        ("something without a mark\n\n", "something without a mark"),
        ("", "without saying why"),
    ],
)
def test_failures_of_pip_in_one_line(output: str, words: str) -> None:
    said = explain(output)
    assert words in said
    assert "\n" not in said


def test_details_are_the_last_lines() -> None:
    assert details("\n".join(f"line {number}\n" for number in range(50))).splitlines() == [f"line {n}" for n in range(30, 50)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Collecting openvino>=2025.0 (from -r requirements.txt (line 9))", "Looking for openvino"),
        ("  Downloading openvino-2025.4.0-19870-cp312-cp312-manylinux.whl (47.0 MB)", "Downloading openvino"),
        ("Downloading pylibjpeg_openjpeg-2.5.0-cp312-cp312-win_amd64.whl.metadata (1 kB)", "Downloading pylibjpeg_openjpeg"),
        ("Installing collected packages: openvino", "Installing"),
        ("Requirement already satisfied: numpy", None),
        ("", None),
    ],
)
def test_progress_of_pip(line: str, words: str | None) -> None:
    assert progress(line) == words
