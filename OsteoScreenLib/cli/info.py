"""``osteoscreen info``: the model card of a bundle."""

from __future__ import annotations

import argparse
import textwrap

from OsteoScreenLib import RESEARCH_USE_NOTICE, __version__
from OsteoScreenLib.bundle import Bundle, load_bundle
from OsteoScreenLib.cli.status import ExitStatus
from OsteoScreenLib.words import operating_point_words

_WIDTH = 100
_LABEL = 18


def info(given: argparse.Namespace) -> ExitStatus:
    """Print the model card. Raises `BundleError` where the bundle is missing or damaged."""
    print(model_card(load_bundle(given.bundle)))
    return ExitStatus.ANALYSED


def model_card(bundle: Bundle) -> str:
    """Who the model is for, what it was trained on, its operating point and its limits, as text."""
    model = bundle.segmentation
    lines = [
        _line("Model", f"{bundle.name} {bundle.version}"),
        _line("Folder", str(bundle.folder)),
        _line("SHA-256", bundle.sha256),
        _line("Software", f"OsteoScreen {__version__}"),
        _line("Intended use", bundle.intended_use),
        _line("Trained on", bundle.training_data),
        _line("Outlines", f"{model.experts} experts x {model.samples} samples, longest side {model.input_size} px"),
    ]
    if bundle.classification is None:
        lines.append(_line("Score", "none: this bundle outlines and measures only"))
    else:
        upper, lower, basis = operating_point_words(bundle.classification.operating_point)
        lines += [_line("Score", upper), _line("", lower), _line("", basis)]
    lines += [_line("Limits" if index == 0 else "", limit) for index, limit in enumerate(bundle.limits)]
    return "\n".join([*lines, "", *textwrap.wrap(RESEARCH_USE_NOTICE, _WIDTH)])


def _line(label: str, text: str) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=f"{label:<{_LABEL}}",
        subsequent_indent=" " * _LABEL,
        break_long_words=False,
        break_on_hyphens=False,
    )
