"""A real worker process with a stand-in for the model: ``python worker_process.py MODE job.json`` or ``MODE --serve``.

MODE says what happens in the middle of each screening. "wait": it stays there. "noisy": libraries print to standard output.
"curious": libraries read standard input. "fault": it fails unexpectedly; "fault once": the first one does. "meet": it waits for
a file ``go`` beside the job. "windows": it stays there, in a process that takes its system for Windows.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.worker import termination
from OsteoScreenLib.worker.main import main
from Testing.screening_steps import StandInSteps


def wait() -> None:
    time.sleep(120)


def noisy() -> None:
    print("python noise")
    os.write(1, b"noise from C\n")
    os.system("echo noise of a child")


def curious() -> None:
    print("python reads", repr(sys.stdin.read()))
    print("C reads", os.read(0, 100))
    os.system("cat")


def fault() -> None:
    raise RuntimeError("a bug\nin two lines")


faults: list[int] = []


def fault_once() -> None:
    if not faults:
        faults.append(1)
        fault()


def meet() -> None:
    while not (Path(sys.argv[2]).parent / "go").exists():
        time.sleep(0.005)


def windows() -> None:
    """There a call that waits is not woken, so the wait is made of short ones."""
    termination.sys = SimpleNamespace(platform="win32")  # type: ignore[assignment]
    for _ in range(12_000):
        time.sleep(0.01)


MODES = {
    "wait": wait,
    "noisy": noisy,
    "curious": curious,
    "fault": fault,
    "fault once": fault_once,
    "meet": meet,
    "windows": windows,
    "plain": lambda: None,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[2:], lambda: StandInSteps(MODES[sys.argv[1]]).steps))
