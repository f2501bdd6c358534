"""A file that has not arrived completely, and what tells whether the rest is of the same file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PartialFile:
    """The unfinished file beside its target, and what lets the server tell whether it is of the same file."""

    target: Path
    url: str

    @property
    def file(self) -> Path:
        """What has arrived."""
        return self.target.with_name(self.target.name + ".part")

    @property
    def note(self) -> Path:
        """What the server said of the file."""
        return self.target.with_name(self.target.name + ".part.json")

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self.file.stat().st_size if self.file.is_file() else 0

    def validator(self) -> str | None:
        """What to send as If-Range; ``None`` where the rest cannot be asked for."""
        try:
            noted = json.loads(self.note.read_text(encoding="utf-8"))
            same = noted["url"] == self._key() and isinstance(noted["validator"], str)
            return noted["validator"] if same and self.size > 0 else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def begin(self, validator: str | None) -> None:
        """Start an empty file of which the server says ``validator``."""
        self.remove()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.note.write_text(json.dumps({"url": self._key(), "validator": validator}), encoding="utf-8")

    def remove(self) -> None:
        """Forget everything."""
        self.file.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def _key(self) -> str:
        # The address itself may hold a password, which does not belong on a disk.
        return hashlib.sha256(self.url.encode("utf-8")).hexdigest()
