"""The mixture of stochastic experts, its transport loss, and its training on simulated films."""
