"""Loads a bundle folder and verifies every byte of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from OsteoScreenLib.bundle.location import DEFAULT_BUNDLE
from OsteoScreenLib.bundle.schema import REMEDY, parse_bundle
from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.errors import BundleError

_MAX_JSON_BYTES = 4 * 1024 * 1024
DOCUMENTS = {".md", ".txt"}
"""Endings of files that may lie in a bundle without a hash."""


def load_bundle(path: Path | str | None = None) -> Bundle:
    """Read and verify the bundle in folder ``path`` (``None``: the shipped one).

    Raises `BundleError` with one line naming file, fault and remedy: folder or ``bundle.json`` missing, not JSON,
    another schema version, a field missing or wrong, a listed file missing or changed,
    a file that is not listed (documents, ``.md`` and ``.txt``, need no hash).
    """
    folder = DEFAULT_BUNDLE if path is None else Path(path)
    index = folder / "bundle.json"
    if not folder.is_dir():
        raise BundleError(folder, "model bundle folder not found", "Give an existing folder or reinstall OsteoScreen")
    if not index.is_file():
        raise BundleError(index, "file not found", "Give the folder that holds bundle.json")
    content = _read(index)
    try:
        parsed = json.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BundleError(index, f"not valid JSON ({error})", REMEDY) from error
    if not isinstance(parsed, dict):
        raise BundleError(index, f"holds a JSON {type(parsed).__name__}, not an object", REMEDY)
    bundle = parse_bundle(parsed, folder, hashlib.sha256(content).hexdigest())
    for name, wanted in bundle.files.items():
        _verify(folder / name, wanted)
    _refuse_unlisted(bundle)
    return bundle


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def hash_files(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 by file name: the ``files`` section of ``bundle.json``."""
    return {name: sha256_of(folder / name) for name in sorted(names)}


def _read(index: Path) -> bytes:
    try:
        size = index.stat().st_size
        if size > _MAX_JSON_BYTES:
            raise BundleError(index, f"has {size} bytes, more than {_MAX_JSON_BYTES}", REMEDY)
        return index.read_bytes()
    except OSError as error:
        raise BundleError(index, f"cannot be read ({error.strerror})", "Check the permissions of the folder") from error


def _verify(path: Path, wanted: str) -> None:
    if not path.is_file():
        raise BundleError(path, "listed in bundle.json but missing", REMEDY)
    try:
        found = sha256_of(path)
    except OSError as error:
        raise BundleError(path, f"cannot be read ({error.strerror})", "Check the permissions of the folder") from error
    if found != wanted:
        raise BundleError(path, f"SHA-256 is {found[:12]}..., bundle.json says {wanted[:12]}...", REMEDY)


def _refuse_unlisted(bundle: Bundle) -> None:
    # A graph may keep its weights in a second file, so every file that is not a plain document must have been verified.
    for path in sorted(bundle.folder.rglob("*")):
        name = path.relative_to(bundle.folder).as_posix()
        if path.is_dir() or path.name.startswith(".") or path.suffix.lower() in DOCUMENTS:
            continue
        if name not in bundle.files and name != "bundle.json":
            raise BundleError(path, "is not listed in bundle.json", "Remove it, or export the bundle again")
