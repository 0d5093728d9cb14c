"""The base of every promise in the face of faults: real workers are killed and drained in the middle of their work,
and the queue is emptied under them. A speech server that the test holds back says where "the middle" is."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_urlsafe
from threading import Event
from typing import LiteralString, NamedTuple
from uuid import uuid4

import psycopg
import pytest
import redis
from psycopg import sql

from ai_conspects.embedded.valkey import Valkey
from tests.conftest import with_database
from tests.e2e.commands import Operator
from tests.e2e.phone import Json, Phone
from tests.e2e.recordings import voices
from tests.e2e.waiting import until
from tests.stubs.openai_audio import Held, SpeechServer, heard, speech_server, verbose
from tests.stubs.openai_server import JsonObject, Silence

LEASE_S, SWEEP_S = 2.0, 1.0
SAID = (
    "Градиентный спуск меняет веса нейронной сети.",
    "Слишком большой шаг обучения делает обучение неустойчивым.",
    "Переобучение лечат новыми данными и регуляризацией.",
)
"""What is heard in the three voices of a recording, each in a request of its own."""

Row = tuple[object, ...]


class Transcription(NamedTuple):
    """The step's row: `fence` counts its claims. `done_until_s` is its last checkpoint, in seconds of the recording."""

    status: str
    attempt: int
    fence: int
    done_until_s: float


@dataclass(frozen=True)
class Server:
    """An API without workers, and a way to look behind it. `operator` starts workers on the same servers."""

    url: str
    database_url: str
    redis_url: str
    operator: Operator

    def rows(self, query: LiteralString, *values: object) -> list[Row]:
        """What a query gives."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query, values).fetchall()

    def transcription(self, recording: str) -> Transcription:
        """How this step of the recording stands."""
        [row] = self.rows(
            "SELECT s.status, s.attempt, s.fence, coalesce(t.done_until_s, 0) FROM recording_steps s"
            " JOIN audio_recordings r ON r.id = s.recording_id LEFT JOIN transcripts t ON t.recording_id = r.id"
            " WHERE r.client_id = %s AND s.name = 'transcription'",
            recording,
        )
        return Transcription._make(row)

    def transcript(self, recording: str) -> list[Row]:
        """Place and text of each segment."""
        return self.rows(
            "SELECT s.position, s.text FROM segments s JOIN transcripts t ON t.id = s.transcript_id"
            " JOIN audio_recordings r ON r.id = t.recording_id WHERE r.client_id = %s ORDER BY s.position",
            recording,
        )

    def queued(self) -> int:
        """How many messages wait for a worker of the first steps."""
        with closing(redis.Redis.from_url(self.redis_url)) as client:
            return int(client.llen("audio"))

    def flush(self) -> None:
        """Redis forgets everything."""
        with closing(redis.Redis.from_url(self.redis_url)) as client:
            client.flushall()


@pytest.fixture(scope="module")
def server(
    postgres_url: str, template_database: str, valkey: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder, name = tmp_path_factory.mktemp("faults"), f"faults_{uuid4().hex[:12]}"
    new, template = sql.Identifier(name), sql.Identifier(template_database)
    env = {
        "DATABASE_URL": with_database(postgres_url, name),
        "REDIS_URL": valkey.url,
        "CELERY_BROKER_URL": valkey.broker_url,
        "JWT_SECRET_KEY": token_urlsafe(32),
        "AI_CONSPECTS_HOME": str(folder),
        "AI_CONSPECTS_LANGUAGE_MODEL__ENGINE": "extractive",
        "AI_CONSPECTS_EMBEDDINGS__ENGINE": "hashed",
        "AI_CONSPECTS_SPEECH__ENGINE": "openai",
        "AI_CONSPECTS_SPEECH__CHECKPOINT_S": "5",
        "AI_CONSPECTS_WORKER__LEASE_S": str(LEASE_S),
        "AI_CONSPECTS_WORKER__SWEEP_S": str(SWEEP_S),
    }
    operator = Operator(env, folder)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(new, template))
        with operator.api() as url:
            yield Server(url, env["DATABASE_URL"], valkey.url, operator)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(new))


@pytest.fixture
def speech() -> Iterator[SpeechServer]:
    with speech_server() as running:
        yield running


@pytest.fixture
def operator(server: Server, speech: SpeechServer, tmp_path: Path) -> Operator:
    """Of workers that hear by this test's own speech server."""
    return replace(
        server.operator, env={**server.operator.env, "AI_CONSPECTS_SPEECH__BASE_URL": speech.url}, folder=tmp_path
    )


@pytest.fixture
def phone(server: Server) -> Iterator[Phone]:
    with Phone(server.url) as registered:
        yield registered


def saying(text: str) -> JsonObject:
    """The speech server's answer for one voice."""
    return verbose(heard(text, 0.0, 1.9), language="russian")


