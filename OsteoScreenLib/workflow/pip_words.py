"""What pip says, in one readable line."""

from __future__ import annotations

import re

_OFFLINE = "install from a folder of wheels instead"
_NETWORK = (
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "NameResolutionError",
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Network is unreachable",
    "getaddrinfo failed",
    "Connection refused",
    "Connection reset",
    "Connection aborted",
    "Read timed out",
)
_FAULTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("No module named pip",), "Python's own installer, pip, is missing. Install Slicer again."),
    (
        ("No space left on device", "not enough space on the disk", "Disk quota exceeded"),
        "The disk is full. Free some space and install again.",
    ),
    (
        ("DO NOT MATCH THE HASHES", "HashMismatch"),
        f"A package is not the one that was published (its hash differs). Check proxy and network, or {_OFFLINE}.",
    ),
    (
        ("Permission denied", "Access is denied", "Read-only file system", "PermissionError", "Errno 13"),
        "Slicer's folder cannot be written. Close other Slicer windows, or install Slicer where you may write.",
    ),
    (
        ("407 Proxy", "ProxyError", "Cannot connect to proxy"),
        f"The proxy did not let the installer through. Set HTTPS_PROXY to your proxy, or {_OFFLINE}.",
    ),
    (
        ("CERTIFICATE_VERIFY_FAILED", "SSLError", "SSLCertVerificationError"),
        f"The package server's certificate is not trusted, often because of a proxy. Ask your administrator, or {_OFFLINE}.",
    ),
    (_NETWORK, f"The package server cannot be reached. Check the network, or {_OFFLINE}."),
    (
        ("is not a supported wheel on this platform",),
        "A wheel is for another computer or Python. Get the wheels with this Slicer's own Python version.",
    ),
    (
        ("BadZipFile", "is not a zip file", "is invalid.", "invalid wheel"),
        "A package file is damaged. Get it again, and install again.",
    ),
    (("ResolutionImpossible", "conflicting dependencies"), "The packages need versions that exclude each other."),
)
_NO_MATCH = re.compile(r"No matching distribution found for ([^\s;(]+)")
_BUILD = re.compile(r"Failed building wheel for (\S+)|Failed to build (\S+)|Microsoft Visual C\+\+")
_COLLECTING = re.compile(r"\s*Collecting ([A-Za-z0-9][\w.-]*)")
_DOWNLOADING = re.compile(r"\s*Downloading ([A-Za-z0-9]+(?:[._-][A-Za-z]+)*)-\d")
_INSTALLING = re.compile(r"\s*Installing collected packages")
_DETAIL_LINES = 20


def explain(output: str) -> str:
    """Why pip failed, with the remedy, in one line; ``output`` is all that it wrote."""
    for signs, words in _FAULTS:
        if any(sign in output for sign in signs):
            return words
    match = _NO_MATCH.search(output)
    if match:
        return _no_match(match[1], offline="--no-index" in output or "Looking in links:" in output)
    match = _BUILD.search(output)
    if match:
        name = match[1] or match[2] or "a package"
        return f"There is no ready-made package of {name} for this computer. Use Slicer 5.10 or newer, or {_OFFLINE}."
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.partition("ERROR:")[2].strip() for line in lines if line.startswith("ERROR:")]
    if not lines:
        return "The installer failed without saying why. Install again; if that fails too, restart Slicer first."
    return f"The installer failed: {(errors or lines)[-1].rstrip('.')}. See the details."


def details(output: str) -> str:
    """The last lines of pip's output."""
    return "\n".join([line.rstrip() for line in output.splitlines() if line.strip()][-_DETAIL_LINES:])


def progress(line: str) -> str | None:
    """What pip is doing, from one line of its output; ``None`` where the line says nothing of that."""
    if _INSTALLING.match(line):
        return "Installing"
    match = _DOWNLOADING.match(line)
    if match:
        return f"Downloading {match[1]}"
    match = _COLLECTING.match(line)
    return f"Looking for {match[1]}" if match else None


def _no_match(requirement: str, *, offline: bool) -> str:
    name = re.split(r"[<>=!~\[]", requirement)[0]
    if offline:
        return f"The folder holds no wheel of {name} that fits this Python. Add it, with the packages it needs."
    return f"No version of {name} fits this Python. Use Slicer 5.10 or newer, or {_OFFLINE}."
