"""Spans of steps: part of the trace that rang for them, or linked to it; and of errors the type alone."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ai_conspects.core import tracing

CANARY = "canary-of-a-private-word"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(spans: InMemorySpanExporter) -> Iterator[TracerProvider]:
    made = TracerProvider()
    made.add_span_processor(SimpleSpanProcessor(spans))
    yield made
    made.shutdown()


def test_a_step_goes_on_with_the_trace_that_rang_for_it(spans: InMemorySpanExporter, provider: TracerProvider) -> None:
    tracer, step_id = provider.get_tracer("test"), uuid4()
    with tracer.start_as_current_span("request"):
        headers = tracing.carrier()
    with tracing.rung(str(step_id), headers), tracing.step("transcription", step_id, uuid4(), tracer):
        pass
    request, step = spans.get_finished_spans()
    assert step.context.trace_id == request.context.trace_id
    assert step.parent
    assert step.parent.span_id == request.context.span_id


def test_anothers_step_done_in_its_turn_is_linked(spans: InMemorySpanExporter, provider: TracerProvider) -> None:
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("request"):
        headers = tracing.carrier()
    with tracing.rung(str(uuid4()), headers), tracing.step("transcription", uuid4(), uuid4(), tracer):
        pass
    request, step = spans.get_finished_spans()
    assert step.parent is None
    assert step.context.trace_id != request.context.trace_id
    assert [link.context.span_id for link in step.links] == [request.context.span_id]


def test_of_an_error_only_the_type_is_kept(spans: InMemorySpanExporter, provider: TracerProvider) -> None:
    with (
        pytest.raises(ValueError, match=CANARY),
        tracing.step("transcription", uuid4(), uuid4(), provider.get_tracer("test")),
    ):
        raise ValueError(CANARY)
    (step,) = spans.get_finished_spans()
    assert CANARY not in step.to_json()
    assert step.attributes
    assert step.attributes["error.type"] == "ValueError"
