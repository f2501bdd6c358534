"""What is compared: each row is one change to the same small training."""

from __future__ import annotations

from dataclasses import dataclass

from training.segmentation.network import NetworkSettings
from training.segmentation.settings import SegmentationSettings, Stage
from training.simulation.families import Family


@dataclass(frozen=True)
class Row:
    """One row of a table: how the network is made and trained, and without which effects its films are cast."""

    name: str
    title: str
    experts: int = 4
    stochastic: bool = True
    coupling: str = "exact"
    without: frozenset[Family] = frozenset()


EXACT = Row("exact", "mixture, exact transport")
COUPLINGS = (
    Row("single", "single U-Net", experts=1, stochastic=False),
    Row("greedy", "mixture, published greedy coupling", coupling="greedy"),
    EXACT,
)
EXPERTS = (
    Row("experts-1", "K = 1", experts=1),
    Row("experts-2", "K = 2", experts=2),
    EXACT,
    Row("experts-8", "K = 8", experts=8),
)
EFFECTS = (
    EXACT,
    Row("without-shape", "individual shape and pose", without=frozenset({Family.SHAPE})),
    Row("without-cortex", "cortex and marrow cavity", without=frozenset({Family.CORTEX})),
    Row("without-texture", "trabecular pattern and findings", without=frozenset({Family.TRABECULAE, Family.FINDINGS})),
    Row("without-acquisition", "acquisition", without=frozenset({Family.ACQUISITION})),
    Row("without-processing", "display processing", without=frozenset({Family.PROCESSING})),
    Row("without-field", "rotation, scale and crops", without=frozenset({Family.FIELD})),
    Row("without-surroundings", "frames, markers and objects", without=frozenset({Family.NUISANCES, Family.OBJECTS})),
)


@dataclass(frozen=True)
class Budget:
    """What every row of a study gets alike.

    Attributes
    ----------
    size : film size in pixels
    batch, steps : films a step, and steps
    cast : different films; they are seen again in the same order where there are more steps
    test_films : films of the test
    """

    size: int = 192
    batch: int = 8
    steps: int = 800
    cast: int = 6400
    test_films: int = 100

    def settings(self, row: Row, seed: int, *, rate: float) -> SegmentationSettings:
        """Complete settings of one run; ``rate`` is the learning rate at its start."""
        return SegmentationSettings(
            seed=seed,
            stages=(Stage(size=self.size, batch=self.batch, steps=self.steps, rate=rate, final_rate=rate / 100),),
            network=NetworkSettings(experts=row.experts, stochastic=row.stochastic),
            coupling="greedy" if row.coupling == "greedy" else "exact",
            samples=2 if row.stochastic else 1,
            averaging=0.99,
            validate_every=self.steps,
            workers=0,
            threads=1,
        )
