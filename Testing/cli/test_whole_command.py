"""The whole command on real files with a real engine and a tiny model whose answers are known."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.screening.storage import load_result
from Testing.band_bundle import band_film, hand_masks, write_band_bundle

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "OsteoScreenLib.cli"]
FILES = {
    "result.json", "segmentation.seg.nrrd", "uncertainty.nrrd", "hypotheses.nrrd", "report.html", "overlay.png", "masks",
}  # fmt: skip


def osteoscreen(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)


def visible(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def write_png(path: Path, values: np.ndarray) -> Path:
    Image.fromarray(np.rint(values * 65535).astype(np.uint16)).save(path)
    return path


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_band_bundle(tmp_path_factory.mktemp("bands") / "bundle", classifier=True)


@pytest.fixture(scope="module")
def masks() -> np.ndarray:
    return hand_masks((600, 540))


@pytest.fixture
def hand(tmp_path, masks: np.ndarray) -> Path:
    """A film whose bones still have their bands after it was read: reading leaves 5 % headroom above the brightest pixels."""
    pixels = 1.05 * band_film(masks).pixels
    pixels[:40, :60], pixels[:40, -60:] = 0.0, 1.0
    return write_png(tmp_path / "hand.png", pixels)


def test_one_command_screens_a_hand_and_goes_on_past_what_is_none(tmp_path, bundle: Path, hand: Path, masks: np.ndarray) -> None:
    noise = write_png(tmp_path / "noise.png", np.random.default_rng(0).random((400, 350)))
    text = tmp_path / "text.png"
    text.write_text("dear diary")
    out = tmp_path / "out"
    options = ["--bundle", bundle, "--masks", "--no-invert", "--spacing", "0.15", "--side", "left", "--seed", "3"]
    done = osteoscreen("screen", hand, noise, text, "--out", out, *options)
    assert done.returncode == 2
    assert [line for line in done.stderr.splitlines() if "text.png" in line] == done.stderr.splitlines()
    assert len(done.stderr.splitlines()) == 1
    assert visible(out) == {"hand", "noise"}
    assert visible(out / "hand") >= FILES
    assert visible(out / "noise") >= FILES
    lines = done.stdout.splitlines()
    assert lines[0] == "hand.png"
    assert lines[5] == "noise.png"
    assert lines[6].startswith("  Not analysable: ")

    document = json.loads((out / "hand" / "result.json").read_text())
    assert document["score"]["state"] == "indeterminate"
    assert lines[2].startswith(f"  Probability: {document['score']['probability']:.0%} (")
    assert document["film"]["laterality"] == "left"
    assert document["film"]["spacing"]["provenance"] == "user"
    assert document["seed"] == 3
    for bone in BONES:
        written = np.asarray(Image.open(out / "hand" / "masks" / f"{bone.value}.png")) == 255
        wanted = masks[bone.channel]
        # Outlines lie where an edge is seen, a little inside the exact projection: that counts on a film as small as this.
        assert 2 * (written & wanted).sum() / (written.sum() + wanted.sum()) > 0.85
    assert load_result(out / "hand").film.source.name == "hand.png"
    assert json.loads((out / "noise" / "result.json").read_text())["score"]["probability"] is None


def test_film_that_is_no_hand_has_status_3(tmp_path, bundle: Path) -> None:
    noise = write_png(tmp_path / "noise.png", np.random.default_rng(0).random((400, 350)))
    done = osteoscreen("screen", noise, "--out", tmp_path / "out", "--bundle", bundle, "--quiet")
    assert (done.returncode, done.stdout) == (3, "")
    assert json.loads((tmp_path / "out" / "noise" / "result.json").read_text())["score"]["state"] == "not_analysable"


def test_bundle_with_a_wrong_hash_is_one_line_and_leaves_nothing(tmp_path, hand: Path) -> None:
    bundle = write_band_bundle(tmp_path / "bundle")
    graph = bundle / "segmentation.onnx"
    graph.write_bytes(graph.read_bytes() + b"x")
    done = osteoscreen("screen", hand, "--out", tmp_path / "out", "--bundle", bundle)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "segmentation.onnx" in done.stderr
    assert not (tmp_path / "out").exists()


def test_unknown_engine_is_one_line(tmp_path, bundle: Path, hand: Path) -> None:
    done = osteoscreen("screen", hand, "--out", tmp_path / "out", "--bundle", bundle, "--engine", "abacus")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "abacus" in done.stderr
    assert not (tmp_path / "out").exists()


def test_info_prints_the_model_card(bundle: Path) -> None:
    done = osteoscreen("info", "--bundle", bundle)
    assert done.returncode == 0
    for wanted in ("bands 0.0.1", "none: brightness bands", "knows only brightness bands", "Research use only", "from 90%"):
        assert wanted in done.stdout
    assert json.loads(osteoscreen("info", "--json", "--bundle", bundle).stdout)["name"] == "bands"
    assert osteoscreen("info", "--markdown", "--bundle", bundle).stdout.startswith("# Model card: bands 0.0.1\n")
    assert osteoscreen("info", "--markdown", "--json").returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows delivers Ctrl-C to the whole console")
def test_interrupt_leaves_nothing_half_written(tmp_path, bundle: Path, hand: Path) -> None:
    out = tmp_path / "out"
    arguments = ["screen", str(hand), "--out", str(out), "--bundle", str(bundle), "--no-invert"]
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    while process.poll() is None and not out.exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    if process.returncode == 0:
        assert visible(out / "hand") >= FILES - {"masks"}
    else:
        assert process.returncode == 130
        assert not out.exists()
