"""The same code on servers of somebody else's, named by nothing but the protocol's variables and started by plain
commands: PostgreSQL and Valkey over TCP, S3 over HTTP, and model servers that speak OpenAI's protocol."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

import httpx
import psycopg
import pytest
import redis

from ai_conspects.core.event_stream import CHANNEL
from ai_conspects.core.queue import QUEUES
from ai_conspects.models import StepName
from tests.e2e.commands import Operator
from tests.e2e.phone import Json, Phone
from tests.e2e.recordings import clip
from tests.e2e.tcp_servers import TcpPostgres, tcp_postgres, tcp_valkey
from tests.e2e.waiting import until
from tests.stubs.openai_audio import SpeechServer, heard, speech_server, verbose
from tests.stubs.openai_server import OpenAIServer, Say, openai_server
from tests.stubs.receiver import receiver
from tests.stubs.s3 import ACCESS_KEY, SECRET_KEY, S3Server, s3_server
from tests.webhooks.test_delivering import verified

OPENAI_KEY, OWN_KEY = "key-of-openai", "key-of-that-server"
SAID = ("Градиентный спуск меняет веса нейронной сети.", "Шаг обучения выбирают небольшим.")


def noted(body: Json) -> Json:
    """What a language model would answer: one note, each claim in words of its own that stand on a sentence."""
    assert body["response_format"]["json_schema"]["name"] == "NoteDrafts"
    claims = [
        {"text": "Веса нейронной сети меняет градиентный спуск.", "sentence_ids": [0]},
        {"text": "Шаг обучения выбирают небольшим.", "sentence_ids": [1]},
    ]
    section = {"heading": "Как учится сеть", "claims": claims}
    note = {"title": "Градиентный спуск", "summary": claims[:1], "sections": [section], "tags": ["градиентный спуск"]}
    return {"notes": [note]}


@dataclass(frozen=True)
class Outside:
    """The servers, and the environment that names them."""

    database: TcpPostgres
    bucket: str
    s3: S3Server
    speech: SpeechServer
    models: OpenAIServer
    operator: Operator

    def names_in(self, variable: str) -> set[bytes]:
        """Every key of the Redis database that this variable names."""
        with closing(redis.Redis.from_url(self.operator.env[variable])) as client:
            return set(client.scan_iter())


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    folder = tmp_path_factory.mktemp("operator")
    with (
        tcp_postgres() as database,
        tcp_valkey() as valkey,
        s3_server() as s3,
        speech_server() as speech,
        openai_server() as models,
    ):
        speech.says(verbose(*(heard(text, 4.0 * at, 4.0 * at + 4) for at, text in enumerate(SAID)), language="ru"))
        models.says(Say(noted))
        bucket = s3.new_bucket()
        env = {
            "DATABASE_URL": database.url,
            "REDIS_URL": f"{valkey}/0",
            "CELERY_BROKER_URL": f"{valkey}/1",
            "CELERY_RESULT_BACKEND": f"{valkey}/2",
            "S3_BUCKET": bucket,
            "S3_ACCESS_KEY": ACCESS_KEY,
            "S3_SECRET_KEY": SECRET_KEY,
            "S3_ENDPOINT": s3.endpoint,
            "OPENAI_API_KEY": OPENAI_KEY,
            "JWT_SECRET_KEY": token_urlsafe(32),
            "AI_CONSPECTS_HOME": str(folder / "home"),
            "AI_CONSPECTS_OUTBOUND__PRIVATE_HOSTS": "127.0.0.1",
            "AI_CONSPECTS_SPEECH__BASE_URL": speech.url,
            "AI_CONSPECTS_LANGUAGE_MODEL__BASE_URL": models.url,
            "AI_CONSPECTS_LANGUAGE_MODEL__API_KEY": OWN_KEY,
            "AI_CONSPECTS_EMBEDDINGS__BASE_URL": models.url,
            "AI_CONSPECTS_EMBEDDINGS__API_KEY": OWN_KEY,
        }
        yield Outside(database, bucket, s3, speech, models, Operator(env, folder))


@dataclass(frozen=True)
class Worked:
    """What came of one recording: the results, what a listener was told meanwhile, and what a webhook was sent."""

    results: Json
    told: list[Json]
    webhook: Json
    delivered: list[tuple[dict[str, str], bytes]]


@pytest.fixture(scope="module")
def worked(outside: Outside) -> Worked:
    """Migrated, started, one recording sent and worked on, everything stopped."""
    refused = outside.operator.run("migrate")
    assert (refused.returncode, "CREATE EXTENSION vector" in refused.stderr) == (1, True)
    with psycopg.connect(outside.database.admin_url, autocommit=True) as admin:
        admin.execute("CREATE EXTENSION vector")
    migrated = outside.operator.run("migrate")
    assert migrated.returncode == 0, migrated.stderr
    with (
        outside.operator.api() as url,
        outside.operator.worker("worker"),
        Phone(url) as phone,
        receiver() as kept,
        phone.http.stream("GET", "/events") as events,
    ):
        wanted = {"url": kept.url, "events": ["batch.finished", "note.created"]}
        webhook = phone.http.post("/webhooks", json=wanted).json()
        phone.submit("lecture", clip(), language="ru")
        told = _until_finished(events)
        assert phone.followed("lecture")[-1]["status"] == "completed"
        until(lambda: len(kept.received) >= 2)
        return Worked(phone.results("lecture"), told, webhook, list(kept.received))


def _until_finished(events: httpx.Response) -> list[Json]:
    told: list[Json] = []
    for line in events.iter_lines():
        if line.startswith("data: "):
            told.append(json.loads(line.removeprefix("data: ")))
            if told[-1]["type"] == "batch.finished":
                break
    return told


@pytest.fixture(scope="module")
def results(worked: Worked) -> Json:
    return worked.results


def test_a_listener_was_told_by_the_worker_how_it_went_on_and_saw_the_transcript_grow(worked: Worked) -> None:
    types = [event["type"] for event in worked.told]
    assert (types[0], types[-1]) == ("hello", "batch.finished")
    steps = [event["data"] for event in worked.told if event["type"] == "recording.step"]
    assert [step["step"] for step in steps if step["status"] == "done"] == list(StepName)
    segments = [event["data"] for event in worked.told if event["type"] == "recording.segments"]
    assert [one["text"] for one in segments[-1]["segments"]] == list(SAID)
    assert segments[-1]["is_saved"]
    done = next(at for at, event in enumerate(worked.told) if event["data"].get("status") == "done" and at)
    assert done < types.index("note.created") < types.index("batch.finished")
    percentages = [e["data"]["progress_percentage"] for e in worked.told if e["type"] == "batch.progress"]
    assert percentages == sorted(percentages)
    assert percentages[-1] == 100


def test_a_webhook_was_called_by_the_worker_with_signatures_that_hold(worked: Worked) -> None:
    sent = [verified(worked.webhook["secret"], *each) for each in worked.delivered]
    assert {each["type"] for each in sent} == {"batch.finished", "note.created"}
    assert {each["data"]["batch_id"] for each in sent} == {"lecture"}


def test_notes_come_out(results: Json) -> None:
    [note] = results["notes"]
    assert note["title"] == "Градиентный спуск"
    assert note["metadata"]["engine"] == "openai:gpt-4o-mini"
    assert {citation["quote"] for citation in note["citations"]} == set(SAID)
    assert {tag["name"] for tag in note["tags"]} == {"градиентный спуск"}


def test_the_audio_is_in_the_bucket(outside: Outside, results: Json) -> None:
    assert results["processing_summary"]["total_recordings"] == 1
    [stored] = outside.s3.client.list_objects_v2(Bucket=outside.bucket)["Contents"]
    with closing(outside.s3.client.get_object(Bucket=outside.bucket, Key=stored["Key"])["Body"]) as body:
        assert body.read() == clip()
    assert "lecture" not in stored["Key"]  # no id from a client is part of a key
    assert outside.s3.unfinished_uploads(outside.bucket) == []


def test_the_rows_are_in_that_database_with_vectors_of_that_model(outside: Outside, results: Json) -> None:
    with psycopg.connect(outside.database.url) as connection:
        assert connection.execute("SELECT id::text, title FROM notes").fetchall() == [
            (note["id"], note["title"]) for note in results["notes"]
        ]
        assert connection.execute("SELECT DISTINCT embedding_model FROM note_chunks").fetchall() == [
            ("openai:text-embedding-3-small@384",)
        ]


@pytest.mark.usefixtures("results")
def test_each_model_server_was_given_its_own_key_and_never_openais(outside: Outside) -> None:
    assert [OPENAI_KEY in asked.authorization for asked in outside.speech.asked] == [False]
    assert {path for path, _ in outside.models.requests} == {"/v1/chat/completions", "/v1/embeddings"}
    assert {headers["authorization"] for headers in outside.models.headers} == {f"Bearer {OWN_KEY}"}


@pytest.mark.usefixtures("results")
def test_redis_held_the_queue_and_for_some_hours_the_events(outside: Outside) -> None:
    assert all(name.startswith(CHANNEL.encode()) for name in outside.names_in("REDIS_URL"))
    assert outside.names_in("CELERY_RESULT_BACKEND") == set()
    queues = {queue.encode() for queue in QUEUES}
    assert {name for name in outside.names_in("CELERY_BROKER_URL") - queues if not name.startswith(b"_kombu.")} == set()


@pytest.mark.usefixtures("results")
def test_nothing_is_kept_on_this_machine(outside: Outside) -> None:
    assert not Path(outside.operator.env["AI_CONSPECTS_HOME"]).exists()


@pytest.mark.usefixtures("results")
def test_a_second_migration_finds_nothing_to_do_and_doctor_finds_nothing_wrong(outside: Outside) -> None:
    assert outside.operator.run("migrate").returncode == 0
    faults = [line for line in outside.operator.run("doctor").stdout.splitlines() if line.startswith("✗")]
    assert [line for line in faults if not line.startswith("✗ port")] == []  # 8000 may be in use where tests run
    assert [OPENAI_KEY in authorization for authorization in outside.speech.looked] == [False]


def test_migrating_without_a_database_says_which_variable_to_set(tmp_path: Path) -> None:
    refused = Operator({"DATABASE_URL": ""}, tmp_path).run("migrate")
    assert (refused.returncode, "DATABASE_URL" in refused.stderr) == (1, True)
    away = Operator({"DATABASE_URL": "postgresql://operator:hidden@127.0.0.1:1/none"}, tmp_path).run("migrate")
    assert (away.returncode, "Traceback" in away.stderr, "hidden" in away.stderr) == (1, False, False)
