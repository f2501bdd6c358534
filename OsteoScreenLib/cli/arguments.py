"""What can be typed, and its help. Imports nothing heavy: the help appears at once."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NoReturn

from OsteoScreenLib import RESEARCH_USE_NOTICE, __version__
from OsteoScreenLib.cli.batch_arguments import add_batch
from OsteoScreenLib.cli.export_arguments import add_export
from OsteoScreenLib.cli.option_values import checked, samples_option, seed_option, spacing_option
from OsteoScreenLib.cli.pacs_arguments import add_pacs

_EXIT_STATUSES = """\
exit status:
  0  analysed
  2  bad input or usage; one line on standard error says what and how to mend it
  3  read, but not analysable: result.json and report.html say why
  1  a fault of the software
Several films: the run goes on after a bad one; the status is the gravest of 1, 2, 3, 0 in this order.
"""
_FILES = """\
per film, DIR/<name of the film>/ gets:
  result.json             findings, measurements and score
  segmentation.seg.nrrd   outlines of the seven bones, for 3D Slicer
  uncertainty.nrrd        where the outlines are unsure
  hypotheses.nrrd         the plausible outlines themselves
  scene.mrb               everything as one 3D Slicer scene
  report.html             one page for people
  overlay.png             the film with its bones outlined
  report.pdf              with --pdf
  dicom/*.dcm             with --dicom: for the PACS (osteoscreen send)
  masks/<bone>.png        with --masks; <bone>.nii.gz with --nifti
  coco.json               with --coco
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of repeating the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    root = _Parser(
        prog="osteoscreen",
        description=f"Screens hand and wrist radiographs for osteoporosis. {RESEARCH_USE_NOTICE}",
        epilog=_EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"osteoscreen {__version__}")
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_screen(commands)
    add_batch(commands)
    add_export(commands)
    add_pacs(commands)
    _add_info(commands)
    return root


def _add_screen(commands: Any) -> None:
    screen = commands.add_parser(
        "screen",
        help="screen one or more films",
        description="Outlines the bones of each film, measures them, scores the film and writes everything to DIR.",
        epilog=_FILES + "\n" + _EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    screen.add_argument("films", metavar="FILM", nargs="+", help="DICOM, PNG, TIFF, JPEG or NRRD")
    screen.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder that gets one result folder per film")
    _add_outputs(screen)
    screen.add_argument("--bundle", metavar="PATH", type=Path, help="folder of a model bundle (default: the shipped one)")
    screen.add_argument(
        "--seed", metavar="N", type=checked(seed_option), default=0, help="seed of the drawn outlines (default: 0)"
    )
    screen.add_argument(
        "--samples", metavar="S", type=checked(samples_option), help="outlines drawn per expert (default: what the bundle says)"
    )
    screen.add_argument(
        "--spacing",
        metavar="MM",
        type=checked(spacing_option),
        help="pixel spacing in millimetres, where the film does not know it",
    )
    screen.add_argument("--side", choices=("left", "right"), help="side of the body, where the film does not say it")
    screen.add_argument(
        "--invert",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="take the stored film as dark bone, or not (default: decided from tags and content)",
    )
    screen.add_argument("--engine", metavar="NAME", default="openvino", help="inference engine (default: openvino)")
    screen.add_argument("--force", action="store_true", help="replace the result of another film of the same name in DIR")
    screen.add_argument("--quiet", action="store_true", help="print errors only")


def _add_outputs(screen: argparse.ArgumentParser) -> None:
    outputs = screen.add_argument_group("further files")
    outputs.add_argument("--pdf", action="store_true", help="the report as report.pdf, too")
    outputs.add_argument("--paper", choices=("a4", "letter"), default="a4", help="paper of report.pdf (default: a4)")
    outputs.add_argument("--identify", action="store_true", help="name the patient on the reports (default: nowhere)")
    outputs.add_argument(
        "--dicom", action="store_true", help="DICOM objects in dicom/: segmentations, structured report, picture"
    )
    outputs.add_argument("--masks", action="store_true", help="masks/<bone>.png on the film's own grid")
    outputs.add_argument("--nifti", action="store_true", help="masks/<bone>.nii.gz on the film's own grid")
    outputs.add_argument("--coco", action="store_true", help="the outlines as polygons in coco.json")


def _add_info(commands: Any) -> None:
    info = commands.add_parser(
        "info", help="print the model card: what the model is, what it was trained on, its figures and limits"
    )
    info.add_argument("--bundle", metavar="PATH", type=Path, help="folder of a model bundle (default: the shipped one)")
    form = info.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print the card as a Markdown page")
    form.add_argument("--json", action="store_true", help="print the card for programs")
