"""Fetches one file over the network: streamed, resumed after a break, and kept only with the right hash."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from OsteoScreenLib.bundle.loading import sha256_of
from OsteoScreenLib.bundle.network_faults import CHECK_ADDRESS, KEPT, STATUS, Broken, DownloadError, network_fault, shown
from OsteoScreenLib.bundle.partial_file import PartialFile

if TYPE_CHECKING:
    import requests

Progress = Callable[[int, "int | None"], None]
"""Told the bytes received so far, and of how many (``None`` where the server does not say)."""

LARGEST_BYTES = 1024 * 1024 * 1024
ATTEMPTS = 5
"""Times that a broken transfer is taken up again before a person is asked."""
TIMEOUT_S = (10.0, 30.0)
"""To connect, and between two pieces of data."""
BLOCK = 1 << 16
"""Bytes written at a time; a break loses less than this."""


def download(
    url: str,
    target: Path,
    *,
    sha256: str | None = None,
    progress: Progress | None = None,
    resume: bool = True,
    session: requests.Session | None = None,
    pause_s: float = 1.0,
) -> Path:
    """Fetch ``url`` (http or https) into the file ``target`` and return it.

    Data is written to ``<target>.part``. After a break, within the call or in a later one with ``resume``, the rest alone is
    asked for, if the server can say that the file is still the same (ETag or date); otherwise it comes anew. Proxies are
    those of the environment. ``pause_s`` is the wait before the first new attempt; it doubles.

    Raises
    ------
    DownloadError
        One line with address, fault and remedy; a file with a wrong ``sha256`` is removed.
    """
    import requests

    address = shown(url)
    _check_url(url, address)
    wanted = _digest(sha256, address)
    part = PartialFile(Path(target), url)
    if not resume:
        part.remove()
    own = session or requests.Session()
    try:
        _attempts(own, url, part, progress, pause_s)
    finally:
        if session is None:
            own.close()
    return _finish(part, Path(target), wanted, address)


def _attempts(session: requests.Session, url: str, part: PartialFile, progress: Progress | None, pause_s: float) -> None:
    address = shown(url)
    for attempt in range(ATTEMPTS):
        try:
            return _transfer(session, url, part, progress)
        except Broken as error:
            if attempt == ATTEMPTS - 1:
                raise DownloadError(address, str(error), KEPT) from error
        except OSError as error:
            raise _disk_error(part, error) from error
        time.sleep(pause_s * 2**attempt)


def _transfer(session: requests.Session, url: str, part: PartialFile, progress: Progress | None) -> None:
    """One request. Raises `Broken` where another attempt may help, `DownloadError`, or `OSError` of the disk."""
    import requests

    address, validator = shown(url), part.validator()
    headers = {"Accept-Encoding": "identity"}
    if validator is not None:
        headers |= {"Range": f"bytes={part.size}-", "If-Range": validator}
    try:
        response = session.get(url, headers=headers, stream=True, timeout=TIMEOUT_S, hooks={"response": _refuse_other_schemes})
    except requests.exceptions.RequestException as error:
        raise network_fault(address, error) from error
    with response:
        if response.status_code == 416 and validator is not None:
            if response.headers.get("Content-Range", "").endswith(f"/{part.size}"):
                return  # it had arrived completely
            part.remove()
            raise Broken("has another length than before")
        offset = _offset(response, part, address)
        total = _total(response, offset)
        _check_room(part, offset, total, address)
        _receive(response, part, offset, total, progress, address)


def _offset(response: requests.Response, part: PartialFile, address: str) -> int:
    """Bytes already there; the part is begun anew where the server sends the whole file."""
    code = response.status_code
    if code == 206:
        start = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0].strip()
        if start == str(part.size):
            return part.size
        part.remove()
        raise Broken("answers with another part of the file than was asked for")
    if code == 200:
        tag = response.headers.get("ETag", "")
        strong = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")
        part.begin(None if _encoded(response) else strong)
        return 0
    if code >= 500:
        raise Broken(f"has a fault of its own ({code})")
    fault, remedy = STATUS.get(code, (f"answers with status {code}", CHECK_ADDRESS))
    raise DownloadError(address, fault, remedy)


def _total(response: requests.Response, offset: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return offset + int(length) if length.isdecimal() and not _encoded(response) else None


def _encoded(response: requests.Response) -> bool:
    return response.headers.get("Content-Encoding", "identity").lower() != "identity"


def _check_room(part: PartialFile, offset: int, total: int | None, address: str) -> None:
    if total is None:
        return
    if total > LARGEST_BYTES:
        part.remove()
        raise DownloadError(address, f"has {total >> 20} MB, more than any bundle", CHECK_ADDRESS)
    free = shutil.disk_usage(part.file.parent).free
    if total - offset > free:
        fault = f"needs {(total - offset) >> 20} MB more, but {part.file.parent} has room for {free >> 20} MB"
        raise DownloadError(address, fault, "Make room, and try again")


def _receive(
    response: requests.Response, part: PartialFile, offset: int, total: int | None, progress: Progress | None, address: str
) -> None:
    import requests

    received = offset
    pieces = response.iter_content(BLOCK)
    with part.file.open("ab") as file:
        while True:
            try:
                piece = next(pieces, b"")
            except requests.exceptions.RequestException as error:
                raise Broken(_ended(received, total)) from error
            if not piece:
                break
            received += len(piece)
            if received > min(LARGEST_BYTES, LARGEST_BYTES if total is None else total):
                break
            file.write(piece)
            if progress is not None:
                progress(received, total)
        file.flush()
        os.fsync(file.fileno())
    if received > LARGEST_BYTES:
        part.remove()
        raise DownloadError(address, f"sends more than {LARGEST_BYTES >> 20} MB", CHECK_ADDRESS)
    if total is not None and received != total:
        raise Broken(_ended(received, total))


def _ended(received: int, total: int | None) -> str:
    return f"broke off after {received} bytes" + ("" if total is None else f" of {total}")


def _finish(part: PartialFile, target: Path, wanted: str | None, address: str) -> Path:
    try:
        found = sha256_of(part.file) if wanted is not None else None
        if found != wanted:
            part.remove()
            fault = f"sent a file with SHA-256 {str(found)[:12]}..., expected {str(wanted)[:12]}...; it was removed"
            raise DownloadError(address, fault, "Check the address and the hash with whoever published them")
        os.replace(part.file, target)
        part.note.unlink(missing_ok=True)
    except OSError as error:
        raise _disk_error(part, error) from error
    return target


def _check_url(url: str, address: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise DownloadError(address, "is no address of a file on the network", "Give one that begins with https://")


def _digest(sha256: str | None, address: str) -> str | None:
    if sha256 is None:
        return None
    wanted = sha256.strip().lower()
    if len(wanted) != 64 or set(wanted) - set("0123456789abcdef"):
        raise DownloadError(address, f"should have the SHA-256 {wanted[:20]!r}, which is none", "Give 64 hexadecimal digits")
    return wanted


def _refuse_other_schemes(response: requests.Response, *_: Any, **__: Any) -> None:
    """Follow no redirection to files or other protocols, nor from https to http."""
    if not response.is_redirect:
        return
    here, there = response.url, urljoin(response.url, response.headers["location"])
    schemes = ("https",) if urlsplit(here).scheme == "https" else ("http", "https")
    if urlsplit(there).scheme not in schemes:
        raise DownloadError(shown(here), f"leads to {shown(there)}, which is not safe to follow", CHECK_ADDRESS)


def _disk_error(part: PartialFile, error: OSError) -> DownloadError:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        with suppress(OSError):
            part.remove()
        return DownloadError(part.target, "does not fit: the disk is full", "Make room, and try again")
    fault = f"cannot be written ({error.strerror or error})"
    return DownloadError(part.target, fault, "Choose a folder with write access")
