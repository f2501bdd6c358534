"""What the Extensions Index checks before it lists an extension, and that the project says the same about itself everywhere.

The rules are those of the index' own check of description files: its schema 1.0.1, its categories, and how it reads
CMakeLists.txt, which is line by line and without evaluating variables.
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from OsteoScreenLib import RESEARCH_USE_NOTICE

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = "https://github.com/OsteoScreen/SlicerOsteoScreen"
RAW = "https://raw.githubusercontent.com/OsteoScreen/SlicerOsteoScreen/main/"
SCHEMA = {
    "type": "object",
    "required": ["$schema", "category", "scm_url"],
    "additionalProperties": False,
    "properties": {
        "$schema": {
            "const": "https://raw.githubusercontent.com/Slicer/Slicer/main/Schemas/slicer-extension-catalog-entry-schema-v1.0.1.json#"
        },
        "category": {"enum": ["Analysis", "Quantification", "Segmentation", "Utilities"]},
        "scm_url": {"type": "string", "pattern": "^https://.*[Ss]licer[^/]*$"},
        "scm_revision": {"type": "string"},
        "scm_type": {"enum": ["git", "local"]},
        "build_dependencies": {"type": "array", "items": {"type": "string"}},
        "build_subdirectory": {"type": "string"},
        "enabled": {"type": "boolean"},
        "tier": {"enum": [1, 3, 5]},
    },
}


def cmake() -> str:
    return (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")


def variable(name: str) -> str:
    """The literal value of EXTENSION_<name>, found as the index finds it: quoted, on one line."""
    found = re.findall(rf'^set\(EXTENSION_{name} "([^"\n]*)"\)$', cmake(), re.MULTILINE)
    assert len(found) == 1, f"EXTENSION_{name} is not set once, quoted, on one line"
    return found[0]


def entry() -> dict:
    return json.loads((ROOT / "docs" / "OsteoScreen.json").read_text(encoding="utf-8"))


def citation(key: str) -> str:
    """A value of CITATION.cff, folded lines joined."""
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    folded = re.search(rf"^{key}: >-\n((?:  .*\n)+)", text, re.MULTILINE)
    if folded:
        return " ".join(folded[1].split())
    plain = re.search(rf"^{key}: (.*)$", text, re.MULTILINE)
    assert plain, f"CITATION.cff has no {key}"
    return plain[1]


def test_index_entry_follows_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(entry(), SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**entry(), "contributors": "a key of the old format"}, SCHEMA)


def test_index_finds_the_project_by_the_name_of_its_entry() -> None:
    assert re.findall(r"project\s*\(\s*([^\s\)\n\r]+)", cmake(), re.IGNORECASE)[0] == "OsteoScreen"
    assert (ROOT / "docs" / "OsteoScreen.json").is_file()
    assert (ROOT / "LICENSE.txt").is_file()


def test_entry_and_cmake_agree() -> None:
    assert entry()["category"] == variable("CATEGORY")
    assert entry()["scm_url"] == f"{REPOSITORY}.git"
    assert variable("HOMEPAGE") == REPOSITORY
    assert entry()["build_dependencies"] == []
    assert variable("DEPENDS") == "NA"


@pytest.mark.parametrize("name", ["ICONURL", "SCREENSHOTURLS"])
def test_pictures_lie_where_their_addresses_say(name: str) -> None:
    pictures = variable(name).split()
    assert pictures
    for address in pictures:
        assert address.startswith(RAW)
        assert address.endswith((".png", ".jpg"))
        assert (ROOT / address.removeprefix(RAW)).is_file()


def test_icon_is_a_png_of_128_pixels() -> None:
    pillow = pytest.importorskip("PIL.Image")
    with pillow.open(ROOT / variable("ICONURL").removeprefix(RAW)) as icon:
        assert (icon.format, icon.size, icon.mode) == ("PNG", (128, 128), "RGBA")


def test_description_is_one_plain_sentence_or_two_and_names_the_limit() -> None:
    description = variable("DESCRIPTION")
    assert ";" not in description, "Slicer cuts an unquoted value at a semicolon"
    assert description.endswith("Research use only. Not a medical device.")
    assert RESEARCH_USE_NOTICE.startswith("Research use only. Not a medical device.")


def test_citation_and_cmake_agree() -> None:
    assert citation("abstract") == variable("DESCRIPTION")
    assert citation("title") == "OsteoScreen"
    assert re.search(r"^  - name: (.*)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)[1] == variable(
        "CONTRIBUTORS"
    )
    assert citation("license") == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE.txt").read_text(encoding="utf-8")[:200]


def module_facts() -> dict[str, ast.expr]:
    """What ``OsteoScreen.__init__`` assigns to its parent, unevaluated."""
    tree = ast.parse((ROOT / "OsteoScreen" / "OsteoScreen.py").read_text(encoding="utf-8"))
    (module,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "OsteoScreen")
    return {
        target.attr: node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and ast.unparse(target.value) in ("self.parent", "parent")
    }


def texts(expression: ast.expr) -> list[str]:
    return [node.value for node in ast.walk(expression) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def test_module_and_cmake_agree() -> None:
    facts = module_facts()
    assert entry()["category"] in texts(facts["categories"])
    assert texts(facts["contributors"]) == [variable("CONTRIBUTORS")]
    assert "OsteoScreen" in texts(facts["title"])
