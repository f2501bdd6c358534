"""Sub-pixel cortical measurements of the metacarpal shafts, made by `measure.measure`."""

from OsteoScreenLib.radiogrammetry.values import BoneAxis, LevelMeasurement, Point, Radiogrammetry, RejectedLevel

__all__ = ["BoneAxis", "LevelMeasurement", "Point", "Radiogrammetry", "RejectedLevel"]
