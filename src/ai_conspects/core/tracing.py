"""Traces by OpenTelemetry: a span for each request and each step, joined across the queue.

Spans hold templates, names, ids and codes, never a path, a query, an error's text or a word of a user's. Without an
endpoint nothing is recorded. The API of OpenTelemetry comes with FastAPI; what records and sends, with `[otel]`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind, StatusCode, Tracer

from ai_conspects.core.errors import ConfigurationError
from ai_conspects.core.settings import TraceSettings

TRACER = trace.get_tracer("ai_conspects")
SEND_EVERY_MS = 1000

_RUNG: ContextVar[tuple[str, Context] | None] = ContextVar("rung", default=None)
"""The step for which this process was rung, and the trace from which."""


def configure(service: str, settings: TraceSettings) -> None:
    """Send this process's spans to the endpoint, if there is one. After a fork: threads don't outlive it."""
    if not settings.endpoint:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ModuleNotFoundError as error:
        raise ConfigurationError("AI_CONSPECTS_TRACES__ENDPOINT needs pip install 'ai-conspects[otel]'.") from error
    sampler = ParentBased(TraceIdRatioBased(settings.share))
    provider = TracerProvider(resource=Resource.create({"service.name": service}), sampler=sampler)
    exporter = OTLPSpanExporter(endpoint=settings.endpoint, timeout=5)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=SEND_EVERY_MS))
    trace.set_tracer_provider(provider)


def flush() -> None:
    """Send what has not been sent: a pool's process ends without the end of Python."""
    flushing = getattr(trace.get_tracer_provider(), "force_flush", None)
    if flushing is not None:
        flushing(5000)


@contextmanager
def request(headers: Mapping[str, str]) -> Iterator[None]:
    """A request, as part of its caller's trace where it names one; `tell_request` says what it was."""
    if "traceparent" not in headers and isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        yield  # nothing would be recorded, or passed on
        return
    with _span(TRACER, "request", propagate.extract(headers), SpanKind.SERVER):
        yield


def tell_request(method: str, route: str, status: int) -> None:
    """What the request under way was."""
    span = trace.get_current_span()
    if span.is_recording():
        span.update_name(f"{method} {route}")
        span.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
        if status >= 500:
            span.set_status(StatusCode.ERROR)


def carrier() -> dict[str, str]:
    """The headers of a message that goes on with this trace."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers


@contextmanager
def rung(step_id: str, headers: Mapping[str, str | None]) -> Iterator[None]:
    """What a message rang for, and with which headers."""
    given = {name: value for name, value in headers.items() if value}
    token = _RUNG.set((step_id, propagate.extract(given)))
    try:
        yield
    finally:
        _RUNG.reset(token)


@contextmanager
def step(name: str, step_id: UUID, recording_id: UUID, tracer: Tracer = TRACER) -> Iterator[None]:
    """A step. A message is a doorbell: the step whose turn it is may be another's, and is then linked to it."""
    ids = {"conspects.step_id": str(step_id), "conspects.recording_id": str(recording_id)}
    context, links = Context(), []
    if (found := _RUNG.get()) is not None:
        if found[0] == str(step_id):
            context = found[1]
        elif (other := trace.get_current_span(found[1]).get_span_context()).is_valid:
            links = [Link(other)]
    with _span(tracer, f"step {name}", context, SpanKind.CONSUMER, ids, links):
        yield


def failed(code: str) -> None:
    """The step under way has failed, or waits, by this code."""
    span = trace.get_current_span()
    span.set_attribute("error.type", code)
    span.set_status(StatusCode.ERROR)


@contextmanager
def _span(
    tracer: Tracer,
    name: str,
    context: Context,
    kind: SpanKind,
    attributes: Mapping[str, str] | None = None,
    links: list[Link] | None = None,
) -> Iterator[None]:
    """Of an error only its type is kept: its text may hold what was said."""
    with tracer.start_as_current_span(
        name, context, kind, attributes, links, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise
