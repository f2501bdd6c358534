"""A stand-in for the screening: two pictures of each film, with UIDs that follow from it. Run as a process, it watches.

Arguments of the process: port to listen on, address of the destination, folder of the queue, file that gets a line per screening.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pydicom
from pydicom.uid import generate_uid

from OsteoScreenLib.errors import FilmError


def result_uids(film_uid: str) -> list[str]:
    """UIDs of the objects that `screen` makes of a film."""
    return [str(generate_uid(entropy_srcs=[film_uid, f"result {number}"])) for number in range(2)]


def screen(film: Path, folder: Path) -> Sequence[Path]:
    """Write two secondary captures. Raises `FilmError` for the patient named BAD."""
    dataset = pydicom.dcmread(film)
    if dataset.PatientID == "BAD":
        raise FilmError(film, "the image has only 3 x 3 pixels", "Give a radiograph")
    if dataset.PatientID == "ODD":
        raise RuntimeError(f"{dataset.PatientName} is odd")
    paths = []
    for number, uid in enumerate(result_uids(str(dataset.SOPInstanceUID))):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
        dataset.Manufacturer, dataset.Modality = "OsteoScreen", "OT"
        dataset.SeriesInstanceUID = f"{dataset.SeriesInstanceUID[:60]}.{number}"
        dataset.ContentTime = f"{time.time_ns() % 10**6:06d}"  # another content every time, as a real result has another date
        paths.append(folder / f"{number}.dcm")
        dataset.save_as(paths[-1])
    return paths


def main(port: str, to: str, queue: str, record: Path) -> int:
    """Watch as the command line does, with `screen` for the screening."""
    from OsteoScreenLib.cli import commands, watch

    def recorded(film: Path, folder: Path) -> Sequence[Path]:
        time.sleep(0.02)
        with record.open("a") as file:
            file.write(f"{film.stem}\n")
        return screen(film, folder)

    watch.real_screen = lambda given: recorded
    return commands.run(["watch", "--listen", port, "--title", "SCREENER", "--to", to, "--queue", queue])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4], Path(sys.argv[4])))
