"""The servers that engines are tested against."""

from collections.abc import Iterator

import pytest

from tests.stubs.openai_server import OpenAIServer, openai_server
from tests.stubs.s3 import S3Server, s3_server


@pytest.fixture
def model_server() -> Iterator[OpenAIServer]:
    """A model server that says what the test scripts."""
    with openai_server() as server:
        yield server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """One S3 server for the run; each test takes a bucket of its own."""
    with s3_server() as server:
        yield server
