"""Why a worker process died, in one sentence with a remedy."""

from __future__ import annotations

import re
from collections.abc import Sequence

_AGAIN = "Run it again; if it happens once more, report it with the details"
_CRASHES = {4: "illegal instruction", 6: "abort", 7: "bus error", 8: "arithmetic fault", 11: "memory fault"}
_WINDOWS_CRASHES = {
    0xC0000005: "memory fault",
    0xC000001D: "illegal instruction",
    0xC0000409: "abort",
    0xC0000374: "memory fault",
}
_MISSING = re.compile(r"No module named '?([\w.]+)")
_EXCEPTION = re.compile(r"^(?:[\w.]*\.)?[A-Z]\w*(?:Error|Exception|Interrupt|Exit)(?::.*)?$")


def explain_end(status: int | None, lines: Sequence[str]) -> str:
    """One line about a process that ended before its job did.

    ``status`` as `ProcessListeners.on_end` gives it; ``lines`` the last lines of its standard error.
    """
    if status is None:
        reason = f" ({lines[-1].strip()})" if lines else ""
        return f"The worker process could not be started{reason}. Check that the extension is installed completely."
    return _from_lines(lines) or _from_status(status, lines)


def _from_lines(lines: Sequence[str]) -> str | None:
    """What the process said itself, the latest first."""
    for line in reversed(lines):
        missing = _MISSING.search(line)
        if missing:
            return _missing_module(missing[1])
        if "No space left on device" in line or "There is not enough space on the disk" in line or "Disk quota exceeded" in line:
            return "The disk is full. Free some space and run it again."
        if "MemoryError" in line or "bad_alloc" in line:
            return "The computer has not enough free memory for this film. Close other programs and run it again."
        if "DLL load failed" in line or "cannot open shared object file" in line:
            return f"A Python package is damaged ({line.strip()}). Install the Python packages again."
    return None


def _missing_module(name: str) -> str:
    if name.partition(".")[0] == "OsteoScreenLib":
        return "The worker process does not find OsteoScreenLib. Install the extension again."
    return f"The Python package '{name}' is missing. Install the Python packages: click Install."


def _from_status(status: int, lines: Sequence[str]) -> str:
    number = -status if status < 0 else 0
    if number == 9 or status == 137:
        return (
            "The worker process was killed by the system, most often for lack of memory. Close other programs and run it again."
        )
    if number in (1, 2, 15) or status in (129, 130, 143):
        return "The worker process was ended by another program. Run it again."
    crash = _CRASHES.get(number) or (_WINDOWS_CRASHES.get(status & 0xFFFFFFFF) if abs(status) > 255 else None)
    if crash or number:
        return f"The worker process crashed ({crash or f'signal {number}'}). {_AGAIN}."
    fault = next((line.strip() for line in reversed(lines) if _EXCEPTION.match(line.strip())), None)
    if fault:
        return f"The worker process met a fault of the software ({fault}). {_AGAIN}."
    return f"The worker process ended unexpectedly (exit status {status}). {_AGAIN}."
