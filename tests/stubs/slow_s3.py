"""An S3 server that joins the parts of an upload in silence: the object appears, but the answer never comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from tests.stubs.serving import Handler, serving

STARTED = b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"


@contextmanager
def slow_s3(heads_before_it_appears: int) -> Iterator[str]:
    """Its endpoint. The object appears when it has been asked for so many times after the last part."""
    stopping, heads = Event(), [0]
    sizes: list[int] = []

    class Joining(Handler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            sizes.append(len(self.body()))
            self.send(200, headers={"ETag": '"part"'})

        def do_POST(self) -> None:
            self.body()
            if "?uploads" in self.path:
                return self.send(200, STARTED)
            stopping.wait(60)
            self.close_connection = True
            return None

        def do_HEAD(self) -> None:
            heads[0] += 1
            if heads[0] <= heads_before_it_appears:
                return self.send(404)
            moment = "Wed, 21 Oct 2015 07:28:00 GMT"
            return self.send(200, b"", {"Content-Length": str(sum(sizes)), "Last-Modified": moment, "ETag": '"whole"'})

        def do_GET(self) -> None:
            self.send(200, b"<ListBucketResult></ListBucketResult>")

        def do_DELETE(self) -> None:
            self.send(204)

    with serving(Joining) as url:
        yield url
        stopping.set()
