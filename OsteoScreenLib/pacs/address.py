"""Where another machine is, as it is typed: ``dicom://TITLE@host:port[?tls]`` or ``https://host/dicom-web``."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

from OsteoScreenLib.errors import UsageError

OWN_TITLE = "OSTEOSCREEN"
"""Our application entity title where none is given."""
LONGEST_TITLE = 16

_FORMS = "dicom://TITLE@host:port, dicom://TITLE@host:port?tls or https://host/dicom-web"


@dataclass(frozen=True)
class DicomNode:
    """A DICOM application: its title, where it listens, and whether it speaks TLS."""

    title: str
    host: str
    port: int
    tls: bool = False

    def __str__(self) -> str:
        """The address as it is typed; a queue knows the destination by it."""
        return f"dicom://{quote(self.title, safe='')}@{_bracketed(self.host)}:{self.port}{'?tls' if self.tls else ''}"

    @property
    def encrypted(self) -> bool:
        """Whether what is sent cannot be read on the way."""
        return self.tls


@dataclass(frozen=True)
class WebNode:
    """A DICOMweb server by the root of its services, without a slash at the end."""

    url: str

    def __str__(self) -> str:
        """The address as it is typed; a queue knows the destination by it."""
        return self.url

    @property
    def host(self) -> str:
        """Name or number of the machine."""
        return urlsplit(self.url).hostname or ""

    @property
    def encrypted(self) -> bool:
        """Whether what is sent cannot be read on the way."""
        return self.url.startswith("https://")


Node = DicomNode | WebNode


def node(text: str) -> Node:
    """The machine of an address. Raises `UsageError`; the message does not repeat a password."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise UsageError("the address", "cannot be read", f"Write it as {_FORMS}") from None
    if parts.password is not None or (parts.username is not None and parts.scheme != "dicom"):
        remedy = "Set OSTEOSCREEN_PACS_USER and OSTEOSCREEN_PACS_PASSWORD in the environment, or name a file with --credentials"
        raise UsageError("the address", "holds a user name or password, which others can see on the command line", remedy)
    if parts.scheme == "dicom":
        return _dicom_node(parts, port)
    if parts.scheme in ("http", "https"):
        return _web_node(parts)
    raise UsageError(repr(f"{parts.scheme}:"), "is no way to a PACS", f"Write the address as {_FORMS}")


def web_node(text: str) -> WebNode:
    """A DICOMweb server alone, for what C-STORE cannot do. Raises `UsageError`."""
    found = node(text)
    if not isinstance(found, WebNode):
        raise UsageError(str(found), "cannot be searched", "Give the address of its DICOMweb service, https://host/dicom-web")
    return found


def title(text: str) -> str:
    """An application entity title (PS3.5 6.2: at most 16 printable ASCII characters, no backslash). Raises `ValueError`."""
    good = text.isascii() and text.isprintable() and "\\" not in text and text == text.strip()
    if not good or not 1 <= len(text) <= LONGEST_TITLE:
        raise ValueError(f"an application entity title: 1 to {LONGEST_TITLE} letters, digits or signs, no backslash")
    return text


def listening(text: str) -> tuple[str, int]:
    """Host and port of ``[HOST:]PORT``; the loopback interface where no host is given. Raises `ValueError`."""
    wanted = "[HOST:]PORT, such as 11112 or 10.0.0.5:11112"
    host, colon, number = text.rpartition(":")
    if not number.isdecimal() or not 0 <= int(number) <= 65535 or (colon and not host):
        raise ValueError(wanted)
    return host.strip("[]") or "127.0.0.1", int(number)


def is_loopback(host: str) -> bool:
    """Whether this host is this machine, by its name or number alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _dicom_node(parts: SplitResult, port: int | None) -> DicomNode:
    try:
        called = title(unquote(parts.username or ""))
    except ValueError as error:
        raise UsageError(f"dicom://...@{parts.hostname or ''}", f"does not begin with {error}", f"Write it as {_FORMS}") from None
    if not parts.hostname or not port:
        raise UsageError(f"dicom://{called}@{parts.hostname or ''}", "has no host or no port", f"Write it as {_FORMS}")
    if parts.query not in ("", "tls") or parts.path.strip("/") or parts.fragment:
        raise UsageError(
            f"dicom://{called}@{parts.hostname}:{port}", "has more behind the port than ?tls", f"Write it as {_FORMS}"
        )
    return DicomNode(called, parts.hostname, port, parts.query == "tls")


def _web_node(parts: SplitResult) -> WebNode:
    if not parts.hostname:
        raise UsageError(f"{parts.scheme}:", "names no host", f"Write it as {_FORMS}")
    if parts.query or parts.fragment:
        fault = "has more behind its path, which may hold secrets"
        raise UsageError(
            f"{parts.scheme}://{parts.hostname}", fault, "Give the root of the service alone; secrets: --credentials"
        )
    return WebNode(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
