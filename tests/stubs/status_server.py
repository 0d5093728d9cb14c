"""An HTTP server on a loopback port that answers everything with one status."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.stubs.serving import Handler, serving


@contextmanager
def status_server(
    status: int, body: bytes = b"", headers: dict[str, str] | None = None, seen: list[str] | None = None
) -> Iterator[str]:
    """Its URL; `seen` is given the path of every request."""

    class Answering(Handler):
        def answer(self) -> None:
            if seen is not None:
                seen.append(self.path)
            self.body()
            self.send(status, body, headers)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815 (the standard library's names)

    with serving(Answering) as url:
        yield url
