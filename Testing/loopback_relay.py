"""A relay between a client and a server of the loopback interface: it adds TLS, stalls, or breaks off, as networks do.

Import with ``from Testing.loopback_relay import Relay``.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
from contextlib import suppress

_BLOCK = 1 << 14


class Relay:
    """Passes bytes between its own ``port`` and the port ``target``, both of 127.0.0.1; use it as a context manager.

    Attributes
    ----------
    stalled : how many of the next connections are accepted and then never answered
    breaks : bytes from the client after which each of the next connections is cut
    context : TLS of the relay's own side; the server behind it is spoken to plainly
    connections : how many connections came
    """

    def __init__(self, target: int, context: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.target = target
        self.context = context
        self.stalled = 0
        self.breaks: list[int] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", port))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Listen no more, and cut every connection."""
        for each in (self._listening, *self._open):
            _cut(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(client)
            if self.stalled > 0:
                self.stalled -= 1
                continue
            limit = self.breaks.pop(0) if self.breaks else None
            threading.Thread(target=self._connect, args=(client, limit), daemon=True).start()

    def _connect(self, client: socket.socket, limit: int | None) -> None:
        try:
            if self.context is not None:
                client = self.context.wrap_socket(client, server_side=True)
                self._open.append(client)
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:  # a failed handshake is one too
            _cut(client)
            return
        self._open.append(server)
        with suppress(OSError, ValueError):  # cut meanwhile
            _pass(client, server, limit)
        _cut(client)
        _cut(server)


def _pass(client: socket.socket, server: socket.socket, limit: int | None) -> None:
    """Pass bytes both ways until one side ends, or ``limit`` bytes came from the client.

    In one thread: a TLS socket must not be read in one and written in another.
    """
    passed = 0
    while limit is None or passed < limit:
        pending = isinstance(client, ssl.SSLSocket) and client.pending() > 0
        ready = [client] if pending else select.select([client, server], [], [])[0]
        for source in ready:
            block = source.recv(_BLOCK if limit is None else min(_BLOCK, limit - passed) or 1)
            if not block:
                return
            (server if source is client else client).sendall(block)
            passed += len(block) if source is client else 0


def _cut(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        each.close()
