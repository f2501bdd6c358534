"""A `Radiograph` becomes `Hypotheses` and their consensus, a `Segmentation`."""

from OsteoScreenLib.segmentation.values import BoneSummary, GridMapping, Hypotheses, Segmentation, UncertaintyMaps

__all__ = ["BoneSummary", "GridMapping", "Hypotheses", "Segmentation", "UncertaintyMaps"]
