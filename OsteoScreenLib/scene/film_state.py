"""How a film stands in the scene: what a result of it rests on, and what has changed since."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from OsteoScreenLib.scene.fit import ijk_to_world
from OsteoScreenLib.scene.images import ijk_to_ras, pixels_sha256
from OsteoScreenLib.scene.user_word import user_word

_WORDS = {"invert": "the word on inversion", "side": "the side", "age_years": "the age", "sex": "the sex"}
_RELATIVE, _ABSOLUTE = 1e-5, 1e-7
"""Numbers pass through text when a scene is saved; the same place comes back this close."""


def film_state(film: Any) -> dict[str, Any]:
    """The film's pixels (hash), size, spacing, place, transform and the user's word, in plain JSON types."""
    size = film.GetImageData().GetDimensions() if film.GetImageData() is not None else ()
    return {
        "pixels": pixels_sha256(film),
        "size": list(size),
        "spacing": list(film.GetSpacing()[:2]),
        "place": own_place(film).ravel().tolist(),
        "transformed": _transformed(film).ravel().tolist(),
        "user": {name: getattr(value, "value", value) for name, value in asdict(user_word(film)).items()},
    }


def own_place(film: Any) -> np.ndarray:
    """4 x 4 matrix from (column, row, slice, 1) to the film's own RAS millimetres, without its transforms."""
    matrix = ijk_to_ras(film)
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def changes(then: dict[str, Any], now: dict[str, Any]) -> str:
    """What has changed, as one clause such as "the film's spacing was changed"; empty where nothing has."""
    if list(then["size"]) != list(now["size"]):
        return "the film's size was changed"
    if then["pixels"] != now["pixels"]:
        return "the film's pixels were changed"
    if not _close(then["spacing"], now["spacing"]):
        return "the film's pixel spacing was changed"
    if not _close(then["place"], now["place"]):
        return "the film was moved or turned"
    if not _close(then["transformed"], now["transformed"]):
        return "the film's transform was changed"
    if then["user"].get("spacing_mm") != now["user"].get("spacing_mm"):
        return "the film's pixel spacing was given or taken back"
    words = [word for name, word in _WORDS.items() if then["user"].get(name) != now["user"].get(name)]
    return f"{' and '.join(words)} {'was' if len(words) == 1 else 'were'} changed" if words else ""


def _transformed(film: Any) -> np.ndarray:
    """What the film's transforms do to it, 4 x 4."""
    return ijk_to_world(film) @ np.linalg.inv(own_place(film))


def _close(then: Any, now: Any) -> bool:
    return len(then) == len(now) and bool(np.allclose(then, now, rtol=_RELATIVE, atol=_ABSOLUTE))
