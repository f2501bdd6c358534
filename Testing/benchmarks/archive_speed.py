"""Speed, memory and kills of ``osteoscreen batch`` on an archive of films.

    python Testing/benchmarks/archive_speed.py --archive FOLDER --out FOLDER --json FILE [--films N] [--workers 1 2 4] [--kills 5]

Each worker count screens the same films into a folder of its own; memory is read from ``/proc`` twice a second. Then one run with
as many workers as cores is killed, all processes at once, at ``--kills`` moments drawn from ``--seed`` over the time that the
unkilled run took, resumed each time, and its table compared with the unkilled one byte for byte. ``--films`` takes the first
films by name, and some of those in ``copies`` and ``faults``; ``--speed-films`` takes fewer for the other worker counts. Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
CORES = len(os.sched_getaffinity(0))
LOOK_S = 0.5
TABLES = ("films.csv", "failures.csv")


@dataclass
class Memory:
    """MiB over time: seconds since the start, then the parent's and each worker's resident and proportional share."""

    seconds: list[float] = field(default_factory=list)
    parent_rss: list[float] = field(default_factory=list)
    parent_pss: list[float] = field(default_factory=list)
    worker_rss: list[list[float]] = field(default_factory=list)
    worker_pss: list[list[float]] = field(default_factory=list)

    def look(self, parent: int, seconds: float) -> None:
        """Read the memory of a run now."""
        mine = memory_mb(parent)
        if mine is None:
            return
        theirs = [found for each in workers_of(parent) if (found := memory_mb(each)) is not None]
        self.seconds.append(round(seconds, 1))
        self.parent_rss.append(mine[0])
        self.parent_pss.append(mine[1])
        self.worker_rss.append([rss for rss, _ in theirs])
        self.worker_pss.append([pss for _, pss in theirs])

    def summary(self) -> dict[str, object]:
        """Peaks, and the median of the workers over each tenth of the run."""
        tenths = np.array_split(np.arange(len(self.seconds)), 10)
        medians = [
            round(float(np.median(found)), 1) if (found := [mb for n in tenth for mb in self.worker_rss[n]]) else None
            for tenth in tenths
        ]
        return {
            "looks": len(self.seconds),
            "parent_peak_rss_mb": max(self.parent_rss, default=0.0),
            "parent_peak_pss_mb": max(self.parent_pss, default=0.0),
            "parent_rss_mb_start_middle_end": [self.parent_rss[n] for n in (0, len(self.parent_rss) // 2, -1)],
            "worker_peak_rss_mb": max((mb for each in self.worker_rss for mb in each), default=0.0),
            "worker_peak_pss_mb": max((mb for each in self.worker_pss for mb in each), default=0.0),
            "all_peak_pss_mb": max(
                (mine + sum(theirs) for mine, theirs in zip(self.parent_pss, self.worker_pss, strict=True)), default=0.0
            ),
            "worker_median_rss_mb_by_tenth": medians,
        }


@dataclass
class Run:
    """One run to its end, or until it was killed."""

    workers: int
    seconds: float
    status: int | None
    memory: Memory


def batch(archive: Path, out: Path, workers: int, *, kill_after_s: float | None = None) -> Run:
    """Run ``osteoscreen batch``; with ``kill_after_s`` all its processes are killed then."""
    command = [sys.executable, "-m", "OsteoScreenLib.cli", "batch", str(archive), "--out", str(out), "--workers", str(workers)]
    begun, memory = time.monotonic(), Memory()
    with (out.parent / f"{out.name}.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=log, stderr=log)
        try:
            while process.poll() is None:
                seconds = time.monotonic() - begun
                if kill_after_s is not None and seconds >= kill_after_s:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    return Run(workers, seconds, None, memory)
                memory.look(process.pid, seconds)
                time.sleep(LOOK_S if kill_after_s is None else min(LOOK_S, max(kill_after_s - seconds, 0.0)))
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    return Run(workers, time.monotonic() - begun, process.returncode, memory)


def memory_mb(process: int) -> tuple[float, float] | None:
    """Resident and proportional memory of a process in MiB."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = {name: int(line.split()[1]) / 1024 for line in lines if (name := line.partition(":")[0]) in ("Rss", "Pss")}
    return (round(found["Rss"], 1), round(found["Pss"], 1)) if len(found) == 2 else None


