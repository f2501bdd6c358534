"""Subjects with films and DXA, simulated or a hospital's, as cut-outs of their bones that training and evaluation read."""
