"""Where hostile inputs get their choices from: hypothesis, which shrinks what it finds, or a seeded generator, which is fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import numpy as np

Item = TypeVar("Item")


class Choices(Protocol):
    """A source of numbers."""

    def below(self, end: int) -> int:
        """A whole number from 0 to ``end - 1``."""
        ...


class RandomChoices:
    """Choices of a seeded generator: the same ``key``, the same choices."""

    def __init__(self, key: Sequence[int]) -> None:
        self._rng = np.random.default_rng(list(key))

    def below(self, end: int) -> int:
        return int(self._rng.integers(end))


class DrawnChoices:
    """Choices that hypothesis draws; ``data`` is what ``strategies.data()`` gives to a test."""

    def __init__(self, data: Any) -> None:
        from hypothesis import strategies

        self._data, self._integers = data, strategies.integers

    def below(self, end: int) -> int:
        return int(self._data.draw(self._integers(0, end - 1)))


def one_of(choices: Choices, items: Sequence[Item]) -> Item:
    """One of the items."""
    return items[choices.below(len(items))]
