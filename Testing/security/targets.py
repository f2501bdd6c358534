"""What reads files that others wrote: how a hostile input for each is made, and how it is read.

Reading may end well or in an `OsteoScreenError`; anything else is a fault.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from OsteoScreenLib.errors import OsteoScreenError
from Testing.security import seeds
from Testing.security.byte_edits import edited
from Testing.security.choices import Choices, one_of
from Testing.security.dicom_edits import edited_elements, elements_of
from Testing.security.json_edits import edited_document
from Testing.security.seeds import Files

NAMES = (
    "bundle.json", "a.onnx", "../a.onnx", "/tmp/a.onnx", "a/b/c.onnx", "bundle/bundle.json", "bundle/a.onnx", "C:\\a", "..\\a",
    "a:b",
    "BUNDLE.JSON", "con", ".hidden", "__MACOSX/a", "a/", "..", ".", "a\0b", "x" * 300, "bundle/../../a", "ä.onnx",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One reader. ``make`` gives the files of an input, ``read`` reads them from a folder."""

    name: str
    make: Callable[[Choices], Files]
    read: Callable[[Path], object]


def put(files: Files, folder: Path) -> None:
    """Write an input's files into a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _damaged_dicom(choices: Choices) -> Files:
    return {"film": edited(one_of(choices, seeds.dicom_films()), choices)}


def _strange_dicom(choices: Choices) -> Files:
    films = seeds.dicom_films()
    sound = films[1] if choices.below(2) else one_of(choices, films[4:])  # not the implicit, big-endian and deflated ones
    content = edited_elements(elements_of(sound), choices)
    return {"film": content if choices.below(8) else edited(content, choices)}


def _damaged_picture(choices: Choices) -> Files:
    return {"film": edited(one_of(choices, seeds.pictures()), choices)}


def _read_film(folder: Path) -> None:
    from OsteoScreenLib.radiograph.dicom_header import read_dicom_header
    from OsteoScreenLib.radiograph.patient import read_patient
    from OsteoScreenLib.radiograph.read import film_format, read_radiograph

    path = folder / "film"
    if film_format(path.read_bytes()[:256]) == "DICOM":
        for read in (read_dicom_header, read_patient):
            _forgiving(read, path)
    read_radiograph(path)


def _forgiving(read: Callable[[Path], object], path: Path) -> None:
    with suppress(OsteoScreenError):
        read(path)


def _bundle(choices: Choices) -> Files:
    files = dict(seeds.bundle())
    files["bundle.json"] = edited_document(seeds.document(files, "bundle.json"), choices)
    if choices.below(4) == 0:
        files[one_of(choices, ("a.onnx", "notes.txt", "deep/a.bin"))] = b"x"
    return files


def _load_bundle(folder: Path) -> None:
    from OsteoScreenLib.bundle import load_bundle
    from OsteoScreenLib.bundle.card_words import card_document, card_markdown

    bundle = load_bundle(folder)
    card_markdown(bundle)
    card_document(bundle)


def _archive(choices: Choices) -> Files:
    members = {one_of(choices, NAMES): one_of(choices, (b"", b"x", b"{}", b"\0" * 200_000)) for _ in range(choices.below(5))}
    if choices.below(2):
        members["bundle.json"] = b"{}"
    links = tuple(name for name in members if choices.below(8) == 0)
    content = seeds.zipped(members, links=links)
    return {"bundle.zip": edited(content, choices) if choices.below(2) else content}


def _unpack(folder: Path) -> None:
    from OsteoScreenLib.bundle.archive import unpack

    inside = folder / "inside"
    inside.mkdir()
    try:
        unpack(folder / "bundle.zip", inside)
    finally:
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
        strangers = {name for name in found if name not in ("bundle.zip", "inside") and not name.startswith("inside/")}
        links = [path for path in folder.rglob("*") if path.is_symlink()]
        if strangers or links:
            raise AssertionError(f"the archive wrote {sorted(strangers)} {links}")


def _result(choices: Choices) -> Files:
    files = dict(seeds.result())
    if choices.below(3):
        files["result.json"] = edited_document(seeds.document(files, "result.json"), choices)
    else:
        name = one_of(choices, ("segmentation.seg.nrrd", "uncertainty.nrrd", "hypotheses.nrrd"))
        files[name] = edited(files[name], choices)
    return files


def _load_result(folder: Path) -> None:
    from OsteoScreenLib.screening.storage import load_result

    load_result(folder)


def _job(choices: Choices) -> Files:
    return {"job.json": edited_document(seeds.job(), choices)}


def _read_job(folder: Path) -> None:
    from OsteoScreenLib.worker.job_file import job_document, read_job

    job_document(read_job(folder / "job.json"))


def _annotations(choices: Choices) -> Files:
    files = dict(seeds.annotations())
    kind = choices.below(5)
    if kind in (0, 1):
        files["work/reader.json"] = edited_document(seeds.document(files, "work/reader.json"), choices)
    elif kind in (2, 3):
        files["session.json"] = edited_document(seeds.document(files, "session.json"), choices)
    else:
        name = next(name for name in files if name.endswith(".seg.nrrd"))
        files[name] = edited(files[name], choices)
    return files


def _read_annotations(folder: Path) -> None:
    from OsteoScreenLib.annotation.session_file import read_session
    from OsteoScreenLib.annotation.work_file import WorkFile
    from OsteoScreenLib.screening.storage_segmentation import read_segmentation

    _forgiving(read_session, folder)
    work = WorkFile(folder, "reader")
    for each in work.works.values():
        if each.masks is not None:
            read_segmentation(each.masks, (64, 64))


def _handed_over(choices: Choices) -> Files:
    files = dict(seeds.handed_over())
    name = one_of(choices, sorted(files))
    if name.endswith(".json"):
        files[name] = edited_document(seeds.document(files, name), choices)
    else:
        files[name] = edited(files[name], choices)
    return files


def _take_over(folder: Path) -> None:
    from OsteoScreenLib.radiograph.any_film import read_film
    from OsteoScreenLib.radiograph.exchange import load_radiograph

    _forgiving(load_radiograph, folder)
    read_film(folder)


TARGETS = (
    Target("damaged DICOM", _damaged_dicom, _read_film),
    Target("strange DICOM", _strange_dicom, _read_film),
    Target("damaged picture", _damaged_picture, _read_film),
    Target("bundle", _bundle, _load_bundle),
    Target("archive of a bundle", _archive, _unpack),
    Target("result", _result, _load_result),
    Target("job", _job, _read_job),
    Target("annotations", _annotations, _read_annotations),
    Target("film handed over", _handed_over, _take_over),
)
