"""Sub-pixel cortical measurements of the metacarpal shafts."""

from OsteoScreenLib.radiogrammetry.measure import LEVELS, measure
from OsteoScreenLib.radiogrammetry.values import BoneAxis, LevelMeasurement, Point, Radiogrammetry, RejectedLevel

__all__ = ["LEVELS", "BoneAxis", "LevelMeasurement", "Point", "Radiogrammetry", "RejectedLevel", "measure"]
