"""A film as a picture that holds its pixels and nothing else: no name, no date, no tag."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.quiet import quiet_decoders
from OsteoScreenLib.radiograph.values import Radiograph

_TOP = 65535


def write_plain_picture(radiograph: Radiograph, path: Path) -> None:
    """Write the pixels as a 16-bit grey PNG with bright bone.

    Whole numbers that fit keep their differences exactly; anything else is stretched over the 16 bits. Spacing, side and
    origin must be noted elsewhere. What is burned into the pixels stays there. Raises `OutputError`.
    """
    import SimpleITK as sitk

    pixels = radiograph.pixels.astype(np.float64)
    pixels -= pixels.min()
    if pixels.max() > _TOP or (pixels != np.rint(pixels)).any():
        pixels *= _TOP / pixels.max()
    image = sitk.GetImageFromArray(np.rint(pixels).astype(np.uint16))
    writer = sitk.ImageFileWriter()
    writer.SetImageIO("PNGImageIO")
    writer.SetFileName(str(path))
    try:
        with quiet_decoders():
            writer.Execute(image)
    except RuntimeError as error:
        raise OutputError(path, "cannot be written", "Choose a folder with room and write access") from error
