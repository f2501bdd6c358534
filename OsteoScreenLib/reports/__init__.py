"""A `ScreeningResult` becomes files for people and other programs."""
