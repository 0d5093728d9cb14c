"""The servers that engines are tested against."""

from collections.abc import Iterator

import pytest

from tests.stubs.s3 import S3Server, s3_server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """One S3 server for the run; each test takes a bucket of its own."""
    with s3_server() as server:
        yield server
