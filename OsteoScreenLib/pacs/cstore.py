"""Storing by the DICOM protocol (C-STORE, PS3.4 Annex B)."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from OsteoScreenLib.pacs.address import DicomNode
from OsteoScreenLib.pacs.faults import AccessError, Fault, PacsError, Refused, Unreachable, check_status, one_line
from OsteoScreenLib.pacs.objects import DicomObject
from OsteoScreenLib.pacs.packages import need
from OsteoScreenLib.pacs.tls import why_no_connection

if TYPE_CHECKING:
    from pynetdicom.association import Association

_EXPLICIT, _IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
_MOST_CONTEXTS = 126
"""PS3.8 9.3.2.2 has odd numbers of one byte: 128 contexts. Two are left for the next kind of object."""
_REJECTED_FOR_GOOD = 1
_REASONS = {
    (1, 2): "it does not know this application context",
    (1, 3): "it does not know our title",
    (1, 7): "it has another title than the one that was called",
}
"""PS3.8 table 9-21: (source, reason)."""


class DicomDestination:
    """A C-STORE provider. One association is kept open from object to object, and opened again for a new kind of object."""

    def __init__(self, node: DicomNode, own_title: str, context: ssl.SSLContext | None, timeout_s: float) -> None:
        need("pynetdicom", "pydicom")
        self._node = node
        self._own_title = own_title
        self._context = context
        self._timeout_s = timeout_s
        self._association: Association | None = None
        self._kinds: set[tuple[str, str]] = set()

    def store(self, item: DicomObject) -> None:
        """Store one object; it returns when the other side has said that it keeps it.

        Raises `Unreachable`, `Busy`, `Refused`, or `PacsError` where no object could be stored.
        """
        import pydicom

        try:
            dataset = pydicom.dcmread(item.file)
        except Exception as error:  # pydicom raises a dozen kinds on damaged files
            raise Refused(f"its file cannot be read ({one_line(error)})") from error
        association = self._associated(item)
        try:
            answer = association.send_c_store(dataset)
        except (RuntimeError, OSError) as error:
            self._abort()
            raise Unreachable("broke off the association") from error
        except Exception as error:  # before anything was sent: no accepted context, or pydicom cannot encode it
            if not any(context.abstract_syntax == item.sop_class for context in association.accepted_contexts):
                raise Refused(f"the server takes no {pydicom.uid.UID(item.sop_class).name}") from error
            raise Refused("the server does not take its encoding, or it cannot be encoded") from error
        except BaseException:
            # Asked to end in the middle: the other side must not wait for the rest.
            self._abort()
            raise
        if "Status" not in answer:
            self._abort()
            raise Unreachable("does not answer in time, or broke off the association")
        check_status(int(answer.Status), str(self._node))

    def close(self) -> None:
        """End the association, if there is one."""
        association = self._forget()
        if association is not None and association.is_established:
            association.release()

    def _abort(self) -> None:
        association = self._forget()
        if association is not None:
            association.abort(block=False)

    def _forget(self) -> Association | None:
        association, self._association, self._kinds = self._association, None, set()
        return association

    def _associated(self, item: DicomObject) -> Association:
        kind = (item.sop_class, item.transfer_syntax)
        if self._association is not None and self._association.is_established and kind in self._kinds:
            return self._association
        kinds = self._kinds | {kind}
        self.close()
        kinds = kinds if 3 * len(kinds) <= _MOST_CONTEXTS else {kind}
        association = self._open(kinds)
        if not association.is_established:
            raise self._why_not(association)
        self._association, self._kinds = association, kinds
        return association

    def _open(self, kinds: set[tuple[str, str]]) -> Association:
        from pynetdicom import AE, build_context

        entity = AE(ae_title=self._own_title)
        entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = self._timeout_s
        asked = set()
        for sop_class, syntax in kinds:
            asked.add((sop_class, syntax))
            if syntax in (_EXPLICIT, _IMPLICIT):
                asked |= {(sop_class, _EXPLICIT), (sop_class, _IMPLICIT)}
        contexts = [build_context(sop_class, syntax) for sop_class, syntax in sorted(asked)]
        given: dict[str, Any] = {} if self._context is None else {"tls_args": (self._context, self._node.host)}
        return entity.associate(self._node.host, self._node.port, contexts, ae_title=self._node.title, **given)

    def _why_not(self, association: Association) -> Fault | PacsError:
        if association.is_rejected:
            answer = association.acceptor.primitive
            why = _REASONS.get((getattr(answer, "result_source", 0), getattr(answer, "diagnostic", 0)), "it does not say why")
            if getattr(answer, "result", 0) != _REJECTED_FOR_GOOD:
                return Unreachable("is too busy for another association")
            remedy = "Check the title in --to and ours in --title, and ask its administrator to allow them"
            return AccessError(str(self._node), f"rejects the association: {why}", remedy)
        if association.rejected_contexts and not association.accepted_contexts:
            return Refused("the server takes no such kind of object, or not in this encoding")
        return why_no_connection(self._node.host, self._node.port, self._context, self._timeout_s)
