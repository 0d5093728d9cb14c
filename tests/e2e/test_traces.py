"""A real API, a real worker and a collector between which a trace is followed; no private word is in it."""

from pathlib import Path
from secrets import token_urlsafe
from uuid import uuid4

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from ai_conspects.embedded.valkey import Valkey
from tests.audio import tone
from tests.e2e.commands import Operator
from tests.e2e.phone import Phone
from tests.e2e.waiting import until
from tests.stubs.receiver import Receiver, receiver

CANARY = "canary-of-a-private-word"
SUBMIT = "POST /v1/batches/submit"


def test_a_trace_goes_from_a_request_across_the_queue(database_url: str, valkey: Valkey, tmp_path: Path) -> None:
    with receiver() as collector:
        env = {
            "DATABASE_URL": database_url, "REDIS_URL": valkey.url, "CELERY_BROKER_URL": valkey.broker_url,
            "JWT_SECRET_KEY": token_urlsafe(32), "AI_CONSPECTS_HOME": str(tmp_path),
            "AI_CONSPECTS_TRACES__ENDPOINT": collector.url, "AI_CONSPECTS_SPEECH__ENGINE": "pocketsphinx",
        }  # fmt: skip
        operator = Operator(env, tmp_path)
        with operator.api() as url, operator.worker("all", beat=False), Phone(url) as phone:
            phone.http.get("/search", params={"q": CANARY}, headers={"User-Agent": CANARY})
            batch_id = f"{CANARY}-{uuid4()}"
            phone.submit(batch_id, tone(1.0), filename=f"{CANARY}.wav", language="en")
            phone.followed(batch_id)
            until(lambda: {SUBMIT, "step audio_upload", "GET /v1/search"} <= {span.name for span in spans(collector)})
        found = {span.name: span for span in spans(collector)}
        sent = b"".join(body for _, body in collector.received)

    request, step = found[SUBMIT], found["step audio_upload"]
    assert step.trace_id == request.trace_id
    assert step.parent_span_id == request.span_id
    assert attributes(request)["http.route"] == "/v1/batches/submit"
    assert attributes(step).keys() == {"conspects.step_id", "conspects.recording_id"}
    assert CANARY.encode() not in sent, "a path, a query, a header or a name was told"


def spans(collector: Receiver) -> list[Span]:
    """All that arrived so far."""
    batches = [ExportTraceServiceRequest.FromString(body) for _, body in list(collector.received)]
    return [
        span
        for batch in batches
        for resource in batch.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def attributes(span: Span) -> dict[str, str]:
    """Those that are text."""
    return {each.key: each.value.string_value for each in span.attributes}
