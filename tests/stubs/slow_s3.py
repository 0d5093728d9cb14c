"""An S3 server that joins the parts of an upload in silence: the object appears, but the answer never comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

STARTED = b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"


@contextmanager
def slow_s3(heads_before_it_appears: int) -> Iterator[str]:
    """Its endpoint. The object appears when it has been asked for so many times after the last part."""
    stopping, heads = Event(), [0]
    sizes: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            sizes.append(len(self.rfile.read(int(self.headers["Content-Length"]))))
            self._send(200, b"", {"ETag": '"part"'})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if "?uploads" in self.path:
                return self._send(200, STARTED)
            stopping.wait(60)
            self.close_connection = True
            return None

        def do_HEAD(self) -> None:
            heads[0] += 1
            if heads[0] <= heads_before_it_appears:
                return self._send(404, b"")
            self.send_response(200)
            self.send_header("Content-Length", str(sum(sizes)))
            self.send_header("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")
            self.send_header("ETag", '"whole"')
            self.end_headers()
            return None

        def do_GET(self) -> None:
            self._send(200, b"<ListBucketResult></ListBucketResult>")

        def do_DELETE(self) -> None:
            self._send(204, b"")

        def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
