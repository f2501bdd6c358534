"""A real worker process with a stand-in for the model: ``python worker_process.py MODE job.json``.

MODE "wait": stays in the middle of the screening. "noisy": libraries print to standard output meanwhile.
"fault": fails unexpectedly.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.worker.main import main
from Testing.screening_steps import StandInSteps


def wait() -> None:
    time.sleep(120)


def noisy() -> None:
    print("python noise")
    os.write(1, b"noise from C\n")
    os.system("echo noise of a child")


def fault() -> None:
    raise RuntimeError("a bug\nin two lines")


MODES = {"wait": wait, "noisy": noisy, "fault": fault, "plain": lambda: None}

if __name__ == "__main__":
    sys.exit(main(sys.argv[2:], lambda: StandInSteps(MODES[sys.argv[1]]).steps))
