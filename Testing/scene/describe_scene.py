"""Open a scene bundle in a fresh MRML scene and print what is in it as JSON: ``describe_scene.py scene.mrb masks.npz``.

Run as a process of its own, so that nothing of the writer's memory can make up for what the file lacks.
"""

import json
import sys
from tempfile import TemporaryDirectory

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from OsteoScreenLib.scene.standalone import standalone_scene


def main(bundle, arrays):
    with standalone_scene() as scene, TemporaryDirectory() as folder:
        application = slicer.vtkSlicerApplicationLogic()
        application.SetMRMLScene(scene)
        if not application.OpenSlicerDataBundle(bundle, folder):
            sys.exit("cannot open the bundle")
        nodes = [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
        ours = [node for node in nodes if node.GetAttribute("OsteoScreen.Role")]
        pixels = {}
        described = [_describe(node, pixels) for node in ours]
        np.savez(arrays, **pixels)
        print(json.dumps({"nodes": described, "tree": _tree(scene), "red": _red(scene)}))


def _describe(node, pixels):
    role = node.GetAttribute("OsteoScreen.Role")
    film = node.GetNodeReference("OsteoScreen.Film")
    said = {
        "role": role,
        "class": node.GetClassName(),
        "name": node.GetName(),
        "film": film.GetAttribute("OsteoScreen.Role") if film else None,
    }
    if node.IsA("vtkMRMLScalarVolumeNode"):
        said |= _volume(node, role, pixels)
    elif node.IsA("vtkMRMLSegmentationNode"):
        said |= _segmentation(node, pixels)
    elif node.IsA("vtkMRMLTableNode"):
        said |= _table(node)
    elif node.IsA("vtkMRMLMarkupsLineNode"):
        said |= _line(node)
    elif node.IsA("vtkMRMLTextNode"):
        said["text"] = node.GetText()
    return said


def _matrix(node):
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return [[matrix.GetElement(row, column) for column in range(4)] for row in range(4)]


def _image(image):
    columns, rows, slices = image.GetDimensions()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape((rows, columns) if slices == 1 else (slices, rows, columns))


def _volume(node, role, pixels):
    pixels[role] = _image(node.GetImageData())
    display = node.GetDisplayNode()
    if display is None:
        return {"type": node.GetImageData().GetScalarTypeAsString(), "hidden": bool(node.GetHideFromEditors())}
    colours = display.GetColorNode()
    legend = slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(node)
    rgb = [0.0] * 3
    if colours.IsA("vtkMRMLProceduralColorNode"):
        colours.GetColorTransferFunction().GetColor(0.5, rgb)
    return {
        "type": node.GetImageData().GetScalarTypeAsString(),
        "spacing": node.GetSpacing(),
        "ijk_to_ras": _matrix(node),
        "window": [display.GetWindowLevelMin(), display.GetWindowLevelMax()],
        "auto_window": bool(display.GetAutoWindowLevel()),
        "threshold": [display.GetLowerThreshold(), display.GetUpperThreshold()] if display.GetApplyThreshold() else None,
        "colours": colours.GetName(),
        "colour_at_half": rgb,
        "legend": legend.GetTitleText() if legend and legend.GetVisibility() else None,
    }


def _segmentation(node, pixels):
    segmentation, display = node.GetSegmentation(), node.GetDisplayNode()
    film = node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole())
    reference = slicer.vtkOrientedImageData()
    geometry = segmentation.GetConversionParameter("Reference image geometry")
    slicer.vtkSegmentationConverter.DeserializeImageGeometry(geometry, reference)
    segments = []
    for index in range(segmentation.GetNumberOfSegments()):
        identifier = segmentation.GetNthSegmentID(index)
        segment = segmentation.GetSegment(identifier)
        entry = slicer.vtkSlicerTerminologyEntry()
        slicer.vtkSlicerTerminologiesModuleLogic.DeserializeTerminologyEntry(str(segment.GetTerminology()), entry)
        labels = slicer.vtkOrientedImageData()
        node.GetBinaryLabelmapRepresentation(identifier, labels)
        whole = slicer.vtkOrientedImageData()
        slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(labels, reference, whole, False, True)
        pixels[f"segment.{identifier}"] = _image(whole)
        segments.append(
            {
                "id": identifier,
                "name": segment.GetName(),
                "colour": segment.GetColor(),
                "type": entry.GetTypeObject().GetCodeValue(),
                "scheme": entry.GetTypeObject().GetCodingSchemeDesignator(),
                "side": entry.GetTypeModifierObject().GetCodeValue(),
                "category": entry.GetCategoryObject().GetCodeValue(),
                "context": entry.GetTerminologyContextName(),
                "layer": segmentation.GetLayerIndex(identifier),
            }
        )
    return {
        "segments": segments,
        "layers": segmentation.GetNumberOfLayers(),
        "reference": film.GetAttribute("OsteoScreen.Role") if film else None,
        "reference_size": reference.GetDimensions(),
        "fill": display.GetOpacity2DFill() if display.GetVisibility2DFill() else 0,
        "outline": display.GetOpacity2DOutline() if display.GetVisibility2DOutline() else 0,
        "visible_3d": bool(display.GetVisibility3D()),
    }


def _table(node):
    table = node.GetTable()
    names = [table.GetColumnName(column) for column in range(table.GetNumberOfColumns())]
    columns = {
        name: [table.GetColumn(index).GetVariantValue(row).ToString() for row in range(table.GetNumberOfRows())]
        for index, name in enumerate(names)
    }
    return {"columns": columns, "units": {name: node.GetColumnUnitLabel(name) for name in names}}


def _line(node):
    points = [list(node.GetNthControlPointPositionWorld(index)) for index in range(node.GetNumberOfControlPoints())]
    return {
        "points": points,
        "locked": bool(node.GetLocked()),
        "description": node.GetNthControlPointDescription(0),
        "colour": node.GetDisplayNode().GetSelectedColor(),
    }


def _tree(scene):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)

    def below(item):
        children = vtk.vtkIdList()
        hierarchy.GetItemChildren(item, children)
        ids = [children.GetId(index) for index in range(children.GetNumberOfIds())]
        return {hierarchy.GetItemName(each): below(each) for each in ids}

    return below(hierarchy.GetSceneItemID())


def _red(scene):
    composite = scene.GetSingletonNode("Red", "vtkMRMLSliceCompositeNode")
    return {
        "background": scene.GetNodeByID(composite.GetBackgroundVolumeID()).GetAttribute("OsteoScreen.Role"),
        "foreground": scene.GetNodeByID(composite.GetForegroundVolumeID()).GetAttribute("OsteoScreen.Role"),
        "opacity": composite.GetForegroundOpacity(),
        "field_of_view": scene.GetSingletonNode("Red", "vtkMRMLSliceNode").GetFieldOfView(),
    }


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
