"""From a volume node, however it came into the scene, to one film for the worker; what is no film is refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from OsteoScreenLib.errors import FilmError, OutputError
from OsteoScreenLib.radiograph.limits import check_size
from OsteoScreenLib.scene.images import image_array, set_pixels, shifted_geometry
from OsteoScreenLib.scene.ownership import ROLE, nodes_of_class, safe_name

if TYPE_CHECKING:
    from OsteoScreenLib.radiograph.exchange import FilmArray
    from OsteoScreenLib.scene.node_tags import NodeTags

STACK_REFERENCE = "OsteoScreen.Stack"
"""Node reference from one film's own node to the volume whose slice it is."""
STACK_INDEX = "OsteoScreen.StackIndex"

MOST_FILMS = 50
"""A volume with more slices is a scan of a body, not a stack of films."""
_INSTANCES = "DICOM.instanceUIDs"
_TOMOGRAPHY = {
    "CT": "a CT",
    "MR": "an MR",
    "PT": "a PET",
    "NM": "a nuclear medicine",
    "US": "an ultrasound",
    "SEG": "a segmentation",
}
_NO_FILM = {
    "vtkMRMLLabelMapVolumeNode": "is a label map",
    "vtkMRMLSegmentationNode": "is a segmentation",
    "vtkMRMLMultiVolumeNode": "is a multi-volume with several frames",
    "vtkMRMLSequenceNode": "is a sequence of several frames",
    "vtkMRMLDiffusionTensorVolumeNode": "is a diffusion tensor volume",
    "vtkMRMLDiffusionWeightedVolumeNode": "is a diffusion volume",
}
_REMEDY = "Choose a hand or wrist radiograph"


class FilmNodeError(OutputError):
    """A node that was chosen as the film is none."""

    code = "bad_film_node"


def film_count(node: Any) -> int:
    """How many films a volume node holds: its slices.

    Raises `FilmNodeError` where it is no film: a scan such as a CT, a label map, a sequence, an empty node, too small or large.
    """
    if node is None:
        raise FilmNodeError("Film", "is not chosen", _REMEDY)
    name = node.GetName() or node.GetClassName()
    fault = next((words for kind, words in _NO_FILM.items() if node.IsA(kind)), None)
    if fault is None and not node.IsA("vtkMRMLScalarVolumeNode"):
        fault = f"is a {node.GetClassName().removeprefix('vtkMRML').removesuffix('Node')}, not a volume"
    if fault is None and _is_played(node):
        fault = "is the current frame of a sequence"
    if fault is not None:
        raise FilmNodeError(name, f"{fault}, not a radiograph", _REMEDY)
    image = node.GetImageData()
    if image is None or not image.GetNumberOfPoints() or image.GetPointData().GetScalars() is None:
        raise FilmNodeError(name, "holds no pixels", "Load the film again")
    _check_pixels(node, name, image)
    return int(image.GetDimensions()[2])


def film_slice(scene: Any, node: Any, index: int) -> Any:
    """The node of one film: the node itself where it holds one, else an own node with slice ``index``, found again.

    The slice's node has the slice's pixels and place, the stack's transform, and the user's word that was given for the stack.
    Raises `FilmNodeError` where the node holds no films or not so many.
    """
    count = film_count(node)
    if not 0 <= index < count:
        raise FilmNodeError(node.GetName(), f"holds {count} films, number {index + 1} was asked for", "Choose another number")
    if count == 1:
        return node
    single = _find_slice(scene, node, index)
    if made := single is None:
        single = scene.AddNewNodeByClass(node.GetClassName(), safe_name(f"{node.GetName()} film {index + 1} of {count}"))
        single.SetAttribute(ROLE, "film")
        single.SetAttribute(STACK_INDEX, str(index))
        single.SetNodeReferenceID(STACK_REFERENCE, node.GetID())
        _inherit(single, node, index, count)
    pixels = image_array(node.GetImageData())[index]
    if made or not np.array_equal(image_array(single.GetImageData())[0], pixels):
        set_pixels(single, pixels, shifted_geometry(node, index))
    single.SetAndObserveTransformNodeID(node.GetTransformNodeID())
    if made:
        _show_like(single, node)
        _put_beside(scene, single, node)
    return single


def film_array(node: Any, tags: NodeTags) -> FilmArray:
    """One film (a copy of its pixels, rows x columns [x channels], as they are stored) with what is known of it.

    Raises `FilmNodeError` where the node holds no film, or several.
    """
    from OsteoScreenLib.radiograph.exchange import FilmArray

    if (count := film_count(node)) != 1:
        raise FilmNodeError(node.GetName(), f"holds {count} films", "Screen them one by one")
    return FilmArray(
        pixels=image_array(node.GetImageData())[0].copy(),
        name=node.GetName() or "film",
        spacing=tags.spacing,
        laterality=tags.laterality,
        tag_inverted=tags.tag_inverted,
        source=tags.source,
    )


