"""What never stands in the sources: ways of loading data that run it, shells, blind unpacking, pages that escape nothing.

Read from the syntax tree of every file that is shipped or trains; each rule is shown to catch what it is for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for folder in ("OsteoScreenLib", "OsteoScreen", "training") for path in sorted((ROOT / folder).rglob("*.py"))]
TEMPLATES = [
    path for folder in ("OsteoScreenLib", "training") for path in sorted((ROOT / folder).rglob("templates/*")) if path.is_file()
]
RUNS_WHAT_IT_LOADS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal", "jsonpickle", "joblib"}


@cache
def tree_of(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.AST) -> str:
    """``module.function`` of a call as it is written; empty for anything else."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in node.keywords if each.arg == name), None)


def is_constant(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def imports_pickle(node: ast.AST) -> bool:
    names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
    names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    return any(name.partition(".")[0] in RUNS_WHAT_IT_LOADS for name in names)


def allows_pickle(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    given = keyword(node, "allow_pickle")
    return (given is not None and not is_constant(given, False)) or called(node).endswith(("read_pickle", "to_pickle"))


def unpickles_weights(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and called(node) == "torch.load" and not is_constant(keyword(node, "weights_only"), True)


def loads_yaml(node: ast.AST) -> bool:
    return bool(re.fullmatch(r"yaml\.(load|load_all|full_load|unsafe_load)(_all)?", called(node)))


def starts_a_shell(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    shell = keyword(node, "shell")
    return (shell is not None and not is_constant(shell, False)) or called(node) in (
        "os.system",
        "os.popen",
        "subprocess.getoutput",
        "subprocess.getstatusoutput",
    )


def runs_text(node: ast.AST) -> bool:
    return called(node) in ("eval", "exec", "builtins.eval", "builtins.exec")


def unpacks_blindly(node: ast.AST) -> bool:
    return called(node).endswith((".extractall", ".unpack_archive")) or called(node).startswith("tarfile.")


def names_a_temporary_file(node: ast.AST) -> bool:
    return called(node).endswith("tempfile.mktemp") or called(node) == "mktemp"


def escapes_nothing(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = called(node).rpartition(".")[2]
    return (name == "Environment" and not is_constant(keyword(node, "autoescape"), True)) or name in ("Markup", "Template")


def trusts_any_server(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and (
        is_constant(keyword(node, "verify"), False) or called(node).endswith(("_create_unverified_context", "disable_warnings"))
    )


RULES: dict[Callable[[ast.AST], bool], tuple[str, ...]] = {
    imports_pickle: ("import pickle", "from joblib import load", "import dill as d"),
    allows_pickle: ("np.load(path, allow_pickle=True)", "np.save(path, a, allow_pickle=flag)", "pandas.read_pickle(path)"),
    unpickles_weights: ("torch.load(path)", "torch.load(path, weights_only=False)"),
    loads_yaml: ("yaml.load(text, Loader=yaml.Loader)", "yaml.unsafe_load(text)", "yaml.full_load(text)"),
    starts_a_shell: ("subprocess.run(command, shell=True)", "os.system(command)", "subprocess.Popen(c, shell=flag)"),
    runs_text: ("eval(text)", "exec(text, {})"),
    unpacks_blindly: ("archive.extractall(folder)", "shutil.unpack_archive(path)", "tarfile.open(path)"),
    names_a_temporary_file: ("tempfile.mktemp()",),
    escapes_nothing: ("Environment(loader=x)", "jinja2.Environment(autoescape=False)", "Template(text)", "Markup(text)"),
    trusts_any_server: ("requests.get(url, verify=False)", "ssl._create_unverified_context()"),
}
SOUND = (
    "np.load(path, allow_pickle=False)",
    "torch.load(path, weights_only=True)",
    "yaml.safe_load(text)",
    "subprocess.run([program, argument], check=True)",
    "network.eval()",
    "tempfile.mkdtemp()",
    "Environment(autoescape=True)",
    "requests.get(url, verify=bundle)",
    "import json",
)


def offences(tree: ast.AST, rule: Callable[[ast.AST], bool]) -> Iterator[int]:
    for node in ast.walk(tree):
        if rule(node):
            yield getattr(node, "lineno", 0)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_source_does_it(rule: Callable[[ast.AST], bool]) -> None:
    assert len(SOURCES) > 300
    found = [f"{path.relative_to(ROOT)}:{line}" for path in SOURCES for line in offences(tree_of(path), rule)]
    assert found == []


@pytest.mark.parametrize(("rule", "code"), [(rule, code) for rule, codes in RULES.items() for code in codes])
def test_rule_catches_what_it_is_for(rule: Callable[[ast.AST], bool], code: str) -> None:
    assert list(offences(ast.parse(code), rule))


@pytest.mark.parametrize("code", SOUND)
def test_no_rule_catches_sound_code(code: str) -> None:
    assert [rule.__name__ for rule in RULES if list(offences(ast.parse(code), rule))] == []


def test_no_template_escapes_less_than_everything() -> None:
    assert TEMPLATES
    wrong = re.compile(r"\|\s*safe\b|\bautoescape\b|\bjavascript:|<script\b", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in TEMPLATES
        for match in wrong.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_nothing_is_shipped_that_was_pickled() -> None:
    suffixes = {".pkl", ".pickle", ".pt", ".pth", ".joblib", ".npz"}
    shipped = [path for folder in ("Resources", "OsteoScreenLib", "OsteoScreen") for path in (ROOT / folder).rglob("*")]
    assert [str(path) for path in shipped if path.suffix.lower() in suffixes] == []
