"""What the module costs Slicer's start: time to run its file and to make its module object, each time in a fresh Python.

    python Testing/benchmarks/module_import.py [--repeats 15]

Slicer's own modules are there already when Slicer gets to this one; bare stand-ins take their place
(``Testing/packaging/start_module.py``). The first repeat, which may have to compile, is left out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET_MS = 50.0
TIMED = """
import importlib.util, json, sys, time
from unittest.mock import MagicMock
from start_module import stand_ins
for name, module in stand_ins([]).items():
    sys.modules[name] = module
begun = time.perf_counter()
spec = importlib.util.spec_from_file_location("OsteoScreen", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules["OsteoScreen"] = module
spec.loader.exec_module(module)
imported = time.perf_counter()
module.OsteoScreen(MagicMock())
print(json.dumps([imported - begun, time.perf_counter() - imported]))
"""


def repeat() -> tuple[float, float]:
    """Milliseconds to import the file and to make the module object, in a Python of its own."""
    command = [sys.executable, "-c", TIMED, str(ROOT / "OsteoScreen" / "OsteoScreen.py")]
    done = subprocess.run(command, cwd=ROOT / "Testing" / "packaging", capture_output=True, text=True, check=True)
    imported, made = json.loads(done.stdout)
    return 1000 * imported, 1000 * made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    repeat()
    times = [repeat() for _ in range(repeats)]
    for name, values in zip(("import of the file", "module object"), zip(*times, strict=True), strict=True):
        print(f"{name:20s} median {statistics.median(values):6.1f} ms, largest {max(values):6.1f} ms")
    both = statistics.median(sum(pair) for pair in times)
    print(f"{'both':20s} median {both:6.1f} ms (target below {TARGET_MS:.0f} ms): {'met' if both < TARGET_MS else 'missed'}")


if __name__ == "__main__":
    main()
