"""What goes wrong between two machines, sorted by what to do about it; the words hold no address with secrets and no patient."""

from __future__ import annotations

from OsteoScreenLib.errors import OsteoScreenError


class PacsError(OsteoScreenError):
    """A run cannot go on; what is queued stays queued."""

    code = "bad_pacs"


class AccessError(PacsError):
    """The other side does not let us in: nothing else will be let in either, until a person changes something."""

    code = "no_access"


class Fault(Exception):
    """Base of the faults of one transfer; ``str`` is the reason in one line."""


class Unreachable(Fault):
    """The other side does not answer: every transfer would fail now, and may succeed later."""


class Busy(Fault):
    """The other side could not take this object now, and may later."""


class Refused(Fault):
    """The other side will never take this object; others may be taken."""


_NOT_AUTHORISED = 0x0124
_ALREADY_THERE = 0x0111
_PROCESSING_FAILURE = 0x0110
_MEANINGS = {
    0x0110: "a processing failure",
    0x0117: "the object's identifier is invalid",
    0x0122: "it does not keep this kind of object",
    0xA700: "it is out of resources",
    0xA900: "the object does not match its kind",
    0xC000: "it cannot understand the object",
}
"""PS3.4 B.2.3 and PS3.7 C.5; those above A700 by their first digits."""


def check_status(status: int, place: str) -> None:
    """Raise the fault that a DIMSE status (of C-STORE, or a failure reason of STOW) means; nothing where it was stored.

    Raises `Busy`, `Refused` or `AccessError` of ``place``.
    """
    if status in (0x0000, 0x0107, _ALREADY_THERE, 0x0116) or 0xB000 <= status <= 0xBFFF:  # the warnings mean stored
        return
    meaning = _MEANINGS.get(status) or _MEANINGS.get(status & 0xFF00) or _MEANINGS.get(status & 0xF000)
    reason = f"the server answers {status:04X}" + (f": {meaning}" if meaning else "")
    if status == _NOT_AUTHORISED:
        raise AccessError(place, f"does not allow us to store ({status:04X})", "Ask its administrator to allow this application")
    if status == _PROCESSING_FAILURE or 0xA700 <= status <= 0xA7FF:
        raise Busy(reason)
    raise Refused(reason)


def one_line(error: BaseException, most: int = 160) -> str:
    """An exception's words in one line of bounded length, or its kind where it has none."""
    return " ".join(str(error).split())[:most] or type(error).__name__
