"""Which source a word on the command line means."""

from __future__ import annotations

from pathlib import Path

from OsteoScreenLib.archive.csv_source import CsvSource
from OsteoScreenLib.archive.folder_source import FolderSource
from OsteoScreenLib.archive.values import FilmSource
from OsteoScreenLib.errors import UsageError


def source_of(text: str) -> FilmSource:
    """The source that a folder or a CSV file is. Raises `UsageError` where it is neither, or cannot be read."""
    path = Path(text)
    if path.is_dir():
        return FolderSource(path)
    if path.is_file() and path.suffix.lower() == ".csv":
        return CsvSource.of(path)
    if path.exists():
        raise UsageError(text, "is neither a folder nor a .csv file", "Screen single films with 'osteoscreen screen'")
    raise UsageError(text, "there is no such folder or file", "Check the path")
