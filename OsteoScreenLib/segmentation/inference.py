"""A film in, plausible outlines, consensus and uncertainty out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.bundle.values import Bundle, SegmentationModel
from OsteoScreenLib.errors import BundleError, UsageError
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.segmentation.consensus import film_maps, film_mask
from OsteoScreenLib.segmentation.content import content_box
from OsteoScreenLib.segmentation.engine import InferenceEngine
from OsteoScreenLib.segmentation.looks import MULTIPLE, agreement, closer_look, found_count, part_of_film, whole_film
from OsteoScreenLib.segmentation.order import anatomical_order
from OsteoScreenLib.segmentation.parts import Part, largest_parts
from OsteoScreenLib.segmentation.sampling import InputGrid, sample
from OsteoScreenLib.segmentation.uncertainty import disagreement, entropies, mean_over_bone, most_uncertain_bone
from OsteoScreenLib.segmentation.values import BoneSummary, Hypotheses, Segmentation, UncertaintyMaps

Fraction = Callable[[float], None]
"""Called with the finished share of the work, 0..1."""

ENOUGH_BONES = 6
"""With fewer bones found upright, the film is also tried turned by quarter turns."""

CONFIDENT = 0.955
"""Mean probability over all bones below which the first look is also tried on the film's content alone."""

WORTHWHILE_CONTENT = 0.8
"""Content that fills more of the film's longer side than this is not worth a look of its own."""

SURER = 0.02
"""Mean probability by which a second look in another place must exceed the first to replace it."""

TURNED_SIZE = 2 / 3
"""Size of the turned looks, as a fraction of the first look's: they only have to tell up from down."""

AGREEMENT = 0.5
"""A second look that found no more bones must agree this well with the first."""

MAX_SAMPLES = 256


@dataclass(frozen=True)
class Look:
    """What the network said of one grid. ``mean`` and ``within`` are 7 x rows x columns."""

    grid: InputGrid
    hypotheses: Hypotheses
    mean: np.ndarray
    within: np.ndarray
    parts: tuple[Part, ...]

    @property
    def found(self) -> int:
        """How many bones were found."""
        return found_count(self.parts)

    @property
    def confidence(self) -> float:
        """Sum over the found bones of their mean probability: ranks looks by bones first."""
        return sum(part.mean_probability for part in self.parts if part.found)


def segment(
    radiograph: Radiograph,
    bundle: Bundle,
    engine: InferenceEngine,
    *,
    seed: int = 0,
    samples: int | None = None,
    progress: Fraction | None = None,
) -> Segmentation:
    """Outline the seven bones of a film.

    Two looks: the whole film, then closer at the region in which bones were found. ``samples`` is S, the hypotheses drawn
    from each expert (``None``: the bundle's own); ``seed`` fixes them. Raises `BundleError` where the graph does not keep
    its contract and `UsageError` for a wrong ``samples`` or ``seed``.
    """
    model = bundle.segmentation
    latents = draw_latents(model, seed, samples)
    report = progress or (lambda fraction: None)
    best, renamed = in_order(_best_look(radiograph, model, engine, latents, report), radiograph.field, model)
    report(0.75)
    segmentation = replace(summarise(best, model), renamed=renamed)
    report(1.0)
    return segmentation


def draw_latents(model: SegmentationModel, seed: int, samples: int | None = None) -> np.ndarray:
    """Standard normal latents, K x S x L, float32. The first samples stay the same when more are drawn."""
    count = model.samples if samples is None else samples
    if not 1 <= count <= MAX_SAMPLES:
        raise UsageError("samples", f"is {count}", f"Give a number from 1 to {MAX_SAMPLES}")
    if seed < 0:
        raise UsageError("seed", f"is {seed}", "Give a whole number of at least 0")
    drawn = np.random.default_rng(seed).standard_normal((count, model.experts, model.latent), dtype=np.float32)
    return np.ascontiguousarray(drawn.transpose(1, 0, 2))


