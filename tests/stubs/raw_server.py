"""A server on a loopback port that answers each connection with whatever bytes a test writes, as slowly as it likes."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread


@contextmanager
def raw_server(
    answer: Callable[[socket.socket, bytes, Event], None], *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[int]:
    """Its port. `answer(connection, head, over)` gets the request up to its empty line; `over` ends the test."""
    listener = socket.create_server((host, 0))
    over = Event()

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), connection, _wrapped(connection, tls) as wrapped:
            head = b""
            while b"\r\n\r\n" not in head and (piece := wrapped.recv(65_536)):
                head += piece
            if head:
                answer(wrapped, head, over)

    def listen() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                Thread(target=serve, args=(connection,), daemon=True).start()

    thread = Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _wrapped(connection: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    return tls.wrap_socket(connection, server_side=True) if tls else connection


def whole(status: str = "200 OK", body: bytes = b"hello", headers: str = "") -> Callable[..., None]:
    """An answer at once."""

    def answer(connection: socket.socket, head: bytes, over: Event) -> None:
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)

    return answer
