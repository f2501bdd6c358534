"""Films that are loaded in Slicer, kept as files in a queue's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from OsteoScreenLib.errors import OsteoScreenError


def loaded_films(scene: Any, mark: str) -> list[Any]:
    """Volume nodes that may be films: none of our own maps, and none that a queue has loaded (with the attribute ``mark``)."""
    from OsteoScreenLib.scene.ownership import ROLE, nodes_of_class

    nodes = [*nodes_of_class(scene, "vtkMRMLScalarVolumeNode"), *nodes_of_class(scene, "vtkMRMLVectorVolumeNode")]
    unique = list(dict.fromkeys(nodes))
    return [
        each
        for each in unique
        if each.GetAttribute(ROLE) in (None, "film")
        and each.GetAttribute(mark) is None
        and not each.IsA("vtkMRMLLabelMapVolumeNode")
    ]


def keep_loaded(scene: Any, volumes: list[Any], folder: Path) -> tuple[list[Path], list[str]]:
    """Write the films of some volume nodes below ``folder``; returns their folders, and why others were left out."""
    from OsteoScreenLib.radiograph.exchange import save_film_array
    from OsteoScreenLib.scene.films import film_array, film_count, film_slice
    from OsteoScreenLib.scene.node_tags import tags_of
    from OsteoScreenLib.scene.ownership import safe_name

    kept: list[Path] = []
    left_out: list[str] = []
    for volume in volumes:
        try:
            for index in range(film_count(volume)):
                film = film_slice(scene, volume, index)
                target = folder / f"{safe_name(film.GetName())}-{uuid4().hex[:8]}"
                target.parent.mkdir(parents=True, exist_ok=True)
                save_film_array(film_array(film, tags_of(film)), target)
                kept.append(target)
        except (OsteoScreenError, OSError) as error:
            left_out.append(f"{volume.GetName()}: {error}")
    return kept, left_out
