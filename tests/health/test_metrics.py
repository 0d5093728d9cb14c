"""`/metrics`: for whoever has the token, under the protocol's names, with templates and never an id."""

import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.db import Database, connect
from ai_conspects.core.settings import MetricsSettings, Settings
from ai_conspects.main import create_app
from tests.accounts.devices import register
from tests.builders import a_batch, a_user
from tests.cli.commands import CommandLine
from tests.e2e.homes import new_home
from tests.e2e.recordings import clip

TOKEN = "a-token-for-prometheus"
ASKING = {"Authorization": f"Bearer {TOKEN}"}

Samples = dict[str, list[tuple[dict[str, str], float]]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics": MetricsSettings(token=SecretStr(TOKEN))})


def samples(text: str) -> Samples:
    """Every sample by its name, as Prometheus's own client reads them."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def value(found: Samples, name: str, **labels: str) -> float:
    """The sum of the samples that have these labels."""
    return sum(number for given, number in found.get(name, []) if labels.items() <= given.items())


def scraped(client: TestClient) -> Samples:
    answer = client.get("/metrics", headers=ASKING)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    return samples(answer.text)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
def test_without_the_token_there_is_no_such_page(client: TestClient, headers: dict[str, str]) -> None:
    same = {"X-Request-ID": "same"}
    refused, missing = (client.get(path, headers=headers | same) for path in ("/metrics", "/no-such-page"))
    assert refused.status_code == 404
    assert refused.content == missing.content


def test_requests_are_counted_by_template(client: TestClient) -> None:
    device = register(client)
    before = scraped(client)
    for batch in ("secret-batch-1", "secret-batch-2"):
        assert client.get(f"/v1/batches/{batch}/status", headers=device.headers).status_code == 404
    after = scraped(client)

    labels = {"method": "GET", "endpoint": "/v1/batches/{batch_id}/status"}
    assert value(after, "api_requests_total", **labels) == value(before, "api_requests_total", **labels) + 2
    assert value(after, "api_responses_total", **labels, status="404") >= 2
    assert value(after, "processing_time_seconds_count") > value(before, "processing_time_seconds_count")
    text = client.get("/metrics", headers=ASKING).text
    assert "secret-batch" not in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text)


def test_odd_methods_and_paths_make_no_new_labels(client: TestClient) -> None:
    for method in ("BREW", "X" * 50):
        client.request(method, f"/v1/{method}")
    text = client.get("/metrics", headers=ASKING).text
    assert "BREW" not in text
    assert "XXX" not in text


def test_rows_tell_what_waits(client: TestClient, database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        a_batch(session, a_user(session), recordings=3)
    found = scraped(client)
    assert value(found, "active_batches") == 1
    assert value(found, "queue_depth", queue="audio") == 3
    assert value(found, "queue_depth", queue="llm") == 0
    assert value(found, "queue_oldest_seconds", queue="audio") > 0
    assert value(found, "database_up") == 1


def test_without_its_database_the_page_still_answers(parts: Parts) -> None:
    gone = connect("postgresql://nobody@127.0.0.1:9/nothing", ring=lambda job: None)
    without = replace(parts, database=gone)
    with TestClient(create_app(without)) as client:
        found = scraped(client)
    assert value(found, "database_up") == 0
    assert "active_batches" not in found
    assert "api_requests_total" in found


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
def test_a_running_server_counts_all_its_processes_together(tmp_path: Path) -> None:
    (tmp_path / "speech.m4a").write_bytes(clip())
    with new_home() as home:
        line = CommandLine(home, tmp_path)
        with line.serving(AI_CONSPECTS_METRICS__TOKEN=TOKEN) as serving:
            done = line.run("process", "speech.m4a", "--language", "en")
            assert done.returncode == 0, done.stdout + done.stderr
            found = samples(httpx.get(f"{serving.url}/metrics", headers=ASKING).text)
    assert value(found, "step_seconds_count", step="transcription") == 1
    assert value(found, "step_seconds_count", step="note_generation", engine="extractive") == 1
    assert value(found, "audio_received_seconds_total") == pytest.approx(11, abs=1)
    assert value(found, "database_seconds_count") > 20
    assert value(found, "active_batches") == 0
