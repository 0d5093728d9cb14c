"""A client that isn't ours (tuspy), against a real server, on both stores."""

import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from tusclient.client import TusClient

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.engines.object_storage.local import local_store
from ai_conspects.engines.object_storage.s3 import s3_store
from tests.batches.submits import audio, left_behind
from tests.batches.test_cut_submits import served
from tests.stubs.s3 import ACCESS_KEY, REGION, SECRET_KEY, s3_server


@pytest.fixture(params=["local disk", "s3"])
def stored(request: pytest.FixtureRequest, parts: Parts, tmp_path: Path) -> Iterator[Parts]:
    """The parts, on each kind of store."""
    if request.param == "local disk":
        yield replace(parts, store=local_store(tmp_path / "store"))
        return
    with s3_server() as s3:
        store = s3_store(
            s3.new_bucket(), endpoint=s3.endpoint, region=REGION, access_key=ACCESS_KEY, secret_key=SECRET_KEY
        )
        yield replace(parts, store=store)


def test_tuspy_uploads_and_goes_on_where_it_was_cut(stored: Parts) -> None:
    whole = audio(3, 14 * 2**20)
    with served(stored) as port, closing(httpx.Client(base_url=f"http://127.0.0.1:{port}")) as http:
        given = http.post("/v1/auth/register", params={"device_id": "device-1"}).json()
        bearer = {"Authorization": f"Bearer {given['access_token']}"}
        client = TusClient(f"http://127.0.0.1:{port}/v1/uploads", headers=bearer)
        metadata = {"filename": "Лекция.m4a", "language": "ru", "recording_id": "lecture"}
        first = client.uploader(file_stream=io.BytesIO(whole), chunk_size=3 * 2**20, metadata=metadata)
        first.upload(stop_at=7 * 2**20)
        again = client.uploader(
            file_stream=io.BytesIO(whole), chunk_size=6 * 2**20, url=first.url, upload_checksum=True
        )
        assert again.offset == first.offset == 7 * 2**20
        again.upload()
        assert http.get("/v1/recordings/lecture/audio", headers=bearer).content == whole
        assert http.get("/v1/batches/lecture/status", headers=bearer).json()["total_recordings"] == 1
    assert left_behind(stored) == {"batches": 1, "recordings": 1, "steps": 6, "objects": 1}
