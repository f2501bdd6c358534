"""The whole path from a `Radiograph` to a `ScreeningResult`, and its storage."""

from OsteoScreenLib.screening.values import BundleIdentity, FilmDescription, ScreeningResult

__all__ = ["BundleIdentity", "FilmDescription", "ScreeningResult"]
