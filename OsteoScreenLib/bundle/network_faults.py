"""What goes wrong on a network, in words that hold no password."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from OsteoScreenLib.errors import OsteoScreenError

if TYPE_CHECKING:
    import requests

KEPT = "What has arrived is kept; try again later"
CHECK_ADDRESS = "Check the address"
STATUS = {
    401: ("asks for a user name and password", "Download it with a browser, and add the file"),
    403: ("refuses to give the file (403)", "Check the address, or ask its owner for access"),
    404: ("has no such file (404)", CHECK_ADDRESS),
    407: ("cannot be reached: the proxy asks for a user name and password", "Set them in the environment (HTTPS_PROXY)"),
    410: ("does not have the file any more (410)", "Ask for its new address"),
    429: ("has had too many requests (429)", "Try again later"),
}


class DownloadError(OsteoScreenError):
    """A file cannot be fetched; the message names the address without user name, password and query."""

    code = "bad_download"


class Broken(Exception):
    """The transfer ended early, and may be taken up again."""


def shown(url: str) -> str:
    """An address without user name, password, query and fragment, which may hold secrets."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}" if parts.scheme else "the address"
    except ValueError:
        return "the address"


def network_fault(address: str, error: requests.exceptions.RequestException) -> Exception:
    """What went wrong, without the library's words: they hold the whole address."""
    import requests.exceptions as kinds

    if isinstance(error, kinds.ProxyError):
        return DownloadError(
            address, "cannot be reached through the proxy", "Check HTTP_PROXY and HTTPS_PROXY in the environment"
        )
    if isinstance(error, kinds.SSLError):
        return DownloadError(address, "has no valid certificate", "Check the address, the clock and the proxy")
    if isinstance(error, kinds.TooManyRedirects):
        return DownloadError(address, "leads in a circle", CHECK_ADDRESS)
    if isinstance(error, kinds.Timeout):
        return Broken("does not answer in time")
    if isinstance(error, (kinds.InvalidURL, kinds.InvalidSchema, kinds.MissingSchema, kinds.InvalidProxyURL)):
        return DownloadError(address, "cannot be used as an address", CHECK_ADDRESS)
    return Broken("cannot be reached (no connection, or no such server)")
