"""A socket that refuses message units larger than a limit, before any of it is held in memory."""

from __future__ import annotations

import socket
from typing import Any

_HEADER = 6
"""Bytes before every unit: type, a reserved byte, and the length in four bytes (PS3.8 9.3)."""


class BoundedSocket:
    """A socket of the DICOM upper layer; `recv` fails where the other side announces more than ``most`` bytes in one unit.

    The announced length is four bytes that anybody can send, and the library reads as many bytes as they say.
    """

    def __init__(self, inner: socket.socket, most: int) -> None:
        self._inner = inner
        self._most = most
        self._header = b""
        self._left = 0

    def recv(self, count: int, *flags: int) -> bytes:
        """Bytes as the socket gives them. Raises `ConnectionAbortedError` for a unit that is too large."""
        data = self._inner.recv(count, *flags)
        rest = data
        while rest:
            if self._left:
                step = min(self._left, len(rest))
                self._left -= step
                rest = rest[step:]
                continue
            step = _HEADER - len(self._header)
            self._header += rest[:step]
            rest = rest[step:]
            if len(self._header) == _HEADER:
                self._left, self._header = int.from_bytes(self._header[2:], "big"), b""
                if self._left > self._most:
                    raise ConnectionAbortedError("a message unit is larger than agreed")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
