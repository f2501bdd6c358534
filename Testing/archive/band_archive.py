"""Small archives of films that the band bundle outlines, and a source whose films are trouble. Spawned workers import it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from OsteoScreenLib.archive.folder_source import FolderSource
from OsteoScreenLib.archive.values import FilmReference
from Testing.band_bundle import band_film, hand_masks
from Testing.radiograph.dicom_films import write_dicom

ROOT = Path(__file__).resolve().parents[2]
SHAPE = (400, 360)


def write_band_film(path: Path, number: int = 0) -> Path:
    """A DICOM film of the drawn hand, moved a little by its number, whose bones keep their bands when it is read."""
    pixels = 1.05 * np.roll(band_film(hand_masks(SHAPE)).pixels, (number % 5, number % 7), axis=(0, 1))
    pixels[:40, :60], pixels[:40, -60:] = 0.0, 1.0
    pixels[-1, number % SHAPE[1]] = 0.5
    path.parent.mkdir(parents=True, exist_ok=True)
    tags = {"ImagerPixelSpacing": [0.2, 0.2], "PatientAge": f"{30 + number:03d}Y", "PatientSex": "F", "ImageLaterality": "R"}
    return write_dicom(path, np.rint(np.clip(pixels, 0, 1) * 4095).astype(np.uint16), bits_stored=12, tags=tags)


def write_archive(folder: Path, films: int) -> Path:
    """Films in two folders, an exact copy of the first one, one that is cut off, and one that is no film at all."""
    for number in range(films):
        write_band_film(folder / f"{number % 2}" / f"film-{number:02d}.dcm", number)
    first = folder / "0" / "film-00.dcm"
    (folder / "copy.dcm").write_bytes(first.read_bytes())
    (folder / "cut.dcm").write_bytes(first.read_bytes()[:3000])
    (folder / "text.dcm").write_text("no radiograph\n" * 20)
    return folder


def command(*arguments: object) -> list[str]:
    """``osteoscreen batch`` as a process."""
    return [sys.executable, "-m", "OsteoScreenLib.cli", "batch", *map(str, arguments)]


def batch(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``osteoscreen batch`` to its end."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)


@contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """``osteoscreen batch`` under way, in a process group of its own, which ends with the context."""
    process = subprocess.Popen(
        command(*arguments), cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL for the process and everything that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """Process ids of its workers (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words = (entry / "cmdline").read_bytes()
            except (OSError, IndexError):
                continue
            if parent == process.pid and b"spawn_main" in words:
                found.append(int(entry.name))
    return sorted(found)


def wait_for_commits(
    folder: Path, process: subprocess.Popen[bytes], commits: int, *, of_workers: bool = True, timeout_s: float = 90.0
) -> bool:
    """Wait until the ledger was written to so many more times; whether it was, before the run ended.

    With ``of_workers`` it is looked at only from when the run has worker processes: before, the films are taken down.
    """
    path, seen, changes, end = folder / "ledger.sqlite-wal", 0, -1, time.monotonic() + timeout_s
    while process.poll() is None and time.monotonic() < end:
        written = path.stat().st_mtime_ns if path.exists() else 0
        if written != seen and (changes >= 0 or not of_workers or workers_of(process)):
            seen, changes = written, changes + 1
            if changes >= commits:
                return True
        time.sleep(0.002)
    return False


@dataclass(frozen=True)
class Trouble(FolderSource):
    """A folder some of whose films end or hold up the process that opens them: always, or the first time only."""

    deadly: tuple[str, ...] = ()
    deadly_once: tuple[str, ...] = ()
    endless: tuple[str, ...] = ()
    marks: Path = field(default_factory=Path)

    @contextmanager
    def open(self, reference: FilmReference) -> Iterator[Path]:
        name = reference.name
        mark = self.marks / f"{Path(name).name}.mark"
        if name in self.deadly or (name in self.deadly_once and not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if name in self.endless:
            time.sleep(3600)
        yield Path(reference.location)
