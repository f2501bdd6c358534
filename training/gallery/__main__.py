"""Command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.gallery.grid import draw_gallery
from training.gallery.page import write_effects


def main(arguments: list[str] | None = None) -> None:
    """Draw the grid of films and one picture per effect, and write the page that lists the effects."""
    parser = argparse.ArgumentParser(prog="python -m training.gallery", description=main.__doc__)
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="folder to write into (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=10, help="another seed shows other films in the grid (default: %(default)s)")
    options = parser.parse_args(arguments)
    grid = options.docs / "images" / "simulated_films.png"
    draw_gallery(grid, options.seed)
    written = [grid, *write_effects(options.docs)]
    for path in written:
        print(f"written: {path}, {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
