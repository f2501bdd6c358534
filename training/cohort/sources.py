"""The two kinds of cohort: simulated people by preset, and a hospital's table of films and DXA."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from OsteoScreenLib.radiograph.values import Radiograph
from training.cohort.simulated import VIEWS, WITHOUT_WRISTS, film_of, member_of, radiograph_of
from training.cohort.values import Member
from training.simulation.presets import PRESETS
from training.simulation.subject import Subject


@dataclass(frozen=True)
class SimulatedPeople:
    """``count`` people of a preset, filmed ``visits`` times each, repositioned in between."""

    preset: str
    count: int
    seed: int
    visits: int = 1

    def members(self) -> Sequence[Member]:
        """A row per person and visit."""
        people = _people(self.preset, self.count, self.seed)
        return [member_of(person, self._name(row), visit) for row, person in enumerate(people) for visit in range(self.visits)]

    def radiograph(self, row: int) -> Radiograph:
        """Cast the film of a row."""
        number, visit = divmod(row, self.visits)
        person = _people(self.preset, self.count, self.seed)[number]
        seed = (self.seed, len(self.preset), number)
        views = WITHOUT_WRISTS if self.preset == "paper" or self.visits > 1 else tuple(VIEWS)
        return radiograph_of(film_of(person, seed, visit, views), self._name(number), seed, visit)

    def describe(self) -> dict[str, Any]:
        """What ``cohort.json`` says."""
        return {
            "name": self.preset if self.visits == 1 else f"{self.preset}, {self.visits} visits",
            "simulated": True,
            "words": f"simulated films of simulated people: {PRESETS[self.preset].words}",
            "preset": self.preset,
            "seed": self.seed,
            "count": self.count,
            "visits": self.visits,
        }

    def _name(self, row: int) -> str:
        return f"{self.preset}-{self.seed}-{row:05d}"


@lru_cache(maxsize=4)
def _people(preset: str, count: int, seed: int) -> tuple[Subject, ...]:
    return PRESETS[preset].draw(seed, count)
