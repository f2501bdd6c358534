"""DICOM value tables: modality rescale or table, then a VOI LUT Sequence, the curve a film is meant to be seen through.

WindowCenter and WindowWidth are left alone: the percentile window of the exposed field takes their place.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Ends = tuple[float, float]


def apply_tables(dataset: Any, stored: np.ndarray, ends: Ends) -> tuple[np.ndarray, Ends]:
    """Return (values, ends of their range) of stored pixels with the range ``ends``.

    A malformed table is passed over: it changes the contrast of the display, not what the film shows.
    """
    values: np.ndarray = stored
    table = _table(dataset, "ModalityLUTSequence", signed=stored.dtype.kind == "i")
    if table is not None:
        values, ends = _look_up(values, *table), _table_ends(*table)
    else:
        slope, intercept = _real(dataset, "RescaleSlope", 1.0), _real(dataset, "RescaleIntercept", 0.0)
        if slope != 0.0 and (slope, intercept) != (1.0, 0.0):
            values = stored * slope + intercept
            ends = (ends[0] * slope + intercept, ends[1] * slope + intercept)
    table = _table(dataset, "VOILUTSequence", signed=ends[0] < 0)
    if table is not None:
        values, ends = _look_up(values, *table), _table_ends(*table)
    return values, ends


def _table(dataset: Any, sequence: str, *, signed: bool) -> tuple[np.ndarray, int, int] | None:
    """Return (entries, first value mapped, bits) of the first item of a LUT sequence (PS3.3 C.11.1); ``None`` if unusable."""
    items = dataset.get(sequence)
    if not items or isinstance(items, (str, bytes)):
        return None
    try:
        count, first, bits = (int(number) for number in items[0].LUTDescriptor)
        count = count or 65536
        first = first - 65536 if signed and first >= 32768 else first
        data = items[0].LUTData
        if isinstance(data, bytes):
            order = ">" if getattr(dataset, "original_encoding", (None, True))[1] is False else "<"
            packed = len(data) < 2 * count  # 8-bit entries, two to a word
            entries = np.frombuffer(data, np.uint8 if packed else np.dtype(f"{order}u2"))
        else:
            entries = np.asarray(data).astype(np.int64) & 0xFFFF
    except (AttributeError, TypeError, ValueError, IndexError):
        return None
    entries = entries[:count].astype(np.float32)
    if not 0 < bits <= 16 or entries.size < 2 or entries.size < count or entries.max() == entries.min():
        return None
    return entries, first, bits


def _look_up(values: np.ndarray, entries: np.ndarray, first: int, bits: int) -> np.ndarray:
    places = values.astype(np.int32) if values.dtype.kind in "iu" else np.rint(values).astype(np.int32)
    return entries[np.clip(places - first, 0, entries.size - 1)]


def _table_ends(entries: np.ndarray, first: int, bits: int) -> Ends:
    return 0.0, max(float((1 << bits) - 1), float(entries.max()))


def _real(dataset: Any, tag: str, otherwise: float) -> float:
    try:
        value = float(dataset.get(tag, otherwise))
    except (TypeError, ValueError):
        return otherwise
    return value if np.isfinite(value) else otherwise
