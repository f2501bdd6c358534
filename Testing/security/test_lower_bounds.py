"""The oldest version of each package that may be installed has none of the vulnerabilities that are known and matter here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from OsteoScreenLib.workflow.versions import at_least

ROOT = Path(__file__).resolve().parents[2]
_LINE = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?\s*(?P<how>>=|==)\s*(?P<version>\d+(?:\.\d+)*)")


@dataclass(frozen=True)
class Advisory:
    """A vulnerability that versions before ``fixed`` have."""

    package: str
    fixed: str
    name: str
    words: str


ADVISORIES = (
    Advisory("pillow", "13.0.0", "CVE-2026-96639", "memory of another image is read and written; also JPEG decoder overflows"),
    Advisory("requests", "2.33.0", "CVE-2026-25645", "extract_zipped_paths trusts a file that anybody may have put there"),
    Advisory("urllib3", "2.6.3", "CVE-2026-21441", "the body of a redirect is inflated without limit"),
    Advisory("jinja2", "3.1.6", "CVE-2025-27516", "templates break out of the sandbox"),
    Advisory("reportlab", "3.6.13", "CVE-2023-33733", "a colour in a paragraph runs code"),
    Advisory("pynetdicom", "3.0.4", "CVE-2026-56445", "received tags become paths (in its qrscp application)"),
    Advisory("scipy", "1.10.0", "CVE-2023-25399", "memory leak in Py_FindObjects"),
    Advisory("pyarrow", "14.0.1", "CVE-2023-47248", "a Parquet or IPC file runs code when it is read"),
    Advisory("distributed", "2026.1.1", "CVE-2026-23528", "scripts of others run in the dashboard"),
    Advisory("torch", "2.6.0", "CVE-2025-32434", "torch.load runs code in spite of weights_only"),
    Advisory("onnx", "1.21.0", "CVE-2026-27489", "external data are read through links out of the model's folder"),
    Advisory("pydantic", "2.4.0", "CVE-2024-3772", "an address for e-mail keeps its pattern busy"),
    Advisory("scikit-learn", "1.5.0", "CVE-2024-5206", "TfidfVectorizer keeps what it was trained on"),
    Advisory("tqdm", "4.66.3", "CVE-2024-34062", "command line options are evaluated"),
    Advisory("PyYAML", "5.4", "CVE-2020-14343", "full_load runs code"),
    Advisory("setuptools", "78.1.1", "CVE-2025-47273", "a package's address leads out of the download folder"),
)
NOT_REACHED = {
    Advisory("pydicom", "3.0.2", "CVE-2026-32711", "a DICOMDIR leads out of its folder"): ("fileset", "FileSet", "DicomDir"),
}
"""3D Slicer 5.10 holds pydicom 2.4.4; to ask for 2.4.5 or 3.0.2, which are mended, would exchange what Slicer's own DICOM module
runs on. The flaw needs one of these names; nothing here has them."""


def lower_bounds(text: str) -> dict[str, list[str]]:
    """Versions by package (small letters) of every requirement in ``pyproject.toml``, or of a file of requirements."""
    found: dict[str, list[str]] = {}
    lines = re.findall(r'"([^"]+)"', text) if "[project]" in text else text.splitlines()
    for line in lines:
        match = _LINE.match(line.strip())
        if match is not None:
            found.setdefault(match["name"].lower(), []).append(match["version"])
    return found


@pytest.mark.parametrize("advisory", ADVISORIES, ids=lambda each: f"{each.package} {each.name}")
def test_oldest_version_is_mended(advisory: Advisory) -> None:
    bounds = lower_bounds((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[advisory.package.lower()]
    assert [bound for bound in bounds if not at_least(bound, advisory.fixed)] == [], f"{advisory.name}: {advisory.words}"


def test_slicers_packages_are_mended_too() -> None:
    bounds = lower_bounds((ROOT / "Resources" / "requirements.txt").read_text(encoding="utf-8"))
    assert "pillow" in bounds
    late = [
        f"{each.package}>={each.fixed}"
        for each in ADVISORIES
        for bound in bounds.get(each.package.lower(), ())
        if not at_least(bound, each.fixed)
    ]
    assert late == []


@pytest.mark.parametrize(("advisory", "names"), NOT_REACHED.items(), ids=lambda each: getattr(each, "name", ""))
def test_what_is_not_mended_is_not_used(advisory: Advisory, names: tuple[str, ...]) -> None:
    word = re.compile(rf"\b{advisory.package}\.({'|'.join(names)})|\b({'|'.join(names[1:])})\b")
    folders = ("OsteoScreenLib", "OsteoScreen", "training")
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert [str(path) for path in sources if word.search(path.read_text(encoding="utf-8"))] == []


def test_bounds_are_found_in_both_forms() -> None:
    assert lower_bounds('[project]\ndependencies = ["a>=1.2", "b[x]==3; python_version<\'4\'"]') == {"a": ["1.2"], "b": ["3"]}
    assert lower_bounds("# words\nPillow>=13.0.0\nb") == {"pillow": ["13.0.0"]}
