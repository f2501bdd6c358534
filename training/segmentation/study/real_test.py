"""How a network trained on simulated films alone outlines real ones, at one look over the whole film."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle import DEFAULT_BUNDLE, load_bundle
from OsteoScreenLib.radiograph import read_radiograph
from OsteoScreenLib.segmentation.engine import make_engine
from OsteoScreenLib.segmentation.inference import segment
from training.segmentation.export import Deployed
from training.segmentation.metrics import dice
from training.segmentation.network import OUTPUT_STRIDE
from training.segmentation.study.simulated_test import outlines

AGREEMENT = 0.8
"""Mean Dice with the reference outlines below which an unlabelled film counts as failing."""


@dataclass(frozen=True)
class RealFilm:
    """A film as the network sees it, (1, H, W), with reference masks (7, H / 2, W / 2)."""

    name: str
    pixels: torch.Tensor
    masks: np.ndarray


@dataclass(frozen=True)
class RealScores:
    """Mean and worst Dice over films and bones of the annotated films, and how many unlabelled films fail."""

    dice: float
    worst_dice: float
    failing: int
    unlabelled: int


def annotated_films(folder: Path, size: int) -> list[RealFilm]:
    """The annotated films, each with the longer side scaled to ``size`` on a square canvas."""
    films = []
    for case in sorted(path for path in (folder / "annotated").iterdir() if path.is_dir()):
        masks = np.stack([np.asarray(Image.open(case / f"{bone.value}.png")) > 127 for bone in BONES])
        films.append(_on_canvas(case.name, case / "image.png", masks.astype(np.float32), size))
    return films


def unlabelled_films(folder: Path, size: int, kept: Path) -> list[RealFilm]:
    """The unlabelled films with the shipped model's outlines as reference, which are computed once and kept in ``kept``."""
    bundle = load_bundle(DEFAULT_BUNDLE)
    engine = make_engine("openvino")
    kept.mkdir(parents=True, exist_ok=True)
    films = []
    for path in sorted((folder / "unlabelled").glob("*.png")):
        stored = kept / f"{path.stem}-{bundle.sha256[:12]}-{size}.npz"
        if not stored.exists():
            found = segment(read_radiograph(path), bundle, engine).masks
            film = _on_canvas(path.stem, path, found.astype(np.float32), size)
            np.savez_compressed(stored, pixels=film.pixels.numpy(), masks=film.masks)
        with np.load(stored) as values:
            films.append(RealFilm(path.stem, torch.from_numpy(values["pixels"]), values["masks"]))
    return films


def real_scores(network: Deployed, annotated: list[RealFilm], unlabelled: list[RealFilm], seed: int) -> RealScores:
    """Measure the weighted mean at threshold .5; ``seed`` draws the latents."""
    generator = torch.Generator().manual_seed(seed)
    table = np.array([_dice(network, film, generator) for film in annotated])
    agreement = [float(np.mean(_dice(network, film, generator))) for film in unlabelled]
    return RealScores(float(table.mean()), float(table.min()), sum(a < AGREEMENT for a in agreement), len(agreement))


def _dice(network: Deployed, film: RealFilm, generator: torch.Generator) -> list[float]:
    mean = outlines(network, film.pixels, generator)[2]
    return [dice(found > 0.5, true) for found, true in zip(mean, film.masks, strict=True)]


def _on_canvas(name: str, path: Path, masks: np.ndarray, size: int) -> RealFilm:
    pixels = read_radiograph(path).normalised()
    scale = size / max(pixels.shape)
    canvas = np.zeros((size, size), np.float32)
    _place(canvas, pixels, scale)
    reduced = np.zeros((len(masks), size // OUTPUT_STRIDE, size // OUTPUT_STRIDE), np.float32)
    for channel, mask in enumerate(masks):
        _place(reduced[channel], mask, scale / OUTPUT_STRIDE)
    return RealFilm(name, torch.from_numpy(canvas)[None], reduced > 0.5)


def _place(canvas: np.ndarray, image: np.ndarray, scale: float) -> None:
    """Reduce an image by area into the canvas' upper left corner."""
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    canvas[: size[1], : size[0]] = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX))
