"""Assemble and verify a model bundle: ``python -m training.bundle --segmentation RUN --classification FOLDER --out BUNDLE``.

With ``--outlines BUNDLE`` instead of ``--segmentation`` the outlines of an older bundle get a new classifier, or, without
``--classification``, a new model card or reference only. ``--reference TABLE`` keeps in the bundle how its results are spread
over films that it was tried on: the table that ``osteoscreen batch`` has made of them with the same graphs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from OsteoScreenLib import __version__
from OsteoScreenLib.archive.read_table import read_table
from OsteoScreenLib.archive.reference import FEWEST_FILMS, MEASURES, Reference, reference_of
from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle import BUNDLE_SCHEMA_VERSION, hash_files, load_bundle
from OsteoScreenLib.bundle.card_values import FilmOrigin, ModelCard
from OsteoScreenLib.bundle.values import BoneThreshold
from OsteoScreenLib.errors import OsteoScreenError, UsageError
from OsteoScreenLib.json_object import read_json_object
from OsteoScreenLib.segmentation.engine import make_engine
from training.card import as_json, carried, make_card, outlines_origin
from training.limits import INTENDED_USE, limits
from training.segmentation.commit import commit
from training.segmentation.export import GRAPH_NAME, INPUTS, Deployed, deployed, export_graph
from training.segmentation.network import OUTPUT_STRIDE
from training.segmentation.run_folder import RECORD, SETTINGS, earlier_work
from training.segmentation.settings import SegmentationSettings, read_settings
from training.segmentation.state import CHECKPOINT
from training.segmentation.thresholds import choose_thresholds
from training.site_card import SiteCard, read_site_card, write_template

INDEX = "bundle.json"
CLASSIFICATION = "classification.json"
CLASSIFIER_WORDS = " Classifier: "
SIMULATED_FILMS = "simulated films"
DEFAULT_NAME = "osteoscreen-simulated"
TOLERANCE = 1e-3
"""Largest difference in probability between the exported graph and torch that is accepted."""


def assemble(
    run: Path,
    classification: Path | None,
    out: Path,
    *,
    name: str,
    films: int,
    first_look: int,
    closer: int,
    note: str = "",
    site: SiteCard | None = None,
    reference: Reference | None = None,
) -> None:
    """Export, choose thresholds, write ``bundle.json`` into ``out``, and verify all of it. ``site`` tells what only a site knows.

    Raises
    ------
    UsageError
        If a folder does not hold what a run leaves there (nothing is written then), if the films show too little of a bone, or
        if the exported graph differs from torch by more than `TOLERANCE`.
    """
    _refuse_incomplete(run, classification)
    settings = read_settings(run / SETTINGS)
    told = SiteCard() if site is None else site
    fragment = None if classification is None else _read_fragment(classification)
    outlines = FilmOrigin.SIMULATED if settings.annotations is None else FilmOrigin.BOTH
    card = make_card(outlines, fragment, told, run if classification is None else classification / CLASSIFICATION)
    _refuse_name(name, card, out)
    network = deployed(run)
    out.mkdir(parents=True, exist_ok=True)
    export_graph(network, out / GRAPH_NAME)
    difference = verify(network, out / GRAPH_NAME)
    print(f"largest difference between the graph and torch: {difference:.1e}")
    if difference > TOLERANCE:
        raise UsageError(out / GRAPH_NAME, f"differs from torch by {difference:.2g}", "Export it with another opset")
    thresholds = choose_thresholds(network, films=films, size=settings.stages[-1].size, seed=settings.seed)
    for bone, threshold in thresholds.items():
        print(f"{bone:14} threshold {threshold.probability:.2f}  Dice {threshold.dice:.4f} on {threshold.films} simulated films")
    checkpoint = torch.load(run / CHECKPOINT, weights_only=True)
    earlier_steps, earlier_films = earlier_work(run)
    films_seen = earlier_films + checkpoint["films"]
    content: dict[str, Any] = {
        "schema_version": BUNDLE_SCHEMA_VERSION,
        "name": name,
        "version": __version__,
        "segmentation": _segmentation_section(network, thresholds, first_look, closer),
        "training": {
            "seed": settings.seed,
            "commit": commit(),
            "steps": earlier_steps + checkpoint["step"],
            "films": films_seen,
            # Where the data set lies on the site's own disks is nobody else's business.
            "settings": settings.model_dump(mode="json", exclude={"annotations": {"manifest"}}),
            **({"note": note} if note else {}),
        },
        "training_data": training_data(run, settings, films_seen),
        "intended_use": told.intended_use or INTENDED_USE,
        "limits": limits(card, site=told.limits),
        "model_card": as_json(card),
    }
    if classification is not None and fragment is not None:
        _add_classification(content, fragment, classification, out)
    if reference is not None:
        content["reference"] = reference.document()
    _write_index(content, out)


def exchange_classifier(
    older: Path,
    classification: Path | None,
    out: Path,
    *,
    name: str | None = None,
    note: str | None = None,
    site: SiteCard | None = None,
    reference: Reference | None = None,
) -> None:
    """Write ``older``'s outlines with a new classifier (``None``: with its own) and a new model card into ``out``.

    The card keeps what the older one says of who made the model and why, and of the data where the classifier stays. ``name`` and
    ``note`` replace the older ones where they are given, and so does ``reference``, which does not outlive its classifier.

    Raises `BundleError` where the older bundle is damaged, and `UsageError` where ``out`` is that bundle, the exported
    classifier is missing, or the card lacks what only the site knows.
    """
    if classification is not None:
        _refuse_without_classifier(classification)
    if out.resolve() == older.resolve():
        raise UsageError(out, "is the bundle whose outlines are taken", "Write the new bundle into another folder")
    bundle = load_bundle(older)
    content: dict[str, Any] = json.loads((older / INDEX).read_text(encoding="utf-8"))
    content["name"] = name or content["name"]
    content["training_data"], _, classifier_data = content["training_data"].partition(CLASSIFIER_WORDS)
    folder, fragment = older, None
    if classification is not None:
        folder, fragment = classification, _read_fragment(classification)
    elif "classification" in content:
        fragment = {**content["classification"], "training_data": classifier_data}
    told = carried(bundle.model_card, SiteCard() if site is None else site, same_score=classification is None)
    outlines = outlines_origin(bundle.training) if bundle.model_card is None else bundle.model_card.outlines
    card = make_card(outlines, fragment, told, folder / (INDEX if classification is None else CLASSIFICATION))
    _refuse_name(content["name"], card, out)
    content["intended_use"] = told.intended_use or content["intended_use"]
    content["limits"] = limits(card, content["limits"], told.limits)
    content["model_card"] = as_json(card)
    if note is not None:
        content["training"]["note"] = note
    if classification is not None:
        content.pop("reference", None)
    if reference is not None:
        content["reference"] = reference.document()
    out.mkdir(parents=True, exist_ok=True)
    graph = content["segmentation"]["graph"]
    shutil.copyfile(older / graph, out / graph)
    if fragment is not None:
        _add_classification(content, fragment, folder, out)
    _write_index(content, out)


def training_data(run: Path, settings: SegmentationSettings, films: int) -> str:
    """What the outlines were learnt from, in words."""
    if settings.annotations is None:
        return f"Simulated films only: {films} for the outlines, cast by this project's own simulation."
    data_set = json.loads((run / RECORD).read_text(encoding="utf-8"))["sessions"][-1]["annotations"]
    return (
        f"{films} films for the outlines: about {settings.annotations.share:.0%} varied from the {data_set['films']} annotated "
        f"films of {data_set['name']} (manifest sha256 {data_set['sha256']}), the others cast by this project's own simulation."
    )


def verify(network: Deployed, graph: Path) -> float:
    """Largest difference in any output between the graph by the default engine and torch, on seeded noise of two sizes."""
    rng = np.random.default_rng(0)
    engine = make_engine("openvino")
    settings = network.network.settings
    worst = 0.0
    for shape, samples in (((1, 1, 256, 192), 4), ((1, 1, 384, 320), 2)):
        film = rng.random(shape, dtype=np.float32)
        latents = rng.standard_normal((settings.experts, samples, settings.latent)).astype(np.float32)
        with torch.inference_mode():
            wanted = network(torch.from_numpy(film), torch.from_numpy(latents))
        found = engine.run(graph, dict(zip(INPUTS, (film, latents), strict=True)))
        for name, tensor in zip(("hypotheses", "gate", "mean", "within"), wanted, strict=True):
            worst = max(worst, float(np.abs(found[name] - tensor.numpy()).max()))
    return worst


def _refuse_incomplete(run: Path, classification: Path | None) -> None:
    for name in (SETTINGS, CHECKPOINT):
        if not (run / name).is_file():
            raise UsageError(run / name, "no file is here", "Name with --segmentation the folder of a run of training.segment")
    if classification is not None:
        _refuse_without_classifier(classification)


def _refuse_without_classifier(folder: Path) -> None:
    if not (folder / CLASSIFICATION).is_file():
        remedy = "Name with --classification the folder export of a run of training.classify"
        raise UsageError(folder / CLASSIFICATION, "no file is here", remedy)


def _segmentation_section(
    network: Deployed, thresholds: dict[str, BoneThreshold], first_look: int, closer: int
) -> dict[str, Any]:
    settings = network.network.settings
    return {
        "graph": GRAPH_NAME,
        "input_size": first_look,
        "output_stride": OUTPUT_STRIDE,
        "bones": [bone.value for bone in BONES],
        "experts": settings.experts,
        "samples": 4,
        "latent": settings.latent,
        "thresholds": {bone: asdict(threshold) for bone, threshold in thresholds.items()},
        "second_look": {"enabled": True, "input_size": closer, "margin": 0.08, "metacarpal_3_px": None},
    }


def _read_fragment(folder: Path) -> dict[str, Any]:
    """The section that a classifier's run exported."""
    remedy = "Export the classifier again"
    return read_json_object(folder / CLASSIFICATION, 4 * 1024 * 1024, UsageError, remedy)


