"""Indices of cortical bone from the outer width W, the medullary width d and the bone length L."""

from __future__ import annotations

import math


def mci(outer_width: float, medullary_width: float) -> float:
    """Metacarpal cortical index (W - d) / W (Barnett and Nordin 1960, Clin Radiol 11:166); no unit."""
    return (outer_width - medullary_width) / outer_width


def pca(outer_width: float, medullary_width: float) -> float:
    """Percent cortical area as a fraction, (W^2 - d^2) / W^2 = 1 - (1 - MCI)^2 (circular section; Garn 1970); no unit."""
    return 1.0 - (medullary_width / outer_width) ** 2


def combined_cortical_thickness(outer_width: float, medullary_width: float) -> float:
    """CCT = W - d, in the unit of the widths."""
    return outer_width - medullary_width


def cortical_area(outer_width: float, medullary_width: float) -> float:
    """CA = pi/4 (W^2 - d^2), in the squared unit of the widths (circular section)."""
    return 0.25 * math.pi * (outer_width**2 - medullary_width**2)


def volume_per_area(outer_width: float, medullary_width: float) -> float:
    """VPA = CA / W, proportional to areal bone density (Rosholm et al. 2001, J Clin Densitom 4:143); unit of the widths."""
    return cortical_area(outer_width, medullary_width) / outer_width


def exton_smith(outer_width: float, medullary_width: float, length: float) -> float:
    """Exton-Smith index CA / (W L) (Exton-Smith et al. 1969, Lancet 2:1153); no unit."""
    return cortical_area(outer_width, medullary_width) / (outer_width * length)


def bone_health_index(outer_width: float, medullary_width: float, length: float) -> float:
    """BHI = pi T (1 - T / W) / (L W)^0.33 with T = (W - d) / 2 (Thodberg et al. 2010, J Clin Endocrinol Metab 95:4110).

    Widths and length in centimetres, as in the source; its exponent leaves a weak unit.
    """
    thickness = 0.5 * (outer_width - medullary_width)
    return math.pi * thickness * (1.0 - thickness / outer_width) / (length * outer_width) ** 0.33
