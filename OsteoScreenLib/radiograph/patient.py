"""Who was filmed: read only where somebody asks for a report that names the patient."""

from __future__ import annotations

from pathlib import Path

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.dicom_dataset import read_dataset
from OsteoScreenLib.radiograph.quiet import quiet_decoders
from OsteoScreenLib.radiograph.values import Patient

_LONGEST = 128


def read_patient(path: Path) -> Patient | None:
    """Name, ID and date of birth from a DICOM film's tags; ``None`` where the film names nobody, or is no DICOM file.

    Raises `FilmError` where the file cannot be read.
    """
    from OsteoScreenLib.radiograph.read import film_format

    path = Path(path)
    try:
        with path.open("rb") as stream:
            if film_format(stream.read(256)) != "DICOM":
                return None
        return _patient(path)
    except OSError as error:
        raise FilmError(path, f"cannot be read ({error.strerror})", "Check the path and its access rights") from error


def _patient(path: Path) -> Patient | None:
    try:
        with quiet_decoders():
            tags = ["PatientName", "PatientID", "PatientBirthDate"]
            dataset = read_dataset(path.read_bytes(), path.name, stop_before_pixels=True, specific_tags=tags)
            name, number, born = (_line(dataset.get(tag)) for tag in tags)
    except (OSError, FilmError):
        raise
    except Exception as error:  # pydicom raises a dozen kinds on damaged files
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise FilmError(path, f"its DICOM tags cannot be read ({reason})", "Export the film again") from error
    if name is None and number is None and born is None:
        return None
    return Patient(_spoken(name), number, _day(born))


def _line(value: object) -> str | None:
    """One printable line, of bounded length; ``None`` for what is no text, such as several values."""
    if not isinstance(value, str) and not hasattr(value, "components"):  # pydicom's PersonName
        return None
    text = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return " ".join(text.split())[:_LONGEST] or None


def _spoken(name: str | None) -> str | None:
    """``Family^Given^Middle^Prefix^Suffix`` (PS3.5 6.2.1.1) as "Family, Given Middle"; the alphabetic form alone."""
    if name is None:
        return None
    family, *others = [part.strip() for part in name.partition("=")[0].split("^")]
    given = " ".join(part for part in others[:2] if part)
    return ", ".join(part for part in (family, given) if part) or None


def _day(date: str | None) -> str | None:
    """``YYYYMMDD`` as ``YYYY-MM-DD``; anything else as it is."""
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if date is not None and len(date) == 8 and date.isdigit() else date
