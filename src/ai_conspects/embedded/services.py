"""The stack's Python parts as data: the Celery workers and the API. A test may put others in their place."""

import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ai_conspects.core import machine
from ai_conspects.core.settings import Settings
from ai_conspects.embedded.child import Service, Stage

DRAIN_S = 20
"""How long the API finishes its answers, and a worker its step, after a stop was asked for. What a worker doesn't
finish is released by its lease, and goes on from its last checkpoint at the next start."""


@dataclass(frozen=True)
class Plan:
    """What the services are made from: `env` is their whole environment, `url` is where the API will answer."""

    settings: Settings
    env: Mapping[str, str]
    host: str
    port: int
    url: str
    beat_schedule: Path


def standard(plan: Plan) -> list[Service]:
    """The workers and the API.

    The sweeper has a worker of its own: behind steps that last for minutes, every sweep would be too old when its turn
    came, and nothing that waits would be rung for as long as there is work.
    """
    audio, other = processes(plan.settings)
    beat = ("--beat", "--schedule", str(plan.beat_schedule))
    return [
        _worker(plan, "worker-audio", "audio", audio),
        _worker(plan, "worker-other", "llm,research,embeddings", other),
        _worker(plan, "worker-sweeper", "maintenance", 1, *beat),
        _api(plan),
    ]


def processes(settings: Settings) -> tuple[int, int]:
    """How many processes the audio worker and the other worker have."""
    at_a_time = machine.heard_at_a_time(machine.cores(), machine.memory_bytes())
    return settings.worker.audio_processes or at_a_time, settings.worker.other_processes


def _worker(plan: Plan, name: str, queues: str, concurrency: int, *more: str) -> Service:
    celery = (sys.executable, "-m", "celery", "-A", "ai_conspects.worker:app", "worker")
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")  # talk between workers that nobody hears
    return Service(
        name=name,
        argv=(*celery, "-Q", queues, "--concurrency", str(concurrency), "-n", f"{name}@%h", *quiet, *more),
        ready=lambda: True,  # what is due stays due until it is up; one that cannot start is seen dying
        env={**plan.env, "AI_CONSPECTS_METRICS__PORT": "0"},  # the API tells for all of them
        stage=Stage.WORKERS,
        stop_signals=(signal.SIGTERM, signal.SIGQUIT),
        grace_s=DRAIN_S,
        orphan_signal=signal.SIGQUIT,  # the database is going too: nothing can be finished
    )


def _api(plan: Plan) -> Service:
    proxies = plan.settings.trusted_proxies
    return Service(
        name="api",
        argv=(
            *(sys.executable, "-m", "uvicorn", "--factory", "ai_conspects.main:create_app"),
            *("--host", plan.host, "--port", str(plan.port)),
            *(("--forwarded-allow-ips", proxies) if proxies else ("--no-proxy-headers",)),
            *("--timeout-graceful-shutdown", str(DRAIN_S), "--no-access-log", "--no-server-header"),
            *("--ws-max-size", "65536"),  # all that a client has to say over a socket is its token
        ),
        ready=lambda: answers(f"{plan.url}/v1/health/ready"),
        env=plan.env,
        stage=Stage.API,
        grace_s=DRAIN_S + 5,
    )


def answers(url: str) -> bool:
    """Whether a GET of this loopback address is answered by 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:  # noqa: S310 - our own http:// URL
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False
