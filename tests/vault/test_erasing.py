"""`DELETE /v1/users/me`: nothing of the user is left anywhere, and whoever is still at work brings nothing back."""

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.db import Database
from ai_conspects.engines.errors import EngineUnavailable
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.engines.speech_to_text.base import Segment
from ai_conspects.main import create_app
from ai_conspects.models import StepName
from ai_conspects.pipeline.note_refresh import refresh
from tests.accounts.devices import register
from tests.bench import Bench
from tests.notes.notes import write
from tests.scripted import spoken

CANARY = "канарейка"


def dump(database_url: str) -> str:
    """Every row of every table, as text."""
    with psycopg.connect(database_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        said = []
        for (table,) in tables:
            with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as rows:
                said += [f"{table}: {bytes(row).decode()}" for row in rows]
    return "".join(said)


def keys(store: ObjectStore) -> list[str]:
    return [found.key for found in store.list("")]


def a_full_account(client: TestClient, bench: Bench, device: str) -> tuple[dict[str, str], UUID]:
    """A user with a recording, notes, tags, a conversation and settings, all of which say the canary's name."""
    me = register(client, device)
    bench.speech.segments = spoken(f"Моя {CANARY} учится петь на примерах.", f"Каждая {CANARY} поёт по утрам в саду.")
    bench.submit(me.user_id)
    bench.run_all()
    write(client, me.headers, title=CANARY, content=f"{CANARY} поёт", tags=[CANARY])
    asked = client.post("/v1/chat/query", json={"message": f"Где поёт {CANARY}?"}, headers=me.headers)
    assert asked.status_code == 200, asked.text
    words = {"settings": {"vocabulary": {"words": [CANARY]}}}
    assert client.patch("/v1/users/me", json=words, headers=me.headers).status_code == 200
    return me.headers, me.user_id


def test_nothing_is_left_in_a_dump_nor_in_the_store_and_others_keep_theirs(
    client: TestClient, bench: Bench, parts: Parts, database_url: str
) -> None:
    mine, my_id = a_full_account(client, bench, "device-kanareika")
    theirs, their_id = a_full_account(client, bench, "other")
    before = dump(database_url)
    assert all(f"{table}: " in before for table in ("chat_messages", "note_chunks", "segments", "note_refreshes"))
    bench.engines.store.put_file(f"uploads/{my_id}/x/part", io.BytesIO(b"part"))

    assert client.delete("/v1/users/me", headers=mine).status_code == 204

    left = dump(database_url)
    assert str(my_id) not in left
    assert "device-kanareika" not in left
    assert len(keys(parts.store)) == 1
    assert client.get("/v1/users/me", headers=mine).status_code == 401
    assert len(client.get("/v1/notes", headers=theirs).json()["items"]) == 2
    assert client.delete("/v1/users/me", headers=theirs).status_code == 204
    left = dump(database_url)
    assert CANARY not in left
    assert str(their_id) not in left
    assert keys(parts.store) == []


STEPS = [name for name in StepName if name != StepName.AUDIO_UPLOAD]


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_in_the_middle_of_a_step_brings_nothing_back(
    client: TestClient, bench: Bench, database_url: str, step: StepName, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = register(client)
    bench.submit(me.user_id)
    erase_in_the_middle(monkeypatch, step, lambda: client.delete("/v1/users/me", headers=me.headers).status_code)
    bench.run_all()
    assert str(me.user_id) not in dump(database_url)
    assert keys(bench.engines.store) == []


def erase_in_the_middle(monkeypatch: pytest.MonkeyPatch, step: StepName, erase: Callable[[], int]) -> None:
    """The step's `run` is done for real, and the account ended just after it."""
    from ai_conspects.pipeline.plan import PLAN

    real = PLAN[step]

    def run(loaded: object, hands: object) -> object:
        result = real.run(loaded, hands)  # type: ignore[arg-type]  # the step's own kinds
        assert erase() == 204
        return result

    monkeypatch.setitem(PLAN, step, replace(real, run=run))


def test_an_account_ended_in_mid_transcription_stays_ended(client: TestClient, bench: Bench, database_url: str) -> None:
    me = register(client)
    bench.submit(me.user_id)
    ended: list[int] = []

    def end(_: Segment) -> None:
        if not ended:
            ended.append(client.delete("/v1/users/me", headers=me.headers).status_code)

    bench.speech.before = end
    bench.run_all()
    assert ended == [204]
    assert str(me.user_id) not in dump(database_url)


def test_a_refresh_in_the_middle_brings_no_note_back(client: TestClient, parts: Parts, database_url: str) -> None:
    me = register(client)
    note = write(client, me.headers)

    class Ending:
        model, dimensions = parts.embeddings.model, parts.embeddings.dimensions

        def embed(self, texts: object, *, kind: object) -> object:
            assert client.delete("/v1/users/me", headers=me.headers).status_code == 204
            return parts.embeddings.embed(texts, kind=kind)  # type: ignore[arg-type]  # as they came

    assert refresh(parts.database, Ending(), UUID(note["id"]))  # type: ignore[arg-type]  # of that shape
    assert str(me.user_id) not in dump(database_url)


def test_notes_written_while_the_account_ends_are_stored_nowhere(client: TestClient, database_url: str) -> None:
    me = register(client)
    statuses: list[int] = []
    going = threading.Event()

    def write_on() -> None:
        while not statuses or statuses[-1] == 201:
            sent = {"title": "t", "content": "c", "tags": ["a"]}
            statuses.append(client.post("/v1/notes", json=sent, headers=me.headers).status_code)
            going.set()

    writer = threading.Thread(target=write_on)
    writer.start()
    assert going.wait(20)
    assert client.delete("/v1/users/me", headers=me.headers).status_code == 204
    writer.join(20)
    assert statuses[-1] in {401, 409, 503}
    assert str(me.user_id) not in dump(database_url)


def test_a_store_that_is_away_is_said_and_its_objects_are_orphans_then(parts: Parts, database: Database) -> None:
    class Away:
        name = "away"

        def list(self, prefix: str) -> object:
            raise EngineUnavailable("store", "away")

    with TestClient(create_app(replace(parts, store=Away()))) as client:  # type: ignore[arg-type]  # all it is asked for
        me = register(client)
        assert client.delete("/v1/users/me", headers=me.headers).status_code == 202
        assert client.get("/v1/users/me", headers=me.headers).status_code == 401
