"""Storing by DICOMweb (STOW-RS, PS3.18 10.5)."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from OsteoScreenLib.pacs.address import WebNode
from OsteoScreenLib.pacs.credentials import Credentials
from OsteoScreenLib.pacs.faults import Busy, Refused, check_status, one_line
from OsteoScreenLib.pacs.objects import DicomObject
from OsteoScreenLib.pacs.qido import find_instance
from OsteoScreenLib.pacs.web import WebSession

_FAILED_SOP_SEQUENCE, _FAILURE_REASON, _REFERENCED_SOP_INSTANCE = "00081198", "00081197", "00081155"


class WebDestination:
    """A STOW-RS server: one object a request, its file sent as it is, so that a failure concerns that object alone.

    ``confirm``: believe that an object is stored only when the server lists it (QIDO-RS). A server whose filter drops an object
    may call it stored all the same.
    """

    def __init__(self, node: WebNode, credentials: Credentials, timeout_s: float, *, confirm: bool = False) -> None:
        self._session = WebSession(node, credentials, timeout_s)
        self._confirm = confirm

    def store(self, item: DicomObject) -> None:
        """Store one object; it returns when the other side has said that it keeps it.

        Raises `Unreachable`, `Busy`, `Refused`, or `PacsError` where no object could be stored.
        """
        try:
            content = item.file.read_bytes()
        except OSError as error:
            raise Refused(f"its file cannot be read ({one_line(error)})") from error
        boundary = uuid4().hex
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        headers = {
            "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
            "Accept": "application/dicom+json",
        }
        data = head + content + f"\r\n--{boundary}--\r\n".encode()
        with self._session.ask("POST", "/studies", headers=headers, data=data) as answer:
            code = answer.status_code
            _check_report(_report(self._session.body(answer)), item, str(self._session.node))
        if code not in (200, 201, 202):
            raise Refused(f"the server answers with status {code}")
        if self._confirm and next(find_instance(self._session, item.uid), None) is None:
            raise Busy("the server says that it stored it, and does not list it")

    def close(self) -> None:
        """End the connection."""
        self._session.close()


def _report(body: bytes) -> dict[str, Any]:
    """The server's report as DICOM JSON; empty where it says nothing, or something else than was asked for."""
    try:
        found = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return {}
    found = found[0] if isinstance(found, list) and found else found
    return found if isinstance(found, dict) else {}


def _check_report(report: dict[str, Any], item: DicomObject, place: str) -> None:
    """Raise what the report says of this object. A failure without a reason may be gone at the next attempt."""
    failures = report.get(_FAILED_SOP_SEQUENCE)
    for each in _values(failures):
        if not isinstance(each, dict) or item.uid not in (_value(each.get(_REFERENCED_SOP_INSTANCE)), None):
            continue
        reason = _value(each.get(_FAILURE_REASON))
        if not isinstance(reason, int):
            raise Busy("the server could not store it, and does not say why")
        check_status(reason, place)


def _values(element: Any) -> list[Any]:
    values = element.get("Value") if isinstance(element, dict) else None
    return values if isinstance(values, list) else []


def _value(element: Any) -> Any:
    values = _values(element)
    return values[0] if values else None
