"""Which source a word on the command line means."""

from __future__ import annotations

from pathlib import Path

from OsteoScreenLib.archive.csv_source import CsvSource
from OsteoScreenLib.archive.folder_source import FolderSource
from OsteoScreenLib.archive.pacs_source import SCRATCH, PacsSource, is_web_address
from OsteoScreenLib.archive.values import FilmSource
from OsteoScreenLib.errors import UsageError


def source_of(text: str, out: Path) -> FilmSource:
    """The source that a folder, a CSV file or an address is; films that are fetched lie in ``out`` meanwhile.

    Raises `UsageError` where it is none of these, or cannot be read.
    """
    if is_web_address(text):
        return PacsSource.of(text, out / SCRATCH)
    path = Path(text)
    if path.is_dir():
        return FolderSource(path)
    if path.is_file() and path.suffix.lower() == ".csv":
        return CsvSource.of(path)
    if path.exists():
        raise UsageError(text, "is neither a folder nor a .csv file", "Screen single films with 'osteoscreen screen'")
    raise UsageError(text, "there is no such folder or file", "Check the path")
