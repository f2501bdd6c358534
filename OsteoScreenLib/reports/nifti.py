"""Consensus masks as NIfTI files, for programs of image analysis."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.screening.values import ScreeningResult


def write_nifti_masks(result: ScreeningResult, folder: Path) -> None:
    """Write ``<bone>.nii.gz`` (uint8, 0 / 1) per bone into ``folder``, which is made; a bone that was not found is all 0.

    Each is a volume of one slice on the film's own grid, columns running to the patient's left and rows to posterior, spacing in
    millimetres, or 1.0 where it is not trusted: it lies where Slicer puts the film and the stored ``.nrrd`` files. The same
    result gives the same bytes. Raises `OutputError`.
    """
    import SimpleITK as sitk

    spacing = result.film.spacing
    row_mm, column_mm = (spacing.row_mm, spacing.column_mm) if spacing.trusted else (1.0, 1.0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for bone in BONES:
            image = sitk.GetImageFromArray(result.segmentation.mask(bone).astype(np.uint8)[np.newaxis])
            image.SetSpacing((column_mm, row_mm, 1.0))
            sitk.WriteImage(image, str(folder / f"{bone.value}.nii.gz"), useCompression=True, imageIO="NiftiImageIO")
    except (OSError, RuntimeError) as error:
        fault = f"cannot be written ({getattr(error, 'strerror', None) or 'the disk may be full'})"
        raise OutputError(folder, fault, "Choose a folder with room and write access") from error
