"""Comparison of couplings, numbers of experts and families of simulated effects, by small runs of equal budget."""
