"""DICOM files that are right but for some elements: wrong kinds, hostile values, lying lengths, sequences without end."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

from Testing.security.choices import Choices, one_of

_LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT", b"SV", b"UV"}
_KINDS = (
    b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"OB", b"OD", b"OF", b"OL", b"OV", b"OW",
    b"PN", b"SH", b"SL", b"SQ", b"SS", b"ST", b"SV", b"TM", b"UC", b"UI", b"UL", b"UN", b"UR", b"US", b"UT", b"UV", b"??",
    b"\0\0",
)  # fmt: skip
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = (struct.pack("<HH", 0xFFFE, element) for element in (0xE000, 0xE00D, 0xE0DD))

_TAGS = (
    (0x0002, 0x0010), (0x0002, 0x0000), (0x0008, 0x0005), (0x0008, 0x0016), (0x0008, 0x0018), (0x0008, 0x0060), (0x0008, 0x2218),
    (0x0008, 0x2228), (0x0010, 0x0010), (0x0010, 0x0020), (0x0010, 0x0030), (0x0010, 0x0040), (0x0010, 0x1010), (0x0018, 0x0015),
    (0x0018, 0x1114), (0x0018, 0x1164), (0x0018, 0x2010), (0x0018, 0x5101), (0x0020, 0x0060), (0x0020, 0x0062), (0x0020, 0x000D),
    (0x0028, 0x0002), (0x0028, 0x0004), (0x0028, 0x0006), (0x0028, 0x0008), (0x0028, 0x0010), (0x0028, 0x0011), (0x0028, 0x0030),
    (0x0028, 0x0100), (0x0028, 0x0101), (0x0028, 0x0102), (0x0028, 0x0103), (0x0028, 0x0120), (0x0028, 0x0121), (0x0028, 0x0A02),
    (0x0028, 0x1052), (0x0028, 0x1053), (0x0028, 0x3000), (0x0028, 0x3010), (0x2050, 0x0020), (0x5200, 0x9229), (0x5200, 0x9230),
    (0x6000, 0x3000), (0x7FE0, 0x0008), (0x7FE0, 0x0010), (0x0054, 0x0220), (0x0009, 0x0010), (0xFFFE, 0xE000),
)  # fmt: skip
"""Every tag that is read, and some that are not."""

_VALUES = (
    b"", b"\0", b"\0\0", b"\1\0", b"\xff\xff", b"\x40\x00", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\x40\0\x40", b"\0" * 64,
    b"1", b"-1", b"0", b"1\\1", b"0.1\\0.1", b"1e400", b"nan", b"inf\\inf", b"1\\2\\3\\4", b"9" * 64, b"99999999999Y", b"067Y",
    b"MONOCHROME1", b"MONOCHROME2", b"RGB", b"YBR_FULL", b"PALETTE COLOR", b"INVERSE", b"IDENTITY", b"ISO_IR 192",
    b"ISO 2022 IR 87",
    b"\\ISO 2022 IR 149", b"latin_1", b"L", b"R", b"\xc2\xb2", b"\xff\xfe\xfd", b"\x1b$B\x1b(B", b"..\\..", b"\x1b[31m",
    b"A^B^C=\xe5",
    b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.1", b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.5",
    b"1.2.840.10008.1.2.4.50", b"1.2.840.10008.1.2.4.51", b"1.2.840.10008.1.2.4.57", b"1.2.840.10008.1.2.4.70",
    b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.4.91", b"1.2.840.10008.1.2.4.94",
    b"1.2.840.10008.1.2.4.201", b"1.2.840.10008.1.2.4.102", b"1.2.3.4",
)  # fmt: skip


@dataclass(frozen=True)
class Element:
    """One element of a data set as it is stored; ``length`` is what it says of itself where that is not the truth."""

    group: int
    element: int
    kind: bytes
    value: bytes
    length: int | None = None

    def stored(self) -> bytes:
        """Explicit VR, little endian."""
        head = struct.pack("<HH", self.group, self.element) + self.kind
        if self.kind in _LONG:
            length = len(self.value) if self.length is None else self.length
            return head + b"\0\0" + struct.pack("<I", length & 0xFFFFFFFF) + self.value
        value = self.value[:0xFFFF]
        return head + struct.pack("<H", (len(value) if self.length is None else self.length) & 0xFFFF) + value


def elements_of(file: bytes) -> list[Element]:
    """The top elements of a DICOM file in explicit VR little endian, with its meta information."""
    found, at = [], 132
    while at + 8 <= len(file):
        group, element, kind = *struct.unpack("<HH", file[at : at + 4]), file[at + 4 : at + 6]
        if kind in _LONG:
            length, start = struct.unpack("<I", file[at + 8 : at + 12])[0], at + 12
        else:
            length, start = struct.unpack("<H", file[at + 6 : at + 8])[0], at + 8
        end = len(file) if length == _UNDEFINED else start + length
        found.append(Element(group, element, kind, file[start:end], length if length == _UNDEFINED else None))
        at = end
    return found


def file_of(elements: list[Element]) -> bytes:
    """A DICOM file of elements, in their order."""
    return b"\0" * 128 + b"DICM" + b"".join(element.stored() for element in elements)


def edited_elements(elements: list[Element], choices: Choices) -> bytes:
    """A DICOM file after some edits of its elements."""
    changed = list(elements)
    for _ in range(1 + choices.below(4)):
        tag = one_of(choices, _TAGS)
        at = next((place for place, each in enumerate(changed) if (each.group, each.element) == tag), None)
        kind = choices.below(8)
        if at is not None and kind == 0:
            del changed[at]
        elif at is not None and kind == 1:
            changed[at] = replace(changed[at], kind=one_of(choices, _KINDS))
        elif at is not None and kind == 2:
            changed[at] = replace(changed[at], length=one_of(choices, (0, 1, 3, 1000, 65535, 2**31, _UNDEFINED)))
        elif at is not None and kind == 3:
            changed.insert(choices.below(len(changed)), changed.pop(at))
        elif kind == 4:
            changed.insert(choices.below(len(changed) + 1), _sequence(tag, choices))
        else:
            known = changed[at].kind if at is not None else one_of(choices, _KINDS)
            new = Element(*tag, known if choices.below(3) else one_of(choices, _KINDS), one_of(choices, _VALUES))
            if at is None:
                changed.append(new)
                changed.sort(key=lambda each: (each.group, each.element))
            else:
                changed[at] = new
    return file_of(changed)


def _sequence(tag: tuple[int, int], choices: Choices) -> Element:
    """A sequence in a sequence, as deep as any, of known or unknown lengths, its ends there or not."""
    depth, open_ended, ends = one_of(choices, (1, 3, 50, 2000)), choices.below(2), choices.below(4)
    value = Element(*one_of(choices, _TAGS), one_of(choices, _KINDS), one_of(choices, _VALUES)).stored()
    for _ in range(depth):
        if open_ended:
            value = _ITEM + struct.pack("<I", _UNDEFINED) + value + (_ITEM_END + b"\0\0\0\0" if ends else b"")
            inner = Element(*tag, b"SQ", value + (_SEQUENCE_END + b"\0\0\0\0" if ends else b""), _UNDEFINED)
        else:
            inner = Element(*tag, b"SQ", _ITEM + struct.pack("<I", len(value)) + value)
        value = inner.stored()
    return inner
