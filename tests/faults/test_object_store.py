"""The store is cut off, reset in mid-body, silent, slow: never an acknowledgement without the audio, and steps wait."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, update

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.engines.object_storage.s3 import s3_store
from ai_conspects.main import create_app
from ai_conspects.models import BatchStatus, RecordingStatus, RecordingStep, StepName, StepStatus
from tests.accounts.devices import register
from tests.batches.submits import NOTHING, as_json, batch, left_behind, recording
from tests.bench import Bench
from tests.faults.history import History, violations
from tests.faults.proxy import Mode, Proxy, proxy
from tests.stubs.s3 import ACCESS_KEY, REGION, SECRET_KEY, s3_server
from tests.uploads.tus import Tus

LARGE = "QUJD" * 2 * 2**20
"""6 MiB of audio: more than one part of a multipart upload."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[tuple[Proxy, str]]:
    """A proxy before an S3 server, and a bucket there."""
    with s3_server() as s3:
        where = urlsplit(s3.endpoint)
        assert where.hostname
        assert where.port
        with proxy(where.hostname, where.port) as between:
            yield between, s3.new_bucket()


@pytest.fixture
def between(endpoint: tuple[Proxy, str]) -> Iterator[Proxy]:
    """The proxy, open before and after."""
    yield endpoint[0]
    endpoint[0].mode, endpoint[0].reset_after = "open", None


@pytest.fixture
def parts(parts: Parts, endpoint: tuple[Proxy, str]) -> Iterator[Parts]:
    through, bucket = endpoint
    store = s3_store(
        bucket,
        endpoint=f"http://{through.address}",
        region=REGION,
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        timeout_s=1,
    )
    yield replace(parts, store=store)
    through.mode = "open"
    store.delete([found.key for found in store.list("")])


@pytest.fixture
def client(parts: Parts) -> Iterator[TestClient]:
    with TestClient(create_app(parts)) as opened:
        yield opened


FAULTS: dict[str, tuple[Mode, int | None]] = {
    "refused": ("refuse", None),
    "reset in the middle of a body": ("reset", 2 * 2**20),
    "silent": ("swallow", None),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_submit_is_refused_and_taken_once_the_store_is_back(
    client: TestClient, parts: Parts, between: Proxy, fault: str
) -> None:
    device = register(client)
    body = as_json(batch(recording(1, audio_data=LARGE), recording(2)))
    between.mode, between.reset_after = FAULTS[fault]
    refused = client.post("/v1/batches/submit", content=body, headers=device.headers)
    assert (refused.status_code, refused.json()["code"]) == (503, "engine_unavailable")
    assert refused.headers["retry-after"]
    between.mode = "open"
    assert {**left_behind(parts), "objects": 0} == NOTHING
    assert client.post("/v1/batches/submit", content=body, headers=device.headers).status_code == 200
    url = parts.settings.database_url.get_secret_value()
    broken = violations(History(), url, parts.store, swept_after=timedelta(days=1))
    lost = [each for each in broken if each.startswith("audio/")]
    assert lost == []


def test_a_slow_store_makes_a_submit_slow_and_no_more(client: TestClient, parts: Parts, between: Proxy) -> None:
    device = register(client)
    between.mode = "slow"
    assert client.post("/v1/batches/submit", json=batch(recording(1)), headers=device.headers).status_code == 200
    assert left_behind(parts) == {"batches": 1, "recordings": 1, "steps": 6, "objects": 1}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_upload_keeps_its_offset(client: TestClient, parts: Parts, between: Proxy, fault: str) -> None:
    tus = Tus(client, register(client))
    url = tus.created(6, recording_id="a")
    assert tus.patch(url, 0, b"abc").status_code == 204
    between.mode = FAULTS[fault][0]
    assert tus.patch(url, 3, b"def").status_code == 503
    assert tus.offset(url) in {3, 6}  # 6: stored, but not yet joined
    between.mode = "open"
    at = tus.offset(url)
    assert tus.patch(url, at, b"abcdef"[at:]).status_code == 204
    assert tus.asked("GET", "/v1/recordings/a/audio").content == b"abcdef"


def test_a_step_waits_for_a_store_that_is_away_and_goes_on(bench: Bench, between: Proxy) -> None:
    [one] = bench.submit()
    between.mode = "refuse"
    bench.run_all()
    step = bench.step(one, StepName.AUDIO_UPLOAD)
    assert (step.status, step.error_code, step.attempt, step.waits) == (StepStatus.DUE, "engine_unavailable", 0, 1)
    assert bench.recording(one).status == RecordingStatus.PROCESSING
    between.mode = "open"
    due_now(bench)
    bench.run_all()
    assert bench.batch_status(one) == BatchStatus.COMPLETED


def due_now(bench: Bench) -> None:
    """Let every wait be over."""
    with bench.database.transaction(as_system="a test") as session:
        session.execute(update(RecordingStep).where(RecordingStep.status == StepStatus.DUE).values(due_at=func.now()))
