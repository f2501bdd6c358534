"""From the volume that is chosen on the panel to the one film that is looked at."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.scene.ownership import ROLE, nodes_of_class

_VOLUMES = ("vtkMRMLScalarVolumeNode", "vtkMRMLVectorVolumeNode")


class FilmChoice:
    """What is chosen.

    Attributes
    ----------
    volume : the chosen volume node, or ``None``
    count : how many films it holds
    fault : why it is no film, or ``None``
    film : node of the one film that is looked at, or ``None``
    """

    def __init__(self, scene: Any, ui: Any) -> None:
        self._scene, self._ui = scene, ui
        self.volume: Any = None
        self.film: Any = None
        self.fault: str | None = None
        self.count = 0

    def read(self) -> None:
        """Take over what is chosen on the panel; a film out of several gets a node of its own."""
        from OsteoScreenLib.scene.films import film_count, film_slice
        from OsteoScreenLib.scene.node_tags import remember_tags
        from OsteoScreenPanel.surroundings import dicom_file

        self.volume = self._ui.filmSelector.currentNode()
        self.film, self.fault, self.count = None, None, 0
        if self.volume is None:
            return
        if _is_ours(self.volume):
            self.fault = _("{name} is a map that OsteoScreen made, not a radiograph.").format(name=self.volume.GetName())
            return
        try:
            self.count = film_count(self.volume)
            index = min(self._ui.sliceSpinBox.value, self.count) - 1
            self.film = film_slice(self._scene, self.volume, index)
            remember_tags(self.film, dicom_file(self.film))
        except OsteoScreenError as error:
            self.fault = str(error)

    def forget(self) -> None:
        """Nothing is chosen: the scene is closing."""
        self.volume = self.film = self.fault = None
        self.count = 0

    def choose(self, node: Any | None) -> None:
        """Choose a node on the panel, unless its film is chosen already."""
        if node is None or (node is not self.film and node is not self.volume):
            self._ui.filmSelector.setCurrentNode(node)

    def choose_first(self) -> None:
        """Where nothing is chosen, choose the scene's first volume that can be a film."""
        from OsteoScreenLib.scene.films import film_count

        if self._ui.filmSelector.currentNode() is not None:
            return
        for node in (each for name in _VOLUMES for each in nodes_of_class(self._scene, name)):
            try:
                if not _is_ours(node) and film_count(node) == 1:
                    self._ui.filmSelector.setCurrentNode(node)
                    return
            except OsteoScreenError:
                continue

    def hide_own_maps(self) -> None:
        """Offer no uncertainty map as a film."""
        nodes = (each for name in _VOLUMES for each in nodes_of_class(self._scene, name))
        model = self._ui.filmSelector.sortFilterProxyModel()
        ids = [node.GetID() for node in nodes if _is_ours(node)]
        if list(model.hiddenNodeIDs) != ids:
            model.hiddenNodeIDs = ids


def _is_ours(node: Any) -> bool:
    return (node.GetAttribute(ROLE) or "film") != "film"
