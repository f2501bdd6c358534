"""The annotators' queue: which film comes next, what was drawn on it by whom, and its export for training."""

from OsteoScreenLib.annotation.values import AddedFilms, Counts, ManifestSummary, QueueItem, Work, WorkStatus

__all__ = ["AddedFilms", "Counts", "ManifestSummary", "QueueItem", "Work", "WorkStatus"]
