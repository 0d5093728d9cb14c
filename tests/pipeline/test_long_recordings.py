"""Hours of speech become notes whole: read in parts, each paid for once, to the last minute."""

import re
import time
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, update

from ai_conspects.engines.language_model.openai import OpenAIModel
from ai_conspects.models import RecordingStep, StepStatus
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.pipeline.long_talk import talk
from tests.stubs.note_taker import asked_for, given, note_taker
from tests.stubs.openai_server import Answer, Fail, OpenAIServer, Say

PLANTED = {
    1.0: "The codeword of the first minute is 4711 and Anna keeps it.",
    5_400.0: "In the middle it was agreed that the lease ends on 31 March 2027.",
    10_780.0: "The very last point is that Petrov pays 88000 euros.",
}


def keeps_numbers(line: str) -> bool:
    return re.search(r"\d", line) is not None


@pytest.fixture
def me(client: TestClient) -> Device:
    return register(client)


@pytest.fixture
def model(bench: Bench, model_server: OpenAIServer) -> OpenAIModel:
    made = OpenAIModel(model_server.url, "", "stub", context_tokens=16_000, timeout_s=20, part_tokens=8_000)
    bench.engines = replace(bench.engines, language_model=made)
    return made


def send(client: TestClient, me: Device, content: str, **settings: Any) -> None:
    body = {"id": "talk", "filename": "talk.srt", "content": content, "language": "en", "settings": settings}
    assert client.post("/v1/recordings/import", json=body, headers=me.headers).status_code == 201


def details(client: TestClient, me: Device) -> Any:
    return client.get("/v1/recordings/talk", headers=me.headers).json()


def notes(client: TestClient, me: Device) -> Any:
    return client.get("/v1/batches/talk/results", headers=me.headers).json()["notes"]


def shapes(server: OpenAIServer) -> list[str]:
    return [asked_for(body) for _, body in server.requests]


def wake(bench: Bench) -> None:
    """What waits for an engine is due now."""
    with bench.database.transaction(as_system="a test") as session:
        due = RecordingStep.status == StepStatus.DUE
        session.execute(update(RecordingStep).where(due).values(due_at=func.now()))


def test_three_hours_are_in_the_notes_to_the_last_minute(
    client: TestClient, bench: Bench, me: Device, model: OpenAIModel, model_server: OpenAIServer
) -> None:
    model_server.says(Say(note_taker(keeps_numbers)))
    send(client, me, talk(3, PLANTED))
    bench.run_all()
    (note,) = notes(client, me)
    for second, sentence in PLANTED.items():
        assert sentence in note["content"]
        assert any(one["start"] <= second <= one["end"] and one["quote"] == sentence for one in note["citations"])
    parts = shapes(model_server).count("PartFacts")
    assert parts >= 4
    assert shapes(model_server).count("NoteDrafts") == 1
    read = [number for _, body in model_server.requests if asked_for(body) == "PartFacts" for number, _ in given(body)]
    assert sorted(read) == list(range(1_800))  # every sentence, each once
    assert 0 < note["metadata"]["coverage"] < 0.01
    usage = details(client, me)["usage"]["note_generation"]
    assert usage["calls"] == parts + 1
    assert usage["tokens_in"] > 20_000


def test_a_crash_or_a_429_in_the_midst_pays_for_no_part_twice(
    client: TestClient, bench: Bench, me: Device, model: OpenAIModel, model_server: OpenAIServer
) -> None:
    taker = Say(note_taker(keeps_numbers))
    model_server.says(taker, taker, Fail(429, headers={"Retry-After": "1"}), taker)
    send(client, me, talk(2, {1.0: PLANTED[1.0], 7_190.0: PLANTED[10_780.0]}))
    bench.run_all()
    stopped = details(client, me)
    assert (stopped["status"], stopped["step"]) == ("processing", "note_generation")
    assert stopped["usage"]["note_generation"]["calls"] >= 2
    before = len(model_server.requests)
    wake(bench)
    bench.run_all()
    assert len(notes(client, me)) == 1
    asked = [
        body["messages"][-1]["content"].partition("\n")[2].rpartition("\n")[0] for _, body in model_server.requests
    ]
    assert len(asked) - len(set(asked)) == 1  # only what was answered by 429
    assert len(model_server.requests) > before
    with bench.database.transaction(as_system="a test") as session:
        assert session.query(RecordingStep).filter(RecordingStep.paid.isnot(None)).count() == 0


@pytest.mark.parametrize("too_long", [Say("{", finish_reason="length"), Fail(400, "context_length_exceeded")])
def test_what_is_too_long_for_one_answer_is_asked_in_halves(
    client: TestClient, bench: Bench, me: Device, model: OpenAIModel, model_server: OpenAIServer, too_long: Answer
) -> None:
    model_server.says(too_long, Say(note_taker(keeps_numbers)))
    send(client, me, talk(0.2, {1.0: PLANTED[1.0], 700.0: PLANTED[10_780.0]}), max_notes_per_recording=1)
    bench.run_all()
    (note,) = notes(client, me)
    assert PLANTED[1.0] in note["content"]
    assert PLANTED[10_780.0] in note["content"]
    assert [len(given(body)) for _, body in model_server.requests] == [120, 60, 60]


def test_a_part_that_the_model_forgets_when_it_joins_the_facts_is_there_all_the_same(
    client: TestClient, bench: Bench, me: Device, model: OpenAIModel, model_server: OpenAIServer
) -> None:
    takes_all, takes_first = note_taker(keeps_numbers), note_taker(lambda line: "codeword" in line)
    model_server.says(Say(lambda body: (takes_all if asked_for(body) == "PartFacts" else takes_first)(body)))
    send(client, me, talk(2, {1.0: PLANTED[1.0], 7_190.0: PLANTED[10_780.0]}))
    bench.run_all()
    (note,) = notes(client, me)
    assert note["content"].index("4711") < note["content"].index("88000")


def test_no_more_parts_are_asked_about_at_a_time_than_the_setting_says(
    client: TestClient, bench: Bench, me: Device, model: OpenAIModel, model_server: OpenAIServer
) -> None:
    at_a_time = 3
    group = bench.settings.language_model.model_copy(update={"parallel_calls": at_a_time})
    bench.settings = bench.settings.model_copy(update={"language_model": group})
    taker = note_taker(keeps_numbers)

    def slowly(body: dict[str, Any]) -> dict[str, Any]:
        until = time.monotonic() + 10
        while model_server.most_at_a_time < at_a_time and time.monotonic() < until:
            model_server.stopping.wait(0.01)
        return taker(body)

    model_server.says(Say(slowly))
    send(client, me, talk(2, {1.0: PLANTED[1.0]}))
    bench.run_all()
    assert len(notes(client, me)) == 1
    assert model_server.most_at_a_time == at_a_time


def test_an_answer_that_is_wrong_twice_fails_honestly_and_keeps_the_transcript(
    client: TestClient, bench: Bench, me: Device, model: OpenAIModel, model_server: OpenAIServer
) -> None:
    model_server.says(Say("I'd rather not."), Say("No."))
    send(client, me, talk(0.1, {1.0: PLANTED[1.0]}))
    bench.run_all()
    failed = details(client, me)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "model_answer_invalid")
    transcript = client.get("/v1/recordings/talk/transcript", headers=me.headers).json()
    assert transcript["is_complete"]
    assert len(transcript["segments"]) == 60
    assert failed["usage"]["note_generation"]["calls"] == 2
