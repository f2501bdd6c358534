"""Simulated annotators: every film is drawn by several people, each with habits of their own.

The figures are own assumptions, chosen so that two annotators agree about as well as two human readers do (Dice .95 to .98)
and that their average keeps each bone's area to about 1 %: the area inside the edge that is seen, which lies `EDGE_INSIDE_MM`
inside the bone's projection.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from OsteoScreenLib.bones import BONES, FOREARM_BONES, METACARPALS, Bone
from training.segmentation import habits
from training.segmentation.network import OUTPUT_STRIDE
from training.simulation import SimulatedFilm

ANNOTATORS = 4
NEIGHBOURS = ((Bone.RADIUS, Bone.ULNA), *pairwise(METACARPALS))
"""Pairs of bones that overlap at their ends or margins, the one on the thumb's side first."""
EDGE_INSIDE_MM = 0.17
"""How far inside a bone's projection its outer gradient is steepest, which is where people draw: a bone's margin is thin, and
blur takes it away. Median over bones of simulated films, by ``python Testing/benchmarks/drawn_edge.py``."""
HIDDEN_DEPTH_MM = 2.5
"""How far from its own margin a hidden bone is let at most: deeper parts are seen through the bone in front."""
LONGEST_CUT_MM = 5.0
"""How much of the forearm a straight cut takes at most."""
_MARGIN_MM = 2.5
"""Room around each bone for what habits add."""


@dataclass(frozen=True)
class AnnotatorStyle:
    """How one annotator draws; lengths in millimetres.

    Attributes
    ----------
    offset_mm : outline moved outwards (loose) or inwards (tight)
    smoothing_mm : corners are rounded off over this length
    tremor_mm, tremor_length_mm : standard deviation of the hand's wobble, and the length over which it varies
    visible_only : outlines follow what is seen in front; else they are bridged where a bone lies under its neighbour
    radial_in_front : which of two overlapping bones is thought to lie in front
    hidden_slack_mm : how far the outline still goes under the bone in front
    border_gap_mm : the forearm's outlines stop so far before the border of the field
    straight_end : the forearm's bones end in a line across their axis where they first meet the border
    sesamoid : the sesamoids that touch the head of metacarpal 1 are drawn with it
    flare_mm : the bases of the metacarpals are drawn so much wider (or, below 0, trimmed)
    """

    offset_mm: float = 0.0
    smoothing_mm: float = 0.0
    tremor_mm: float = 0.0
    tremor_length_mm: float = 4.0
    visible_only: bool = False
    radial_in_front: bool = True
    hidden_slack_mm: float = 0.0
    border_gap_mm: float = 0.0
    straight_end: bool = False
    sesamoid: bool = False
    flare_mm: float = 0.0


def draw_style(rng: np.random.Generator) -> AnnotatorStyle:
    """Draw an annotator. Habits that only add or only remove bone are rare, the others are as often out as in."""
    return AnnotatorStyle(
        offset_mm=float(rng.normal(-EDGE_INSIDE_MM, 0.15)),
        smoothing_mm=float(rng.uniform(0.15, 0.7)),
        tremor_mm=float(rng.uniform(0.1, 0.25)),
        tremor_length_mm=float(rng.uniform(2.5, 6.0)),
        visible_only=bool(rng.random() < 0.2),
        radial_in_front=bool(rng.random() < 0.5),
        hidden_slack_mm=float(rng.uniform(0.0, 1.0)),
        border_gap_mm=float(rng.uniform(0.5, 3.5)) if rng.random() < 0.08 else 0.0,
        straight_end=bool(rng.random() < 0.06),
        sesamoid=bool(rng.random() < 0.15),
        flare_mm=float(rng.normal(0, 0.15)),
    )


def annotate(film: SimulatedFilm, rng: np.random.Generator, styles: tuple[AnnotatorStyle, ...] | None = None) -> np.ndarray:
    """Draw the film's bones as people would: uint8 coverage 0..255, annotators x 7 x rows / 2 x columns / 2.

    ``styles`` are the annotators; without them `ANNOTATORS` are drawn.
    """
    truth = _Truth.of(film)
    people = styles or tuple(draw_style(rng) for _ in range(ANNOTATORS))
    shape = truth.field.shape
    result = np.zeros((len(people), len(BONES), *shape), np.uint8)
    for number, style in enumerate(people):
        shift = np.full(shape, style.offset_mm * truth.pixels_per_mm, np.float32)
        if style.tremor_mm > 0:
            shift += habits.tremor(
                shape, style.tremor_mm * truth.pixels_per_mm, style.tremor_length_mm * truth.pixels_per_mm, rng
            )
        for bone, window in truth.windows.items():
            outline = habits.smoothed(_shaped(truth, bone, style), style.smoothing_mm * truth.pixels_per_mm)
            outline = outline + shift[window]
            if style.flare_mm != 0 and bone in METACARPALS:
                along, length = truth.along(bone)
                outline += habits.base_flare(along, length, style.flare_mm * truth.pixels_per_mm)
            result[number, bone.channel][window] = habits.drawn(outline)
    return result


