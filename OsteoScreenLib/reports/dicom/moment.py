"""When a result was made, as DICOM writes dates and times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.screening.values import ScreeningResult


@dataclass(frozen=True)
class Moment:
    """``date`` as YYYYMMDD, ``time`` as HHMMSS, both as the clock showed at ``offset`` from UTC (such as +0100)."""

    date: str
    time: str
    offset: str

    @property
    def date_time(self) -> str:
        """All of it in one value."""
        return f"{self.date}{self.time}{self.offset}"


def moment_of(result: ScreeningResult, offset: str = "") -> Moment:
    """The time of a result at the film's ``offset`` from UTC; in UTC where the film states none.

    Raises `OutputError` where the result does not tell it.
    """
    try:
        # Python 3.10 does not know the letter Z.
        created = datetime.fromisoformat(result.created.replace("Z", "+00:00"))
    except ValueError as error:
        fault = f"the result says that it was created {result.created[:40]!r}, which is no time"
        raise OutputError(result.film.source.name, fault, "Screen the film again") from error
    created = created if created.tzinfo is not None else created.replace(tzinfo=timezone.utc)
    shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5])) if offset else timedelta(0)
    local = created.astimezone(timezone(-shift if offset.startswith("-") else shift))
    return Moment(local.strftime("%Y%m%d"), local.strftime("%H%M%S"), offset or "+0000")
