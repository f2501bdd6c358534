"""Searching films by DICOMweb (QIDO-RS, PS3.18 10.6)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.pacs.faults import PacsError, Refused
from OsteoScreenLib.pacs.objects import is_uid
from OsteoScreenLib.pacs.web import WebSession

PAGE = 200
"""Films asked for at a time; a server may give fewer."""
_STUDY, _SERIES, _INSTANCE = "0020000D", "0020000E", "00080018"
MODALITIES = ("CR", "DX")
BODY_PARTS = ("HAND", "WRIST")
"""What is searched unless the question says otherwise; a server compares one value at a time."""


@dataclass(frozen=True)
class FilmAddress:
    """Where a film lies on a DICOMweb server."""

    study: str
    series: str
    instance: str

    @property
    def path(self) -> str:
        """Behind the root of the services."""
        return f"/studies/{self.study}/series/{self.series}/instances/{self.instance}"


@dataclass(frozen=True)
class FilmQuery:
    """Which films: of a study or series, from a day on, with these attributes (keyword or eight digits -> value).

    Modality is CR or DX, and BodyPartExamined HAND or WRIST, unless ``where`` says otherwise; ``*`` asks for any. A ``study`` or
    ``series`` is searched for any body part.
    """

    study: str | None = None
    series: str | None = None
    since: date | None = None
    where: Mapping[str, str] = field(default_factory=dict)

    def questions(self) -> list[dict[str, str]]:
        """The filters to ask for one after the other."""
        filters = dict(self.where)
        if self.since is not None:
            filters["StudyDate"] = f"{self.since:%Y%m%d}-"
        if self.study is not None:
            filters["StudyInstanceUID"] = self.study
        if self.series is not None:
            filters["SeriesInstanceUID"] = self.series
        named = self.study is not None or self.series is not None
        any_part = ("*",) if named else BODY_PARTS
        modalities = (filters.pop("Modality"),) if "Modality" in filters else MODALITIES
        parts = (filters.pop("BodyPartExamined"),) if "BodyPartExamined" in filters else any_part
        return [
            {k: v for k, v in {"Modality": modality, "BodyPartExamined": part, **filters}.items() if v != "*"}
            for modality, part in product(modalities, parts)
        ]


def condition(text: str) -> tuple[str, str]:
    """Keyword and value of ``KEY=VALUE``; the keyword is one of DICOM's or eight hexadecimal digits. Raises `ValueError`."""
    key, sign, value = text.partition("=")
    hexadecimal = len(key) == 8 and all(letter in "0123456789ABCDEFabcdef" for letter in key)
    if not sign or not value or not value.isprintable() or not (hexadecimal or (key.isalnum() and key[:1].isupper())):
        raise ValueError("KEY=VALUE with a DICOM keyword, such as BodyPartExamined=HAND")
    return key, value


def day(text: str) -> date:
    """A date from ``YYYY-MM-DD``, ``YYYYMMDD`` or ``today``. Raises `ValueError`."""
    if text == "today":
        return date.today()
    try:
        digits = text.replace("-", "")
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) if len(digits) == 8 else date.fromisoformat(text)
    except ValueError:
        raise ValueError("a date such as 2026-01-31, or today") from None


def find_films(session: WebSession, query: FilmQuery, limit: int | None = None) -> Iterator[FilmAddress]:
    """Films that match, each once, at most ``limit``.

    Raises `Unreachable` and `Busy`, where asking again may help, and `PacsError`.
    """
    return _find(session, query.questions(), limit)


def find_instance(session: WebSession, uid: str) -> Iterator[FilmAddress]:
    """The object with this SOP Instance UID, of whatever kind; nothing where it is not there. Raises as `find_films`."""
    return _find(session, [{"SOPInstanceUID": uid}], 1)


def _find(session: WebSession, questions: list[dict[str, str]], limit: int | None) -> Iterator[FilmAddress]:
    seen: set[FilmAddress] = set()
    for question in questions:
        offset = 0
        while True:
            page = _page(session, {**question, "limit": str(PAGE), "offset": str(offset)})
            found = dict.fromkeys(address for address in map(_address, page) if address is not None)
            new = [address for address in found if address not in seen]
            for address in new:
                if limit is not None and len(seen) >= limit:
                    return
                seen.add(address)
                yield address
            # A server that knows no offset gives its first page for ever.
            if not page or not new:
                break
            offset += len(page)


def _page(session: WebSession, question: dict[str, str]) -> list[Any]:
    place = str(session.node)
    with session.ask("GET", "/instances", headers={"Accept": "application/dicom+json"}, params=question) as answer:
        if answer.status_code == 204:
            return []
        if answer.status_code == 400:
            remedy = "Check the conditions of --where: the server may not search by one of them"
            raise UsageError(place, "does not understand the question (400)", remedy)
        if answer.status_code != 200:
            fault = f"cannot be searched (status {answer.status_code})"
            raise PacsError(
                place, fault, "Check the path of the address, such as /dicom-web, and that it may be searched (QIDO-RS)"
            )
        try:
            found = json.loads(session.body(answer) or b"[]")
        except (ValueError, RecursionError, Refused) as error:
            raise PacsError(place, "answers with something that is no list of films", "Check the path of the address") from error
    if not isinstance(found, list):
        raise PacsError(place, "answers with something that is no list of films", "Check the path of the address")
    return found


def _address(entry: Any) -> FilmAddress | None:
    """Where a film of the list lies; ``None`` for an entry without valid UIDs, which become parts of an address."""
    uids = []
    for tag in (_STUDY, _SERIES, _INSTANCE):
        element = entry.get(tag) if isinstance(entry, dict) else None
        values = element.get("Value") if isinstance(element, dict) else None
        uid = values[0] if isinstance(values, list) and values else None
        if not isinstance(uid, str) or not is_uid(uid):
            return None
        uids.append(uid)
    return FilmAddress(*uids)
