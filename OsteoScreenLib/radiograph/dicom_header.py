"""What a DICOM film's tags say, without touching its pixels: for a program that has decoded them by itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.dicom_dataset import read_dataset
from OsteoScreenLib.radiograph.film_tags import film_laterality, film_source, tag_inverted
from OsteoScreenLib.radiograph.quiet import quiet_decoders
from OsteoScreenLib.radiograph.spacing import dicom_spacing
from OsteoScreenLib.radiograph.values import FilmSource, Laterality, Spacing


@dataclass(frozen=True)
class DicomHeader:
    """A film as its tags describe it; ``shape`` is (rows, columns), ``monochrome1`` whether low values are stored as bright."""

    shape: tuple[int, int]
    frames: int
    spacing: Spacing
    laterality: Laterality
    tag_inverted: bool | None
    monochrome1: bool
    source: FilmSource


def read_dicom_header(path: Path) -> DicomHeader:
    """Read the tags of one file. Raises `FilmError` where it cannot be read or is no DICOM image."""
    path = Path(path)
    try:
        data = path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        with quiet_decoders():
            dataset = read_dataset(data, path.name, stop_before_pixels=True)
            return DicomHeader(
                shape=(int(dataset.Rows), int(dataset.Columns)),
                frames=int(dataset.get("NumberOfFrames") or 1),
                spacing=dicom_spacing(dataset),
                laterality=film_laterality(dataset),
                tag_inverted=tag_inverted(dataset),
                monochrome1=str(dataset.get("PhotometricInterpretation") or "").strip().upper() == "MONOCHROME1",
                source=film_source(dataset, name=path.name, sha256=sha256, bits_stored=int(dataset.get("BitsStored") or 16)),
            )
    except FilmError:
        raise
    except Exception as error:  # pydicom raises a dozen kinds on damaged files
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise FilmError(path, f"its DICOM tags cannot be read ({reason})", "Load the film again") from error
