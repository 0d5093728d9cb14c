"""Processes that run steps and die at named places, forked from one that has imported everything: each is cheap.

They run the product's own runner and sweeper; only Celery isn't there, which `test_workers.py` has.
"""

import multiprocessing
import os
import signal
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
from ai_conspects.embedded import listening
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
    served = Api(settings, fail_at)
    try:
        yield served.url
    finally:
        served.process.kill()
        served.process.join()


class Api:
    """A started API. Its address is its own for good: `stop` it gracefully, and `start` it again there."""

    def __init__(self, settings: Settings, fail_at: str = "", *, grace_s: int = 5) -> None:
        self._arguments = (settings, fail_at, listening.free_port("127.0.0.1", 0), grace_s)
        self.url = f"http://127.0.0.1:{self._arguments[2]}"
        self.start()

    def start(self) -> None:
        self.process = _FORKS.Process(target=_led, args=(_serve, self._arguments))
        self.process.start()
        until(lambda: answers(f"{self.url}/v1/health/live"))

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        self.process.terminate()

    def stop(self, within_s: float = 20) -> None:
        self.ask_to_stop()
        self.process.join(within_s)
        assert self.process.exitcode in {0, -signal.SIGTERM}, self.process.exitcode


def _serve(settings: Settings, fail_at: str, port: int, grace_s: int) -> None:
    failpoints.reached = failpoints.fatal(fail_at)
    database = connect(settings.database_url.get_secret_value(), ring=lambda _: None)
    engines = registry.build(settings, settings.home)  # type: ignore[arg-type]  # a test's settings have a home
    app = create_app(Parts(settings, database, engines.store, engines.language_model, engines.embeddings))
    uvicorn.run(app, port=port, log_config=None, timeout_graceful_shutdown=grace_s)


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
