"""Soft tissue around the bones: fingers, palm, thenar web, wrist and forearm, as the union of soft tubes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.ndimage import gaussian_filter

from OsteoScreenLib.bones import Bone
from training.simulation.hand import Hand
from training.simulation.resample import enlarge, smooth_noise
from training.simulation.tubes import Placement, Tube
from training.simulation.turned_body import Limb, path_through


def body_thickness(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Path length through the whole hand (bone included) in mm, float32, film shape.

    Cast at half resolution, since skin lines are soft, and smoothed so that the parts flow into each other. A nearly flat hand
    is taken as flat; in one turned further the limbs stack along the rays.
    """
    half = Placement(
        (placement.origin[0] / 2 - 0.25, placement.origin[1] / 2 - 0.25),
        placement.pixels_per_mm / 2,
        placement.angle_rad,
        placement.side,
    )
    small = ((shape[0] + 1) // 2, (shape[1] + 1) // 2)
    rows = np.arange(small[0], dtype=np.float32)[:, None]
    columns = np.arange(small[1], dtype=np.float32)[None, :]
    fingers = np.zeros(small, np.float32)
    palm = np.zeros(small, np.float32)
    plump = float(np.exp(rng.normal(0, 0.11)))
    chains, trunk = _fingers(hand, plump), list(_palm(hand, plump, rng))
    if hand.attitude.nearly_flat:
        for limb in (limb for chain in chains for limb in chain):
            add_limb(fingers, limb, half, rows, columns)
        for limb in trunk:
            add_limb(palm, limb, half, rows, columns)
    else:
        # Fingers hide each other with air between them.
        fingers = sum((path_through(chain, hand.attitude, half, rows, columns) for chain in chains), fingers)
        palm = path_through(trunk, hand.attitude, half, rows, columns)
    palm = gaussian_filter(palm, 2.6 * half.pixels_per_mm, truncate=2.5)
    fingers = gaussian_filter(fingers, max(0.5 * half.pixels_per_mm, 0.3))
    # Muscle, fat and tendons: soft tissue is not one density.
    uneven = 1 + np.float32(rng.uniform(0.0, 0.045)) * smooth_noise(small, float(rng.uniform(2.5, 7.0)) * half.pixels_per_mm, rng)
    return enlarge(np.maximum(fingers, palm) * uneven, 2, shape)


def _fingers(hand: Hand, plump: float) -> list[list[Limb]]:
    unit = hand.unit_mm
    chains: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    for tube in hand.tubes:
        if tube.name.startswith("phalanx"):
            chains.setdefault(int(tube.name.split("_")[1]), []).append(_ends(tube))
    limbs = []
    for number, chain in chains.items():
        size = unit * plump * {1: 0.158, 2: 0.142, 3: 0.146, 4: 0.137, 5: 0.122}[number]
        widths = (size * 1.08, size, size * 0.93, size * 0.8)
        finger: list[Limb] = []
        for index, (base, head) in enumerate(chain):
            last = index == len(chain) - 1
            tip = head + (head - base) / np.hypot(*(head - base)[:2]) * (unit * 0.02 if last else 0.0)
            finger.append((base, tip, (widths[index], widths[index + 1]), (widths[index] * 0.92, widths[index + 1] * 0.9)))
        limbs.append(finger)
    return limbs


def _ends(tube: Tube) -> tuple[np.ndarray, np.ndarray]:
    """Base and head with their heights, mm."""
    return np.array([*tube.base, tube.base_z]), np.array([*tube.head, tube.head_z])


def _palm(hand: Hand, plump: float, rng: np.random.Generator) -> Iterable[Limb]:
    unit = hand.unit_mm * plump
    ends = {bone: _ends(tube) for bone, tube in hand.outlined.items()}
    thick = float(rng.uniform(0.22, 0.33)) * unit
    middle = [ends[Bone(f"metacarpal_{n}")] for n in range(1, 6)]
    web = float(rng.uniform(0.05, 0.22))
    for number, (base, head) in enumerate(middle, start=1):
        beyond = head + (head - base) * (web if number > 1 else 0.0)
        width = unit * (0.21 if number > 1 else 0.23)
        yield base, beyond, (width, width * 0.9), (thick, thick * 0.75) if number > 1 else (thick * 1.4, thick * 1.05)
    for a, b in ((1, 2), (2, 3), (3, 4)):
        base = (middle[a][0] + middle[b][0]) / 2
        head = (middle[a][1] + middle[b][1]) / 2
        yield base, head + (head - base) * web, (unit * 0.2, unit * 0.19), (thick, thick * 0.75)
    # Thenar and first web.
    base1, head1 = middle[0]
    base2, head2 = middle[1]
    reach = float(rng.uniform(0.4, 0.85))
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        inner = base2 + (head2 - base2) * share * reach
        outer = base1 + (head1 - base1) * share
        width = unit * (0.2 - 0.05 * share)
        yield outer, inner, (width, width), (thick * (1.4 - 0.35 * share), thick * (1.1 - 0.35 * share))
    # Wrist and forearm.
    radius_base, radius_head = ends[Bone.RADIUS]
    ulna_base, ulna_head = ends[Bone.ULNA]
    # The radius is the wider bone: midway between the outer margins, not between the axes.
    wrist = 0.62 * radius_head + 0.38 * ulna_head
    elbow = 0.55 * radius_base + 0.45 * ulna_base
    carpus = (middle[2][0] + wrist) / 2
    wrist_thick = thick * float(rng.uniform(1.15, 1.6))
    # Between bone and skin lie 4 to 11 mm on either side of the wrist.
    wide = unit * float(rng.uniform(0.46, 0.58))
    yield middle[2][0], carpus, (unit * 0.45, wide), (thick, thick * 1.05)
    yield carpus, wrist, (wide, wide), (thick * 1.05, wrist_thick)
    below = wrist + (elbow - wrist) * 0.12
    yield wrist, below, (wide, wide * 0.97), (wrist_thick, wrist_thick)
    growth = float(rng.uniform(1.1, 1.7))
    yield below, elbow, (wide * 0.97, wide * 0.97 * growth), (wrist_thick, wrist_thick * 1.8)


def add_limb(image: np.ndarray, limb: Limb, placement: Placement, rows: np.ndarray, columns: np.ndarray) -> None:
    """Raise ``image`` to the chord of one tapered capsule wherever that is larger."""
    start, end, widths, depths = limb
    ends = placement.to_film(np.stack([start, end]))
    reach = max(widths) * placement.pixels_per_mm + 2
    low = np.maximum(np.floor(ends.min(0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(ends.max(0) + reach), [image.shape[1], image.shape[0]]).astype(int)
    if (high <= low).any():
        return
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    axis = ends[1] - ends[0]
    length = max(float(np.hypot(*axis)), 1e-6)
    unit = axis / length
    y = rows[window[0]] - np.float32(ends[0][1])
    x = columns[:, window[1]] - np.float32(ends[0][0])
    along = (x * np.float32(unit[0]) + y * np.float32(unit[1])) * np.float32(1 / length)
    across = (x * np.float32(-unit[1]) + y * np.float32(unit[0])) * np.float32(1 / placement.pixels_per_mm)
    share = np.clip(along, 0, 1)
    beyond = (along - share) * np.float32(length / placement.pixels_per_mm)
    width = np.float32(widths[0]) + share * np.float32(widths[1] - widths[0])
    depth = np.float32(depths[0]) + share * np.float32(depths[1] - depths[0])
    squared = (across * across + beyond * beyond) / (width * width)
    chord = 2 * depth * np.sqrt(np.maximum(1 - squared, 0))
    np.maximum(image[window], chord, out=image[window])
