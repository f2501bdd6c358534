"""Which nodes are ours: found again by what they are for, never by name."""

from __future__ import annotations

import re
from typing import Any

ROLE = "OsteoScreen.Role"
"""Node attribute that says what a node of ours is for."""

FILM_REFERENCE = "OsteoScreen.Film"
"""Node reference from each of our nodes to the film it belongs to; survives saving, loading and importing."""


_UNSAFE = re.compile(r"""[<>&"'\\/:;|*?\x00-\x1f]""")


def safe_name(text: str) -> str:
    """A name without the characters that MRML does not escape everywhere, such as ``&`` in a folder's name.

    A scene that holds one of them is written without complaint and cannot be opened again.
    """
    return _UNSAFE.sub("_", text).strip() or "Film"


def nodes_of_class(scene: Any, class_name: str) -> list[Any]:
    """All nodes of a class. GetNodesByClass is not used, because who frees what it returns changed between versions."""
    return [scene.GetNthNodeByClass(index, class_name) for index in range(scene.GetNumberOfNodesByClass(class_name))]


def find(scene: Any, class_name: str, role: str, film: Any) -> Any | None:
    """The node with this role for this film, ``None`` where the scene has none."""
    for node in nodes_of_class(scene, class_name):
        if node.GetAttribute(ROLE) == role and node.GetNodeReferenceID(FILM_REFERENCE) == film.GetID():
            return node
    return None


def find_or_add(scene: Any, class_name: str, role: str, film: Any, name: str, *, hidden: bool = False) -> tuple[Any, bool]:
    """The node with this role for this film, made where it is missing, and whether it was made now.

    A hidden node is in no selector and not in the data tree; it is saved with the scene all the same.
    """
    import slicer

    node = find(scene, class_name, role, film)
    if node is not None:
        return node, False
    node = getattr(slicer, class_name)()  # hidden before it is added: Slicer makes its item in the tree at once
    node.SetName(scene.GetUniqueNameByString(safe_name(name)))
    node.SetAttribute(ROLE, role)
    node.SetNodeReferenceID(FILM_REFERENCE, film.GetID())
    if hidden:
        node.SetHideFromEditors(True)
        node.SetAttribute(slicer.vtkMRMLSubjectHierarchyConstants.GetSubjectHierarchyExcludeFromTreeAttributeName(), "1")
    return scene.AddNode(node), True


def remove(scene: Any, class_name: str, role: str, film: Any) -> None:
    """Remove the node with this role for this film, where there is one, with its display and storage nodes."""
    node = find(scene, class_name, role, film)
    if node is not None:
        remove_node(scene, node)


def remove_except(scene: Any, class_name: str, role_prefix: str, film: Any, kept: set[str]) -> None:
    """Remove our nodes of this film whose role starts with the prefix and is not among those kept."""
    for node in nodes_of_class(scene, class_name):
        role = node.GetAttribute(ROLE) or ""
        if role.startswith(role_prefix) and role not in kept and node.GetNodeReferenceID(FILM_REFERENCE) == film.GetID():
            remove_node(scene, node)


def remove_node(scene: Any, node: Any) -> None:
    """Remove a node with its display and storage nodes and its item in the data tree, which may be left otherwise."""
    companions = []
    hierarchy = scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
    item = 0 if hierarchy is None else hierarchy.GetItemByDataNode(node)
    if hierarchy is not None and item != hierarchy.GetInvalidItemID():
        hierarchy.RemoveItem(item, False, True)
    if node.IsA("vtkMRMLDisplayableNode"):
        companions += [node.GetNthDisplayNode(index) for index in range(node.GetNumberOfDisplayNodes())]
    if node.IsA("vtkMRMLStorableNode"):
        companions += [node.GetNthStorageNode(index) for index in range(node.GetNumberOfStorageNodes())]
    scene.RemoveNode(node)
    for companion in companions:
        if companion is not None:
            scene.RemoveNode(companion)
