"""What an installation does to packages that a running Python has loaded: some must stay as they are, others need a restart."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from importlib import metadata


def versions() -> dict[str, str]:
    """Version by name of every installed package."""
    found = {}
    for each in metadata.distributions():
        name, version = each.metadata["Name"], each.version
        if name and version:
            found[name] = version
    return found


def pinned(names: Iterable[str], installed: Mapping[str, str]) -> str:
    """Constraints for pip that keep packages in their installed version; those that are not installed are left out.

    Slicer's own modules are built against its numpy and scipy, and another package's bounds must not replace them.
    """
    found = {name.lower(): version for name, version in installed.items()}
    return "".join(f"{name}=={found[name.lower()]}\n" for name in names if name.lower() in found)


def modules_of(name: str) -> frozenset[str]:
    """Top-level modules of an installed package."""
    return frozenset(module for module, packages in metadata.packages_distributions().items() if name in packages)


def changed_while_loaded(
    before: Mapping[str, str], after: Mapping[str, str], loaded: Collection[str] | None = None
) -> tuple[str, ...]:
    """Packages of other version than ``before`` one of whose modules is among ``loaded`` (``None``: of this Python), sorted.

    A package that is new was not loaded from anywhere, and needs no restart.
    """
    running = sys.modules if loaded is None else loaded
    changed = [name for name, version in after.items() if before.get(name, version) != version]
    return tuple(sorted(name for name in changed if any(module in running for module in modules_of(name))))
