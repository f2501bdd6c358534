"""Sound inputs to start from: small films of every format, a bundle, a result, a job and an annotator's work, as bytes."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from OsteoScreenLib.annotation.film_files import FilmFile
from OsteoScreenLib.annotation.outlines import FilmFrame
from OsteoScreenLib.annotation.session_file import SessionDocument, write_session
from OsteoScreenLib.annotation.values import WorkStatus
from OsteoScreenLib.annotation.work_file import WorkFile
from OsteoScreenLib.radiograph.array import radiograph_from_array
from OsteoScreenLib.radiograph.exchange import FilmArray, save_film_array, save_radiograph
from OsteoScreenLib.radiograph.values import Laterality, Spacing, SpacingProvenance
from OsteoScreenLib.screening.storage import save_result
from Testing.band_bundle import write_band_bundle
from Testing.radiograph.dicom_films import LOSSLESS, LOSSY, hand_phantom, lookup_table, write_dicom
from Testing.screening_results import MISSING_BONE, make_screening_result

Files = dict[str, bytes]
"""Content by file name: an input of several files."""
SHAPE = (96, 80)


@cache
def dicom_films() -> tuple[bytes, ...]:
    """One film of every transfer syntax, one with every tag and table that is read, one in colour."""
    film = hand_phantom(*SHAPE, bits=8)
    tags = {
        "ImagerPixelSpacing": [0.15, 0.15],
        "EstimatedRadiographicMagnificationFactor": 1.1,
        "PatientAge": "067Y",
        "PatientSex": "F",
        "ViewPosition": "PA",
        "Laterality": "L",
        "RescaleSlope": 2,
        "RescaleIntercept": -100,
        "PixelPaddingValue": 0,
        "VOILUTSequence": lookup_table(np.arange(256) ** 2 // 2, bits=16),
        "NumberOfFrames": 1,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.dcm"
        films = [write_dicom(path, film, transfer_syntax=syntax).read_bytes() for syntax in (*LOSSLESS, *LOSSY)]
        films.append(write_dicom(path, hand_phantom(*SHAPE, bits=12), bits_stored=12, tags=tags).read_bytes())
        films.append(write_dicom(path, np.stack([film] * 3, axis=-1), kind="SC").read_bytes())
    return tuple(films)


@cache
def pictures() -> tuple[bytes, ...]:
    """PNG, JPEG, TIFF (by compression) and NRRD (by encoding)."""
    import SimpleITK as sitk
    from PIL import Image

    film = hand_phantom(*SHAPE, bits=8)
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for name, values in (
            ("a.png", film),
            ("b.png", film.astype(np.uint16) * 257),
            ("c.png", np.stack([film] * 4, axis=-1)),
            ("d.jpg", film),
            ("e.tif", film.astype(np.uint16)),
            ("f.nrrd", film.astype(np.int16)),
        ):
            path = Path(folder) / name
            sitk.WriteImage(sitk.GetImageFromArray(values, isVector=values.ndim == 3), str(path), useCompression=name != "f.nrrd")
            made.append(path.read_bytes())
    for kind in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group4"):
        stream = io.BytesIO()
        picture = Image.fromarray(film)
        (picture.convert("1") if kind == "group4" else picture).save(stream, "TIFF", compression=kind)
        made.append(stream.getvalue())
    stream = io.BytesIO()
    Image.fromarray(film).save(stream, "JPEG", progressive=True)
    head = b"NRRD0004\ntype: uchar\ndimension: 2\nsizes: 80 96\nspace dimension: 2\nspace directions: (0.2,0) (0,0.2)\n"
    texts = " ".join(str(value) for value in film.ravel()).encode()
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(film.tobytes()) + packer.flush()
    coded = ((b"raw", film.tobytes()), (b"gzip", packed), (b"ascii", texts), (b"hex", film.tobytes().hex().encode()))
    made += [stream.getvalue(), *(head + b"encoding: " + name + b"\n\n" + body for name, body in coded)]
    return tuple(made)


@cache
def bundle() -> Files:
    """A model bundle that scores."""
    return _written(lambda folder: write_band_bundle(folder, classifier=True))


@cache
def result() -> Files:
    """A result folder with hypotheses."""
    return _written(lambda folder: save_result(make_screening_result((64, 64))[0], folder))


@cache
def handed_over() -> Files:
    """A film and a radiograph as processes hand them to each other."""
    film = hand_phantom(*SHAPE, bits=8)
    spacing = Spacing(0.1, 0.1, SpacingProvenance.USER)

    def write(folder: Path) -> None:
        save_film_array(FilmArray(film, "film", spacing=spacing, tag_inverted=False), folder)
        save_radiograph(radiograph_from_array(film, spacing=spacing, laterality=Laterality.LEFT), folder)

    return _written(write)


@cache
def annotations() -> Files:
    """A session of one film with an annotator's decision."""

    def write(folder: Path) -> None:
        masks = make_screening_result((64, 64))[0].segmentation.masks
        frame = FilmFrame((64, 64), Spacing(), Laterality.LEFT)
        film = FilmFile("0001", Path("/films/a.png"), "../films/a.png", "ab" * 32, 10, 1, "s1")
        write_session(folder, SessionDocument("wrists", "2026-01-02T03:04:05Z", (film,)))
        work = WorkFile(folder, "reader")
        work.decide("0001", WorkStatus.CORRECTED, masks, frame, absent=(MISSING_BONE,), comment="a word")
        work.release()

    return _written(write)


def job() -> dict[str, Any]:
    """A job that names everything a job may name."""
    return {
        "kind": "screen", "film": "a.dcm", "folder": "out", "bundle": "b", "seed": 1, "samples": 4, "spacing_mm": 0.1,
        "invert": False, "side": "left", "age_years": 60.0, "sex": "F", "engine": "openvino", "masks": True, "replace": False,
    }  # fmt: skip


def zipped(files: Files, *, links: tuple[str, ...] = ()) -> bytes:
    """A ``.zip`` of files; names in ``links`` are marked as symbolic links."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            if name in links:
                member.external_attr = 0o120777 << 16
            archive.writestr(member, content)
    return stream.getvalue()


def document(files: Files, name: str) -> Any:
    """The JSON in one of the files."""
    return json.loads(files[name])


def _written(write: Callable[[Path], object]) -> Files:
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "made"
        folder.mkdir()
        write(folder)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
