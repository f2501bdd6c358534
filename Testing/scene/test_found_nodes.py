"""A result's nodes are found again, whoever asks and after loading."""

import pytest

from Testing.screening_results import make_screening_result

pytest.importorskip("slicer")

from OsteoScreenLib.scene.build import build_scene
from OsteoScreenLib.scene.found import nodes_of
from OsteoScreenLib.scene.ownership import nodes_of_class
from OsteoScreenLib.scene.standalone import standalone_scene


def test_all_nodes_of_a_result_are_found_for_its_film_only() -> None:
    result, radiograph = make_screening_result()
    with standalone_scene() as scene:
        made = build_scene(scene, result, radiograph)
        found = nodes_of(scene, made.film)
        assert found is not None
        assert found.segmentation is made.segmentation
        assert found.uncertainty == made.uncertainty
        assert (found.measurements, found.bones, found.statement) == (made.measurements, made.bones, made.statement)
        assert set(found.profiles) == set(made.profiles)
        assert (found.plot.chart, found.plot.table) == (made.plot.chart, made.plot.table)
        assert set(found.plot.series) == set(made.plot.series)
        assert found.folder == made.folder
        other = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "other")
        assert nodes_of(scene, other) is None
        scene.RemoveNode(made.segmentation)
        assert nodes_of(scene, made.film).segmentation is None


def test_nodes_are_found_in_a_scene_that_was_loaded(tmp_path) -> None:
    result, radiograph = make_screening_result()
    with standalone_scene() as scene:
        made = build_scene(scene, result, radiograph)
        count = len(made.profiles)
        assert scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    with standalone_scene() as scene:
        import slicer

        application = slicer.vtkSlicerApplicationLogic()
        application.SetMRMLScene(scene)
        assert application.OpenSlicerDataBundle(str(tmp_path / "scene.mrb"), str(tmp_path))
        (film,) = [each for each in nodes_of_class(scene, "vtkMRMLScalarVolumeNode") if each.GetName() == "synthetic hand"]
        found = nodes_of(scene, film)
        assert found is not None
        assert set(found.uncertainty) == {"total", "between", "within"}
        assert len(found.profiles) == count
        assert None not in (found.segmentation, found.measurements, found.bones, found.plot.chart, found.plot.table)
