"""The table of the published method, to stand beside ours.

Hwang, Lee and Yoon, "Osteoporosis prediction from hand X-ray images using segmentation-for-classification and self-supervised
learning", Scientific Reports 15 (2025), doi 10.1038/s41598-025-16860-2: 192 people, about 19 of them tested.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PaperRow:
    """Published figures of a row; ``spread`` is that of F1, AUC and accuracy over seeds, ``None`` where none is printed."""

    title: str
    f1: float
    auc: float
    accuracy: float | None
    spread: tuple[float, float, float] | None = None


PAPER: dict[str, PaperRow] = {
    "full": PaperRow("segmentation + SimCLR + own multi-crop", 0.68, 0.85, 0.82, (0.03, 0.01, 0.02)),
    "vicreg": PaperRow("VICReg instead", 0.64, 0.80, 0.77),
    "supcon": PaperRow("SupCon instead", 0.60, 0.79, 0.75),
    "swav": PaperRow("SwAV instead", 0.54, 0.68, 0.72),
    "conventional_crops": PaperRow("conventional multi-crop", 0.65, 0.82, 0.79),
    "no_segmentation": PaperRow("no segmentation", 0.56, 0.78, 0.75),
    "single_expert": PaperRow("single-decoder U-Net", 0.62, 0.80, None),
    "supervised": PaperRow("supervised only", 0.53, 0.67, 0.72),
    "deepdxa": PaperRow("DeepDXA-style (segmentation, ResNet-18, supervised)", 0.51, 0.66, 0.67),
    "landmarks": PaperRow("landmark crops, VGG16", 0.48, 0.65, 0.65),
}
"""By the name of the row in `OutOfFold`, in the paper's order."""

PAPER_TESTED = 19
PAPER_CASES = 6
"""About a tenth of 192 people, 59 of them with osteoporosis (80/10/10 split)."""