def assert_every_sentence_once(results: Json, server: Server, recording: str) -> None:
    """In the transcript, and in the notes' citations."""
    assert server.transcript(recording) == list(enumerate(SAID))
    ids = [note["id"] for note in results["notes"]]
    assert ids
    assert len(ids) == len(set(ids)) == results["processing_summary"]["notes_generated"]
    quotes = [citation["quote"] for note in results["notes"] for citation in note["citations"]]
    assert sorted(quotes) == sorted(set(quotes))
    [kept] = server.rows(
        "SELECT count(*) FROM notes n JOIN audio_recordings r ON r.id = n.source_recording_id WHERE r.client_id = %s",
        recording,
    )
    assert kept == (len(ids),)


def test_a_killed_worker_resumes_from_its_checkpoint(
    server: Server, operator: Operator, speech: SpeechServer, phone: Phone
) -> None:
    speech.says(saying(SAID[0]), Silence(), saying(SAID[1]), saying(SAID[2]))
    with operator.worker("killed", "audio", beat=False) as killed:
        phone.submit("killed", voices(3), filename="lecture.wav", language="ru")
        until(lambda: len(speech.asked) == 2)
        held = server.transcription("killed-0")
        assert (held.status, held.fence, held.done_until_s > 5) == ("running", 1, True)
        with operator.worker("survivor"):
            killed.kill()
            assert phone.followed("killed")[-1]["status"] == "completed"

    ended = server.transcription("killed-0")
    assert (ended.status, ended.fence) == ("done", 2)
    assert len(speech.asked) == 4  # the first voice was not heard again
    assert_every_sentence_once(phone.results("killed"), server, "killed-0")


def test_a_worker_that_is_told_to_stop_gives_its_step_back(
    server: Server, operator: Operator, speech: SpeechServer, phone: Phone
) -> None:
    go_on = Event()
    speech.says(saying(SAID[0]), Held(saying(SAID[1]), go_on), saying(SAID[2]))
    with operator.worker("told", "audio", beat=False) as told:
        phone.submit("told", voices(3), filename="lecture.wav", language="ru")
        until(lambda: len(speech.asked) == 2)
        held = server.transcription("told-0")
        told.process.terminate()
        until(lambda: told.said("Warm shutdown"))
        go_on.set()
        assert told.process.wait(20) == 0

    released = server.transcription("told-0")
    assert (released.status, released.attempt, released.fence) == ("due", 0, 1)
    assert released.done_until_s > held.done_until_s > 0
    with operator.worker("other"):
        assert phone.followed("told")[-1]["status"] == "completed"
    ended = server.transcription("told-0")
    assert (ended.status, ended.attempt, ended.fence) == ("done", 1, 2)
    assert len(speech.asked) == 3  # nothing was heard twice
    assert_every_sentence_once(phone.results("told"), server, "told-0")


def test_an_emptied_queue_costs_no_recording(
    server: Server, operator: Operator, speech: SpeechServer, phone: Phone
) -> None:
    go_on = Event()
    speech.says(Held(saying(SAID[0]), go_on), saying(SAID[1]))
    phone.submit("flushed", *[voices(1)] * 3, filename="lecture.wav", language="ru")
    assert server.queued() == 3
    server.flush()
    assert server.queued() == 0
    with operator.worker("worker"):
        until(lambda: speech.asked)
        server.flush()  # and once more, in the middle of the work
        go_on.set()
        told = phone.followed("flushed")[-1]
    assert (told["status"], told["recordings_processed"]) == ("completed", 3)
    results = phone.results("flushed")
    assert {note["source_recording_id"] for note in results["notes"]} == {"flushed-0", "flushed-1", "flushed-2"}


def test_a_recording_that_kills_its_worker_a_little_further_each_time_is_set_aside_too(
    server: Server, operator: Operator, speech: SpeechServer, phone: Phone
) -> None:
    """The pool's process dies after each checkpoint, an eighth of the way further; the worker begins another one."""
    speech.says(*[saying(SAID[0])] * 20)
    phone.submit("poison", voices(8), voices(1), filename="lecture.wav", language="ru")
    [(poisonous,)] = server.rows("SELECT id FROM audio_recordings WHERE client_id = 'poison-0'")
    place = f"alone:transcription.checkpoint@{poisonous}"
    with replace(operator, env={**operator.env, "AI_CONSPECTS_FAIL_AT": place}).worker("dying"):
        assert phone.followed("poison")[-1]["status"] == "partial"
    poison = server.transcription("poison-0")
    assert (poison.status, poison.attempt, poison.fence) == ("failed", 3, 3)
    assert poison.done_until_s > 0  # what was heard is kept, for a `retry`
    assert server.transcription("poison-1").status == "done"
