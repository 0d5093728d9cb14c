"""What one and two worker processes get done on work that waits, and how near they come to the engine's own speed.

`python -m bench.throughput [--recordings 8] [--answer-s 3]`. Real Celery workers on a real PostgreSQL and Valkey; the
speech server on the loopback answers each request after so long, as one that is busy elsewhere does. The time runs
from the first claim of a transcription to the end of the last, by the rows. Goals: two processes at least 1.8 times
one; one at least 0.95 of the engine's own speed, which is a request each `answer-s` seconds for each process.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from tests.bench import Bench
from tests.scripted import LECTURE, ScriptedSpeech, spoken
from tests.servers import postgres_server, valkey_server
from tests.stubs import openai_audio
from tests.stubs.openai_audio import heard, speech_server, verbose

from ai_conspects import migrations
from ai_conspects.core.db import Database, connect
from ai_conspects.core.queue import celery_ring
from ai_conspects.core.settings import Settings
from ai_conspects.engines.registry import Engines, build
from ai_conspects.models import StepName
from bench import kept

PROCESSES = (1, 2, 4)
DONE = "SELECT count(*) FROM recording_steps WHERE name = :name AND status = 'done'"
SPAN = "SELECT extract(epoch FROM max(finished_at) - min(started_at)) FROM recording_steps WHERE name = :name"
PATIENCE_S = 300


def main() -> None:
    """Measure and print; with `--json`, keep the figures for the plots."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=8)
    parser.add_argument("--answer-s", type=float, default=3.0)
    kept.option(parser)
    asked = parser.parse_args()
    took = {count: measure(count, asked.recordings, asked.answer_s) for count in PROCESSES}
    show(took)
    figures = [
        {"processes": count, "seconds": round(seconds, 2), "ideal_s": ideal_s}
        for count, (seconds, ideal_s) in took.items()
    ]
    kept.keep(asked.json, figures)


def measure(processes: int, recordings: int, answer_s: float) -> tuple[float, float]:
    """Seconds for all transcriptions with so many worker processes, and those that the engine alone would take."""
    with postgres_server() as url, valkey_server() as valkey, speech_server() as speech, folder() as home:
        speech.says(verbose(heard(" Gradient descent changes the weights of a network.", 0, 10)))
        slowly(speech, answer_s)
        migrations.upgrade(url)
        env = {
            **os.environ, "DATABASE_URL": url, "REDIS_URL": valkey.url, "CELERY_BROKER_URL": valkey.broker_url,
            "JWT_SECRET_KEY": token_urlsafe(32), "AI_CONSPECTS_HOME": str(home), "AI_CONSPECTS_LOG_LEVEL": "WARNING",
            "AI_CONSPECTS_SPEECH__BASE_URL": speech.url, "AI_CONSPECTS_SPEECH__ENGINE": "openai",
        }  # fmt: skip
        database = connect(url, ring=celery_ring(valkey.broker_url))
        with workers(env, "audio", processes), workers(env, "maintenance", 1, "--beat", "-s", str(home / "beat")):
            submit(database, home, recordings)
            seconds = finished(database, recordings)
        database.dispose()
        assert len(speech.asked) >= recordings, "each recording was asked about: else nothing was waited for"
        return seconds, len(speech.asked) * answer_s / processes


def slowly(speech: openai_audio.SpeechServer, answer_s: float) -> None:
    """Each answer takes so long from when it is asked for, the stub's own work included."""
    at_once = speech.next_answer

    def late(asked: openai_audio.Asked) -> Any:
        time.sleep(max(0.0, asked.at_s + answer_s - time.monotonic()))
        return at_once(asked)

    speech.next_answer = late  # type: ignore[method-assign]  # the stub has no other way to be slow


@contextmanager
def folder() -> Iterator[Path]:
    """A new one, gone at the end."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@contextmanager
def workers(env: dict[str, str], queues: str, processes: int, *more: str) -> Iterator[None]:
    """A Celery worker with so many processes."""
    argv = [sys.executable, "-m", "celery", "-A", "ai_conspects.worker:app", "worker", "-Q", queues]
    argv += ["--concurrency", str(processes), "-n", f"{queues}@%h", "--without-gossip", "--without-mingle", *more]
    with subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


def submit(database: Database, home: Path, recordings: int) -> None:
    """Batches of one recording of eleven seconds of speech each, as submits leave them."""
    settings = Settings(_env_file=None, home=home)
    engines: Engines = build(settings, home)
    bench = Bench(database, settings, engines, ScriptedSpeech(spoken(*LECTURE)))
    sound = (files("ai_conspects.cli") / "clips" / "jfk.m4a").read_bytes()
    for _ in range(recordings):
        bench.submit(audio=sound, language="en")


def finished(database: Database, recordings: int) -> float:
    """Wait for the last transcription; the seconds from the first claim to it."""
    deadline, name = time.monotonic() + PATIENCE_S, {"name": StepName.TRANSCRIPTION.value}
    while time.monotonic() < deadline:
        with database.transaction(as_system="a bench") as session:
            if session.execute(text(DONE), name).scalar_one() == recordings:
                return float(session.execute(text(SPAN), name).scalar_one())
        time.sleep(0.1)
    raise TimeoutError("not all were transcribed in time")


def show(took: dict[int, tuple[float, float]]) -> None:
    """The table."""
    table = Table("processes", "seconds", "times one", "of the engine's own speed", title="work that waits")
    one_s, _ = took[PROCESSES[0]]
    for count, (seconds, ideal_s) in took.items():
        table.add_row(str(count), f"{seconds:.1f}", f"{one_s / seconds:.2f}", f"{ideal_s / seconds:.2f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
