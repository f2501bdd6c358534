"""The self-test that Slicer runs, here over the stand-in: real scene, real worker process, real model."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.request import url2pathname

import pytest

from OsteoScreenLib.radiograph import read_radiograph

ROOT = Path(__file__).resolve().parents[2]


def sample_data(application: Any) -> ModuleType:
    """As much of Slicer's SampleData module as the self-test asks: the film is read by our own reader."""
    import slicer

    module = ModuleType("SampleData")
    sources: dict[str, list[SimpleNamespace]] = {}
    slicer.modules.sampleDataSources = sources

    def register(category: str, **keywords: Any) -> None:
        sources.setdefault(category, []).append(SimpleNamespace(**keywords))

    def download(name: str) -> Any:
        from OsteoScreenLib.scene.film import film_node

        (source,) = (each for each in sources["OsteoScreen"] if each.sampleName == name)
        node = film_node(application.scene, read_radiograph(url2pathname(source.uris.removeprefix("file://"))))
        node.SetName(source.nodeNames)
        return node

    module.SampleDataLogic = SimpleNamespace(registerCustomSampleDataSource=register)  # type: ignore[attr-defined]
    module.downloadSample = download  # type: ignore[attr-defined]
    return module


@pytest.fixture
def slicer_with_module(panel_application: Any, opened: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """The stand-in with what the self-test needs beside the panel's own needs."""
    import slicer
    from OsteoScreenPanel.warm_worker import WarmWorker

    real = WarmWorker()
    monkeypatch.setattr(opened.panel.logic, "worker", real)
    monkeypatch.setitem(sys.modules, "SampleData", sample_data(panel_application))
    terminologies = slicer.vtkSlicerTerminologiesModuleLogic()
    monkeypatch.setattr(slicer.modules, "terminologies", SimpleNamespace(logic=lambda: terminologies), raising=False)
    module = SimpleNamespace(
        path=slicer.modules.osteoscreen.path, widgetRepresentation=lambda: SimpleNamespace(self=lambda: opened.widget)
    )
    monkeypatch.setattr(slicer.modules, "osteoscreen", module)
    monkeypatch.setattr(slicer.util, "selectModule", lambda name: opened.widget.enter(), raising=False)
    monkeypatch.setattr(slicer.util, "saveScene", lambda path: bool(panel_application.scene.WriteToMRB(path)))
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    logic = panel_application.app.applicationLogic()
    monkeypatch.setattr(slicer.util, "loadScene", lambda path: bool(logic.OpenSlicerDataBundle(path, str(unpacked))))
    yield panel_application
    real.close()


def run(application: Any) -> tuple[unittest.TestResult, list[str]]:
    import slicer
    from OsteoScreenPanel.sample_data import register_sample_data
    from OsteoScreenPanel.self_test import run_self_test
    from OsteoScreenPanel.terminology import register_terminology

    register_sample_data()
    register_terminology()
    said: list[str] = []

    class Case(slicer.ScriptedLoadableModule.ScriptedLoadableModuleTest):  # type: ignore[name-defined,misc]
        def delayDisplay(self, message: str, *_: Any) -> None:
            said.append(message)

        def runTest(self) -> None:
            run_self_test(self)

    result = unittest.TestResult()
    Case().run(result)
    return result, said


def test_self_test_passes(slicer_with_module: Any) -> None:
    result, said = run(slicer_with_module)
    faults = "\n".join(text for _, text in [*result.errors, *result.failures])
    assert result.wasSuccessful(), f"{faults}\nafter: {said}"
    assert "14 checks" in said[-1]
    assert slicer_with_module.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0


def test_without_packages_it_says_so_and_checks_the_rest(slicer_with_module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from OsteoScreenPanel import self_test

    monkeypatch.setattr(self_test, "missing_packages", lambda: ("openvino", "jinja2"))
    monkeypatch.delenv(self_test.PACKAGES_NEEDED, raising=False)
    result, said = run(slicer_with_module)
    assert result.wasSuccessful()
    assert any("openvino, jinja2" in each and "left out" in each for each in said)
    assert "2 checks" in said[-1]


def test_missing_packages_fail_it_where_they_have_to_be_there(slicer_with_module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from OsteoScreenPanel import self_test

    monkeypatch.setattr(self_test, "missing_packages", lambda: ("openvino",))
    monkeypatch.setenv(self_test.PACKAGES_NEEDED, "1")
    result, _ = run(slicer_with_module)
    assert not result.wasSuccessful()
    assert "openvino" in result.failures[0][1]


def test_a_fault_of_the_module_fails_it(slicer_with_module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import slicer
    from OsteoScreenPanel import self_test

    monkeypatch.setattr(self_test, "SAMPLE_FILMS", self_test.SAMPLE_FILMS[:1])
    result, _ = run(slicer_with_module)
    assert not result.wasSuccessful()
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0