def _read_reference(table: Path, kind: str) -> Reference:
    """How the results in a table are spread. Raises `UsageError` where it is no table, or says too little."""
    found = reference_of(read_table(table), kind)
    if any(found.films < FEWEST_FILMS or measure not in found.quantiles for measure in MEASURES):
        raise UsageError(table, f"has {found.films} films with a result, too few to compare others with", "Screen more films")
    return found


def _refuse_name(name: str, card: ModelCard, out: Path) -> None:
    """A model of patients must not go by the name of the simulated one."""
    if card.score is FilmOrigin.PATIENTS and "simulated" in name.casefold():
        raise UsageError(out, f"would be called '{name}', but its score was trained on films of patients", "Give it a --name")


def _add_classification(content: dict[str, Any], fragment: dict[str, Any], folder: Path, out: Path) -> None:
    """Add the classifier whose graph lies in ``folder``."""
    section = dict(fragment)
    shutil.copyfile(folder / section["graph"], out / section["graph"])
    content["training_data"] += CLASSIFIER_WORDS + section.pop("training_data")
    content["classification"] = section


def _write_index(content: dict[str, Any], out: Path) -> None:
    """Write ``bundle.json`` with the hashes of the graphs, and load the bundle as a user would."""
    graphs = [content[section]["graph"] for section in ("segmentation", "classification") if section in content]
    content["files"] = hash_files(out, graphs)
    (out / INDEX).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    bundle = load_bundle(out)
    print(f"{bundle.name} {bundle.version}, sha256 {bundle.sha256}")


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the status: 0, or 2 where a run cannot be made a bundle."""
    parser = argparse.ArgumentParser(prog="python -m training.bundle", description="Assemble and verify a model bundle.")
    outlines = parser.add_mutually_exclusive_group(required=True)
    outlines.add_argument("--segmentation", type=Path, help="run folder of training.segment")
    outlines.add_argument("--outlines", type=Path, help="bundle whose outlines are taken as they are")
    outlines.add_argument("--card-template", type=Path, metavar="FILE", help="write the file to fill in for --card, and no more")
    parser.add_argument("--classification", type=Path, help="folder export of a run of training.classify")
    parser.add_argument("--out", type=Path, help="bundle folder to write")
    parser.add_argument("--name", help=f"what reports call the model; {DEFAULT_NAME}, or the name of the bundle given")
    parser.add_argument("--card", type=Path, help="JSON file with what the site says of its model: who, where, when, limits")
    parser.add_argument("--films", type=int, default=120, help="simulated films on which thresholds are chosen")
    parser.add_argument("--first-look", type=int, default=384, help="longest side of the first look in network pixels")
    parser.add_argument("--closer-look", type=int, default=512, help="longest side of the second look in network pixels")
    parser.add_argument("--reference", type=Path, metavar="TABLE", help="table of osteoscreen batch over films it was tried on")
    parser.add_argument("--reference-kind", default=SIMULATED_FILMS, help="what films these were (default: %(default)s)")
    parser.add_argument("--note", help="what else should be known about the training; kept in bundle.json")
    options = parser.parse_args(arguments)
    if options.card_template is None and options.out is None:
        parser.error("--out is missing: the bundle folder to write")
    try:
        _run(options)
    except OsteoScreenError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _run(options: argparse.Namespace) -> None:
    if options.card_template is not None:
        write_template(options.card_template)
        print(f"{options.card_template} written: fill it in, and remove the lines that you leave as they are")
        return
    site = None if options.card is None else read_site_card(options.card)
    reference = None if options.reference is None else _read_reference(options.reference, options.reference_kind)
    if options.outlines is not None:
        exchange_classifier(
            options.outlines,
            options.classification,
            options.out,
            name=options.name,
            note=options.note,
            site=site,
            reference=reference,
        )
        return
    assemble(
        options.segmentation,
        options.classification,
        options.out,
        name=options.name or DEFAULT_NAME,
        films=options.films,
        first_look=options.first_look,
        closer=options.closer_look,
        note=options.note or "",
        site=site,
        reference=reference,
    )


if __name__ == "__main__":
    sys.exit(main())
