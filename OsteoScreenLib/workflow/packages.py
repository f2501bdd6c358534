"""The Python packages that the worker needs: which are missing, and how pip is asked for them."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.workflow.versions import at_least

_LINE = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:>=\s*(?P<minimum>\d+(?:\.\d+)*))?")


@dataclass(frozen=True)
class Requirement:
    """A package with its lowest version; ``minimum`` is ``None`` where any version does."""

    name: str
    minimum: str | None = None

    def __str__(self) -> str:
        return self.name if self.minimum is None else f"{self.name} {self.minimum} or newer"


def read_requirements(path: Path) -> tuple[Requirement, ...]:
    """Read a file of lines ``name>=version``; what follows ``#`` is a comment.

    Raises `UsageError` where the file cannot be read or a line is of another kind.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(path, f"cannot be read ({error})", "Install the extension again") from error
    requirements = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].strip()
        match = _LINE.fullmatch(words)
        if match:
            requirements.append(Requirement(match["name"], match["minimum"]))
        elif words:
            raise UsageError(f"{path}, line {number}", f"is '{words}'", "Write it as name>=version")
    return tuple(requirements)


def installed_version(name: str) -> str | None:
    """Version of an installed package, ``None`` where it is not installed or its own record is damaged."""
    try:
        # None, against its type, where a broken installation left no version behind.
        return metadata.version(name) or None
    except metadata.PackageNotFoundError:
        return None


def missing(
    requirements: Iterable[Requirement], installed: Callable[[str], str | None] = installed_version
) -> tuple[Requirement, ...]:
    """The requirements that are not installed, or too old."""
    # pip may have run since in another process.
    importlib.invalidate_caches()
    return tuple(each for each in requirements if not _fits(each, installed(each.name)))


def shortage(requirement: Requirement, installed: Callable[[str], str | None] = installed_version) -> str:
    """What is wrong with a missing requirement, such as "openvino 2025.0 or newer (2024.6 is installed)"."""
    version = installed(requirement.name)
    return f"{requirement} ({'not installed' if version is None else f'{version} is installed'})"


def install_arguments(requirements_file: Path, wheels: Path | None = None) -> list[str]:
    """Arguments of pip: from its usual index, or without network from a folder of ``wheels``."""
    source = [] if wheels is None else ["--no-index", "--find-links", str(wheels)]
    # pip must never wait for an answer that nobody can give.
    return ["install", *source, "-r", str(requirements_file), "--no-input", "--disable-pip-version-check"]


def check_wheels(folder: Path) -> None:
    """Raise `UsageError` where ``folder`` cannot be the source of an installation without network."""
    remedy = "Choose the folder of wheels that 'pip download -r requirements.txt' made on a like computer"
    if not folder.is_dir():
        raise UsageError(folder, "is no folder", remedy)
    if not any(folder.glob("*.whl")):
        raise UsageError(folder, "holds no wheel (*.whl)", remedy)


def _fits(requirement: Requirement, version: str | None) -> bool:
    return version is not None and (requirement.minimum is None or at_least(version, requirement.minimum))
