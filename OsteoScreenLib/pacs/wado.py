"""Fetching films by DICOMweb (WADO-RS, PS3.18 10.4): streamed to the disk, of bounded size, complete or not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.file_names import safe_name
from OsteoScreenLib.pacs.disk import part_of, put_in_place
from OsteoScreenLib.pacs.faults import Refused, Unreachable
from OsteoScreenLib.pacs.objects import LARGEST_OBJECT
from OsteoScreenLib.pacs.qido import FilmAddress
from OsteoScreenLib.pacs.web import WebSession

_LONGEST_HEADER = 1 << 13
_ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*'


def film_file(folder: Path, address: FilmAddress) -> Path:
    """Where a fetched film lies."""
    return folder / f"{safe_name(address.instance)}.dcm"


def fetch_film(session: WebSession, address: FilmAddress, target: Path, most: int = LARGEST_OBJECT) -> Path:
    """Fetch one film as the server keeps it into the file ``target``.

    Raises `Unreachable` and `Busy`, where asking again may help, `Refused` where this film cannot be had, `PacsError`, or
    `OutputError` where the disk fails.
    """
    part = part_of(target)
    with session.ask("GET", address.path, headers={"Accept": _ACCEPT}) as answer:
        if answer.status_code != 200:
            raise Refused(f"the server does not give it (status {answer.status_code})")
        kind = answer.headers.get("Content-Type", "")
        blocks = session.blocks(answer, most)
        content = _first_part(blocks, _boundary(kind)) if kind.lower().startswith("multipart/") else blocks
        try:
            with part.open("xb") as stream:
                for block in content:
                    stream.write(block)
            _check(part)
            return put_in_place(part, target)
        except OSError as error:
            fault = f"cannot be written ({error.strerror or error})"
            raise OutputError(target, fault, "Choose a folder with room and write access") from error
        finally:
            part.unlink(missing_ok=True)


def _boundary(kind: str) -> bytes:
    found = re.search(r'boundary="?([^";,\s]{1,200})"?', kind, re.IGNORECASE)
    if found is None:
        raise Refused("the server's answer has no boundary between its parts")
    return b"--" + found[1].encode("latin-1", "replace")


def _first_part(blocks: Iterator[bytes], boundary: bytes) -> Iterator[bytes]:
    """The content of the first part of a multipart message (RFC 2046 5.1). Raises `Refused` or `Unreachable`."""
    held, inside, end = b"", False, b"\r\n" + boundary
    for block in blocks:
        held += block
        if not inside:
            start = held.find(boundary)
            after = held.find(b"\r\n\r\n", start) if start >= 0 else -1
            if after < 0:
                if len(held) > _LONGEST_HEADER + len(block):
                    raise Refused("the server's answer is no multipart message")
                continue
            held, inside = held[after + 4 :], True
        found = held.find(end)
        if found >= 0:
            yield held[:found]
            return
        # The boundary may lie across two blocks.
        ready = max(0, len(held) - len(end))
        yield held[:ready]
        held = held[ready:]
    raise Unreachable("broke off in the middle of a film")


def _check(file: Path) -> None:
    with file.open("rb") as stream:
        if stream.read(132)[128:] != b"DICM":
            raise Refused("the server gave something else than a DICOM file")