PLAIN = AnnotatorStyle(offset_mm=-EDGE_INSIDE_MM)
"""Draws the edge that is seen, without habits."""


@dataclass(frozen=True)
class _Truth:
    """A film's exact outlines on the output grid.

    Attributes
    ----------
    outlines : signed distances in pixels, float32, 7 x rows x columns; `habits.FAR` outside where no bone is near
    windows : where each bone that is seen lies, with room for habits
    sesamoids, field : coverage (float32) and exposed field (bool), rows x columns
    ends : base and head of each bone, column and row
    """

    outlines: np.ndarray
    windows: dict[Bone, tuple[slice, slice]]
    sesamoids: np.ndarray
    field: np.ndarray
    ends: dict[Bone, np.ndarray]
    pixels_per_mm: float

    @classmethod
    def of(cls, film: SimulatedFilm) -> _Truth:
        pixel = film.pixels_per_mm / OUTPUT_STRIDE
        coverage = _coverage(film.masks)
        outlines = np.full(coverage.shape, -habits.FAR)
        windows = {}
        for bone in BONES:
            window = _window(coverage[bone.channel], int(np.ceil(_MARGIN_MM * pixel)) + 3)
            if window is not None:
                windows[bone] = window
                outlines[bone.channel][window] = habits.signed_distance(coverage[bone.channel][window])
        # Output pixel i lies between the film's pixels 2 i and 2 i + 1.
        middle = (OUTPUT_STRIDE - 1) / 2
        ends = {
            bone: (film.view.placement.to_film(np.array([tube.base, tube.head])) - middle) / OUTPUT_STRIDE
            for bone, tube in film.hand.outlined.items()
        }
        field = film.field[::OUTPUT_STRIDE, ::OUTPUT_STRIDE]
        return cls(outlines, windows, _coverage(film.sesamoids[np.newaxis])[0], field, ends, pixel)

    def along(self, bone: Bone) -> tuple[np.ndarray, float]:
        """Position of the window's pixels along the bone's axis, from its base on, and the bone's length; pixels."""
        base, head = self.ends[bone]
        length = float(np.hypot(*(head - base)))
        across, down = (head - base) / length
        rows, columns = (np.arange(side.start, side.stop, dtype=np.float32) for side in self.windows[bone])
        along = (columns - np.float32(base[0]))[np.newaxis] * np.float32(across)
        return along + (rows - np.float32(base[1]))[:, np.newaxis] * np.float32(down), length


def _shaped(truth: _Truth, bone: Bone, style: AnnotatorStyle) -> np.ndarray:
    """Outline of what the annotator takes for the bone, on the bone's window."""
    window = truth.windows[bone]
    outline = truth.outlines[bone.channel][window]
    pixel = truth.pixels_per_mm
    if style.visible_only:
        for front in _in_front_of(bone, style.radial_in_front):
            over = truth.outlines[front.channel][window]
            outline = habits.visible_part(outline, over, style.hidden_slack_mm * pixel, HIDDEN_DEPTH_MM * pixel)
    if style.sesamoid and bone is Bone.METACARPAL_1:
        outline = habits.with_sesamoids(outline, truth.sesamoids[window])
    if bone in FOREARM_BONES and (style.border_gap_mm > 0 or style.straight_end):
        to_border = habits.distance_to_border(truth.field, window, int(np.ceil(style.border_gap_mm * pixel)) + 3)
        if style.straight_end:
            outline = habits.cut_across(outline, to_border, truth.along(bone)[0], LONGEST_CUT_MM * pixel)
        if style.border_gap_mm > 0:
            outline = habits.stopped_before(outline, to_border, style.border_gap_mm * pixel)
    return outline


def _in_front_of(bone: Bone, radial_in_front: bool) -> list[Bone]:
    pairs = NEIGHBOURS if radial_in_front else tuple((ulnar, radial) for radial, ulnar in NEIGHBOURS)
    return [front for front, hidden in pairs if hidden is bone]


def _coverage(masks: np.ndarray) -> np.ndarray:
    """Share of each output pixel inside the masks (bool, n x rows x columns); float32."""
    counts = masks.view(np.uint8)
    rows = counts[:, 0::OUTPUT_STRIDE] + counts[:, 1::OUTPUT_STRIDE]
    return (rows[:, :, 0::OUTPUT_STRIDE] + rows[:, :, 1::OUTPUT_STRIDE]) * np.float32(1 / OUTPUT_STRIDE**2)


def _window(coverage: np.ndarray, margin: int) -> tuple[slice, slice] | None:
    rows, columns = np.flatnonzero(coverage.any(axis=1)), np.flatnonzero(coverage.any(axis=0))
    if rows.size == 0:
        return None
    sides = zip((rows, columns), coverage.shape, strict=True)
    first, last = zip(*((max(int(s[0]) - margin, 0), min(int(s[-1]) + margin + 1, size)) for s, size in sides), strict=True)
    return slice(first[0], last[0]), slice(first[1], last[1])
