"""The classifier's own fields in the ``classification`` section of ``bundle.json``.

Beside ``graph`` and ``operating_point`` (see ``bundle.schema``)::

    "cutouts": {"version": 2, "rows": 192, "columns": 80},
    "calibration": {"slope": 1.2, "intercept": -0.4},
    "cortical_index": {"rule_out": 0.52, "rule_in": 0.38},
    "fewest_bones": 3,
    "familiarity": {"threshold": 1.8, "accepted": 0.99, "films": 600}

``familiarity`` is optional; with it the graph must have the output ``distance`` (see `FamiliarityLimit`).
``calibration`` may hold ``"knots": [[0.1, 0.4, 0.8], [0.02, 0.15, 0.7]]`` in place of slope and intercept (see `calibration`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.bundle.schema import Section
from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.classification.calibration import Knots, calibrate, read_knots
from OsteoScreenLib.classification.cutouts import CUTOUT_VERSION
from OsteoScreenLib.classification.frames import CUT_COLUMNS, CUT_ROWS
from OsteoScreenLib.errors import BundleError


@dataclass(frozen=True)
class FamiliarityLimit:
    """Mean squared Mahalanobis distance over a film's bones within which ``accepted`` (share) of ``films`` held-out films lie."""

    threshold: float
    accepted: float
    films: int


@dataclass(frozen=True)
class ClassifierSettings:
    """How probabilities of bones become a state.

    ``slope`` and ``intercept`` are of the Platt scaling of the mean probability's logit; where there are ``knots``, these hold.
    A mean cortical index above ``index_rule_out`` is seen in at most a tenth of the cases, one at or below ``index_rule_in``
    in at most a tenth of the others (validation subjects). ``millimetres``: the classifier was trained on cut-outs of
    constant millimetres per pixel where the spacing is trusted. ``familiarity``: ``None`` where the bundle cannot tell films
    unlike those of its training.
    """

    slope: float
    intercept: float
    index_rule_out: float
    index_rule_in: float
    fewest_bones: int
    millimetres: bool
    knots: Knots | None = None
    familiarity: FamiliarityLimit | None = None

    def calibrated(self, probability: np.ndarray) -> np.ndarray:
        """Calibrated probability of a mean probability over bones (any shape)."""
        return calibrate(probability, self.slope, self.intercept, self.knots)


def read_settings(bundle: Bundle) -> ClassifierSettings:
    """Check and read the fields. Raises `BundleError` naming the field that is missing or wrong, and without a classifier."""
    if bundle.classification is None:
        raise BundleError(bundle.folder / "bundle.json", "holds no classifier", "Use a bundle with a 'classification' section")
    root = Section(bundle.classification.settings, bundle.folder / "bundle.json")
    section = Section(root.content, root.path, "classification.")
    cutouts = section.section("cutouts")
    version = cutouts.count("version", 0, 10**6)
    if not 1 <= version <= CUTOUT_VERSION:
        raise cutouts.fault("version", f"is {version}, this OsteoScreen makes cut-outs with version 1 to {CUTOUT_VERSION}")
    for key, wanted in (("rows", CUT_ROWS), ("columns", CUT_COLUMNS)):
        found = cutouts.count(key, 0, 10**6)
        if found != wanted:
            raise cutouts.fault(key, f"is {found}, this OsteoScreen makes cut-outs with {key} {wanted}")
    calibration = section.section("calibration")
    knots = read_knots(calibration)
    index = section.section("cortical_index")
    rule_out, rule_in = index.number("rule_out", 0.0, 1.0), index.number("rule_in", 0.0, 1.0)
    if rule_in > rule_out:
        raise index.fault("rule_in", f"is {rule_in:g}, above rule_out {rule_out:g}")
    return ClassifierSettings(
        slope=1.0 if knots is not None else calibration.number("slope", 1e-6, 1e3),
        intercept=0.0 if knots is not None else calibration.number("intercept", -1e3, 1e3),
        index_rule_out=rule_out,
        index_rule_in=rule_in,
        fewest_bones=section.count("fewest_bones", 1, 7),
        millimetres=version >= 2,
        knots=knots,
        familiarity=_familiarity(section.optional("familiarity")),
    )


def _familiarity(section: Section | None) -> FamiliarityLimit | None:
    if section is None:
        return None
    return FamiliarityLimit(
        threshold=section.number("threshold", 1e-6, 1e9),
        accepted=section.number("accepted", 0.5, 1.0),
        films=section.count("films", 1, 10**9),
    )
