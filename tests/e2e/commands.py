"""The parts started by plain commands, as an operator of a cluster does it; no `Stack` is involved."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ai_conspects.embedded import listening
from ai_conspects.embedded.services import answers
from tests.e2e.waiting import until

OURS = ("AI_CONSPECTS_", "OPENAI_", "S3_", "AWS_", "CELERY_", "DATABASE_", "REDIS_", "JWT_", "SERPAPI_")
ALL_QUEUES = "audio,llm,research,embeddings,maintenance"


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """The machine's environment without anything that this product reads, and over it what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "PYTHONUNBUFFERED": "1", **given}


@contextmanager
def command(
    argv: tuple[str, ...], env: Mapping[str, str], folder: Path, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A running command in a session of its own; at the end it is asked to stop, and what is left of it is killed."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            argv, env=dict(env), cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass(frozen=True)
class Operator:
    """Starts API and workers from one environment, in one folder that also takes their logs."""

    env: Mapping[str, str]
    folder: Path

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """`ai-conspects …` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "ai_conspects", *argv],
            env=environment(self.env),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @contextmanager
    def api(self) -> Iterator[str]:
        """The API, ready; its URL."""
        port = listening.free_port("127.0.0.1", 0)
        log = self.folder / "api.log"
        argv = (sys.executable, "-m", "uvicorn", "--factory", "ai_conspects.main:create_app", "--port", str(port))
        with command(argv, environment(self.env), self.folder, log) as process:
            url = f"http://127.0.0.1:{port}"

            def ready() -> bool:
                assert process.poll() is None, log.read_text()
                return answers(f"{url}/v1/health/ready")

            until(ready)
            yield url

    @contextmanager
    def worker(self, name: str, queues: str = ALL_QUEUES, *, beat: bool = True) -> Iterator["Worker"]:
        """A Celery worker, listening. Only one worker at a time may have the beat."""
        log = self.folder / f"{name}.log"
        celery = (sys.executable, "-m", "celery", "-A", "ai_conspects.worker:app", "worker")
        schedule = ("--beat", "--schedule", str(self.folder / f"{name}.schedule")) if beat else ()
        argv = (*celery, "-Q", queues, "--concurrency", "2", "-n", f"{name}@%h", *schedule)
        with command(argv, environment(self.env), self.folder, log) as process:
            worker = Worker(process, log)
            until(lambda: worker.said("ready."))
            yield worker


@dataclass(frozen=True)
class Worker:
    """A running worker. Its process leads a group with its pool and its beat."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self, what: str) -> bool:
        """Whether its log has it. Fails if the worker has ended without saying it."""
        found = what in self.log.read_text("utf-8", "replace")
        assert found or self.process.poll() is None, self.log.read_text("utf-8", "replace")
        return found

    def kill(self) -> None:
        """As a power cut: the worker, its pool and its beat are gone at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
