"""Nobody runs up the bill of a model or of a transcription: what would be more than the day's budget isn't begun."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, update

from ai_conspects.accounts import budgets
from ai_conspects.accounts.dependencies import Parts
from ai_conspects.engines.language_model.openai import OpenAIModel
from ai_conspects.main import create_app
from ai_conspects.models import DayUsage, RecordingStep, StepName, StepStatus
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.notes.notes import write
from tests.stubs.note_taker import note_taker
from tests.stubs.openai_server import Fail, OpenAIServer, Say, Stream

QUESTION = {"message": "What is served at noon?"}
NOTHING: dict[str, Any] = {"found": False, "claims": [], "missing": []}
MOST = 20_000
"""Tokens a day; a question here takes up to about 3,000 and a recording's notes about 12,000."""
STREAMED = {"Accept": "text/event-stream"}


@pytest.fixture
def parts(parts: Parts, model_server: OpenAIServer) -> Parts:
    """The same parts with a model on that server, and a budget."""
    limits = parts.settings.limits.model_copy(update={"user_tokens_per_day": MOST, "user_audio_hours_per_day": 0.01})
    model = OpenAIModel(model_server.url, "", "stub", 16_000, timeout_s=5)
    return replace(parts, language_model=model, settings=parts.settings.model_copy(update={"limits": limits}))


@pytest.fixture
def client(parts: Parts) -> Iterator[TestClient]:
    with TestClient(create_app(parts)) as opened:
        yield opened


@pytest.fixture
def me(client: TestClient) -> Device:
    device = register(client)
    write(client, device.headers, title="Lunch", content="At noon soup is served with bread.")
    return device


def left(parts: Parts, who: Device, tokens: int) -> None:
    """So much is left of the day."""
    budget = budgets.tokens(parts.database, who.user_id, parts.settings.limits)
    with budget.reserved(MOST - tokens) as told:
        told(MOST - tokens)


def today(client: TestClient, who: Device) -> int:
    told: int = client.get("/v1/users/me", headers=who.headers).json()["today"]["model_tokens"]
    return told


def calls(server: OpenAIServer) -> int:
    return len([path for path, _ in server.requests if path == "/v1/chat/completions"])


@pytest.mark.parametrize("headers", [{}, STREAMED], ids=["whole", "streamed"])
def test_a_question_beyond_the_budget_is_a_429_and_no_call(
    client: TestClient, parts: Parts, me: Device, model_server: OpenAIServer, headers: dict[str, str]
) -> None:
    left(parts, me, 100)
    model_server.says(Say(NOTHING))
    answer = client.post("/v1/chat/query", json=QUESTION, headers=me.headers | headers)
    assert (answer.status_code, answer.json()["code"]) == (429, "budget_spent")
    assert answer.headers["content-type"] == "application/problem+json"
    assert 0 < int(answer.headers["Retry-After"]) <= 86_400
    assert calls(model_server) == 0
    assert client.get("/v1/chat/conversations", headers=me.headers).json()["items"] == []
    other = register(client, "other")
    write(client, other.headers, title="Lunch", content="At noon soup is served with bread.")
    assert client.post("/v1/chat/query", json=QUESTION, headers=other.headers).status_code == 200
    assert calls(model_server) == 1


def test_a_stream_for_which_too_little_is_left_ends_with_the_429_and_no_call(
    client: TestClient, parts: Parts, me: Device, model_server: OpenAIServer
) -> None:
    left(parts, me, 1_500)  # enough for the longest answer, too little with the question
    answer = client.post("/v1/chat/query", json=QUESTION, headers=me.headers | STREAMED)
    name, data = answer.text.strip().split("\n")
    told = json.loads(data.removeprefix("data: "))
    assert (name, told["status"], told["code"]) == ("event: error", 429, "budget_spent")
    assert 0 < told["retry_after"] <= 86_400
    assert calls(model_server) == 0


def test_a_question_costs_what_the_model_counted(client: TestClient, me: Device, model_server: OpenAIServer) -> None:
    model_server.says(
        Say(NOTHING, prompt_tokens=190, completion_tokens=10), Stream(("NOTHING",), tokens=(80, 20)), Fail(503)
    )
    for headers, costs in (({}, 200), (STREAMED, 300), ({}, 300), (STREAMED, 300)):
        assert client.post("/v1/chat/query", json=QUESTION, headers=me.headers | headers).status_code == 200
        assert today(client, me) == costs
    assert calls(model_server) == 4


