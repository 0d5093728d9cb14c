"""What this process counts and times, for Prometheus. What the rows can tell is asked at the scrape: see `health`.

The first three names are the protocol's. Labels are route templates, steps, engines and codes: few values, all ours;
never an id, a path or a word of a user's. Where PROMETHEUS_MULTIPROC_DIR names an empty folder, the processes that
share it are counted together.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from time import perf_counter

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

log = structlog.get_logger()

QUICK_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LONG_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)

API_REQUESTS = Counter("api_requests", "Requests answered.", ["method", "endpoint"])
PROCESSING_TIME = Histogram("processing_time_seconds", "From a request to the end of its answer.", buckets=QUICK_S)
API_RESPONSES = Counter("api_responses", "Requests answered, by status.", ["method", "endpoint", "status"])
API_TIME = Histogram(
    "api_request_seconds", "As processing_time_seconds, by route.", ["method", "endpoint"], buckets=QUICK_S
)

STEP_TIME = Histogram(
    "step_seconds", "A step from its claim to its commit, engines included.", ["step", "engine"], buckets=LONG_S
)
STEP_FAILURES = Counter("step_failures", "Steps that ended with an error.", ["step", "code"])
STEP_RETRIES = Counter("step_retries", "Steps put back: an engine away, or a crash.", ["step", "code"])
LEASE_EXPIRIES = Counter("lease_expiries", "Steps whose worker was lost.", ["step"])
AUDIO_HEARD = Counter("audio_heard_seconds", "Seconds of audio transcribed.", ["engine"])
REALTIME_FACTOR = Histogram(
    "transcription_realtime_factor",
    "Seconds of work for each second of audio.",
    ["engine"],
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 4),
)
AUDIO_RECEIVED = Counter("audio_received_seconds", "Seconds of audio taken in and measured.")
MODEL_TOKENS = Counter(
    "model_tokens", "Tokens read (in) and written (out) by language models.", ["engine", "direction"]
)
STORE_TIME = Histogram("store_seconds", "Calls of the object store.", ["operation"], buckets=LONG_S)
DATABASE_TIME = Histogram("database_seconds", "Statements, from sending to the first row.", buckets=QUICK_S)


def answered(method: str, endpoint: str, status: int, took_s: float) -> None:
    """A request, in the metrics of requests."""
    requests, responses, time = _of_requests(method, endpoint, str(status))
    requests.inc()
    responses.inc()
    PROCESSING_TIME.observe(took_s)
    time.observe(took_s)


@cache  # of few values, all ours; the library looks each label up again
def _of_requests(method: str, endpoint: str, status: str) -> tuple[Counter, Counter, Histogram]:
    return (
        API_REQUESTS.labels(method, endpoint),
        API_RESPONSES.labels(method, endpoint, status),
        API_TIME.labels(method, endpoint),
    )


@contextmanager
def timed(histogram: Histogram, **labels: str) -> Iterator[None]:
    """Observe how long what happens inside takes, whether it ends well or not."""
    since = perf_counter()
    try:
        yield
    finally:
        (histogram.labels(**labels) if labels else histogram).observe(perf_counter() - since)


def registry(*more: Collector) -> CollectorRegistry:
    """All that is counted here (with PROMETHEUS_MULTIPROC_DIR, by every process that shares it), and `more`."""
    together = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    else:
        together.register(REGISTRY)
    for collector in more:
        together.register(collector)
    return together


def serve(host: str, port: int, *more: Collector) -> None:
    """Answer Prometheus on a port of its own, from a thread. A port that is taken is said in the log, and no more."""
    try:
        start_http_server(port, host, registry(*more))
    except OSError as error:
        log.warning("metrics.not_served", host=host, port=port, error=str(error))
