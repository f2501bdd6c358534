"""Pictures of simulated films for the documentation: ``python -m training.gallery`` draws them all."""
