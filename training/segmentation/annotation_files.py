"""The films and masks that a manifest names, read and checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.radiograph import Radiograph, read_radiograph
from OsteoScreenLib.screening.storage_segmentation import read_segmentation
from training.segmentation.manifest import Annotation, AnnotationFault, Film, ManifestError, read_manifest

Faults = list[AnnotationFault]


@dataclass(frozen=True)
class AnnotatedFilm:
    """A film with the masks (bool, 7 x rows x columns) of each annotator whose outlines may be used."""

    entry: Film
    radiograph: Radiograph
    masks: dict[str, np.ndarray]


def read_films(path: Path) -> Iterator[AnnotatedFilm]:
    """Read every film of a manifest that has a usable annotation, one after the other.

    Raises
    ------
    ManifestError
        After the last film, with everything that is wrong with any of them; at once where the manifest itself is wrong.
    """
    manifest = read_manifest(path)
    faults: Faults = []
    seen: dict[str, str] = {}
    for number, entry in enumerate(manifest.films):
        film = _read_film(path, f"films.{number} ({entry.id})", entry, faults, seen)
        if film is not None and film.masks:
            yield film
    if faults:
        raise ManifestError(path, faults)


def _read_film(path: Path, place: str, entry: Film, faults: Faults, seen: dict[str, str]) -> AnnotatedFilm | None:
    try:
        radiograph = read_radiograph(
            _resolve(path, f"{place}.image", entry.image),
            spacing_mm=entry.spacing_mm,
            invert=entry.inverted,
            laterality=entry.laterality,
        )
    except AnnotationFault as fault:
        faults.append(fault)
        return None
    except OsteoScreenError as error:
        faults.append(AnnotationFault(f"{path}: {place}.image", f"{entry.image!r}: {error.fault}", error.remedy))
        return None
    digest = radiograph.source.sha256
    if entry.sha256 is not None and digest != entry.sha256:
        said = f"is {entry.sha256[:12]}..., but {entry.image!r} has {digest[:12]}..."
        faults.append(AnnotationFault(f"{path}: {place}.sha256", said, "Restore the film that was annotated"))
    first = seen.setdefault(digest, entry.id)
    if first != entry.id:
        said = f"{entry.image!r} is the same file as the image of {first}"
        faults.append(AnnotationFault(f"{path}: {place}.image", said, "List a film once, with all its annotations"))
    masks = {}
    for number, annotation in enumerate(entry.annotations):
        if annotation.usable:
            drawn = _drawn(path, f"{place}.annotations.{number}", annotation, radiograph.shape, faults)
            if drawn is not None:
                masks[annotation.annotator] = drawn
    return AnnotatedFilm(entry, radiograph, masks)


def _drawn(path: Path, place: str, annotation: Annotation, shape: tuple[int, int], faults: Faults) -> np.ndarray | None:
    """Masks (bool, 7 x rows x columns), or None with what is wrong added to ``faults``."""
    before = len(faults)
    masks = np.zeros((len(BONES), *shape), bool)
    if annotation.segmentation is not None:
        try:
            masks = read_segmentation(_resolve(path, f"{place}.segmentation", annotation.segmentation), shape)
        except AnnotationFault as fault:
            faults.append(fault)
        except OsteoScreenError as error:
            said = f"{annotation.segmentation!r} {error.fault}"
            faults.append(AnnotationFault(f"{path}: {place}.segmentation", said, "Export this annotation again"))
    for bone, name in (annotation.masks or {}).items():
        try:
            masks[bone.channel] = _read_mask(path, f"{place}.masks.{bone.value}", name, shape)
        except AnnotationFault as fault:
            faults.append(fault)
    if len(faults) == before:
        faults += _contradictions(f"{path}: {place}", annotation, masks)
    return masks if len(faults) == before else None


def _contradictions(place: str, annotation: Annotation, masks: np.ndarray) -> Iterator[AnnotationFault]:
    """An empty mask may be a slip or a bone outside the film: the annotator has to say which."""
    for bone in Bone:
        drawn = bool(masks[bone.channel].any())
        if not drawn and bone not in annotation.absent:
            yield AnnotationFault(f"{place}.{bone.value}", "is empty", "Draw the bone, or list it under absent")
        if drawn and bone in annotation.absent:
            yield AnnotationFault(f"{place}.{bone.value}", "is drawn and listed under absent", "Do one of the two")


def _read_mask(path: Path, place: str, name: str, shape: tuple[int, int]) -> np.ndarray:
    """One mask (bool, rows x columns): 0 outside and one other value inside."""
    import SimpleITK as sitk

    file = _resolve(path, place, name)
    place = f"{path}: {place}"
    try:
        image = sitk.GetArrayFromImage(sitk.ReadImage(str(file)))
    except RuntimeError as error:
        raise AnnotationFault(place, f"{name!r} is no image that can be read", "Give a PNG or NRRD mask") from error
    while image.ndim > 2 and image.shape[0] == 1:
        image = image[0]
    if image.ndim != 2:
        raise AnnotationFault(place, f"{name!r} has the shape {image.shape}", "Give one grey image per bone")
    if image.shape != shape:
        said = f"{name!r} has {_size(image.shape)} pixels, the film {_size(shape)}"
        raise AnnotationFault(place, said, "Draw masks on the film's own grid")
    values = np.unique(image)
    if len(values) > 2 or values[0] != 0:
        listed = ", ".join(f"{value:g}" for value in values[:4]) + (", ..." if len(values) > 4 else "")
        said = f"{name!r} holds {len(values)} values ({listed})" if len(values) > 1 else f"{name!r} is {listed} everywhere"
        raise AnnotationFault(place, said, "Save it with 0 outside and one other value inside")
    return np.asarray(image != 0)


def _resolve(path: Path, place: str, name: str) -> Path:
    """File that a manifest names, which must exist and lie inside its folder even where links lead elsewhere."""
    file = path.parent / name
    if not file.is_file():
        raise AnnotationFault(f"{path}: {place}", f"there is no file {name!r}", "Restore it, or correct the path")
    if not file.resolve().is_relative_to(path.parent.resolve()):
        raise AnnotationFault(f"{path}: {place}", f"{name!r} leads out of the manifest's folder", "Copy the file there")
    return file


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} x {shape[0]}"
