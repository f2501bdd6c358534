"""The "may import" column of the architecture, and that starting is cheap, read from the sources themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "OsteoScreenLib"
ROOMS = sorted(path.name for path in CORE.iterdir() if path.is_dir() and (path / "__init__.py").exists())

# Which rooms of the core a room may import. Every room may import the values of the rooms (`<room>.values`, and the
# rooms' own `__init__`, which offer them), `bones`, `errors` and the package itself.
MAY_IMPORT: dict[str, set[str]] = {
    "bundle": set(),
    "radiograph": set(),
    "segmentation": {"bundle"},
    "radiogrammetry": {"segmentation"},
    "classification": {"bundle", "segmentation", "radiogrammetry"},
    "quality": {"bundle", "segmentation", "radiogrammetry"},
    "screening": {"bundle", "radiograph", "segmentation", "radiogrammetry", "classification", "quality"},
    "scene": {"radiograph", "screening", "segmentation"},
    "reports": {"radiograph", "segmentation"},
    "worker": {"bundle", "radiograph", "screening", "scene", "reports"},
    "pacs": {"radiograph"},
    "archive": {"bundle", "pacs", "quality", "radiograph", "reports", "screening", "worker"},
    "workflow": {"bundle", "radiograph", "screening", "worker"},
    "annotation": {"bundle", "radiograph", "screening"},
    "cli": {"archive", "bundle", "pacs", "radiograph", "screening", "scene", "reports", "worker"},
}
EVERYWHERE_IN_CORE = {"numpy", "scipy"}
INSIDE_FUNCTIONS = {
    "radiograph": {"SimpleITK", "pydicom", "gdcm", "PIL", "nrrd", "jpeg_ls", "openjpeg", "rle"},
    "segmentation": {"openvino", "onnxruntime"},
    "classification": {"openvino"},
    "screening": {"nrrd"},
    "bundle": {"requests"},
    "scene": {"slicer", "vtk", "vtkmodules", "vtk_slicer"},
    "reports": {"jinja2", "matplotlib", "contourpy", "PIL", "reportlab", "highdicom", "pydicom", "SimpleITK"},
    "pacs": {"pydicom", "pynetdicom", "requests"},
    "archive": {"dask", "distributed", "jinja2", "matplotlib", "PIL", "pyarrow"},
}
HEAVY = {
    "torch", "openvino", "onnxruntime", "matplotlib", "contourpy", "jinja2", "slicer", "vtk", "vtkmodules", "highdicom",
    "pydicom", "SimpleITK", "PIL", "nrrd", "sklearn", "ot", "onnx", "requests", "reportlab", "pynetdicom", "dicomweb_client",
    "pyarrow", "dask", "distributed",
}  # fmt: skip
NEVER_IN_CORE = {"qt", "ctk", "PythonQt", "training", "torch", "torchvision", "Testing"}


@dataclass(frozen=True)
class Import:
    """One imported module: where, and whether it happens as soon as the file is loaded."""

    path: Path
    line: int
    module: str
    at_load: bool

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.module}"


def imports_of(path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from _imports(tree.body, path, at_load=True)


def _imports(body: list[ast.stmt], path: Path, *, at_load: bool) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(path, node.lineno, name.name, at_load)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative imports hide which room is meant"
            for name in node.names:
                yield Import(path, node.lineno, f"{node.module}.{name.name}", at_load)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            # Only the type checker goes here.
            yield from _imports(node.orelse, path, at_load=at_load)
        else:
            in_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            for part in ("body", "orelse", "finalbody", "handlers", "cases"):
                inner = [each for each in getattr(node, part, []) if isinstance(each, ast.AST)]
                for each in inner:
                    statements = each.body if isinstance(each, (ast.ExceptHandler, ast.match_case)) else [each]
                    yield from _imports(statements, path, at_load=at_load and not in_function)  # type: ignore[arg-type]


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def core_imports() -> list[Import]:
    return [each for path in files_of(CORE) for each in imports_of(path)]


def room_of(path: Path) -> str:
    return path.relative_to(CORE).parts[0] if path.parent != CORE else ""


def test_every_room_is_known() -> None:
    assert set(ROOMS) <= set(MAY_IMPORT), "a new room needs a line in MAY_IMPORT, and in the architecture"


def test_core_never_imports_the_user_interface_or_the_training() -> None:
    assert [str(each) for each in core_imports() if each.top in NEVER_IN_CORE] == []


def test_core_loads_only_what_every_installation_has() -> None:
    allowed = sys.stdlib_module_names | EVERYWHERE_IN_CORE | {"OsteoScreenLib"}
    assert [str(each) for each in core_imports() if each.at_load and each.top not in allowed] == []


def test_third_party_imports_stay_in_their_rooms() -> None:
    known = sys.stdlib_module_names | EVERYWHERE_IN_CORE | {"OsteoScreenLib"}
    strangers = [each for each in core_imports() if each.top not in known]
    assert strangers, "the check sees no third-party import at all"
    assert [str(each) for each in strangers if each.top not in INSIDE_FUNCTIONS.get(room_of(each.path), set())] == []


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_between_rooms_point_one_way(room: str) -> None:
    wrong = []
    for path in files_of(CORE / room):
        for each in imports_of(path):
            parts = each.module.split(".")
            if parts[0] != "OsteoScreenLib" or len(parts) < 3 or parts[1] == room or parts[1] not in ROOMS:
                continue
            of_values = parts[2] == "values" or (len(parts) == 3 and _is_value(parts[1], parts[2]))
            if not of_values and parts[1] not in MAY_IMPORT[room]:
                wrong.append(str(each))
    assert wrong == []


def _is_value(room: str, name: str) -> bool:
    """Whether a room's ``__init__`` takes this name from its values."""
    return any(each.module == f"OsteoScreenLib.{room}.values.{name}" for each in imports_of(CORE / room / "__init__.py"))


