"""Errors that reach a person. Each message is one line naming the place, the fault and the remedy."""

from __future__ import annotations

from pathlib import Path


class OsteoScreenError(Exception):
    """Base of every error that OsteoScreen raises on purpose.

    ``code`` is stable and machine readable; ``str(error)`` is one line for people.
    """

    code = "error"

    def __init__(self, place: str | Path, fault: str, remedy: str) -> None:
        self.place = _printable(str(place))
        self.fault = _one_line(fault)
        self.remedy = _one_line(remedy)
        super().__init__(f"{self.place}: {self.fault}. {self.remedy}")

    def __reduce__(self) -> tuple[type[OsteoScreenError], tuple[str, str, str]]:
        """Errors come home from other processes."""
        return type(self), (self.place, self.fault, self.remedy)


class FilmError(OsteoScreenError):
    """The input cannot be read as one radiograph."""

    code = "bad_film"


class BundleError(OsteoScreenError):
    """The model bundle is missing, damaged or of another schema."""

    code = "bad_bundle"


class UsageError(OsteoScreenError):
    """An option or a job file is wrong."""

    code = "bad_usage"


class OutputError(OsteoScreenError):
    """Results cannot be written or read back."""

    code = "bad_output"


def _one_line(text: str) -> str:
    return " ".join(_printable(str(text)).split()).rstrip(".")


def _printable(text: str) -> str:
    """Without what would steer a terminal: names of files and tags of films may hold anything."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)
