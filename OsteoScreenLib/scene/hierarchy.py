"""One folder per film in the subject hierarchy."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.scene.ownership import safe_name

_ATTRIBUTE = "OsteoScreen.Folder"
_RESULT, _PROFILES = "result", "profiles"


def put_into_folder(scene: Any, film: Any, nodes: list[Any], profiles: list[Any]) -> int:
    """Put the nodes of a film into one folder beside the film, the profile lines into a folder of their own inside it.

    The folder is found again by where the first node lies. Returns the folder's subject hierarchy item.
    """
    import slicer

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    film_item = _item(hierarchy, film)
    folder = hierarchy.GetItemParent(_item(hierarchy, nodes[0]))
    if hierarchy.GetItemAttribute(folder, _ATTRIBUTE) != _RESULT:
        folder = hierarchy.CreateFolderItem(hierarchy.GetItemParent(film_item), safe_name(f"{film.GetName()} OsteoScreen"))
        hierarchy.SetItemAttribute(folder, _ATTRIBUTE, _RESULT)
    for node in nodes:
        hierarchy.SetItemParent(_item(hierarchy, node), folder)
    inner = _child_with_attribute(hierarchy, folder, _PROFILES)
    if profiles and inner is None:
        inner = hierarchy.CreateFolderItem(folder, "Profiles")
        hierarchy.SetItemAttribute(inner, _ATTRIBUTE, _PROFILES)
        hierarchy.SetItemExpanded(inner, False)
    for node in profiles:
        hierarchy.SetItemParent(_item(hierarchy, node), inner)
    if inner is not None and not profiles:
        hierarchy.RemoveItem(inner)
    return folder


def remove_folder(scene: Any, node: Any | None) -> None:
    """Remove the folder of results in which ``node`` lies; what else lies there moves out beside it."""
    import slicer
    from vtkmodules.vtkCommonCore import vtkIdList

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    item = hierarchy.GetItemByDataNode(node) if node is not None else hierarchy.GetInvalidItemID()
    folder = hierarchy.GetItemParent(item) if item != hierarchy.GetInvalidItemID() else item
    if folder == hierarchy.GetInvalidItemID() or hierarchy.GetItemAttribute(folder, _ATTRIBUTE) != _RESULT:
        return
    for each in (_child_with_attribute(hierarchy, folder, _PROFILES), folder):
        if each is None:
            continue
        children = vtkIdList()
        hierarchy.GetItemChildren(each, children)
        for index in range(children.GetNumberOfIds()):
            hierarchy.SetItemParent(children.GetId(index), hierarchy.GetItemParent(folder))
        hierarchy.RemoveItem(each)


def _item(hierarchy: Any, node: Any) -> int:
    """Item of a node. Slicer makes it by itself; without the application it is made here."""
    item = hierarchy.GetItemByDataNode(node)
    if item == hierarchy.GetInvalidItemID():
        item = hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
    return item


def _child_with_attribute(hierarchy: Any, folder: int, value: str) -> int | None:
    from vtkmodules.vtkCommonCore import vtkIdList

    children = vtkIdList()
    hierarchy.GetItemChildren(folder, children)
    for index in range(children.GetNumberOfIds()):
        if hierarchy.GetItemAttribute(children.GetId(index), _ATTRIBUTE) == value:
            return children.GetId(index)
    return None
