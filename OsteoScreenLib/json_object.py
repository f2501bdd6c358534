"""JSON files that hold one object, of no more than a bounded size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from OsteoScreenLib.errors import OsteoScreenError


def read_json_object(path: Path, most_bytes: int, error: type[OsteoScreenError], remedy: str) -> dict[str, Any]:
    """The object in a file. Raises ``error`` where it cannot be read, is larger than ``most_bytes``, or holds something else."""
    try:
        with path.open("rb") as stream:
            content = stream.read(most_bytes + 1)
    except (OSError, ValueError) as problem:  # ValueError: a null character in the path
        raise error(path, f"cannot be read ({getattr(problem, 'strerror', problem)})", remedy) from problem
    if len(content) > most_bytes:
        raise error(path, f"is larger than {most_bytes} bytes", remedy)
    try:
        parsed = json.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as problem:
        raise error(path, f"is not valid JSON ({problem})", remedy) from problem
    if not isinstance(parsed, dict):
        raise error(path, f"holds a JSON {type(parsed).__name__}, not an object", remedy)
    return parsed
