"""A user who uploads by tus."""

import pytest
from fastapi.testclient import TestClient

from tests.accounts.devices import register
from tests.uploads.tus import Tus


@pytest.fixture
def tus(client: TestClient) -> Tus:
    return Tus(client, register(client))
