"""A decoded image becomes a `Radiograph`: bright bone, exposed field, percentile window."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.decoded import DecodedFilm
from OsteoScreenLib.radiograph.field import enlarge, small_field
from OsteoScreenLib.radiograph.limits import check_size
from OsteoScreenLib.radiograph.overview import core_range, overview
from OsteoScreenLib.radiograph.polarity import decide_polarity
from OsteoScreenLib.radiograph.values import Laterality, Radiograph, Spacing

HEADROOM = 0.05
"""The window reaches this fraction beyond the 99.8th percentile, so that the densest cortex keeps its profile."""
FLAT_SHARE = 0.15
"""Share of the field with exactly its smallest or largest value from which on that value is padding or air, not tissue."""
FEWEST_VALUES = 1000
"""Values that must be left without such padding."""
SAMPLE = 250_000
"""Pixels the percentile window is taken from."""


def assemble(
    film: DecodedFilm,
    *,
    spacing: Spacing | None = None,
    invert: bool | None = None,
    laterality: Laterality | None = None,
) -> Radiograph:
    """Return the `Radiograph` of a decoded film; what is given here overrides what the file says.

    Raises
    ------
    FilmError
        For an image that is too small or large, has values that are no numbers, or shows nothing.
    """
    name = film.source.name
    check_size(name, *film.values.shape)
    with np.errstate(over="ignore"):  # too large becomes infinite, which is told below
        pixels = np.array(film.values, dtype=np.float32, order="C")
    if film.values.dtype.kind == "f" and not np.isfinite(np.sum(pixels, dtype=np.float64)):
        bad = int(np.count_nonzero(~np.isfinite(pixels)))
        raise FilmError(name, f"{bad} pixels are not numbers (NaN or infinite)", "Export the film again as integers")
    padding = film.padding
    if padding is not None and (not padding.any() or padding.mean() > 0.95):
        padding = None
    if padding is not None:  # padding far off the image's own values would hide its contrast
        seen = pixels[~padding]
        np.clip(pixels, seen.min(), seen.max(), out=pixels, where=padding)
    if not pixels.max() > pixels.min():
        raise FilmError(name, f"every pixel has the value {float(pixels.flat[0]):g}", "Give a film that shows something")
    small, block = overview(pixels)
    field = small_field(small)
    polarity = decide_polarity(small, field, film.tag_inverted, invert)
    if polarity.inverted:
        np.subtract(np.float32(film.ends[0] + film.ends[1]), pixels, out=pixels)
        field = small_field(overview(pixels)[0])  # again, so that a film and its negative agree to the last bit
    mask = enlarge(field, block, pixels.shape)
    if padding is not None and (mask & ~padding).any():
        mask &= ~padding
    window = field_window(pixels, mask)
    if not window[1] > window[0]:
        raise FilmError(name, f"the exposed field has the value {window[0]:g} everywhere", "Give a film that shows something")
    return Radiograph(
        pixels=pixels,
        field=mask,
        window=window,
        spacing=spacing or film.spacing,
        laterality=laterality or film.laterality,
        polarity=polarity,
        source=film.source,
    )


def field_window(pixels: np.ndarray, field: np.ndarray) -> tuple[float, float]:
    """Return the window of ``pixels`` inside ``field``: 0.2nd and 99.8th percentile without detached markers, and headroom."""
    step = max(1, int(np.sqrt(pixels.size / SAMPLE)))
    values = pixels[::step, ::step][field[::step, ::step]]
    low, high = core_range(_without_flat_ends(values))
    if not high > low:
        low, high = float(values.min()), float(values.max())
    return low, high + HEADROOM * (high - low)


def _without_flat_ends(values: np.ndarray) -> np.ndarray:
    """Leave out the smallest and the largest value where a large part of the field has exactly it.

    Black or white padding that no tag declares would otherwise be most of what is seen, and the hand a tail of it.
    """
    lowest, highest = values.min(), values.max()
    kept = np.ones(values.shape, bool)
    for end in (lowest, highest):
        flat = values == end
        if flat.mean() > FLAT_SHARE:
            kept &= ~flat
    return values[kept] if np.count_nonzero(kept) >= FEWEST_VALUES else values
