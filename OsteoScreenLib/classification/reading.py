"""Cut-outs through the classifier's graph: what is known of the bones before anything is concluded from it."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.classification.cutouts import cut_out
from OsteoScreenLib.classification.hypotheses import BoneProbabilities, bone_probabilities
from OsteoScreenLib.classification.settings import read_settings
from OsteoScreenLib.classification.values import Familiarity
from OsteoScreenLib.errors import BundleError
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.segmentation.engine import InferenceEngine
from OsteoScreenLib.segmentation.values import Segmentation


def read_bones(radiograph: Radiograph, segmentation: Segmentation, bundle: Bundle, engine: InferenceEngine) -> BoneProbabilities:
    """Cut out the found bones and run the classifier on them.

    Raises `BundleError` where the classifier is missing or breaks its contract.
    """
    settings = read_settings(bundle)
    spacing = radiograph.spacing if settings.millimetres else None
    bones = [bone for bone in BONES if segmentation.found(bone)]
    cutouts = cut_out(radiograph.pixels, segmentation.masks, bones, spacing)
    return bone_probabilities(cutouts, segmentation.hypotheses, bundle, engine)


def familiarity(found: BoneProbabilities, bundle: Bundle) -> Familiarity | None:
    """How like the training films the film's bones are; ``None`` where the bundle states no limit.

    Raises `BundleError` where it states one and its graph gives no distance.
    """
    limit = read_settings(bundle).familiarity
    if limit is None or not found.bones:
        return None
    if found.distance is None:
        raise BundleError(
            bundle.folder / "bundle.json",
            "field 'classification.familiarity' is given, but the graph has no output 'distance'",
            "Export the bundle again",
        )
    return Familiarity(float(np.mean(found.distance)), limit.threshold, limit.accepted, limit.films)
