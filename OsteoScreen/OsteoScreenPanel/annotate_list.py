"""The films of a queue as a list, most uncertain first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from OsteoScreenLib.annotation.overview import Overview
from OsteoScreenLib.workflow.queue_view import QueueRow, progress_words, queue_row

_COLUMNS = ("film", "state", "uncertainty")


class QueueList:
    """``chosen`` hears the number of a film that is double-clicked, or marked when Return is pressed."""

    def __init__(self, tree: Any, progress: Any, chosen: Callable[[str], None]) -> None:
        self._tree, self._progress, self._chosen = tree, progress, chosen
        self._rows: tuple[QueueRow, ...] = ()
        self._marked: str | None = None
        header = tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, qt.QHeaderView.Stretch)
        header.setSectionResizeMode(1, qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(2, qt.QHeaderView.ResizeToContents)
        tree.connect("itemActivated(QTreeWidgetItem*,int)", self._on_activated)

    def show(self, seen: Overview | None, annotator: str, present: str | None) -> None:
        """Show the films as the annotator has them, with the ``present`` one marked."""
        rows = () if seen is None else tuple(queue_row(item, annotator) for item in seen.items)
        self._progress.text = "" if seen is None else progress_words(seen.counts)
        if rows != self._rows or present != self._marked:
            self._fill(rows, present)

    def _fill(self, rows: tuple[QueueRow, ...], present: str | None) -> None:
        tree = self._tree
        count = tree.topLevelItemCount
        # The items are made and removed by Qt itself: whether Python or Qt owns one that Python makes differs between versions.
        if count < len(rows):
            tree.model().insertRows(count, len(rows) - count)
        elif count > len(rows):
            tree.model().removeRows(len(rows), count - len(rows))
        for number, row in enumerate(rows):
            item = tree.topLevelItem(number)
            font = item.font(0)
            font.setBold(row.id == present)
            for column, name in enumerate(_COLUMNS):
                item.setText(column, _(getattr(row, name)) if name == "state" else getattr(row, name))
                item.setToolTip(column, row.tip)
                item.setFont(column, font)
            if row.id == present:
                tree.setCurrentItem(item)
        self._rows, self._marked = rows, present

    def _on_activated(self, item: Any, column: int) -> None:
        row = self._tree.indexOfTopLevelItem(item)
        if 0 <= row < len(self._rows):
            self._chosen(self._rows[row].id)
