"""The script that runs the self-test in Slicer: its last line and its status say how it ended."""

from __future__ import annotations

import sys
import unittest
from types import ModuleType, SimpleNamespace

import pytest

from Testing.packaging import run_self_test


class Passing(unittest.TestCase):
    __test__ = False  # not for pytest

    def runTest(self) -> None:
        """Everything is well."""


class Failing(unittest.TestCase):
    __test__ = False  # not for pytest

    def runTest(self) -> None:
        self.fail("the outlines are missing")


class Breaking(unittest.TestCase):
    __test__ = False  # not for pytest

    def setUp(self) -> None:
        raise RuntimeError("no scene")

    def runTest(self) -> None:
        """Never gets here."""


def status(monkeypatch: pytest.MonkeyPatch, test: type | None, *, loaded: bool = True) -> list[int]:
    """Run the script with a stand-in of Slicer that has the module or not; what Slicer was told to exit with."""
    told: list[int] = []
    slicer = ModuleType("slicer")
    slicer.modules = SimpleNamespace(**({"osteoscreen": object()} if loaded else {}))  # type: ignore[attr-defined]
    slicer.util = SimpleNamespace(exit=told.append, EXIT_SUCCESS=0, EXIT_FAILURE=1)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "slicer", slicer)
    module = ModuleType("OsteoScreen")
    if test is not None:
        module.OsteoScreenTest = test  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "OsteoScreen", module)
    run_self_test.main()
    return told


def test_success(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(monkeypatch, Passing) == [0]
    assert "OsteoScreen self-test: passed" in capsys.readouterr().out


@pytest.mark.parametrize(("test", "words"), [(Failing, "the outlines are missing"), (Breaking, "no scene")])
def test_a_failure_is_shown_and_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], test: type, words: str
) -> None:
    assert status(monkeypatch, test) == [1]
    said = capsys.readouterr().out
    assert words in said
    assert "passed" not in said


def test_a_module_that_slicer_did_not_load_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(monkeypatch, Passing, loaded=False) == [1]
    assert "has not loaded the module" in capsys.readouterr().out


def test_a_module_without_a_test_is_a_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(monkeypatch, None) == [1]
    assert "OsteoScreenTest" in capsys.readouterr().err
