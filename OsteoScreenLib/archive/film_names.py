"""Names of films in the table, and of their result folders."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from OsteoScreenLib.file_names import safe_name


def shown_name(path: str) -> str:
    """A relative path as printable text, parts joined by ``/``; different paths stay different.

    Control characters, bytes that are no UTF-8 and the backslash (on systems that do not part folders by it) are escaped.
    """
    return "".join(_shown(character) for character in path)


def folder_of(name: str, out: Path) -> Path:
    """Result folder of a film: ``films/`` and the film's own place in the archive, made safe part by part."""
    return out.joinpath("films", *(safe_name(part) for part in PurePosixPath(name.lstrip("/")).parts))


def _shown(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # a byte that is no UTF-8, as the file system hands it over
        return f"\\x{number - 0xDC00:02x}"
    return f"\\u{{{number:x}}}"
