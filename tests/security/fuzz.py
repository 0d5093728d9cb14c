"""A long run of the fuzzing: `python -m tests.security.fuzz --examples 100 --seed 7`; a worker is at work meanwhile."""

import argparse
import logging
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import randbits, token_urlsafe

import structlog
from fastapi.testclient import TestClient
from pydantic import SecretStr

from ai_conspects import migrations
from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.db import connect
from ai_conspects.core.engine_settings import EmbeddingSettings, LanguageModelSettings, SpeechSettings
from ai_conspects.core.event_stream import announcer
from ai_conspects.core.settings import Settings
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.engines.language_model.extractive import ExtractiveModel
from ai_conspects.engines.object_storage.local import local_store
from ai_conspects.engines.registry import Engines
from ai_conspects.main import create_app
from ai_conspects.webhooks import outbox
from tests.api.watching import watched
from tests.bench import Bench
from tests.scripted import LECTURE, ScriptedSpeech, spoken
from tests.security.auth_machine import AuthMachine
from tests.security.batch_machine import BatchMachine
from tests.security.fuzzed import RATES, fuzzed
from tests.security.machines import World, run
from tests.servers import postgres_server, valkey_server


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--examples", type=int, default=100, help="cases for an operation and phase, at most")
    asked.add_argument("--seed", type=int, default=None)
    asked.add_argument("--machines", type=int, default=0, help="runs of each state machine instead")
    given = asked.parse_args()
    seed = randbits(32) if given.seed is None else given.seed
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder, postgres_server() as postgres_url, valkey_server() as valkey:
        migrations.upgrade(postgres_url)
        parts, bench = _parts(postgres_url, valkey.url, Path(folder))
        started = time.monotonic()
        if given.machines:
            _run_machines(parts, bench, given.machines, seed)
            print(f"seed {seed}, {time.monotonic() - started:.0f} s, {given.machines} runs of each machine")
            return 0
        with _working(bench):
            found = fuzzed(parts, bench, Path(folder), examples=given.examples, seed=seed)
        parts.database.dispose()
    print(f"seed {seed}, {time.monotonic() - started:.0f} s, {len(found.operations)} operations")
    print(f"cases {dict(found.cases)}\nchecks {dict(found.checks)}\nstatuses {dict(sorted(found.statuses.items()))}")
    for name, told in found.failures.items():
        print(f"\n== {name}\n{told}")
    print(*found.errors, f"{len(found.failures)} failures, {len(found.errors)} errors", sep="\n")
    return 1 if found.failures or found.errors else 0


def _parts(database_url: str, redis_url: str, home: Path) -> tuple[Parts, Bench]:
    settings = Settings(
        _env_file=None,
        home=home,
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
        jwt_secret_key=SecretStr(token_urlsafe(32)),
        rate=RATES,
        speech=SpeechSettings(engine="pocketsphinx"),
        language_model=LanguageModelSettings(engine="extractive"),
        embeddings=EmbeddingSettings(engine="hashed"),
    )
    database = connect(database_url, ring=lambda _: None, announce=announcer(redis_url), record=outbox.record)
    embeddings = HashedEmbeddings(settings.embeddings.dimensions)
    parts = Parts(settings, database, local_store(home / "objects"), ExtractiveModel(), embeddings)
    speech = ScriptedSpeech(spoken(*LECTURE))
    return parts, Bench(database, settings, Engines(speech, ExtractiveModel(), embeddings, None, parts.store), speech)


def _run_machines(parts: Parts, bench: Bench, examples: int, seed: int) -> None:
    """Raises `AssertionError` with the shortest way to a fault."""
    with TestClient(watched(create_app(parts))) as client:
        world = World(client, parts, bench, works_meanwhile=True)
        run(lambda: AuthMachine(world), examples=examples, steps=30, of=seed)
        run(lambda: BatchMachine(world), examples=examples, steps=30, of=seed)


@contextmanager
def _working(bench: Bench) -> Iterator[None]:
    """A worker that does whatever is due while requests come."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.5):
            bench.run_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


if __name__ == "__main__":
    raise SystemExit(main())
