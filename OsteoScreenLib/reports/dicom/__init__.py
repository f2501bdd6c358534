"""A `ScreeningResult` becomes DICOM objects: segmentations, a structured report and pictures, in the film's own study."""

from OsteoScreenLib.reports.dicom.write import left_out, write_dicom_objects

__all__ = ["left_out", "write_dicom_objects"]
