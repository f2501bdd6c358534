"""Every finding of the gate, read from its own code: ``python Testing/quality/finding_table.py`` writes docs/findings.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "findings.md"
HEAD = """# Findings of the quality gate

<!-- Written by Testing/quality/finding_table.py from the code of OsteoScreenLib/quality; edit that, not this page. -->

Before any score the gate looks at the film, at what its file says, and at the outlines. Each finding has a code that stays the
same, a severity, and one sentence for the clinician ("..." stands for names and numbers).

| severity | what it does |
|---|---|
| info | shown; changes nothing |
| warning | shown; the score stands with this limit |
| indeterminate | the state can be at most "indeterminate" |
| refusal | the film is not analysable; no score is given |

`unlike_training_films` and `familiarity_unknown` come from the classifier's features and so only on films that nothing else
refuses. Limits that depend on the model stand in the `quality` section of its `bundle.json`. What share of good and faulty
films gets which finding is measured by `Testing/benchmarks/quality_gate.py`; the faults there are simulated.

| code | severity | sentence | when |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """One way to make a finding."""

    code: str
    severity: str
    sentence: str
    when: str


def rows() -> list[Row]:
    """All findings in the code, by code."""
    found = [row for path in sorted((ROOT / "OsteoScreenLib" / "quality").glob("*.py")) for row in _in_file(path)]
    return sorted(found, key=lambda row: row.code)


def page() -> str:
    """The page's text."""
    return HEAD + "".join(f"| `{row.code}` | {row.severity} | {row.sentence} | {row.when} |\n" for row in rows())


def _in_file(path: Path) -> Iterator[Row]:
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        texts = {
            target.id: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        when = (ast.get_docstring(function) or "").split("\n\n")[0].replace("\n", " ").replace("``", "`")
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "QualityFinding":
                code, severity, text = call.args
                assert isinstance(code, ast.Constant), f"{path.name}:{call.lineno}: a finding's code is a plain text"
                yield Row(str(code.value), _severity(severity), " ".join(_words(text, texts).split()), when)


def _severity(node: ast.expr) -> str:
    if isinstance(node, ast.IfExp):
        return f"{_severity(node.body)} or {_severity(node.orelse)}"
    assert isinstance(node, ast.Attribute), ast.dump(node)
    return node.attr.lower()


def _words(node: ast.expr, texts: dict[str, ast.expr]) -> str:
    """The fixed words of a text; "..." for values, but what a local ``text`` holds in full."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part, texts) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _words(node.value, texts)
    if isinstance(node, ast.Name) and node.id == "text" and "text" in texts:
        return _words(texts["text"], texts)
    return "..."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
