"""Documents that are nearly right: a value replaced by one that no reader expects, a key missing, doubled or new."""

from __future__ import annotations

import copy
import json
from typing import Any

from Testing.security.byte_edits import edited
from Testing.security.choices import Choices, one_of

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**70), 10**400, 0.5, -0.0, 1e308, float("inf"), float("nan"),
    "", " ", "x", "../../etc/passwd", "/etc/passwd", "C:\\x", "a\0b", "\ud800", "\u202e", "<script>", "9" * 5000, "x" * 5000,
    [], {}, [None], [[]], {"": {}}, [0] * 50, {"found": True}, [1, 2], ["x", "y"],
)  # fmt: skip
"""What stands in a place where something else is expected."""


def edited_document(document: Any, choices: Choices) -> bytes:
    """A document as JSON after some edits, now and then with its bytes damaged as well or nested beyond reason."""
    document = copy.deepcopy(document)
    for _ in range(1 + choices.below(3)):
        _edit(document, choices)
    text = json.dumps(document, ensure_ascii=bool(choices.below(2))).encode("utf-8", "surrogatepass")
    kind = choices.below(20)
    if kind == 0:
        return edited(text, choices)
    if kind == 1:
        depth = one_of(choices, (100, 100_000))
        return b"[" * depth + text + b"]" * depth
    if kind == 2:
        return one_of(choices, (b"\xef\xbb\xbf" + text, text.decode("utf-8", "surrogatepass").encode("utf-16", "replace"), b""))
    return text


def _edit(document: Any, choices: Choices) -> None:
    """Change one place in a document of objects and lists."""
    places = list(_places(document))
    if not places:
        return
    holder, key = one_of(choices, places)
    kind = choices.below(6)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[one_of(choices, ("extra", "", "__class__", "schema_version", "../x"))] = copy.deepcopy(one_of(choices, VALUES))
    elif kind == 2:
        other, name = one_of(choices, places)
        if name in other if isinstance(other, dict) else name < len(other):
            holder[key] = copy.deepcopy(other[name])
    elif kind == 3 and isinstance(holder, list):
        holder.extend(copy.deepcopy(holder))
    else:
        holder[key] = copy.deepcopy(one_of(choices, VALUES))


def _places(document: Any) -> Any:
    """(holder, key) of every value, depth first."""
    items = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for key, value in list(items):
        yield document, key
        yield from _places(value)
