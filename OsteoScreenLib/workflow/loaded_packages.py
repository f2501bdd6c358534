"""Which packages an installation changed under a running Python: those still run in their old version."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from importlib import metadata


def versions() -> dict[str, str]:
    """Version by name of every installed package."""
    found = {}
    for each in metadata.distributions():
        name, version = each.metadata["Name"], each.version
        if name and version:
            found[name] = version
    return found


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
