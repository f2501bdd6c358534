"""Simulation, training, evaluation and export of model bundles; needs torch."""
