"""The gate before the score: what speaks against analysing this film."""

from OsteoScreenLib.quality.values import QualityFinding, Severity

__all__ = ["QualityFinding", "Severity"]