def _check_pixels(node: Any, name: str, image: Any) -> None:
    columns, rows, slices = image.GetDimensions()
    components = image.GetNumberOfScalarComponents()
    if components > 4:
        raise FilmNodeError(name, f"has {components} values per pixel", "Choose a grey or RGB radiograph")
    if image.GetPointData().GetScalars().GetDataTypeAsString() not in _numeric_types():
        raise FilmNodeError(name, f"has pixels of type {image.GetScalarTypeAsString()}", _REMEDY)
    try:
        check_size(name, rows, columns)
    except FilmError as error:
        raise FilmNodeError(name, error.fault, error.remedy) from error
    modality = _modality(node)
    if modality in _TOMOGRAPHY:
        raise FilmNodeError(name, f"is {_TOMOGRAPHY[modality]} image (modality {modality}), not a radiograph", _REMEDY)
    if slices > MOST_FILMS:
        fault = f"has {slices} slices, as a CT or MR scan has, not a radiograph"
        raise FilmNodeError(name, fault, f"{_REMEDY}; load a large stack of films in parts of at most {MOST_FILMS}")
    if slices >= 8 and max(rows, columns) <= 768 and _is_scanned(node.GetSpacing()):
        fault = f"has {slices} slices of {columns} x {rows} pixels with the spacing of a CT or MR scan, not radiographs"
        raise FilmNodeError(name, fault, _REMEDY)


def _numeric_types() -> set[str]:
    signed = {"char", "short", "int", "long", "long long", "vtktypeint64"}
    return {*signed, *(f"unsigned {each}" for each in signed), "signed char", "float", "double"}


def _is_scanned(spacing: tuple[float, float, float]) -> bool:
    """Whether pixels and slices are as far apart as a scanner makes them; what has no spacing has 1.0 everywhere."""
    return tuple(spacing) != (1.0, 1.0, 1.0) and min(spacing) >= 0.3


def _is_played(node: Any) -> bool:
    scene = node.GetScene()
    browsers = nodes_of_class(scene, "vtkMRMLSequenceBrowserNode") if scene is not None else []
    return any(browser.IsProxyNode(node.GetID()) for browser in browsers)


def _modality(node: Any) -> str:
    """The modality that Slicer's DICOM module noted at the series' item, upper case; empty where it noted none."""
    import slicer

    scene = node.GetScene()
    hierarchy = None if scene is None else scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
    if hierarchy is None:
        return ""
    item = hierarchy.GetItemByDataNode(node)
    if item == hierarchy.GetInvalidItemID():
        return ""
    name = slicer.vtkMRMLSubjectHierarchyConstants.GetDICOMSeriesModalityAttributeName()
    return (hierarchy.GetItemAttribute(item, name) or "").strip().upper()


def _find_slice(scene: Any, stack: Any, index: int) -> Any:
    for node in nodes_of_class(scene, stack.GetClassName()):
        if node.GetNodeReferenceID(STACK_REFERENCE) == stack.GetID() and node.GetAttribute(STACK_INDEX) == str(index):
            return node
    return None


def _inherit(single: Any, stack: Any, index: int, count: int) -> None:
    """The user's word for the stack, and the slice's own DICOM instance where there is one for each."""
    from OsteoScreenLib.scene.node_tags import copy_user_word

    copy_user_word(stack, single)
    instances = (stack.GetAttribute(_INSTANCES) or "").split()
    if len(instances) == count:
        single.SetAttribute(_INSTANCES, instances[index])


def _show_like(single: Any, stack: Any) -> None:
    single.CreateDefaultDisplayNodes()
    shown, display = stack.GetDisplayNode(), single.GetDisplayNode()
    if shown is not None and display is not None and display.IsA("vtkMRMLScalarVolumeDisplayNode"):
        display.SetAutoWindowLevel(shown.GetAutoWindowLevel())
        display.SetWindowLevelMinMax(shown.GetWindowLevelMin(), shown.GetWindowLevelMax())
        display.SetAndObserveColorNodeID(shown.GetColorNodeID())


def _put_beside(scene: Any, single: Any, stack: Any) -> None:
    import slicer

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    item = hierarchy.GetItemByDataNode(stack)
    if item != hierarchy.GetInvalidItemID():
        hierarchy.CreateItem(hierarchy.GetItemParent(item), single)
