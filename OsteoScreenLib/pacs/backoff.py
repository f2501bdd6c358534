"""How long to wait before another attempt."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random


@dataclass
class Backoff:
    """Waits that double from ``first_s`` to at most ``most_s``, each shortened by chance to between half and all of it.

    The chance keeps several senders, which a server turned away together, from coming back together. It takes a seed.
    """

    first_s: float = 1.0
    most_s: float = 300.0
    seed: int = 0
    _random: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def wait_s(self, failures: int) -> float:
        """Seconds to wait after this many failures in a row (1 or more)."""
        longest = min(self.most_s, self.first_s * 2.0 ** min(max(failures, 1) - 1, 32))
        return longest * self._random.uniform(0.5, 1.0)
