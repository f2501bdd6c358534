"""Result folders: one per film, never shared, never outside the chosen folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from OsteoScreenLib.cli.naming import film_name, result_folders
from OsteoScreenLib.errors import UsageError

OUT = Path("out")


def names(*films: str) -> list[str]:
    folders = result_folders(films, OUT)
    assert all(folder.parent == OUT for folder in folders)
    return [folder.name for folder in folders]


@pytest.mark.parametrize(
    ("film", "name"),
    [
        ("hand.png", "hand"),
        ("a/b/HAND.DCM", "HAND"),
        ("IM000001", "IM000001"),
        ("1.2.840.10008.5", "1.2.840.10008.5"),
        ("1.2.840.10008.5.dcm", "1.2.840.10008.5"),
        ("hand.v2.tiff", "hand.v2"),
        ("hand.png/", "hand"),
        (".png", ".png"),
    ],
)
def test_only_suffixes_of_film_formats_are_taken_off(film: str, name: str) -> None:
    assert film_name(film) == name


def test_films_that_share_a_name_are_numbered_in_their_order() -> None:
    assert names("a/hand.png", "b/hand.dcm", "c/wrist.png", "d/hand.tif") == ["hand", "hand_2", "wrist", "hand_3"]


def test_number_avoids_a_film_that_is_called_so() -> None:
    assert names("a/hand.png", "hand_2.png", "b/hand.png") == ["hand", "hand_2", "hand_3"]


def test_case_alone_does_not_tell_films_apart() -> None:
    assert names("Hand.png", "hand.png") == ["Hand", "hand_2"]


def test_no_name_leads_out_of_the_folder() -> None:
    for film in ("..", ".", "a/..", "a/../../b"):
        assert Path(film_name(film)).name == film_name(film)
        assert film_name(film) not in ("", ".", "..")
    with pytest.raises(UsageError, match="names no file"):
        film_name("/")
