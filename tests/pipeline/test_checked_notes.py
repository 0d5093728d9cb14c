"""What a model claims is checked against what was said, marked or dropped by setting, and shown with its figures."""

from dataclasses import replace
from typing import Any, Literal

import pytest
from fastapi.testclient import TestClient

from ai_conspects.engines.language_model.openai import OpenAIModel
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.scripted import LECTURE
from tests.stubs.note_taker import a_note, asked_for, fences
from tests.stubs.openai_server import OpenAIServer, Say

SAID = (*LECTURE, "В 2018 году точность была 92 процента.")
RIGHT: dict[str, Any] = {"text": "Переобучение лечат регуляризацией и новыми данными.", "sentence_ids": [4]}
WRONG: dict[str, Any] = {"text": "В 2019 году точность была 92 процента.", "sentence_ids": [5]}
OTHER_WORDS: dict[str, Any] = {"text": "Избыточная подгонка сети исправляется штрафами.", "sentence_ids": [4]}


@pytest.fixture
def me(client: TestClient) -> Device:
    return register(client)


@pytest.fixture
def bench(bench: Bench, model_server: OpenAIServer) -> Bench:
    model = OpenAIModel(model_server.url, "", "stub", context_tokens=16_000, timeout_s=20)
    bench.engines = replace(bench.engines, language_model=model)
    return bench


def rules(bench: Bench, **changed: Any) -> None:
    bench.settings = bench.settings.model_copy(update={"notes": bench.settings.notes.model_copy(update=changed)})


def made(client: TestClient, bench: Bench, me: Device, **settings: Any) -> Any:
    body = {"id": "one", "content": "\n\n".join(SAID), "language": "ru", "settings": settings}
    assert client.post("/v1/recordings/import", json=body, headers=me.headers).status_code == 201
    bench.run_all()
    (note,) = client.get("/v1/batches/one/results", headers=me.headers).json()["notes"]
    return note


def drafted(*claims: Any, **fields: Any) -> dict[str, Any]:
    sections = [{"heading": "Обучение сети", "claims": list(claims)}]
    return {"notes": [a_note(title="Обучение нейронной сети", summary=[RIGHT], sections=sections, **fields)]}


@pytest.mark.parametrize("unsupported", ["mark", "drop"])
def test_a_year_that_was_not_said_is_marked_or_dropped(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer, unsupported: Literal["mark", "drop"]
) -> None:
    rules(bench, unsupported=unsupported)
    model_server.says(Say(drafted(RIGHT, WRONG)))
    note = made(client, bench, me)
    claims = [(one["text"], one["doubts"]) for one in note["claims"] if one["section"]]
    if unsupported == "mark":
        assert "2019 году точность была 92 процента. [2] ⚠ *не подтверждается записью*" in note["content"]
        assert claims == [(RIGHT["text"], []), (WRONG["text"], ["number"])]
        assert note["metadata"]["confidence"] < 0.8
    else:
        assert "2019" not in note["content"]
        assert claims == [(RIGHT["text"], [])]
    assert note["claims"][1]["citations"] == [1]


def test_a_model_may_be_asked_where_the_words_are_others(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer
) -> None:
    rules(bench, entailment="doubtful", least_support=0.6)

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        if asked_for(body) == "NoteDrafts":
            return drafted(RIGHT, WRONG, OTHER_WORDS)
        pairs = fences(body)["pairs"]
        assert OTHER_WORDS["text"] in pairs
        assert WRONG["text"] not in pairs  # a wrong number is wrong whatever the model says
        return {"verdicts": [{"id": 0, "supported": True}]}

    model_server.says(Say(answer))
    note = made(client, bench, me)
    doubts = {one["text"]: one["doubts"] for one in note["claims"]}
    assert doubts[OTHER_WORDS["text"]] == []
    assert doubts[WRONG["text"]] == ["number"]


def test_what_the_model_does_not_find_borne_out_is_doubted(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer
) -> None:
    rules(bench, entailment="all")
    reworded: dict[str, Any] = {"text": "Переобучение сети лечат новыми данными.", "sentence_ids": [4]}

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        if asked_for(body) == "NoteDrafts":
            return drafted(RIGHT, reworded)
        wrong = fences(body)["pairs"].split(reworded["text"])[0].count('"id"') - 1
        return {"verdicts": [{"id": wrong, "supported": False}, {"id": 99, "supported": False}]}

    model_server.says(Say(answer))
    note = made(client, bench, me)
    assert {one["text"]: one["doubts"] for one in note["claims"]}[reworded["text"]] == ["model"]


def test_when_nothing_holds_a_retry_asks_anew(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer
) -> None:
    model_server.says(Say(drafted(WRONG)), Say(drafted(RIGHT)))
    body = {"id": "one", "content": "\n\n".join(SAID), "language": "ru"}
    client.post("/v1/recordings/import", json=body, headers=me.headers)
    bench.run_all()
    failed = client.get("/v1/recordings/one", headers=me.headers).json()
    assert (failed["status"], failed["error"]["code"]) == ("failed", "notes_ungrounded")
    assert failed["usage"]["note_generation"]["calls"] == 1


def test_tags_and_related_topics_are_asked_for_only_where_they_are_wanted(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer
) -> None:
    model_server.says(Say(drafted(RIGHT, tags=["регуляризация"], related_topics=["зебра"])))
    note = made(client, bench, me, generate_tags=False, include_related_topics=False, analysis_depth="deep")
    (instructions, _) = (one["content"] for one in model_server.requests[0][1]["messages"])
    assert "`tags` — пустой список" in instructions
    assert "`related_topics` — пустой список" in instructions
    assert "глубоко" in instructions
    assert "русский (ru)" in instructions
    assert note["tags"] == []
    assert note["related_topics"] == []


def test_subjects_that_were_named_are_shown_as_related_topics_and_invented_ones_are_not(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer
) -> None:
    model_server.says(Say(drafted(RIGHT, related_topics=["регуляризация", "зебра"])))
    assert made(client, bench, me)["related_topics"] == ["регуляризация"]
