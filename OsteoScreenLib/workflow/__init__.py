"""What happens between a click and a result: states, runs of the worker, what can be done now, and the words for it."""
