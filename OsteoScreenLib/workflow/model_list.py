"""The list of model bundles as the panel shows it, and what is wrong with an address before it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from OsteoScreenLib.bundle.library import BundleEntry


@dataclass(frozen=True)
class ModelRow:
    """One line of the list: what it says, the longer words for the mouse, and whether it is the model in use."""

    text: str
    tip: str
    in_use: bool


def rows(entries: Iterable[BundleEntry], chosen: Path | None, default: Path) -> tuple[ModelRow, ...]:
    """A line per bundle; ``chosen`` is the folder in use (``None``: the ``default``)."""
    used = default if chosen is None else chosen
    return tuple(_row(each, each.folder == used) for each in entries)


def _row(entry: BundleEntry, in_use: bool) -> ModelRow:
    origin = "shipped" if entry.shipped else "own"
    if entry.fault is not None:
        return ModelRow(f"{entry.name} \N{EN DASH} faulty, {origin}", entry.fault, in_use)
    state = f"in use, {origin}" if in_use else origin
    return ModelRow(f"{entry.title} \N{EN DASH} {state}", str(entry.folder), in_use)


def fault_of(entries: Iterable[BundleEntry], chosen: Path | None) -> str | None:
    """Why the chosen bundle cannot be used, or ``None``; with ``chosen`` ``None`` the shipped one is used."""
    if chosen is None:
        return None
    for each in entries:
        if each.folder == chosen:
            return None if each.fault is None else f"The chosen model is faulty: {each.fault}"
    return "The chosen model is not there any more: choose another one under Models"


def download_fault(address: str, sha256: str) -> str | None:
    """What must be mended before a download can be asked for, one sentence, or ``None``."""
    from OsteoScreenLib.worker import job_values

    for name, value, check in (("The address", address, job_values.web_address), ("The SHA-256", sha256, job_values.sha256)):
        if name == "The SHA-256" and not value:
            continue
        try:
            check(value)
        except ValueError as error:
            return f"{name} must be {error}."
    return None
