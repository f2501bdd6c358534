"""What a film's file or node says of it, apart from what the user says, and its keeping in the node."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.dicom_header import read_dicom_header
from OsteoScreenLib.radiograph.exchange_values import (
    flag,
    laterality_from,
    optional,
    plain,
    source_from,
    spacing_from,
    take,
    text,
)
from OsteoScreenLib.radiograph.spacing import header_spacing
from OsteoScreenLib.radiograph.values import FilmSource, Laterality, Spacing
from OsteoScreenLib.scene.images import pixels_sha256
from OsteoScreenLib.scene.user_word import spacing_before

_ATTRIBUTE = "OsteoScreen.Facts"
_INSTANCES = "DICOM.instanceUIDs"
_PICTURES = {".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF", ".jpg": "JPEG", ".jpeg": "JPEG", ".bmp": "BMP"}


@dataclass(frozen=True)
class Facts:
    """A film as its origin describes it; ``tag_inverted`` is about the node's pixels, not about the file's."""

    spacing: Spacing
    laterality: Laterality
    tag_inverted: bool | None
    source: FilmSource


def facts_of_file(node: Any, path: Path) -> Facts:
    """From the tags of the DICOM file that the node was loaded from. Raises `FilmError` where it is not the node's file."""
    header = read_dicom_header(path)
    columns, rows, _ = node.GetImageData().GetDimensions()
    instances = (node.GetAttribute(_INSTANCES) or "").split()
    if header.frames != 1 or header.shape != (rows, columns) or (instances and header.source.sop_instance_uid not in instances):
        raise FilmError(path, "is not the file of this film", "Load the film again")
    # One of Slicer's readers inverts MONOCHROME1 itself and another does not, so there the content must tell.
    return Facts(header.spacing, header.laterality, None if header.monochrome1 else header.tag_inverted, header.source)


def facts_of_node(node: Any) -> Facts:
    """From the node itself: its spacing where its file may be trusted with one, and the identity of its file or its pixels."""
    storage = node.GetStorageNode()
    name = "" if storage is None else storage.GetFileName() or ""
    suffix = Path(name).suffix.lower()
    spacing = Spacing() if suffix in _PICTURES else header_spacing(*spacing_before(node))
    return Facts(spacing, Laterality.UNKNOWN, None, _file_source(node, storage, suffix) or _array_source(node))


def store_facts(node: Any, facts: Facts) -> None:
    """Keep the facts in the node, with the pixels they were stated of."""
    document = {
        "spacing": plain(facts.spacing),
        "laterality": facts.laterality.value,
        "tag_inverted": facts.tag_inverted,
        "source": plain(facts.source),
        "node_spacing": list(spacing_before(node)),
        "pixels": pixels_sha256(node),
        "size": list(node.GetImageData().GetDimensions()),
    }
    node.SetAttribute(_ATTRIBUTE, json.dumps(document))


def remembered_facts(node: Any) -> Facts | None:
    """The facts kept in the node.

    Pixels that changed since are no longer the file's; a spacing that somebody gave the node since counts as a header's; a
    film of another size is another film.
    """
    stored = node.GetAttribute(_ATTRIBUTE)
    if not stored:
        return None
    try:
        found = take(json.loads(stored), _READERS, "film")
    except ValueError:
        return None
    pixels, size, node_spacing = (found.pop(name) for name in ("pixels", "size", "node_spacing"))
    if list(node.GetImageData().GetDimensions()) != size:
        return None
    facts, now = Facts(**found), spacing_before(node)
    stated = (facts.spacing.row_mm, facts.spacing.column_mm)
    if not _same(now, node_spacing) and not (facts.spacing.trusted and _same(now, stated)):
        facts = replace(facts, spacing=header_spacing(*now))
    return facts if pixels_sha256(node) == pixels else replace(facts, source=_array_source(node, facts.source))


def _array_source(node: Any, origin: FilmSource | None = None) -> FilmSource:
    """Identity of pixels that are no file's; whose film they are made from stays known."""
    name, sha256 = node.GetName() or "film", pixels_sha256(node)
    bits = 8 * node.GetImageData().GetScalarSize()
    if origin is not None:
        return replace(origin, sha256=sha256, file_format="array", bits_stored=bits, sop_instance_uid=None)
    return FilmSource(name=name, sha256=sha256, file_format="array", bits_stored=bits)


def _file_source(node: Any, storage: Any, suffix: str) -> FilmSource | None:
    """Identity of the picture that the node was loaded from; ``None`` where it was changed since, or is not a film's own file.

    Files that Slicer itself writes (such as the NRRD in a saved scene) do not count: they change with every saving.
    """
    if storage is None or suffix not in _PICTURES or storage.GetNumberOfFileNames() > 1 or node.GetModifiedSinceRead():
        return None
    path = Path(storage.GetFullNameFromFileName() or "")
    try:
        content = path.read_bytes()
    except OSError:
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    bits = 8 * node.GetImageData().GetScalarSize()
    return FilmSource(name=path.name, sha256=sha256, file_format=_PICTURES[suffix], bits_stored=bits)


def _same(one: Any, other: Any) -> bool:
    """Whether two spacings are the same but for the rounding of a saved scene."""
    return bool(np.allclose(one, other, rtol=1e-5))


def _anything(value: Any) -> Any:
    return value


_READERS = {
    "spacing": spacing_from,
    "laterality": laterality_from,
    "tag_inverted": optional(flag),
    "source": source_from,
    "node_spacing": _anything,
    "pixels": text,
    "size": _anything,
}
