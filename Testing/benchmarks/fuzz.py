"""Feed hostile inputs to everything that reads files, and count what comes out.

    python Testing/benchmarks/fuzz.py --inputs 100000 --seed 1 --json FILE [--keep FOLDER] [--only NAME ...]

Inputs are read in a child process with a limit on its memory (``--memory-mb`` above what it holds at its start) and on the
time for one input (``--seconds``). Whatever is no documented error (a signal, another exception, too much memory, too long a
time) is a fault: its input is kept, and a fresh child goes on. Input n of a target depends on the seed, the target and n alone.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.errors import OsteoScreenError
from Testing.security.choices import RandomChoices
from Testing.security.targets import TARGETS, Target, put

SHARES = {"damaged DICOM": 2, "strange DICOM": 2, "damaged picture": 2}
"""How many inputs a target gets for one of the others."""


def made(target: Target, seed: int, number: int) -> dict[str, bytes]:
    """One input."""
    return target.make(RandomChoices((seed, TARGETS.index(target), number)))


def attempt(target: Target, seed: int, number: int, parent: Path) -> str:
    """How reading one input ended: ``read``, a documented error's class, or ``fault: ...``."""
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        put(made(target, seed, number), folder)
        target.read(folder)
        return "read"
    except OsteoScreenError as error:
        return type(error).__name__ if "\n" not in str(error) else "fault: a message of several lines"
    except BaseException as error:
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = "" if place is None else f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}"
        return f"fault: {type(error).__name__} at {where}: {' '.join(str(error).split())[:160]}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def child(target: Target, seed: int, first: int, end: int, memory_mb: int, parent: Path, answers: int) -> None:
    """Read inputs ``first`` to ``end`` and write one line for each; never returns."""
    attempt(target, seed, first, parent)  # what is imported at the first input does not count
    sound = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    limit = int(sound) * resource.getpagesize() + (memory_mb << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with os.fdopen(answers, "w", encoding="utf-8") as stream:
        for number in range(first, end):
            stream.write(attempt(target, seed, number, parent).replace("\n", " ") + "\n")
            stream.flush()
    os._exit(0)


def run(target: Target, seed: int, inputs: int, given: argparse.Namespace, parent: Path) -> tuple[Counter[str], list[str]]:
    """Outcomes of all inputs of a target, counted, and its faults."""
    outcomes: Counter[str] = Counter()
    faults: list[str] = []
    number = 0
    while number < inputs:
        answers, to = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(answers)
            child(target, seed, number, inputs, given.memory_mb, parent, to)
        os.close(to)
        for outcome in _answers(answers, process, given.seconds):
            if outcome.startswith("fault"):
                faults.append(f"{target.name} {number}: {outcome}")
                print(faults[-1], flush=True)
                if given.keep:
                    put(made(target, seed, number), given.keep / f"{target.name} {number}".replace(" ", "_"))
                outcome = "fault"
            outcomes[outcome] += 1
            number += 1
        os.close(answers)
    return outcomes, faults


def _answers(answers: int, process: int, seconds: float) -> list[str]:
    """What a child answered; the last one says how it ended where it did not end by itself."""
    lines: list[str] = []
    rest = b""
    while True:
        ready, _, _ = select.select([answers], [], [], seconds if lines else seconds + 60)
        block = os.read(answers, 1 << 16) if ready else b""
        *whole, rest = (rest + block).split(b"\n")
        lines += [line.decode("utf-8") for line in whole]
        if not ready:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            return [*lines, f"fault: took more than {seconds:g} s"]
        if not block:
            _, status = os.waitpid(process, 0)
            if os.WIFSIGNALED(status):
                lines.append(f"fault: {signal.Signals(os.WTERMSIG(status)).name}")
            elif os.WEXITSTATUS(status):
                lines.append(f"fault: exit status {os.WEXITSTATUS(status)}")
            return lines


def main() -> int:
    """Run the command; the exit status says whether there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=10_000, help="of all targets together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path, help="folder for inputs that show a fault")
    parser.add_argument("--only", nargs="+", choices=[target.name for target in TARGETS])
    parser.add_argument("--memory-mb", type=int, default=2048)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    targets = [target for target in TARGETS if not given.only or target.name in given.only]
    parts = sum(SHARES.get(target.name, 1) for target in targets)
    table, began = {}, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as parent:
        for target in targets:
            started = time.monotonic()
            inputs = -(-given.inputs * SHARES.get(target.name, 1) // parts)
            outcomes, faults = run(target, given.seed, inputs, given, Path(parent))
            seconds = time.monotonic() - started
            table[target.name] = {"inputs": inputs, "outcomes": dict(outcomes), "faults": faults, "seconds": round(seconds, 1)}
            print(f"{target.name}: {inputs} inputs in {seconds:.0f} s: {dict(outcomes)}", flush=True)
    total = sum(row["inputs"] for row in table.values())
    faults = sum(len(row["faults"]) for row in table.values())
    print(f"{total} inputs, {faults} faults, {time.monotonic() - began:.0f} s")
    if given.json:
        report = {"seed": given.seed, "inputs": total, "faults": faults, "targets": table}
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
