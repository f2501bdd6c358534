"""The tutorial names only what there is: labels of the panel, pictures, links, and commands that are understood."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"
_PLAIN = {
    # Bold for emphasis, and headings of the text itself.
    "OsteoScreen",
    "Research use only. Not a medical device.",
    "The state",
    "Probability and interval.",
    "Operating points.",
    "Cortical index.",
    "Quality of the film.",
    "Research use only",
    "From the Extensions Manager",
    "From a copy of this repository",
}


def _plain(label):
    """A label without mnemonic and dots."""
    return label.replace("&", "").rstrip(".:").strip()


def _labels():
    """Every text that a widget of the panel has by its .ui file, or is given by the panel's code."""
    found = set()
    for path in (ROOT / "Resources" / "UI").glob("*.ui"):
        found |= {_plain(each.text) for each in ElementTree.parse(path).iter("string") if each.text}
    for path in (ROOT / "OsteoScreen" / "OsteoScreenPanel").glob("*.py"):
        found |= {_plain(each) for each in re.findall(r'_\(\s*"([^"]+)"', path.read_text(encoding="utf-8"))}
    return found


def _links(document):
    return [each for each in re.findall(r"\]\(([^)#\s]*)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")) if each]


def test_every_label_in_bold_is_one_of_the_panel():
    text = re.sub(r"```.*?```", "", TUTORIAL.read_text(encoding="utf-8"), flags=re.DOTALL)
    bold = set(re.findall(r"\*\*([^*]+)\*\*", text))
    assert len(bold - _PLAIN) > 30
    unknown = {each for each in bold - _PLAIN if _plain(each) not in _labels()}
    assert not unknown
    assert bold >= _PLAIN


@pytest.mark.parametrize("document", [TUTORIAL, ROOT / "README.md"], ids=lambda path: path.name)
def test_links_and_pictures_exist(document):
    local = [each for each in _links(document) if "://" not in each]
    assert local
    assert [each for each in local if not (document.parent / each).exists()] == []


def test_headings_that_are_linked_exist():
    text = TUTORIAL.read_text(encoding="utf-8")
    anchors = {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in re.findall(r"^#+ (.+)$", text, re.M)}
    linked = re.findall(r"\]\(#([^)]+)\)", text)
    assert len(linked) > 8
    assert set(linked) <= anchors


def test_every_picture_of_the_tutorial_is_used_and_small():
    used = {(TUTORIAL.parent / each).resolve() for each in _links(TUTORIAL)}
    pictures = [*(ROOT / "docs/images/tutorial").iterdir(), *(ROOT / "docs/images/views").iterdir()]
    assert {each.name for each in pictures if each not in used} == set()
    assert max(each.stat().st_size for each in pictures) < 250_000
    assert sum(each.stat().st_size for each in pictures) < 1_500_000


def test_the_settings_for_training_on_corrections_are_understood(tmp_path):
    from training.segmentation.settings import read_settings

    (text,) = re.findall(r"```json\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "clinic.json"
    path.write_text(text, encoding="utf-8")
    settings = read_settings(path)
    assert settings.annotations.share == json.loads(text)["annotations"]["share"]
    assert [stage.steps for stage in settings.stages] == [600]


def test_options_of_the_commands_exist():
    blocks = re.findall(r"```sh\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    commands = [
        line for block in blocks for line in block.replace("\\\n", " ").splitlines() if line.startswith("python -m training")
    ]
    assert len(commands) >= 5
    for line in commands:
        place = ROOT / line.split()[2].replace(".", "/")
        source = (place / "__main__.py" if place.is_dir() else place.with_suffix(".py")).read_text(encoding="utf-8")
        options = {word for word in line.split() if word.startswith("--")}
        assert {each for each in options if f'"{each}"' not in source} == set(), line
