"""A model server that is busy, broken, silent or talks nonsense: the transcript is kept, notes come later."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func

from ai_conspects.batches.retrying import retry
from ai_conspects.core.engine_settings import LanguageModelSettings
from ai_conspects.engines import registry
from ai_conspects.models import BatchStatus, RecordingStep, StepName, StepStatus
from tests.bench import Bench
from tests.faults.history import History, violations
from tests.faults.test_object_store import due_now
from tests.stubs.openai_server import Answer, Fail, JsonObject, OpenAIServer, Raw, Say, Silence, openai_server


def noted(_: JsonObject) -> JsonObject:
    """What the model answers when it is well."""
    claims = [{"text": "Нейронная сеть учится на примерах.", "sentence_ids": [0]}]
    note = {"title": "Нейронная сеть", "summary": claims, "sections": [{"heading": "Как", "claims": claims}]}
    return {"notes": [{**note, "tags": ["нейронная сеть"]}]}


HALF = json.dumps({"choices": [{"message": {"role": "assistant", "content": "{"}}]}).encode()

AWAY: dict[str, tuple[Answer, float]] = {
    "busy, and says for how long": (Fail(429, headers={"Retry-After": "77"}), 77),
    "busy, and doesn't say": (Fail(429), 1),
    "broken": (Fail(500), 1),
    "overloaded": (Fail(503, headers={"Retry-After": "30"}), 30),
    "silent": (Silence(), 1),
    "cut in the middle of its answer": (Raw(HALF[:20], promised=len(HALF)), 1),
}
"""What it does, and the seconds after which it is asked again at the earliest."""

NONSENSE: dict[str, Answer] = {
    "no JSON": Say("Извините, я не могу ответить."),
    "JSON that is cut": Say('{"notes": [{"title": "Ней'),
    "another schema": Say({"answer": 42}),
    "no completion at all": Raw(b"<html>It works!</html>", content_type="text/html"),
}


@pytest.fixture
def model() -> Iterator[OpenAIServer]:
    with openai_server() as running:
        yield running


@pytest.fixture
def asked(bench: Bench, model: OpenAIServer) -> Bench:
    """A bench whose notes are written by the model server."""
    bench.settings.language_model = LanguageModelSettings(
        engine="openai", base_url=model.url, model="stub", timeout_s=1
    )
    home = bench.settings.home
    assert home
    bench.engines = replace(bench.engines, language_model=registry.build(bench.settings, home).language_model)
    return bench


@pytest.mark.parametrize("fault", AWAY)
def test_a_model_that_is_away_is_waited_for_and_the_transcript_is_kept(
    asked: Bench, model: OpenAIServer, fault: str
) -> None:
    answer, at_least_s = AWAY[fault]
    model.says(answer)
    [one] = asked.submit(include_research=False)
    asked.run_all()
    step = asked.step(one, StepName.NOTE_GENERATION)
    assert (step.status, step.error_code, step.attempt) == (StepStatus.DUE, "engine_unavailable", 0)
    assert waits_s(asked, step) >= at_least_s - 1
    assert asked.step(one, StepName.TRANSCRIPTION).status == StepStatus.DONE
    model.chat.clear()
    model.says(Say(noted))
    due_now(asked)
    asked.run_all()
    assert asked.batch_status(one) == BatchStatus.COMPLETED
    assert len(asked.speech.since_s) == 1  # nothing was heard twice
    assert broken(asked) == []


@pytest.mark.parametrize("fault", NONSENSE)
def test_a_model_that_talks_nonsense_is_told_with_its_cause_and_a_retry_completes_it(
    asked: Bench, model: OpenAIServer, fault: str
) -> None:
    model.says(NONSENSE[fault])
    [one] = asked.submit(include_research=False)
    for _ in range(2 * asked.settings.worker.max_attempts):
        asked.run_all()
        due_now(asked)
    step = asked.step(one, StepName.NOTE_GENERATION)
    assert step.status in {StepStatus.FAILED, StepStatus.DUE}
    assert step.error_code
    assert step.error_message
    assert asked.step(one, StepName.TRANSCRIPTION).status == StepStatus.DONE
    model.chat.clear()
    model.says(Say(noted))
    with asked.database.transaction(as_system="a test") as session:
        retry(session, step.user_id, asked.batch_id(one))
    due_now(asked)
    asked.run_all()
    assert asked.batch_status(one) == BatchStatus.COMPLETED
    assert len(asked.speech.since_s) == 1  # what succeeded is not paid for twice


def waits_s(bench: Bench, step: RecordingStep) -> float:
    with bench.database.transaction(as_system="a test") as session:
        left = func.extract("epoch", RecordingStep.due_at - func.now())
        return float(session.query(left).filter(RecordingStep.id == step.id).scalar() or 0)


def broken(bench: Bench) -> list[str]:
    url = bench.settings.database_url.get_secret_value()
    return violations(History(), url, bench.engines.store, swept_after=timedelta(days=1))
