"""A `ScreeningResult` becomes MRML nodes; the only room that imports slicer and vtk."""
