"""Programs of the system that tests use: skipped without them, or failed where every one has to be there (CI)."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def missing(what: str, packages: str) -> NoReturn:
    """Skip the test, or fail it where the environment says that every system program must be there."""
    reason = f"no {what} on this machine (Debian: apt-get install {packages})"
    if os.environ.get("OSTEOSCREEN_REQUIRE_SYSTEM_PROGRAMS"):
        pytest.fail(reason)
    pytest.skip(reason)


def require_program(package: str, *names: str) -> str:
    """Path of the first of ``names`` that is installed; ``package`` is the Debian package that brings it."""
    for name in names:
        found = shutil.which(name)
        if found is not None:
            return found
    missing(names[0], package)
