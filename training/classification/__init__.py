"""Trains the classifier of a cohort: heads or the whole network on labels, calibration, thresholds, familiarity, export."""
