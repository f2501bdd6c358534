"""Packages that only the network needs: where one is missing, a person learns its name; what they print stays inside."""

from __future__ import annotations

import logging
import warnings
from importlib.util import find_spec

from OsteoScreenLib.errors import UsageError

_LOUD = ("pydicom", "pynetdicom", "requests", "urllib3")


def need(*packages: str) -> None:
    """Raise `UsageError` with the command that installs what is missing of ``packages`` (names of modules and of pip alike)."""
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise UsageError("PACS", f"needs the package {missing[0]}, which is not installed", f"pip install {' '.join(missing)}")


def silence_libraries() -> None:
    """For a process of our own: no library prints what it meets, for that may be a patient's name or a secret."""
    warnings.simplefilter("ignore")
    for name in _LOUD:
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
        logger.setLevel(logging.CRITICAL)
