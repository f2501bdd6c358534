"""Plain mask pictures: one per bone, on the film's grid."""

from __future__ import annotations

import numpy as np
from PIL import Image

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.reports.masks import write_masks
from Testing.screening_results import MISSING_BONE, make_screening_result


def test_masks_come_back_exactly_on_the_films_grid(tmp_path) -> None:
    result, radiograph = make_screening_result()
    write_masks(result, tmp_path / "masks")
    assert sorted(path.name for path in (tmp_path / "masks").iterdir()) == sorted(f"{bone.value}.png" for bone in BONES)
    for bone in BONES:
        image = np.asarray(Image.open(tmp_path / "masks" / f"{bone.value}.png"))
        assert image.dtype == np.uint8
        assert image.shape == radiograph.shape
        assert set(np.unique(image)) <= {0, 255}
        assert np.array_equal(image == 255, result.segmentation.mask(bone))
    assert not np.asarray(Image.open(tmp_path / "masks" / f"{MISSING_BONE.value}.png")).any()
