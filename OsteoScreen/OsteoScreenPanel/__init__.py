"""The panel of the Slicer module: sections that show and ask, over a logic that runs jobs in another process."""