def test_a_server_that_counts_no_stream_is_asked_without_and_estimated(
    client: TestClient, me: Device, model_server: OpenAIServer
) -> None:
    model_server.refuses = {"stream_options"}
    model_server.says(Stream(("NOTHING",)))
    assert "event: done" in client.post("/v1/chat/query", json=QUESTION, headers=me.headers | STREAMED).text
    assert 100 < today(client, me) < 2_000


def wake(bench: Bench) -> None:
    """What waits is due now."""
    with bench.database.transaction(as_system="a test") as session:
        due = RecordingStep.status == StepStatus.DUE
        session.execute(update(RecordingStep).where(due).values(due_at=func.now()))


def test_a_recording_waits_for_the_budget_says_so_and_has_its_notes_on_the_next_day(
    client: TestClient, parts: Parts, me: Device, bench: Bench, model_server: OpenAIServer
) -> None:
    model_server.says(Say(note_taker(), prompt_tokens=500, completion_tokens=100))
    left(parts, me, 100)
    (recording,) = bench.submit(me.user_id)
    batch = bench.batch_id(recording)
    bench.run_all()
    for _ in range(30):  # however long it waits, it is not given up, and no attempt is lost
        with bench.database.transaction(as_system="a test") as session:
            session.execute(update(RecordingStep).values(started_at=func.now() - timedelta(hours=2)))
        wake(bench)
        bench.run_all()
    waiting = bench.step(recording, StepName.NOTE_GENERATION)
    assert (waiting.status, waiting.error_code) == (StepStatus.DUE, "budget_spent")
    assert (waiting.attempt, waiting.waiting_since) == (0, None)
    shown = client.get(f"/v1/recordings/{recording}", headers=me.headers).json()
    assert (shown["status"], shown["error"]) == ("processing", None)
    assert "It goes on at 00:00 UTC" in shown["notices"][-1]
    assert calls(model_server) == 0
    with bench.database.transaction(as_system="a test") as session:
        session.execute(update(DayUsage).values(day=DayUsage.day - 1))
    wake(bench)
    bench.run_all()
    assert client.get(f"/v1/batches/{batch}/status", headers=me.headers).json()["status"] == "completed"
    assert today(client, me) == 600 * calls(model_server) > 0


def test_a_budget_that_holds_no_question_fails_the_recording_and_names_the_setting(
    client: TestClient, me: Device, bench: Bench, model_server: OpenAIServer
) -> None:
    limits = bench.settings.limits.model_copy(update={"user_tokens_per_day": 1_000})
    bench.settings = bench.settings.model_copy(update={"limits": limits})
    (recording,) = bench.submit(me.user_id)
    bench.run_all()
    failed = bench.step(recording, StepName.NOTE_GENERATION)
    assert (failed.status, failed.error_code) == (StepStatus.FAILED, "engine_misconfigured")
    assert "AI_CONSPECTS_LIMITS__USER_TOKENS_PER_DAY" in (failed.error_message or "")
    assert calls(model_server) == 0


def test_hours_of_transcription_are_a_budget_of_their_own_that_deleting_does_not_refill(
    client: TestClient, me: Device, bench: Bench, model_server: OpenAIServer
) -> None:
    model_server.says(Say(note_taker(), prompt_tokens=50, completion_tokens=10))
    ids = [one for _ in range(4) for one in bench.submit(me.user_id)]  # 10 s each, of 36 s
    bench.run_all()
    statuses = [bench.step(one, StepName.TRANSCRIPTION).status for one in ids]
    assert statuses == [StepStatus.DONE] * 3 + [StepStatus.DUE]
    assert client.delete(f"/v1/recordings/{ids[0]}", headers=me.headers).status_code == 204
    wake(bench)
    bench.run_all()
    waiting = bench.step(ids[3], StepName.TRANSCRIPTION)
    assert (waiting.status, waiting.error_code) == (StepStatus.DUE, "budget_spent")
    assert client.get("/v1/users/me", headers=me.headers).json()["today"]["transcribed_s"] == 30
