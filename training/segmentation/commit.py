"""Which code a result came from."""

from __future__ import annotations

import subprocess
from pathlib import Path


def commit() -> str:
    """Commit of this code, with a mark where the checkout had changes; "unknown" outside a checkout."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return answer.stdout.strip()
