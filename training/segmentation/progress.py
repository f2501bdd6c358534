"""How far a run is and how long it will take: a bar, or plain lines."""

from __future__ import annotations

import time

from tqdm import tqdm

from training.segmentation.settings import SegmentationSettings


def work_until(settings: SegmentationSettings, step: int) -> float:
    """Megapixels of film that the steps before ``step`` see. Stages differ in size, so steps are no measure of time."""
    done, first = 0.0, 0
    for stage in settings.stages:
        done += min(max(step - first, 0), stage.steps) * stage.batch * stage.size**2 / 1e6
        first += stage.steps
    return done


class Progress:
    """Time left follows from the speed since this start or resume, and counts larger films of later stages as longer."""

    def __init__(self, settings: SegmentationSettings, step: int, *, quiet: bool) -> None:
        self._settings = settings
        self._quiet = quiet
        self._begun, self._started = work_until(settings, step), time.monotonic()
        self._total = work_until(settings, settings.total_steps)
        self._bar = tqdm(
            desc=self._where(step),
            total=self._total,
            initial=self._begun,
            disable=quiet or step == settings.total_steps,
            mininterval=1,
            smoothing=0.02,
            bar_format="{desc} {percentage:3.0f}% |{bar}| {elapsed} since start, {remaining} left{postfix}",
        )
        if step == settings.total_steps:
            print(f"{self._where(step)}: the run is finished", flush=True)

    def advance(self, step: int, figures: dict[str, float]) -> None:
        """Count a step."""
        self._bar.set_description_str(self._where(step), refresh=False)
        self._bar.set_postfix({name: f"{value:.3f}" for name, value in figures.items()}, refresh=False)
        self._bar.update(work_until(self._settings, step) - work_until(self._settings, step - 1))

    def say(self, step: int, figures: dict[str, float]) -> None:
        """In the quiet mode print a line, with the time left."""
        if self._quiet:
            said = ", ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in figures.items())
            print(f"{self._where(step)}, {said}, {duration(self.seconds_left(step))} left", flush=True)

    def seconds_left(self, step: int) -> float:
        """At the mean speed since this start or resume."""
        done = work_until(self._settings, step)
        return (time.monotonic() - self._started) * (self._total - done) / max(done - self._begun, 1e-9)

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()

    def _where(self, step: int) -> str:
        return f"step {step} of {self._settings.total_steps}"


def duration(seconds: float) -> str:
    """In words that suit its length: ``50 s``, ``12 min``, ``3 h 05 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
