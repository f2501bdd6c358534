"""Draw every effect, and write the page that lists them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from training.gallery.acquisition import ACQUISITION
from training.gallery.anatomy import ANATOMY
from training.gallery.effect import Effect
from training.gallery.objects import OBJECTS
from training.gallery.processing import PROCESSING
from training.gallery.scene import PANEL
from training.gallery.views import VIEWS
from training.simulation.families import Family

EFFECTS: tuple[Effect, ...] = (*ANATOMY, *ACQUISITION, *PROCESSING, *VIEWS, *OBJECTS)
GAP = 6
"""Columns between both panels."""
QUALITY = 80
FOLDER = Path("images") / "effects"
_HEADINGS = {
    Family.SHAPE: "Shape and pose",
    Family.CORTEX: "Cortex",
    Family.TRABECULAE: "Trabecular bone",
    Family.FINDINGS: "Findings",
    Family.ACQUISITION: "Acquisition",
    Family.PROCESSING: "Processing and storage",
    Family.FIELD: "Field",
    Family.NUISANCES: "Frames and markers",
    Family.OBJECTS: "Objects",
}
_HEAD = """# Effects of the simulation

One picture per effect: the same hand without it on the left, with it on the right. Functions are those of `training.simulation`;
"often" says in how many training films an effect is drawn. Pictures and page are made by `python -m training.gallery`.
How films are made as a whole is told in [simulation.md](simulation.md).
"""


def picture(effect: Effect) -> np.ndarray:
    """Both panels side by side, uint8, white between them."""
    out = np.full((PANEL[0], 2 * PANEL[1] + GAP), 255, np.uint8)
    for panel, left in zip(effect.draw(), (0, PANEL[1] + GAP), strict=True):
        out[:, left : left + PANEL[1]] = np.clip(panel * 255 + 0.5, 0, 255)
    return out


def write_effects(docs: Path) -> list[Path]:
    """Write all pictures and ``effects.md``; returns what was written."""
    folder = docs / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for effect in EFFECTS:
        path = folder / f"{effect.name}.jpg"
        Image.fromarray(picture(effect)).save(path, quality=QUALITY, optimize=True)
        written.append(path)
    page = docs / "effects.md"
    page.write_text(page_text(EFFECTS))
    return [*written, page]


def page_text(effects: tuple[Effect, ...]) -> str:
    """The page in Markdown, one table per family."""
    parts = [_HEAD]
    for family, heading in _HEADINGS.items():
        members = [effect for effect in effects if effect.family is family]
        rows = "\n".join(_row(effect) for effect in members)
        parts.append(f"## {heading}\n\nLeft out by `Family.{family.name}`.\n\n| without, with | effect |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def _row(effect: Effect) -> str:
    functions = ", ".join(f"`{name}`" for name in effect.functions)
    shown = f"<br>Shown: {effect.shown}." if effect.shown else ""
    image = f"![{effect.title}]({(FOLDER / effect.name).as_posix()}.jpg)"
    return f"| {image} | **{effect.title}**<br>{functions}<br>{effect.units}<br>Often: {effect.often}.{shown} |"
