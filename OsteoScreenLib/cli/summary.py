"""The few lines that a run prints about a film."""

from __future__ import annotations

from OsteoScreenLib.classification.values import State
from OsteoScreenLib.words import mean_mci_words, probability_words
from OsteoScreenLib.worker.run import JobOutcome


def summary(name: str, outcome: JobOutcome) -> str:
    """State in words, probability with interval, mean cortical index, and where the results lie."""
    score = outcome.result.score
    state = score.state.words
    if score.state is State.NOT_ANALYSABLE and score.reasons:
        state += f": {' '.join(score.reasons)}"
    return "\n".join(
        (
            name,
            f"  {state}",
            f"  Probability: {probability_words(score)}",
            f"  Mean cortical index: {mean_mci_words(outcome.result.radiogrammetry)}",
            f"  Results: {outcome.folder}",
        )
    )
