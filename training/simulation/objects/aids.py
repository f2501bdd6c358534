"""Things laid beside or under the hand: plates and wedges, tubing, rulers, blockers."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from OsteoScreenLib.bones import Bone
from training.simulation.field import View
from training.simulation.hand import Hand
from training.simulation.objects.implants import wire
from training.simulation.objects.material import ACRYLIC, FOAM, LEAD, VINYL, Layer
from training.simulation.objects.plane import along_and_across, cover, turned
from training.simulation.tubes import Placement


def acrylic_plate(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> Layer:
    """A transparent plate, 3 to 12 mm thick, whose straight edge crosses the hand: one side of the film is paler."""
    return Layer(ACRYLIC, _edge(hand, placement, shape, rng) * np.float32(rng.uniform(3, 12)))


def foam_wedge(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> Layer:
    """A radiolucent wedge, 0 to 80 mm high over 150 mm, that starts at a straight edge under the hand."""
    along = _beyond_edge(hand, placement, shape, rng)
    return Layer(FOAM, np.asarray(np.clip(along * np.float32(80 / 150), 0, 80) + 10 * cover(along, placement.pixels_per_mm)))


def tubing(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> Layer:
    """An infusion line (3 to 4 mm, wall 0.5 to 0.8 mm) in a bow over the film, ending in a cannula on the hand's back."""
    back = np.array(hand.outlined[Bone(f"metacarpal_{int(rng.integers(2, 5))}")].base)
    needle = back + rng.normal(0, 0.15, 2) * hand.unit_mm
    leave = turned(np.array([0.0, 1.0]), float(rng.uniform(0, 2 * np.pi)))
    far = needle + leave * hand.unit_mm * 4
    bend = (needle + far) / 2 + turned(leave, np.pi / 2) * hand.unit_mm * float(rng.normal(0, 1.2))
    share = np.linspace(0, 1, 60)[:, None]
    points = placement.to_film((1 - share) ** 2 * needle + 2 * share * (1 - share) * bend + share**2 * far)
    outer = float(rng.uniform(3, 4))
    inner = outer - 2 * float(rng.uniform(0.5, 0.8))
    path = _stroke(points, outer, placement.pixels_per_mm, shape) * np.float32(outer)
    path -= _stroke(points, inner, placement.pixels_per_mm, shape) * np.float32(inner)
    along, across = along_and_across(needle, -leave, placement, shape)
    length = np.float32(rng.uniform(20, 32))
    path += wire(across, 0.55, placement.pixels_per_mm) * cover(np.minimum(along, length - along), placement.pixels_per_mm)
    return Layer(VINYL, np.asarray(np.maximum(path, 0), np.float32))


def ruler(view: View, shape: tuple[int, int], rng: np.random.Generator) -> Layer:
    """A strip along one side of the film with lead ticks every 5 mm, longer ones every 10."""
    ppm = view.placement.pixels_per_mm
    top, bottom, left, right = view.film_area
    upright = rng.random() < 0.6
    far = rng.random() < 0.5
    inset = float(rng.uniform(2, 15))
    y, x = np.arange(shape[0], dtype=np.float32)[:, None], np.arange(shape[1], dtype=np.float32)[None, :]
    edge, middle = ((right if far else left), (top + bottom) / 2) if upright else ((bottom if far else top), (left + right) / 2)
    from_edge = np.abs((x if upright else y) - edge) / np.float32(ppm) - np.float32(inset)
    along = np.broadcast_to(((y if upright else x) - np.float32(middle)) / np.float32(ppm), shape)
    length = float(rng.uniform(40, 90))
    path = np.zeros(shape, np.float32)
    for step, tick in ((5.0, 4.0), (10.0, 7.0)):
        off = np.abs(along - np.round(along / step) * np.float32(step))
        line = cover(np.float32(0.3) - off, ppm) * cover(np.minimum(from_edge, tick - from_edge), ppm)
        path = np.maximum(path, line * cover(np.float32(length) - np.abs(along), ppm))
    return Layer(LEAD, path * np.float32(0.1))


def blocker(view: View, masks: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> Layer | None:
    """A lead name plate of 50 to 80 by 15 to 28 mm in a corner of the film that shows no outlined bone; ``None`` without one."""
    ppm = view.placement.pixels_per_mm
    top, bottom, left, right = view.film_area
    width, height = (round(float(rng.uniform(*span)) * ppm) for span in ((50, 80), (15, 28)))
    if rng.random() < 0.3:
        width, height = height, width
    width, height = min(width, (right - left) // 2), min(height, (bottom - top) // 3)
    if min(width, height) < 8:
        return None
    corners = [(r, c) for r in (top, bottom - height) for c in (left, right - width)]
    bones = np.asarray(masks.any(axis=0))
    free = [(r, c) for r, c in corners if not bones[r : r + height, c : c + width].any()]
    if not free:
        return None
    row, column = free[int(rng.integers(len(free)))]
    plate = Image.new("L", (width, height), 255)
    font = ImageFont.load_default(max(6, min(width, height) // 4))
    text = "\n".join("".join(rng.choice(list("ABCDEFGHIKLMNOPRSTUVW 0123456789"), 12)) for _ in range(3))
    ImageDraw.Draw(plate).multiline_text((3, 2), text, fill=int(rng.integers(0, 120)), font=font)
    path = np.zeros(shape, np.float32)
    path[row : row + height, column : column + width] = np.asarray(plate, np.float32) / 255
    return Layer(LEAD, path * np.float32(rng.uniform(0.05, 0.4)))


def _beyond_edge(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Millimetres beyond a straight line through the hand, mostly across it."""
    tube = hand.outlined[Bone.METACARPAL_3]
    base, head = np.array(tube.base), np.array(tube.head)
    start = base + (head - base) * rng.uniform(-1.5, 2.2)
    direction = turned(head - base, float(rng.normal(0, 0.15)) + float(rng.choice([0, np.pi / 2, np.pi, -np.pi / 2])))
    return along_and_across(start, direction, placement, shape)[0]


def _edge(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    return cover(_beyond_edge(hand, placement, shape, rng), placement.pixels_per_mm)


def _stroke(points: np.ndarray, width_mm: float, pixels_per_mm: float, shape: tuple[int, int]) -> np.ndarray:
    """Cover of a curve (n x 2, column and row) of a width."""
    fine = 4
    image = Image.new("L", (shape[1] * fine, shape[0] * fine), 0)
    line = [(float(x) * fine, float(y) * fine) for x, y in points]
    ImageDraw.Draw(image).line(line, fill=255, width=max(1, round(width_mm * pixels_per_mm * fine)), joint="curve")
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BOX), np.float32) / 255
