"""A TCP proxy on a loopback port that can cut, reset, swallow or slow down what goes through it, at any moment."""

import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["open", "refuse", "reset", "swallow", "slow"]


@dataclass
class Proxy:
    """`mode` holds for new connections and for those that are open.

    `refuse`: connections are closed at once. `reset`: also by RST, in the middle of a body. `swallow`: nothing is ever
    answered, and no connection ends. `slow`: a tenth of a second for each piece.
    """

    host: str
    port: int
    target: tuple[str, int]
    mode: Mode = "open"
    reset_after: int | None = None
    """In `reset`: bytes of a connection that still go through."""
    _connections: list[threading.Thread] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def serve(self, listener: socket.socket) -> None:
        """Accept until stopped."""
        while not self._stopping.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self._connections.append(threading.Thread(target=self._connected, args=(client,), daemon=True))
            self._connections[-1].start()

    def _connected(self, client: socket.socket) -> None:
        if self.mode == "refuse" or (self.mode == "reset" and not self.reset_after):
            return _reset(client)
        try:
            server = socket.create_connection(self.target, timeout=10)
        except OSError:
            return _reset(client)
        server.settimeout(None)
        back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
        back.start()
        self._pump(client, server)
        back.join()
        client.close()
        server.close()
        return None

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        passed = 0
        with suppress(OSError):
            while data := self._received(source):
                passed += len(data)
                if self.mode == "refuse" or (self.mode == "reset" and passed > (self.reset_after or 0)):
                    _reset(source)
                    return _reset(sink)
                if self.mode == "slow":
                    self._stopping.wait(0.1)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        return None

    def _received(self, source: socket.socket) -> bytes:
        """The next bytes; empty at the end of the connection, and when the proxy stops."""
        while not self._stopping.is_set():
            if select.select([source], [], [], 0.1)[0]:
                data = source.recv(65536)
                while self.mode == "swallow" and not self._stopping.wait(0.05):
                    pass
                return data
        return b""


def _reset(connection: socket.socket) -> None:
    """Close with RST."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def proxy(host: str, port: int) -> Iterator[Proxy]:
    """A proxy to this address, open."""
    listener = socket.create_server(("127.0.0.1", 0))
    made = Proxy("127.0.0.1", listener.getsockname()[1], (host, port))
    thread = threading.Thread(target=made.serve, args=(listener,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made._stopping.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
        for connection in made._connections:
            connection.join(5)
