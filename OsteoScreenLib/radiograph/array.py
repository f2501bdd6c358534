"""A `Radiograph` from an array that something else has read, such as a Slicer volume."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.assemble import assemble
from OsteoScreenLib.radiograph.decoded import DecodedFilm
from OsteoScreenLib.radiograph.grey import to_grey
from OsteoScreenLib.radiograph.spacing import user_spacing
from OsteoScreenLib.radiograph.values import FilmSource, Laterality, Radiograph, Spacing


def radiograph_from_array(
    array: np.ndarray,
    *,
    spacing: Spacing | float | Sequence[float] | None = None,
    name: str = "array",
    source: FilmSource | None = None,
    invert: bool | None = None,
    laterality: Laterality | None = None,
    tag_inverted: bool | None = None,
    padding: np.ndarray | None = None,
) -> Radiograph:
    """Return the film in ``array``: rows x columns, or x 1..4 channels (RGB, alpha); a leading axis of length 1 is dropped.

    ``spacing`` is a `Spacing` with its provenance, or millimetres the user gave. ``source`` names where the array came from;
    without it one is made from ``name`` and the array's bytes. ``tag_inverted`` is what the origin's tags say about
    bright and dark, used where the content is not decisive; ``padding`` marks pixels (bool) that carry no image.

    Raises
    ------
    FilmError
        For a volume, a colour photograph, an image of the wrong size, without contrast or with values that are no numbers.
    UsageError
        For an implausible spacing.
    """
    label = source.name if source is not None else name
    image = np.asarray(array)
    while image.ndim > 2 and image.shape[0] == 1:
        image = image[0]
    if image.dtype.kind not in "buif" or image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] > 4):
        raise FilmError(
            label, f"the array has the shape {image.shape} and type {image.dtype}", "Give one grey or RGB film at a time"
        )
    values, transparent = to_grey(image, label)
    if source is None:
        digest = hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()
        source = FilmSource(name=name, sha256=digest, file_format="array", bits_stored=8 * image.dtype.itemsize)
    known = spacing if isinstance(spacing, Spacing) else user_spacing(spacing) if spacing is not None else Spacing()
    masks = [mask for mask in (transparent, padding) if mask is not None]
    film = DecodedFilm(
        values=values,
        ends=value_ends(values, image.dtype),
        tag_inverted=tag_inverted,
        padding=np.logical_or.reduce(masks) if masks else None,
        spacing=known,
        laterality=Laterality.UNKNOWN,
        source=source,
    )
    return assemble(film, invert=invert, laterality=laterality)


def value_ends(values: np.ndarray, dtype: np.dtype) -> tuple[float, float]:
    """Return the ends of the range an inversion swaps: those of an unsigned type, else of the values themselves."""
    if dtype.kind == "u" and dtype.itemsize <= 2:
        return 0.0, float(np.iinfo(dtype).max)
    if values.size == 0:
        return 0.0, 0.0
    return float(values.min()), float(values.max())
