"""A film handed from one process to another: a folder with one JSON file and plain arrays, nothing in it is ever executed.

Slicer's own process writes a `FilmArray` for the worker to screen, and reads the `Radiograph` that the worker made of a file.
Everything comes back exactly: pixels with their type, numbers to the last bit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np

from OsteoScreenLib.errors import FilmError, OutputError
from OsteoScreenLib.json_object import read_json_object
from OsteoScreenLib.radiograph import exchange_values as read
from OsteoScreenLib.radiograph.limits import check_size
from OsteoScreenLib.radiograph.values import FilmSource, Laterality, Radiograph, Spacing

FILM_FILE, FILM_PIXELS = "film.json", "film.npy"
RADIOGRAPH_FILE, RADIOGRAPH_PIXELS, RADIOGRAPH_FIELD = "radiograph.json", "pixels.npy", "field.npy"

_FILM_FORMAT, _RADIOGRAPH_FORMAT = "osteoscreen-film-array", "osteoscreen-radiograph"
_VERSION = 1
_MOST_JSON_BYTES = 64 * 1024
_WIDEST_VALUE = 8
"""Bytes of one pixel value."""
_REMEDY = "Hand the film over again"


@dataclass(frozen=True)
class FilmArray:
    """A film as something else has read it, such as a volume node: nothing is decided of it yet.

    Attributes
    ----------
    pixels : rows x columns, or rows x columns x 1..4 channels (RGB, alpha), any integer or float type, not inverted
    name : what the film is called in messages and results
    tag_inverted : whether the origin's tags say that low values are bright; ``None`` where they do not tell
    source : the file that the pixels came from; ``None`` where it is not known
    """

    pixels: np.ndarray
    name: str
    spacing: Spacing = field(default_factory=Spacing)
    laterality: Laterality = Laterality.UNKNOWN
    tag_inverted: bool | None = None
    source: FilmSource | None = None


def save_film_array(film: FilmArray, folder: Path) -> None:
    """Write ``film.npy`` and ``film.json`` into ``folder``, which is created; the JSON file comes last.

    Raises `FilmError` for what is no single film or too small or large, `OutputError` where the folder cannot be written.
    """
    _check_pixels(film.pixels, film.name)
    document = {
        "name": film.name,
        "spacing": read.plain(film.spacing),
        "laterality": film.laterality.value,
        "tag_inverted": film.tag_inverted,
        "source": None if film.source is None else read.plain(film.source),
    }
    _parsed(document, _FILM, Path(film.name))
    _write(folder, FILM_FILE, _FILM_FORMAT, document, {FILM_PIXELS: film.pixels})


def load_film_array(folder: Path) -> FilmArray:
    """Read what `save_film_array` wrote. Raises `FilmError` naming the file, the value and the remedy."""
    path = Path(folder) / FILM_FILE
    values = _parsed(_read_document(path, _FILM_FORMAT), _FILM, path)
    pixels = _read_array(path.with_name(FILM_PIXELS), lambda array: _check_pixels(array, str(path.with_name(FILM_PIXELS))))
    return FilmArray(pixels=pixels, **values)


def save_radiograph(radiograph: Radiograph, folder: Path) -> None:
    """Write ``pixels.npy``, ``field.npy`` and ``radiograph.json`` into ``folder``, which is created; the JSON file comes last.

    Raises `OutputError` where the folder cannot be written, `FilmError` for values that no film has.
    """
    document = {
        "window": [float(end) for end in radiograph.window],
        "spacing": read.plain(radiograph.spacing),
        "laterality": radiograph.laterality.value,
        "polarity": read.plain(radiograph.polarity),
        "source": read.plain(radiograph.source),
    }
    _parsed(document, _RADIOGRAPH, Path(radiograph.source.name))
    arrays = {RADIOGRAPH_PIXELS: radiograph.pixels, RADIOGRAPH_FIELD: radiograph.field}
    _check_radiograph(radiograph.pixels, radiograph.field, radiograph.source.name)
    _write(folder, RADIOGRAPH_FILE, _RADIOGRAPH_FORMAT, document, arrays)


def load_radiograph(folder: Path) -> Radiograph:
    """Read what `save_radiograph` wrote. Raises `FilmError` naming the file, the value and the remedy."""
    path = Path(folder) / RADIOGRAPH_FILE
    values = _parsed(_read_document(path, _RADIOGRAPH_FORMAT), _RADIOGRAPH, path)
    pixels_path = path.with_name(RADIOGRAPH_PIXELS)
    pixels = _read_array(pixels_path, lambda array: _check_radiograph(array, None, str(pixels_path)))
    field_path = path.with_name(RADIOGRAPH_FIELD)
    field = _read_array(field_path, lambda array: _check_radiograph(pixels, array, str(field_path)))
    return Radiograph(pixels=pixels, field=field, **values)


def write_array(path: Path, array: np.ndarray) -> None:
    """Write one ``.npy`` file. Unlike numpy.save, the `OSError` raised says why where a disk is full."""
    array = np.ascontiguousarray(array)
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(array))
        stream.write(array.reshape(-1).view(np.uint8).data)


def _window(value: Any) -> tuple[float, float]:
    wanted = "two numbers, the lower one first"
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(wanted)
    low, high = read.number(value[0]), read.number(value[1])
    if not low < high:
        raise ValueError(wanted)
    return low, high


_FILM: dict[str, Callable[[Any], Any]] = {
    "name": read.text,
    "spacing": read.spacing_from,
    "laterality": read.laterality_from,
    "tag_inverted": read.optional(read.flag),
    "source": read.optional(read.source_from),
}
_RADIOGRAPH: dict[str, Callable[[Any], Any]] = {
    "window": _window,
    "spacing": read.spacing_from,
    "laterality": read.laterality_from,
    "polarity": read.polarity_from,
    "source": read.source_from,
}


def _check_pixels(pixels: np.ndarray, place: str) -> None:
    fits = pixels.ndim == 2 or (pixels.ndim == 3 and 1 <= pixels.shape[2] <= 4)
    if not fits or pixels.dtype.kind not in "buif" or pixels.dtype.itemsize > _WIDEST_VALUE:
        fault = f"holds an array of shape {pixels.shape} and type {pixels.dtype}"
        raise FilmError(place, fault, "Give one grey or RGB film at a time")
    check_size(place, *pixels.shape[:2])


def _check_radiograph(pixels: np.ndarray, field: np.ndarray | None, place: str) -> None:
    if pixels.ndim != 2 or pixels.dtype != np.float32:
        raise FilmError(place, f"holds {pixels.dtype} {pixels.shape}, not float32 rows x columns", _REMEDY)
    check_size(place, *pixels.shape)
    if field is not None and (field.shape != pixels.shape or field.dtype != np.bool_):
        raise FilmError(place, f"holds {field.dtype} {field.shape}, not bool {pixels.shape}", _REMEDY)


def _parsed(document: dict[str, Any], readers: Mapping[str, Callable[[Any], Any]], path: Path) -> dict[str, Any]:
    try:
        return read.take(document, readers, "film")
    except ValueError as error:
        raise FilmError(path, str(error), _REMEDY) from error


def _write(folder: Path, name: str, kind: str, document: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write the arrays, then the document; while an older document would describe other arrays, there is none."""
    folder = Path(folder)
    path = folder / name
    text = json.dumps({"format": kind, "version": _VERSION, **document}, indent=2, allow_nan=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        for file, array in arrays.items():
            path = folder / file
            write_array(path, array)
        path = folder / name
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fault = f"cannot be written ({error.strerror or error})"
        raise OutputError(path, fault, "Choose a folder with room and write access") from error


def _read_document(path: Path, kind: str) -> dict[str, Any]:
    document = read_json_object(path, _MOST_JSON_BYTES, FilmError, _REMEDY)
    if document.pop("format", None) != kind:
        raise FilmError(path, f'does not say "format": "{kind}"', _REMEDY)
    version = document.pop("version", None)
    if version != _VERSION:
        raise FilmError(path, f"has version {version!r}, this software reads {_VERSION}", "Use one version of the software")
    return document


def _read_array(path: Path, check: Callable[[np.ndarray], None]) -> np.ndarray:
    """Read an array whose header passes ``check`` before any of its values is read."""
    try:
        with np.errstate(over="raise"):  # numpy multiplies the sizes of the header
            mapped = np.lib.format.open_memmap(path, mode="r")
        check(mapped)
        return np.array(mapped, order="C", subok=False)
    except (OSError, ValueError, EOFError, TypeError, ArithmeticError, SyntaxError, RecursionError, TokenError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FilmError(path, f"is missing or damaged ({reason[:120]})", _REMEDY) from error
