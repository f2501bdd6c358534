"""Bones cut free of soft tissue become a calibrated `Score`."""

from OsteoScreenLib.classification.values import BoneScore, OperatingPoint, Score, State

__all__ = ["BoneScore", "OperatingPoint", "Score", "State"]
