"""Trains the classifier: simulated cohort, self-supervised encoder, linear heads, calibration, export."""
