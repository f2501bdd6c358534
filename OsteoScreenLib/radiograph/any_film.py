"""A film from whatever holds one: a file, or a folder that another process wrote."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from OsteoScreenLib.radiograph.array import radiograph_from_array
from OsteoScreenLib.radiograph.exchange import FILM_FILE, load_film_array
from OsteoScreenLib.radiograph.read import read_radiograph
from OsteoScreenLib.radiograph.values import Laterality, Radiograph


def read_film(
    film: Path,
    *,
    spacing_mm: float | Sequence[float] | None = None,
    invert: bool | None = None,
    laterality: Laterality | None = None,
) -> Radiograph:
    """Read a film file, or a folder that `exchange.save_film_array` wrote. Options and errors as in `read_radiograph`."""
    if not (film / FILM_FILE).is_file():
        return read_radiograph(film, spacing_mm=spacing_mm, invert=invert, laterality=laterality)
    array = load_film_array(film)
    return radiograph_from_array(
        array.pixels,
        spacing=array.spacing if spacing_mm is None else spacing_mm,
        name=array.name,
        source=array.source,
        invert=invert,
        laterality=laterality or (None if array.laterality is Laterality.UNKNOWN else array.laterality),
        tag_inverted=array.tag_inverted,
    )