def look(film: np.ndarray, grid: InputGrid, model: SegmentationModel, engine: InferenceEngine, latents: np.ndarray) -> Look:
    """Run the network on one grid over a normalised film. Raises `BundleError` where its outputs break the contract."""
    image = sample(film, grid)[None, None]
    outputs = engine.run(model.graph, {"film": image, "latents": latents})
    count = latents.shape[0] * latents.shape[1]
    shape = (grid.shape[0] // model.output_stride, grid.shape[1] // model.output_stride)
    wanted = {
        "hypotheses": (count, len(BONES), *shape),
        "gate": (latents.shape[0],),
        "mean": (len(BONES), *shape),
        "within": (len(BONES), *shape),
    }
    for name, size in wanted.items():
        found = outputs[name].shape if name in outputs else "missing"
        if found != size:
            raise BundleError(model.graph, f"output '{name}' is {found}, not {size}", "Export the bundle again")
    gate = np.asarray(outputs["gate"], float)
    if not np.isfinite(outputs["mean"]).all() or not np.isfinite(gate).all() or gate.sum() <= 0:
        raise BundleError(model.graph, "gives values that are not finite", "Train or export the bundle again")
    hypotheses = Hypotheses(
        probabilities=outputs["hypotheses"],
        weights=np.repeat(gate / gate.sum(), latents.shape[1]) / latents.shape[1],
        experts=np.repeat(np.arange(latents.shape[0]), latents.shape[1]),
        mapping=grid.output_mapping(model.output_stride, shape),
    )
    parts = largest_parts(outputs["mean"], model.threshold_values, model.min_area_px, model.min_probability)
    return Look(grid, hypotheses, outputs["mean"], outputs["within"], parts)


def in_order(chosen: Look, field: np.ndarray, model: SegmentationModel) -> tuple[Look, tuple[Bone, ...]]:
    """The look with every bone in its own channel, and the bones that were in another's.

    Where places say clearly that channels were mixed up, everything said of a bone moves with its outline.
    """
    inside = sample(field.astype(np.float32), chosen.grid)[:: model.output_stride, :: model.output_stride] > 0.5
    order = anatomical_order(np.stack([part.mask & part.found for part in chosen.parts]), inside)
    if not order.renamed:
        return chosen, ()
    channels = list(order.channels)
    hypotheses = replace(chosen.hypotheses, probabilities=chosen.hypotheses.probabilities[:, channels])
    mean = chosen.mean[channels]
    parts = largest_parts(mean, model.threshold_values, model.min_area_px, model.min_probability)
    return Look(chosen.grid, hypotheses, mean, chosen.within[channels], parts), order.renamed


def summarise(chosen: Look, model: SegmentationModel) -> Segmentation:
    """Consensus masks, uncertainty and summaries on the film's grid from the chosen look."""
    mapping = chosen.hypotheses.mapping
    total, between = entropies(chosen.mean, chosen.within)
    masks = np.zeros((len(BONES), *mapping.film_shape), bool)
    summaries = []
    for bone in BONES:
        channel, threshold = bone.channel, model.threshold(bone)
        part = chosen.parts[channel]
        if part.found:
            masks[channel] = film_mask(chosen.mean[channel], threshold, part, mapping)
        area = int(np.count_nonzero(masks[channel]))
        summaries.append(
            BoneSummary(
                bone=bone,
                found=area > 0,
                area_px=area,
                disagreement=disagreement(chosen.hypotheses, channel, threshold),
                mean_uncertainty=mean_over_bone(total[channel], part.mask) if area else 0.0,
            )
        )
    most, most_between = film_maps(most_uncertain_bone(total, between), mapping)
    return Segmentation(
        masks=masks,
        uncertainty=UncertaintyMaps(total=most, between=most_between, within=most - most_between),
        bones=tuple(summaries),
        hypotheses=chosen.hypotheses,
    )


def _best_look(
    radiograph: Radiograph, model: SegmentationModel, engine: InferenceEngine, latents: np.ndarray, report: Fraction
) -> Look:
    film = radiograph.normalised()
    shape = radiograph.shape
    whole = whole_film(shape, model.input_size)
    first = look(film, whole, model, engine, latents)
    if first.confidence < CONFIDENT * len(BONES):
        report(0.1)
        box = content_box(film, radiograph.field) or (np.zeros(2), np.array(shape, float) - 1)
        first = _surest_first(film, box, whole, first, model, engine, latents)
    report(0.4)
    if not model.second_look.enabled:
        return first
    grid = closer_look(first.parts, first.hypotheses.mapping, first.grid, model.second_look)
    if grid is None:
        return first
    second = look(film, grid, model, engine, latents)
    return second if _better(first, second) else first


def _surest_first(
    film: np.ndarray,
    box: tuple[np.ndarray, np.ndarray],
    whole: InputGrid,
    first: Look,
    model: SegmentationModel,
    engine: InferenceEngine,
    latents: np.ndarray,
) -> Look:
    """The surest of the first look, a look at the film's content alone, and, where bones are missing, quarter turns of it."""
    shape = first.grid.film_shape
    content = part_of_film(box, shape, model.input_size)
    if content.scale < WORTHWHILE_CONTENT * whole.scale:
        nearer = look(film, content, model, engine, latents)
        first = nearer if nearer.confidence > first.confidence else first
    else:
        box = (np.zeros(2), np.array(shape, float) - 1)
    if first.found >= ENOUGH_BONES:
        return first
    size = max(MULTIPLE, round(model.input_size * TURNED_SIZE / MULTIPLE) * MULTIPLE)
    small = {turns: look(film, part_of_film(box, shape, size, turns), model, engine, latents[:, :1]) for turns in (1, 2, 3)}
    turns = max(small, key=lambda key: small[key].confidence)
    if small[turns].found <= first.found:
        return first
    return look(film, part_of_film(box, shape, model.input_size, turns), model, engine, latents)


def _better(first: Look, second: Look) -> bool:
    """Whether the second look may replace the first: more bones, or as many in the same places, or as many and surer."""
    if second.found != first.found:
        return second.found > first.found
    if second.confidence > first.confidence + SURER * len(BONES):
        return True
    same = agreement(first.parts, first.hypotheses.mapping, second.parts, second.hypotheses.mapping)
    return second.found > 0 and same >= AGREEMENT
