"""Processes that run steps and die at named places, forked from one that has imported everything: each is cheap.

They run the product's own runner and sweeper; only Celery isn't there, which `test_workers.py` has.
"""

import multiprocessing
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import openai.resources.audio
import openai.resources.chat  # the client imports them when they are first used, which takes a second each time
import uvicorn

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core import failpoints
from ai_conspects.core.db import connect
from ai_conspects.core.settings import Settings
from ai_conspects.embedded.services import answers
from ai_conspects.engines import registry
from ai_conspects.main import create_app
from ai_conspects.models import Queue
from ai_conspects.pipeline.runner import Runner
from ai_conspects.pipeline.sweeper import sweep
from ai_conspects.text.languages import detect
from ai_conspects.text.words import rarity, terms
from tests.e2e.waiting import until

_WARM = [(terms(word, "ru"), rarity(word, "ru"), detect(word)) for word in ("Градиентный", "спуск")]
"""Dictionaries are read at their first use; that too is done once here."""
_PRELOADED = (openai.resources.audio, openai.resources.chat)
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.faults.hands"])


def run_until_idle(settings: Settings, fail_at: str = "") -> int:
    """Run whatever is due in a process of its own; its exit code, -9 if it was killed."""
    return forked(_run, settings, fail_at)


def forked(work: Callable[..., None], *arguments: Any) -> int:
    """Call this in a process of its own, the leader of its group; its exit code."""
    process = _FORKS.Process(target=_led, args=(work, arguments))
    process.start()
    process.join(120)
    if process.exitcode is None:
        process.kill()
        process.join()
    assert process.exitcode is not None
    return process.exitcode


@contextmanager
def api(settings: Settings, fail_at: str = "") -> Iterator[str]:
    """The API in a process of its own, ready; its URL. It is killed at the end, if it hasn't died before."""
    listener = socket.create_server(("127.0.0.1", 0))
    process = _FORKS.Process(target=_led, args=(_serve, (settings, fail_at, listener)))
    process.start()
    url = "http://{}:{}".format(*listener.getsockname())
    listener.close()
    try:
        until(lambda: answers(f"{url}/v1/health/live"))
        yield url
    finally:
        process.kill()
        process.join()
        process.close()


def _serve(settings: Settings, fail_at: str, listener: socket.socket) -> None:
    failpoints.reached = failpoints.fatal(fail_at)
    database = connect(settings.database_url.get_secret_value(), ring=lambda _: None)
    engines = registry.build(settings, settings.home)  # type: ignore[arg-type]  # a test's settings have a home
    app = create_app(Parts(settings, database, engines.store, engines.language_model, engines.embeddings))
    uvicorn.Server(uvicorn.Config(app, log_config=None)).run(sockets=[listener])


def _led(work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    os.setsid()
    work(*arguments)


def _run(settings: Settings, fail_at: str) -> None:
    failpoints.reached = failpoints.fatal(fail_at)
    database = connect(settings.database_url.get_secret_value(), ring=lambda _: None)
    engines = registry.build(settings, settings.home)  # type: ignore[arg-type]  # a test's settings have a home
    runner = Runner(database, engines, settings, "hand", lambda: False)
    sweep(database, max_attempts=settings.worker.max_attempts, queue_length=lambda _: 0)
    while any(runner.run_next(queue) for queue in Queue):
        pass
    database.dispose()
