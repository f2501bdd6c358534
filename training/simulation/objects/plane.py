"""Coordinates on the film for drawing things: millimetres along and across a line of the hand's plane."""

from __future__ import annotations

import numpy as np

from training.simulation.tubes import Placement


def along_and_across(
    start: np.ndarray, direction: np.ndarray, placement: Placement, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Millimetres from ``start`` along ``direction`` and across it (positive towards the thumb of an upright hand), per pixel.

    ``start`` and ``direction`` are in the hand's frame (mm); both results are float32 of the film's ``shape``.
    """
    ends = placement.to_film(np.stack([start, start + direction]))
    axis = (ends[1] - ends[0]) / np.hypot(*(ends[1] - ends[0]))
    normal = np.array([-axis[1], axis[0]]) * placement.side
    scale = np.float32(1 / placement.pixels_per_mm)
    y = (np.arange(shape[0], dtype=np.float32)[:, None] - np.float32(ends[0][1])) * scale
    x = (np.arange(shape[1], dtype=np.float32)[None, :] - np.float32(ends[0][0])) * scale
    along = x * np.float32(axis[0]) + y * np.float32(axis[1])
    across = x * np.float32(normal[0]) + y * np.float32(normal[1])
    return along, across


def cover(inside_mm: np.ndarray, pixels_per_mm: float) -> np.ndarray:
    """Share of a pixel that is covered, from its distance inside an edge in mm (negative outside)."""
    return np.clip(inside_mm * np.float32(pixels_per_mm) + np.float32(0.5), 0, 1)


def bar(along: np.ndarray, across: np.ndarray, start: float, stop: float, half_width: float) -> np.ndarray:
    """Distance inside a bar with rounded ends, mm."""
    over = along - np.clip(along, start + half_width, stop - half_width)
    return np.asarray(half_width - np.hypot(over, across), dtype=np.float32)


def hoop(across: np.ndarray, half_width: float, half_depth: float, wall: float) -> np.ndarray:
    """Path through an elliptic tube of inner half axes (mm) seen from the side, mm."""
    outer = np.sqrt(np.maximum(1 - (across / (half_width + wall)) ** 2, 0)) * (half_depth + wall)
    inner = np.sqrt(np.maximum(1 - (across / half_width) ** 2, 0)) * half_depth
    return np.asarray(2 * (outer - inner), dtype=np.float32)


def turned(vector: np.ndarray, angle_rad: float) -> np.ndarray:
    """A vector of the plane turned by an angle."""
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([cosine * vector[0] - sine * vector[1], sine * vector[0] + cosine * vector[1]])
