"""Damage to a file's bytes, of the kinds that break readers: flipped bits, lying numbers, missing, moved and repeated parts."""

from __future__ import annotations

from collections.abc import Callable

from Testing.security.choices import Choices, one_of

NUMBERS = (0, 1, 2, 7, 8, 12, 16, 63, 64, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
_MOST_EDITS = 5
_LONGEST_BLOCK = 64


def edited(content: bytes, choices: Choices) -> bytes:
    """The content after some edits; places near the beginning, where headers lie, are taken more often."""
    for _ in range(1 + choices.below(_MOST_EDITS)):
        content = one_of(choices, _EDITS)(content, choices)
    return content


def _place(content: bytes, choices: Choices) -> int:
    end = len(content) if choices.below(2) else min(len(content), 512)
    return choices.below(max(end, 1))


def _flip(content: bytes, choices: Choices) -> bytes:
    at = _place(content, choices)
    return content[:at] + bytes(byte ^ 1 << choices.below(8) for byte in content[at : at + 1]) + content[at + 1 :]


def _byte(content: bytes, choices: Choices) -> bytes:
    at = _place(content, choices)
    return content[:at] + bytes([choices.below(256)]) + content[at + 1 :]


def _number(content: bytes, choices: Choices) -> bytes:
    at, width = _place(content, choices), one_of(choices, (1, 2, 4, 8))
    number = one_of(choices, NUMBERS) % (1 << 8 * width)
    return content[:at] + number.to_bytes(width, "big" if choices.below(2) else "little") + content[at + width :]


def _cut(content: bytes, choices: Choices) -> bytes:
    return content[: choices.below(len(content) + 1)]


def _drop(content: bytes, choices: Choices) -> bytes:
    at = _place(content, choices)
    return content[:at] + content[at + 1 + choices.below(_LONGEST_BLOCK) :]


def _repeat(content: bytes, choices: Choices) -> bytes:
    at, length = _place(content, choices), 1 + choices.below(_LONGEST_BLOCK)
    return content[: at + length] + content[at : at + length] * (1 + choices.below(8)) + content[at + length :]


def _move(content: bytes, choices: Choices) -> bytes:
    source, target, length = _place(content, choices), _place(content, choices), 1 + choices.below(_LONGEST_BLOCK)
    return content[:target] + content[source : source + length] + content[target + length :]


def _blank(content: bytes, choices: Choices) -> bytes:
    at, length = _place(content, choices), 1 + choices.below(_LONGEST_BLOCK)
    return content[:at] + one_of(choices, (b"\0", b"\xff", b" "))[:1] * length + content[at + length :]


_EDITS: tuple[Callable[[bytes, Choices], bytes], ...] = (_flip, _byte, _number, _number, _cut, _drop, _repeat, _move, _blank)
