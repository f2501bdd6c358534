"""A C-STORE provider for what a modality sends: bounded, and careful about the moment at which it says "stored"."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from socketserver import BaseServer
from typing import Any

from OsteoScreenLib.errors import FilmError, OsteoScreenError, UsageError
from OsteoScreenLib.pacs.bounded_socket import BoundedSocket
from OsteoScreenLib.pacs.films import Films
from OsteoScreenLib.pacs.objects import is_uid
from OsteoScreenLib.pacs.packages import need
from OsteoScreenLib.pacs.sender import Log

IMAGE_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.1",  # Computed Radiography
    "1.2.840.10008.5.1.4.1.1.1.1",  # Digital X-Ray, for presentation
    "1.2.840.10008.5.1.4.1.1.1.1.1",  # Digital X-Ray, for processing
    "1.2.840.10008.5.1.4.1.1.7",  # Secondary Capture
)
_VERIFICATION = "1.2.840.10008.1.1"
_STORED, _OUT_OF_RESOURCES, _DOES_NOT_MATCH, _CANNOT_UNDERSTAND = 0x0000, 0xA700, 0xA900, 0xC000


@dataclass(frozen=True)
class Limits:
    """What one caller, and all together, may ask of us.

    Attributes
    ----------
    film_bytes : of one film; a film at 64 megapixels of 16 bits has 128 MB
    associations : at the same time; the films of all of them are held in memory until they are complete
    pdu_bytes : of one message unit that we ask for
    silence_s : without a word, after which an association is ended
    """

    film_bytes: int = 192 << 20
    associations: int = 4
    pdu_bytes: int = 1 << 16
    silence_s: float = 60.0


class Receiver:
    """Listens from `start` to `stop`; every film that it has said "stored" to is in ``films``.

    ``callers`` are the titles that may call (none: all); ``arrived`` is called after each film, from another thread.
    """

    def __init__(
        self,
        address: tuple[str, int],
        title: str,
        films: Films,
        log: Log,
        *,
        callers: Sequence[str] = (),
        context: ssl.SSLContext | None = None,
        limits: Limits | None = None,
        arrived: Callable[[], object] = lambda: None,
    ) -> None:
        need("pynetdicom", "pydicom")
        self._address = address
        self._title = title
        self._films = films
        self._log = log
        self._callers = list(callers)
        self._context = context
        self._limits = limits or Limits()
        self._arrived = arrived
        self._server: Any = None

    def start(self) -> int:
        """Listen; returns the port, chosen by the system for 0. Raises `UsageError` where it is taken."""
        from pynetdicom import AE, evt

        entity = AE(ae_title=self._title)
        entity.maximum_associations = self._limits.associations
        entity.maximum_pdu_size = self._limits.pdu_bytes
        entity.network_timeout = entity.acse_timeout = entity.dimse_timeout = self._limits.silence_s
        entity.require_called_aet = True
        entity.require_calling_aet = self._callers
        for sop_class in IMAGE_CLASSES:
            entity.add_supported_context(sop_class, _syntaxes())
        entity.add_supported_context(_VERIFICATION)
        handlers: Any = [(evt.EVT_C_STORE, self._store), (evt.EVT_PDU_RECV, self._count), (evt.EVT_REJECTED, self._rejected)]
        try:
            self._server = entity.make_server(
                self._address,
                ae_title=self._title,
                ssl_context=self._context,
                evt_handlers=handlers,
                server_class=_server_class(max(self._limits.pdu_bytes, 1 << 20), self._limits.silence_s),
            )
        except OSError as error:
            place = f"{self._address[0]}:{self._address[1]}"
            remedy = "Choose another address or port with --listen"
            raise UsageError(place, f"cannot be listened on ({error.strerror or error})", remedy) from error
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Listen no more, and end every association."""
        server, self._server = self._server, None
        if server is not None:
            BaseServer.shutdown(server)  # pynetdicom's own expects that it started the server's thread
            server.server_close()
            for association in server.active_associations:
                association.abort()

    def _store(self, event: Any) -> int:
        """Keep one film; the status goes to the caller when the film is on the disk."""
        event.assoc.osteoscreen_bytes = 0
        uid, sop_class = str(event.request.AffectedSOPInstanceUID or ""), str(event.request.AffectedSOPClassUID or "")
        if not is_uid(uid) or sop_class not in IMAGE_CLASSES:
            self._log("not received: no valid UID, or no picture")
            return _CANNOT_UNDERSTAND
        try:
            content = event.encoded_dataset()
            if len(content) > self._limits.film_bytes:
                return _CANNOT_UNDERSTAND  # it came in one unit; the association is being ended
            if not _is(content, uid):
                self._log(f"{uid}: not received: it holds another object than was announced")
                return _DOES_NOT_MATCH
            done = self._films.receive(uid, content)
        except FilmError as error:
            self._log(f"{uid}: not received: {error.fault}")
            return _CANNOT_UNDERSTAND
        except OsteoScreenError as error:
            self._log(f"{uid}: not received: {error}")
            return _OUT_OF_RESOURCES
        except Exception as error:  # pydicom raises a dozen kinds on damaged objects
            self._log(f"{uid}: not received: it cannot be read ({type(error).__name__})")
            return _CANNOT_UNDERSTAND
        self._log(f"{uid}: " + {"known": "received before", "own": "is our own, not screened"}.get(done, "received"))
        self._arrived()
        return _STORED

    def _count(self, event: Any) -> None:
        """Abort a caller whose film grows beyond the limit."""
        values = getattr(event.pdu, "presentation_data_value_items", None)
        if values is None:
            return
        association = event.assoc
        received = getattr(association, "osteoscreen_bytes", 0) + sum(len(value.presentation_data_value) for value in values)
        association.osteoscreen_bytes = received
        if received > self._limits.film_bytes:
            self._log(f"a film is larger than {self._limits.film_bytes >> 20} MB: its association is ended")
            association.abort(block=False)

    def _rejected(self, event: Any) -> None:
        self._log("an association is rejected: another title was called, or the caller is not on the list")


def _server_class(largest_unit: int, silence_s: float) -> Any:
    """A server that no caller can hold up: TLS is negotiated in the caller's own thread, and units are bounded."""
    from pynetdicom.transport import ThreadedAssociationServer

    class Listening(ThreadedAssociationServer):
        def get_request(self) -> tuple[Any, Any]:
            client, address = self.socket.accept()  # type: ignore[union-attr]
            client.settimeout(silence_s)
            if self.ssl_context is not None:
                client = self.ssl_context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
            return BoundedSocket(client, largest_unit), address

    return Listening


def _syntaxes() -> list[str]:
    """Transfer syntaxes that the reader of films decodes; not the deflated one, of which a little may inflate without end."""
    from pydicom import uid

    return [
        uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian,
        uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEGLossless, uid.JPEGLosslessSV1, uid.JPEGLSLossless,
        uid.JPEGLSNearLossless, uid.JPEG2000Lossless, uid.JPEG2000, uid.RLELossless,
    ]  # fmt: skip


def _is(content: bytes, uid: str) -> bool:
    """Whether a file holds the object that was announced. Raises `FilmError`, and what pydicom raises on damaged ones."""
    from OsteoScreenLib.radiograph.dicom_dataset import read_dataset

    found = read_dataset(content, uid, stop_before_pixels=True, specific_tags=["SOPInstanceUID"])
    return str(found.get("SOPInstanceUID")) == uid
