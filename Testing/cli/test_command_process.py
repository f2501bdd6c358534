"""The command line as a process: usage, version, help, and bad input in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from OsteoScreenLib import RESEARCH_USE_NOTICE, __version__

ROOT = Path(__file__).resolve().parents[2]


def osteoscreen(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "OsteoScreenLib.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )


def test_version_and_help() -> None:
    assert osteoscreen("--version").stdout == f"osteoscreen {__version__}\n"
    shown = osteoscreen("--help")
    assert shown.returncode == 0
    assert " ".join(RESEARCH_USE_NOTICE.split()) in " ".join(shown.stdout.split())
    assert "screen" in shown.stdout
    options = osteoscreen("screen", "--help").stdout
    for option in [
        "--out",
        "--masks",
        "--bundle",
        "--seed",
        "--samples",
        "--spacing",
        "--engine",
        "--invert",
        "--no-invert",
        "--side",
        "--quiet",
        "--force",
    ]:
        assert option in options


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ((), "COMMAND"),
        (("scream",), "scream"),
        (("screen", "a.png"), "--out"),
        (("screen", "--out", "x"), "FILM"),
        (("screen", "a.png", "--out", "x", "--seed", "-1"), "'-1' is not a whole number from 0"),
        (("screen", "a.png", "--out", "x", "--seed", "1.5"), "'1.5' is not a whole number"),
        (("screen", "a.png", "--out", "x", "--samples", "0"), "'0' is not a whole number from 1"),
        (("screen", "a.png", "--out", "x", "--spacing", "nan"), "'nan' is not a number of millimetres"),
        (("screen", "a.png", "--out", "x", "--spacing", "wide"), "'wide' is not a number"),
        (("screen", "a.png", "--out", "x", "--side", "both"), "both"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(arguments: tuple[str, ...], wanted: str) -> None:
    done = osteoscreen(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert wanted in done.stderr


def test_missing_film_is_one_line_and_leaves_nothing(tmp_path) -> None:
    done = osteoscreen("screen", tmp_path / "none.png", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "none.png" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_info_about_a_missing_bundle_is_one_line(tmp_path) -> None:
    done = osteoscreen("info", "--bundle", tmp_path / "none")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert str(tmp_path / "none") in done.stderr
