"""Unique identifiers that follow from what an object is made of: the same film and model give the same ones.

All are ``2.25.`` and a name-based UUID as one number (PS3.5 B.2, RFC 9562 5.5).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import asdict, dataclass

import numpy as np

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.screening.values import ScreeningResult

_NAMESPACE = uuid.UUID("b3f6c1de-6c0f-4a53-9d0d-8f3d5f0f6a11")


@dataclass(frozen=True)
class ObjectUids:
    """Where the identifiers of one result's objects come from.

    Attributes
    ----------
    film : digest of the film alone
    result : digest of the film and of everything that decided what the result says
    """

    film: str
    result: str

    def study(self) -> str:
        """Study of a film that comes from a picture file."""
        return _uid("study", self.film)

    def series(self, kind: str) -> str:
        """Series of an object of this kind."""
        return _uid("series", kind, self.result)

    def instance(self, kind: str) -> str:
        """The object itself."""
        return _uid("instance", kind, self.result)

    def dimensions(self, kind: str) -> str:
        """How the frames of a multi-frame object are ordered."""
        return _uid("dimensions", kind, self.result)

    def captured(self, level: str) -> str:
        """Series or instance of the film itself, made of a picture file: the same for every result of it."""
        return _uid("captured", level, self.film)

    def tracking(self, what: Bone | str) -> str:
        """One bone, or the whole hand, of this film, through all results and corrections of it."""
        return _uid("tracking", what.value if isinstance(what, Bone) else what, self.film)


def object_uids(result: ScreeningResult, radiograph: Radiograph) -> ObjectUids:
    """Digest what decides a result: film, model, software, draws, the user's word on the film, and what a person has drawn."""
    source = result.film.source
    film = [source.sha256]
    if source.sop_instance_uid is not None:
        pixels = np.ascontiguousarray(radiograph.pixels, "<f4")
        film = [source.sop_instance_uid, str(pixels.shape), hashlib.sha256(pixels.data).hexdigest()]
    decided = [
        result.bundle.sha256,
        result.software_version,
        str(result.seed),
        str(result.samples),
        json.dumps([asdict(result.film.spacing), asdict(result.film.polarity), result.film.laterality.value]),
        json.dumps([source.patient_age_years, source.patient_sex]),
        _drawn(result),
    ]
    return ObjectUids(film=_digest(film), result=_digest(film + decided))


def observer_uid(result: ScreeningResult) -> str:
    """The device that observed: one version of the software with one model."""
    return _uid("observer", result.software_version, result.bundle.sha256)


def _drawn(result: ScreeningResult) -> str:
    """Digest of all outlines where a person has drawn any; empty otherwise."""
    if not any(each.drawn for each in result.segmentation.bones):
        return ""
    masks = result.segmentation.masks
    return hashlib.sha256(np.packbits(masks).tobytes() + repr(masks.shape).encode()).hexdigest()


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _uid(*parts: str) -> str:
    return f"2.25.{uuid.uuid5(_NAMESPACE, '/'.join(parts)).int}"
