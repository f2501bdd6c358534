"""Undeclared padding around a film must not change how its hand is shown."""

import numpy as np
import pytest

from OsteoScreenLib.radiograph import radiograph_from_array
from Testing.radiograph.dicom_films import hand_phantom


@pytest.mark.parametrize("value", [0, 4095])
def test_a_hand_in_a_large_flat_surround_keeps_its_contrast(value):
    film = hand_phantom(300, 240)
    alone = radiograph_from_array(film, invert=False)
    padded = radiograph_from_array(np.pad(film, [(150, 150), (120, 120)], constant_values=value), invert=False)
    inside = padded.normalised()[150:-150, 120:-120]
    assert padded.window[1] > 0.9 * alone.window[1]
    bone = film > np.percentile(film, 97)
    assert abs(float(np.median(inside[bone])) - float(np.median(alone.normalised()[bone]))) < 0.1
