"""A DICOMweb server behind a session that bounds, times and judges every answer, and shows no secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from OsteoScreenLib.pacs.address import WebNode, is_loopback
from OsteoScreenLib.pacs.credentials import Credentials, check_way
from OsteoScreenLib.pacs.faults import AccessError, Busy, Fault, PacsError, Refused, Unreachable
from OsteoScreenLib.pacs.packages import need
from OsteoScreenLib.pacs.tls import CHECK_CERTIFICATE, client_context

if TYPE_CHECKING:
    import requests

LARGEST_ANSWER = 64 << 20
"""Bytes of an answer that is read as a whole: lists of objects, reports on what was stored."""
BLOCK = 1 << 16
_ACCESS = {
    401: "does not accept who we are",
    403: "does not allow this to us",
    407: "is behind a proxy that asks for a user and password",
}
_ACCESS_REMEDY = (
    "Check OSTEOSCREEN_PACS_USER and _PASSWORD, or _TOKEN, or the file of --credentials, and this user's rights on the server"
)
_BUSY = {408, 425, 429}


class WebSession:
    """Requests to one server. No redirections, no ``.netrc``; proxies of the environment, except to this machine."""

    def __init__(self, node: WebNode, credentials: Credentials, timeout_s: float) -> None:
        need("requests")
        import requests
        from requests.utils import get_environ_proxies

        check_way(node, credentials)
        client_context(credentials)  # says which of our own files is wrong; requests would not
        self.node = node
        self._timeout_s = timeout_s
        self.requests = requests.Session()
        self.requests.trust_env = False
        self.requests.proxies = {} if is_loopback(node.host) else get_environ_proxies(node.url)
        self.requests.verify = credentials.ca or True
        if credentials.cert is not None:
            self.requests.cert = (credentials.cert, credentials.key) if credentials.key else credentials.cert
        self.requests.auth = _auth(credentials)

    def ask(self, method: str, path: str, *, headers: dict[str, str], **more: Any) -> requests.Response:
        """The answer to a request, its body not yet read; close it.

        Raises `Unreachable`, `Busy`, or `PacsError`. Statuses that say something about the object alone are for the caller.
        """
        import requests

        wait = (self._timeout_s, self._timeout_s)
        try:
            answer = self.requests.request(
                method, self.node.url + path, headers=headers, timeout=wait, stream=True, allow_redirects=False, **more
            )
        except requests.exceptions.RequestException as error:
            raise self.fault(error) from error
        try:
            self._judge(answer)
        except BaseException:
            answer.close()
            raise
        return answer

    def body(self, answer: requests.Response, most: int = LARGEST_ANSWER) -> bytes:
        """The whole body. Raises `Refused` where it is larger than ``most`` bytes, `Unreachable` where it breaks off."""
        return b"".join(self.blocks(answer, most))

    def blocks(self, answer: requests.Response, most: int) -> Iterator[bytes]:
        """The body in pieces. Raises as `body` does."""
        import requests

        received = 0
        try:
            for block in answer.iter_content(BLOCK):
                received += len(block)
                if received > most:
                    raise Refused(f"the answer is larger than {most >> 20} MB")
                yield block
        except requests.exceptions.RequestException as error:
            raise self.fault(error) from error

    def close(self) -> None:
        """End the connections."""
        self.requests.close()

    def fault(self, error: requests.exceptions.RequestException) -> Fault | PacsError:
        """What went wrong, without the library's words: they hold addresses of proxies with their passwords."""
        import requests.exceptions as kinds

        if isinstance(error, kinds.ProxyError):
            return Unreachable("cannot be reached through the proxy of the environment")
        if isinstance(error, kinds.SSLError):
            return AccessError(str(self.node), "has no certificate that can be trusted, or does not speak TLS", CHECK_CERTIFICATE)
        if isinstance(error, kinds.Timeout):
            return Unreachable("does not answer in time")
        if isinstance(error, (kinds.InvalidURL, kinds.InvalidSchema, kinds.InvalidProxyURL, kinds.InvalidHeader)):
            return PacsError(str(self.node), "cannot be used as an address", "Check the address and the proxy")
        return Unreachable("cannot be reached, or broke off")

    def _judge(self, answer: requests.Response) -> None:
        code = answer.status_code
        if code in _ACCESS:
            raise AccessError(str(self.node), f"{_ACCESS[code]} ({code})", _ACCESS_REMEDY)
        if 300 <= code < 400:
            remedy = "Ask for the address of the service itself, and give that"
            raise PacsError(str(self.node), f"sends us to another address ({code})", remedy)
        if code in (404, 405, 501) and answer.request.method == "POST":
            remedy = "Check the path of the address, such as /dicom-web, and that it may store (STOW-RS)"
            raise PacsError(str(self.node), f"has no such service ({code})", remedy)
        if code in _BUSY or (500 <= code < 600 and code != 501):
            raise Busy(f"the server has a fault of its own, or is too busy ({code})")


def _auth(credentials: Credentials) -> Any:
    import requests

    if credentials.token is None and credentials.user is None:
        return None

    class Proof(requests.auth.AuthBase):
        """Adds the secret to a request, to none that leads elsewhere."""

        def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
            if credentials.token is not None:
                request.headers["Authorization"] = f"Bearer {credentials.token}"
                return request
            basic = requests.auth.HTTPBasicAuth(str(credentials.user).encode("utf-8"), str(credentials.password).encode("utf-8"))
            return basic(request)

    return Proof()
