"""The section with the model bundles: which is in use, what each is, and where more come from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from OsteoScreenLib.bundle.library import BundleEntry
from OsteoScreenLib.bundle.location import DEFAULT_BUNDLE, resources_folder
from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.workflow import model_list
from OsteoScreenLib.workflow.actions import Action, PanelFacts
from OsteoScreenLib.workflow.model_card import fault_card, model_card
from OsteoScreenLib.workflow.states import PanelState
from OsteoScreenPanel.attempt import attempt
from OsteoScreenPanel.availability import Availability
from OsteoScreenPanel.chosen_bundle import save_bundle
from OsteoScreenPanel.host import PanelHost


class ModelsSection:
    """Lists the bundles of the panel's library and changes it."""

    def __init__(self, layout: Any, host: PanelHost) -> None:
        self._host = host
        self._entries: tuple[BundleEntry, ...] = ()
        self._filling = False
        self._widget = slicer.util.loadUI(str(resources_folder() / "UI" / "Models.ui"))
        layout.addWidget(self._widget)
        ui = self._ui = slicer.util.childWidgetVariables(self._widget)
        self._available = Availability(
            {
                ui.useModelButton: Action.CHOOSE_BUNDLE,
                ui.verifyModelButton: Action.VERIFY_BUNDLE,
                ui.removeModelButton: Action.REMOVE_BUNDLE,
                ui.addModelFolderButton: Action.BROWSE_BUNDLE,
                ui.addModelZipButton: Action.BROWSE_BUNDLE,
                ui.downloadModelButton: Action.DOWNLOAD_BUNDLE,
            }
        )
        ui.modelList.connect("currentRowChanged(int)", self._on_row)
        ui.useModelButton.connect("clicked(bool)", self._on_use)
        ui.verifyModelButton.connect("clicked(bool)", self._on_verify)
        ui.removeModelButton.connect("clicked(bool)", self._on_remove)
        ui.addModelFolderButton.connect("clicked(bool)", self._on_add_folder)
        ui.addModelZipButton.connect("clicked(bool)", self._on_add_zip)
        ui.modelAddress.connect("textChanged(QString)", self._on_text)
        ui.downloadModelButton.connect("clicked(bool)", self._on_download)
        self._list(select=self._host.bundle or DEFAULT_BUNDLE)

    def contribute(self) -> dict[str, Any]:
        """What is known here of the panel's facts."""
        entry = self._marked()
        return {
            "bundle_fault": model_list.fault_of(self._entries, self._host.bundle),
            "bundle_chosen": entry is not None,
            "bundle_shipped": entry is not None and entry.shipped,
            "bundle_address": bool(self._ui.modelAddress.text.strip()),
        }

    def refresh(self, facts: PanelFacts) -> None:
        """Enable what is possible, and mark the model in use."""
        self._available.refresh(facts)
        shown = model_list.rows(self._entries, self._host.bundle, DEFAULT_BUNDLE)
        for number, row in enumerate(shown):
            item = self._ui.modelList.item(number)
            item.setText(row.text)
            item.setToolTip(row.tip)

    def _list(self, select: Path | None = None) -> None:
        """Read the library again, and mark the bundle in the folder ``select``."""
        try:
            self._entries = self._host.library.entries()
        except OsteoScreenError as error:
            self._entries = ()
            self._host.fail(str(error))
        self._fill(select)

    def _fill(self, select: Path | None) -> None:
        widget = self._ui.modelList
        self._filling = True
        widget.clear()
        for row in model_list.rows(self._entries, self._host.bundle, DEFAULT_BUNDLE):
            widget.addItem(row.text)
        self._filling = False
        folders = [each.folder for each in self._entries]
        if folders:
            widget.setCurrentRow(folders.index(select) if select in folders else 0)
        else:
            self._show_card()
        self._host.refresh()

    def _marked(self) -> BundleEntry | None:
        row = self._ui.modelList.currentRow
        return self._entries[row] if 0 <= row < len(self._entries) else None

    def _on_row(self, row: int) -> None:
        if not self._filling:
            self._show_card()
            self._host.refresh()

    def _show_card(self) -> None:
        from OsteoScreenLib.bundle import load_bundle

        entry, card = self._marked(), self._ui.modelCard
        if entry is None:
            card.setHtml("")
            return
        try:
            text = fault_card(entry.name, entry.fault) if entry.fault else model_card(load_bundle(entry.folder))
        except OsteoScreenError as error:
            text = fault_card(entry.name, str(error))
        card.setHtml(text)

    def _on_use(self, checked: bool = False) -> None:
        entry = self._marked()
        if entry is None:
            return
        if entry.fault is not None:
            self._host.fail(entry.fault)
            return
        chosen = None if entry.folder == DEFAULT_BUNDLE else entry.folder
        save_bundle(chosen)
        self._host.choose_bundle(chosen)
        self._host.say(_("{model} is used from now on.").format(model=entry.title))

    def _on_verify(self, checked: bool = False) -> None:
        entry = self._marked()
        if entry is None:
            return
        found = self._host.library.verify(entry)
        self._entries = tuple(found if each is entry else each for each in self._entries)
        self._show_card()
        self._host.refresh()
        if found.fault is None:
            self._host.say(_("{model}: every file has the hash that it should have.").format(model=found.title))
        else:
            self._host.fail(found.fault)

    def _on_remove(self, checked: bool = False) -> None:
        entry = self._marked()
        if entry is None or not self._host.ask(_("Remove the model {model} from this computer?").format(model=entry.title)):
            return
        if not attempt(self._host, lambda: self._host.library.remove(entry)):
            return
        if self._host.bundle == entry.folder:
            save_bundle(None)
            self._host.choose_bundle(None)
        self._list()
        self._host.say(_("{model} was removed.").format(model=entry.title))

    def _on_add_folder(self, checked: bool = False) -> None:
        window = slicer.util.mainWindow()
        folder = qt.QFileDialog.getExistingDirectory(window, _("Folder with a model (bundle.json)"), "")
        if folder:
            self._add(lambda: self._host.library.add_folder(Path(str(folder))))

    def _on_add_zip(self, checked: bool = False) -> None:
        window = slicer.util.mainWindow()
        path = qt.QFileDialog.getOpenFileName(window, _("Zip file with a model"), "", _("Zip files (*.zip)"))
        if path:
            self._add(lambda: self._host.library.add_archive(Path(str(path))))

    def _add(self, add: Callable[[], BundleEntry]) -> None:
        added: list[BundleEntry] = []
        if attempt(self._host, lambda: added.append(add())):
            self._list(select=added[0].folder)
            self._host.say(_("{model} was added. Press Use to work with it.").format(model=added[0].title))

    def _on_text(self, text: str) -> None:
        self._host.refresh()

    def _on_download(self, checked: bool = False) -> None:
        from OsteoScreenLib.worker import FetchJob

        address, sha256 = self._ui.modelAddress.text.strip(), self._ui.modelHash.text.strip()
        fault = model_list.download_fault(address, sha256)
        if fault is not None:
            self._host.fail(_(fault))
            return

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            self._list(select=folder)
            self._host.say(_("The model was downloaded and verified. Press Use to work with it."))

        self._host.run(PanelState.FETCHING, lambda folder: FetchJob(address, self._host.library.own, sha256 or None), finished)
