"""Taking a result out of the scene again."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.scene.hierarchy import remove_folder
from OsteoScreenLib.scene.ownership import FILM_REFERENCE, ROLE, remove_node


def remove_result(scene: Any, film: Any) -> None:
    """Remove every node of the film's result with its display and storage nodes, and its folder.

    The film stays, and so does whatever the user put into the folder.
    """
    nodes = [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
    ours = [node for node in nodes if node.GetAttribute(ROLE) and node.GetNodeReferenceID(FILM_REFERENCE) == film.GetID()]
    folder = next((node for node in ours if node.GetAttribute(ROLE) == "statement"), None)
    remove_folder(scene, folder)
    for node in ours:
        remove_node(scene, node)
