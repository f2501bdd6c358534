"""The annotators' queue: which film comes next, what was drawn on it by whom, and its export for training."""
