"""Backup and restore of servers of somebody else's, by the two commands, while clients send and a worker works."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from secrets import token_urlsafe

import httpx
import psycopg
import pytest

from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.engines.object_storage.s3 import s3_store
from tests.backup.test_backup import contents, objects
from tests.e2e.commands import Operator
from tests.e2e.tcp_servers import TcpPostgres, tcp_postgres, tcp_valkey
from tests.e2e.waiting import until, until_none
from tests.faults.client import SPOKEN, Client, clip
from tests.faults.history import History, violations
from tests.stubs.openai_audio import speech_server
from tests.stubs.s3 import ACCESS_KEY, REGION, SECRET_KEY, S3Server, s3_server


@dataclass(frozen=True)
class Place:
    """A database and a bucket, empty at first, and who works with them by commands."""

    database: TcpPostgres
    store: ObjectStore
    operator: Operator


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, Place]]:
    """Two of them, of one cluster."""
    with tcp_postgres() as database, tcp_valkey() as valkey, s3_server() as s3, speech_server() as speech:
        speech.says(SPOKEN)
        env = {
            "REDIS_URL": valkey,
            "S3_ACCESS_KEY": ACCESS_KEY,
            "S3_SECRET_KEY": SECRET_KEY,
            "S3_ENDPOINT": s3.endpoint,
            "JWT_SECRET_KEY": token_urlsafe(32),
            "AI_CONSPECTS_SPEECH__ENGINE": "openai",
            "AI_CONSPECTS_SPEECH__BASE_URL": speech.url,
            "AI_CONSPECTS_LANGUAGE_MODEL__ENGINE": "extractive",
            "AI_CONSPECTS_EMBEDDINGS__ENGINE": "hashed",
        }
        yield _place(database, s3, env, tmp_path_factory), _place(_another(database), s3, env, tmp_path_factory)


def _another(known: TcpPostgres) -> TcpPostgres:
    with psycopg.connect(known.admin_url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE restored OWNER operator")
    return TcpPostgres(known.url.replace("/conspects", "/restored"), known.admin_url.replace("/conspects", "/restored"))


def _place(database: TcpPostgres, s3: S3Server, env: dict[str, str], folders: pytest.TempPathFactory) -> Place:
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        admin.execute("CREATE EXTENSION vector")
    bucket, folder = s3.new_bucket(), folders.mktemp("operator")
    store = s3_store(bucket, endpoint=s3.endpoint, region=REGION, access_key=ACCESS_KEY, secret_key=SECRET_KEY)
    own = {"DATABASE_URL": database.url, "S3_BUCKET": bucket, "AI_CONSPECTS_HOME": str(folder / "home")}
    return Place(database, store, Operator({**env, **own}, folder))


def test_a_backup_under_load_comes_back_on_other_servers(places: tuple[Place, Place], tmp_path: Path) -> None:
    here, there = places
    file, history = tmp_path / "backup.tar", History()
    assert here.operator.run("migrate").returncode == 0
    with here.operator.api() as url, here.operator.worker("worker"), Client(url, history) as phone:
        for number in range(3):
            phone.insist(f"before-{number}", clip(number))
        with sending(url):
            made = here.operator.run("backup", str(file))
            assert made.returncode == 0, made.stderr
        running = here.operator.run("restore", str(file), "--replace")
        assert (running.returncode, "Stop the API and the workers" in running.stderr) == (1, True)
        signed_in = dict(phone.http.headers)
    refused = here.operator.run("restore", str(file))
    assert (refused.returncode, "--replace" in refused.stderr) == (1, True)

    restored = there.operator.run("restore", str(file))
    assert restored.returncode == 0, restored.stderr
    audio = objects(there.store)
    assert audio.items() <= objects(here.store).items()
    assert len(audio) == len(contents(there.database.admin_url)["audio_recordings"]) > 3
    with there.operator.api() as url, there.operator.worker("worker"):
        with httpx.Client(base_url=f"{url}/v1", headers=signed_in, trust_env=False) as http:
            until(lambda: {ended(http, f"before-{number}") for number in range(3)} == {"completed"})
        until_none(lambda: unended(there.database.admin_url), 120)
    told = History(history.of("acknowledged"))
    assert violations(told, there.database.admin_url, there.store, swept_after=timedelta(0)) == []


@contextmanager
def sending(url: str) -> Iterator[None]:
    """Another phone submits, waits and removes meanwhile; its first batches have been taken."""
    stop, taken = threading.Event(), threading.Event()

    def send() -> None:
        with Client(url, History()) as other:
            for number in count():
                if stop.is_set():
                    return
                other.insist(f"b{number}", clip(1000 + number))
                if number % 2:
                    other.remove(f"b{number}", 1)
                    taken.set()
                else:
                    other.ended(f"b{number}")

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(send)
        try:
            until(taken.is_set)
            yield
        finally:
            stop.set()
        working.result()


def ended(http: httpx.Client, batch: str) -> str:
    return str(http.get(f"/batches/{batch}/status").json()["status"])


def unended(database_url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database_url) as connection:
        query = "SELECT client_id, status FROM processing_batches WHERE status IN ('accepted', 'processing')"
        return connection.execute(query).fetchall()
