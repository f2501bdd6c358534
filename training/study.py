"""Compare couplings, numbers of experts and families of effects: ``python -m training.study --out FOLDER``.

Every row is the same small training with one change; a run that is finished is not repeated, one that was killed goes on.
``python -m training.results`` makes the tables.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from training.segmentation.commit import commit
from training.segmentation.study.rows import COUPLINGS, EFFECTS, EXPERTS, Budget
from training.segmentation.study.run import EVALUATION

TABLES = {"couplings": COUPLINGS, "experts": EXPERTS, "effects": EFFECTS}


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.study", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of the study, outside the repository")
    parser.add_argument("--tables", nargs="+", choices=sorted(TABLES), default=list(TABLES))
    parser.add_argument("--seeds", type=int, default=3, help="seeds of the comparison of couplings; the others have one")
    parser.add_argument("--films", type=Path, help="folder of real films to measure on (annotated/ and unlabelled/)")
    parser.add_argument("--backbone", type=Path, help="run whose encoder and decoder all rows start from; else from scratch")
    for name, value in asdict(Budget()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    options = parser.parse_args(arguments)
    jobs = [(row.name, seed) for seed in range(options.seeds) for row in TABLES["couplings"] if "couplings" in options.tables]
    jobs += [(row.name, 0) for table in ("experts", "effects") if table in options.tables for row in TABLES[table]]
    options.out.mkdir(parents=True, exist_ok=True)
    for name, seed in dict.fromkeys(jobs):
        done = options.out / "runs" / f"{name}-{seed}" / EVALUATION
        if done.exists():
            continue
        print(f"{name}, seed {seed}", flush=True)
        command = [sys.executable, "-m", "training.segmentation.study.run", "--row", name, "--seed", str(seed)]
        command += ["--study", str(options.out)] + (["--films", str(options.films)] if options.films else [])
        command += ["--backbone", str(options.backbone)] if options.backbone else []
        command += [part for key in asdict(Budget()) for part in (f"--{key.replace('_', '-')}", str(getattr(options, key)))]
        subprocess.run(command, check=True)
        figures = json.loads(done.read_text()) | {"commit": commit()}
        done.write_text(json.dumps(figures, indent=1))
        print(json.dumps({key: figures[key] for key in ("simulated", "real")}), flush=True)


if __name__ == "__main__":
    main()
