"""What only S3 can get wrong: a server that is away, hangs or fails, and credentials that don't fit."""

import asyncio
import io
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from ai_conspects.engines.errors import EngineMisconfigured, EngineUnavailable
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.engines.object_storage.s3 import s3_store
from tests.engines.test_object_store_contract import write
from tests.stubs.s3 import ACCESS_KEY, REGION, SECRET_KEY, S3Server
from tests.stubs.slow_s3 import slow_s3
from tests.stubs.status_server import status_server


def store_at(endpoint: str, bucket: str = "some-bucket", timeout_s: float = 1) -> ObjectStore:
    return s3_store(
        bucket, endpoint=endpoint, region=REGION, access_key=ACCESS_KEY, secret_key=SECRET_KEY, timeout_s=timeout_s
    )


async def write_and_lose(store: ObjectStore, s3: S3Server, bucket: str, key: str, and_find: bytes = b"") -> None:
    """Write ten megabytes; before their end the server forgets the upload, and may have an object all the same."""
    async with store.writer(key) as writer:
        for _ in range(10):
            await writer.write(b"x" * 2**20)
        (upload,) = s3.client.list_multipart_uploads(Bucket=bucket)["Uploads"]
        s3.client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload["UploadId"])
        if and_find:
            s3.client.put_object(Bucket=bucket, Key=key, Body=and_find)


@pytest.fixture
def hole() -> Iterator[str]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


CALLS: list[Callable[[ObjectStore], object]] = [
    lambda store: store.put_file("a", io.BytesIO(b"x")),
    lambda store: store.fetch("a", io.BytesIO()),
    lambda store: store.delete(["a"]),
    lambda store: list(store.list("")),
    lambda store: store.check(),
    lambda store: asyncio.run(write(store, "a", b"x")),
    lambda store: asyncio.run(write(store, "a", b"x" * 12 * 2**20)),
]
NAMES = ["put_file", "fetch", "delete", "list", "check", "write", "write in pieces"]


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_a_server_that_is_gone_is_unavailable(call: Callable[[ObjectStore], object]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(EngineUnavailable):
        call(store_at(endpoint))


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_a_server_that_hangs_is_unavailable_soon(call: Callable[[ObjectStore], object], hole: str) -> None:
    begun = time.monotonic()
    with pytest.raises(EngineUnavailable):
        call(store_at(hole))
    assert time.monotonic() - begun < 6


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_a_server_that_fails_is_unavailable(call: Callable[[ObjectStore], object]) -> None:
    with status_server(503) as url, pytest.raises(EngineUnavailable):
        call(store_at(url))


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_refused_credentials_are_the_operators_business(call: Callable[[ObjectStore], object]) -> None:
    with status_server(403) as url, pytest.raises(EngineMisconfigured, match="S3_SECRET_KEY"):
        call(store_at(url))


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_a_bucket_that_is_not_there_is_the_operators_business(
    call: Callable[[ObjectStore], object], s3: S3Server
) -> None:
    with pytest.raises(EngineMisconfigured, match="S3_BUCKET"):
        call(store_at(s3.endpoint, "no-such-bucket", timeout_s=8))


def test_a_completion_whose_answer_was_lost_still_counts(s3: S3Server) -> None:
    """The object is there and the upload is gone: so it looks when the client sends the completion a second time."""
    bucket = s3.new_bucket()
    store = store_at(s3.endpoint, bucket, timeout_s=8)
    asyncio.run(write_and_lose(store, s3, bucket, "a/twice", and_find=b"x" * 10 * 2**20))
    assert [found.size_bytes for found in store.list("")] == [10 * 2**20]


def test_an_upload_that_the_server_lost_may_be_tried_again(s3: S3Server) -> None:
    bucket = s3.new_bucket()
    store = store_at(s3.endpoint, bucket, timeout_s=8)
    with pytest.raises(EngineUnavailable):
        asyncio.run(write_and_lose(store, s3, bucket, "a/lost"))
    assert list(store.list("")) == []


def test_a_server_that_joins_parts_in_silence_is_given_time() -> None:
    with slow_s3(heads_before_it_appears=2) as endpoint:
        asyncio.run(write(store_at(endpoint), "a/slow", *[b"x" * 2**20] * 12))