def test_rules_themselves_have_no_circle() -> None:
    done: set[str] = set()
    while len(done) < len(MAY_IMPORT):
        free = {room for room, others in MAY_IMPORT.items() if room not in done and others <= done}
        assert free, f"circle among {sorted(set(MAY_IMPORT) - done)}"
        done |= free


def test_training_imports_neither_user_interface_nor_tests() -> None:
    found = [each for path in files_of(ROOT / "training") for each in imports_of(path)]
    assert [str(each) for each in found if each.top in {"qt", "ctk", "slicer", "vtk", "Testing", "torchvision"}] == []


def test_slicer_module_imports_no_third_party_library_when_it_is_loaded() -> None:
    allowed = sys.stdlib_module_names | {"slicer", "qt", "ctk", "vtk", "numpy", "OsteoScreenLib", "OsteoScreenPanel"}
    module = ROOT / "OsteoScreen"
    found = [each for path in (files_of(module) if module.is_dir() else []) for each in imports_of(path)]
    assert [str(each) for each in found if each.at_load and each.top not in allowed] == []
    assert [str(each) for each in found if each.top in {"training", "torch", "openvino"}] == []


@pytest.mark.parametrize(
    "code",
    [
        "import OsteoScreenLib, OsteoScreenLib.bones, OsteoScreenLib.errors, OsteoScreenLib.cli",
        "import OsteoScreenLib.worker, OsteoScreenLib.screening, OsteoScreenLib.scene, OsteoScreenLib.reports",
        "import OsteoScreenLib.radiograph, OsteoScreenLib.segmentation, OsteoScreenLib.classification, OsteoScreenLib.bundle",
        "import sys; sys.argv[1:] = ['--help']; import OsteoScreenLib.cli as c\ntry: c.main()\nexcept SystemExit: pass",
    ],
)
def test_starting_loads_nothing_heavy(code: str) -> None:
    script = f"{code}\nimport sys; print('LOADED', *sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=120, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED"


def test_help_does_not_even_load_numpy() -> None:
    script = "import sys; import OsteoScreenLib.cli.arguments as a; a.parser().format_help(); print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=120, check=True)
    assert done.stdout.strip() == "False"
