"""Which nodes are ours: found again by what they are for, never by name."""

from __future__ import annotations

from typing import Any

ROLE = "OsteoScreen.Role"
"""Node attribute that says what a node of ours is for."""

FILM_REFERENCE = "OsteoScreen.Film"
"""Node reference from each of our nodes to the film it belongs to; survives saving, loading and importing."""


def find(scene: Any, class_name: str, role: str, film: Any) -> Any | None:
    """The node with this role for this film, ``None`` where the scene has none."""
    nodes = scene.GetNodesByClass(class_name)
    nodes.UnRegister(None)  # GetNodesByClass hands its reference over to the caller
    for index in range(nodes.GetNumberOfItems()):
        node = nodes.GetItemAsObject(index)
        if node.GetAttribute(ROLE) == role and node.GetNodeReferenceID(FILM_REFERENCE) == film.GetID():
            return node
    return None


def find_or_add(scene: Any, class_name: str, role: str, film: Any, name: str) -> tuple[Any, bool]:
    """The node with this role for this film, made where it is missing, and whether it was made now."""
    node = find(scene, class_name, role, film)
    if node is not None:
        return node, False
    node = scene.AddNewNodeByClass(class_name, name)
    node.SetAttribute(ROLE, role)
    node.SetNodeReferenceID(FILM_REFERENCE, film.GetID())
    return node, True


def remove_except(scene: Any, class_name: str, role_prefix: str, film: Any, kept: set[str]) -> None:
    """Remove our nodes of this film whose role starts with the prefix and is not among those kept."""
    nodes = scene.GetNodesByClass(class_name)
    nodes.UnRegister(None)
    for node in [nodes.GetItemAsObject(index) for index in range(nodes.GetNumberOfItems())]:
        role = node.GetAttribute(ROLE) or ""
        if role.startswith(role_prefix) and role not in kept and node.GetNodeReferenceID(FILM_REFERENCE) == film.GetID():
            _remove(scene, node)


def _remove(scene: Any, node: Any) -> None:
    companions = [node.GetNthDisplayNode(index) for index in range(node.GetNumberOfDisplayNodes())]
    companions.append(node.GetStorageNode())
    scene.RemoveNode(node)
    for companion in companions:
        if companion is not None:
            scene.RemoveNode(companion)