def workers_of(parent: int) -> list[int]:
    """The worker processes of a run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                above = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if above == parent and b"spawn_main" in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except (OSError, IndexError):
                continue
    return found


def part_of(archive: Path, out: Path, films: int | None) -> Path:
    """A folder with links to the first films by name, and to some copies and faults; the archive itself where all are meant."""
    if films is None:
        return archive
    folder = out / "part"
    shutil.rmtree(folder, ignore_errors=True)
    found = sorted(path for path in archive.rglob("*") if path.is_file())
    others = [path for path in found if path.parent.name in ("copies", "faults")]
    for path in [each for each in found if each not in set(others)][:films] + others[:: max(1, len(others) // 12)]:
        link = folder / path.relative_to(archive)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path)
    return folder


def ledger_count(out: Path) -> int:
    """Films with an outcome in the ledger that a killed run has left."""
    with closing(sqlite3.connect(out / "ledger.sqlite")) as base:
        return int(base.execute("SELECT count(*) FROM films JOIN outcomes USING (key) WHERE listed").fetchone()[0])


def kill_experiment(archive: Path, out: Path, unkilled: Path, seconds: float, kills: int, seed: int) -> dict[str, object]:
    """Kill and resume a run; say what was done at each kill and whether the tables are the same."""
    # The moments part the time that is left between the start of the first film and the end into pieces of random length.
    rng, workers = np.random.default_rng(seed), CORES
    pieces = rng.dirichlet(np.full(kills + 1, 2.0)) * seconds
    told = []
    for number in range(kills):
        run = batch(archive, out, workers, kill_after_s=float(pieces[number]) + 2.0)
        if run.status is not None:
            break
        told.append({"after_s": round(run.seconds, 2), "films_done": ledger_count(out)})
    last = batch(archive, out, workers)
    films = [line.split(",")[0] for line in (out / TABLES[0]).read_text(encoding="utf-8").splitlines()[1:]]
    return {
        "workers": workers,
        "seed": seed,
        "kills": told,
        "status": last.status,
        "same_tables": {name: (out / name).read_bytes() == (unkilled / name).read_bytes() for name in TABLES},
        "films": len(films),
        "films_more_than_once": len(films) - len(set(films)),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder that is made; its earlier runs are removed")
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--films", type=int, help="films for the run that is killed (default: all)")
    parser.add_argument("--speed-films", type=int, help="films for the worker counts other than the number of cores")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=6)
    options = parser.parse_args()
    out = options.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    whole = part_of(options.archive.absolute(), out, options.films)
    small = whole if options.speed_films is None else part_of(options.archive.absolute(), out / "small", options.speed_films)
    report: dict[str, object] = {"cores": CORES, "runs": []}
    unkilled, seconds = out / "unkilled", 0.0
    for workers in sorted({*options.workers, CORES}, key=lambda count: count != CORES):
        archive = whole if workers == CORES else small
        folder = unkilled if workers == CORES else out / f"workers-{workers}"
        shutil.rmtree(folder, ignore_errors=True)
        run = batch(archive, folder, workers)
        films = sum(1 for _ in (folder / TABLES[0]).open(encoding="utf-8")) - 1
        told = {"workers": workers, "films": films, "seconds": round(run.seconds, 1), "status": run.status}
        told |= {"films_per_second": round(films / run.seconds, 3), "load": os.getloadavg()[0]} | run.memory.summary()
        report["runs"].append(told)  # type: ignore[attr-defined]
        print(json.dumps(told), flush=True)
        if workers == CORES:
            seconds = run.seconds
            report["memory_over_time"] = asdict(run.memory)
    killed = out / "killed"
    shutil.rmtree(killed, ignore_errors=True)
    report["kill_experiment"] = kill_experiment(whole, killed, unkilled, seconds, options.kills, options.seed)
    print(json.dumps(report["kill_experiment"]), flush=True)
    options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
