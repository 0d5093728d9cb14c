"""Follow-up questions, and conversations: listed, read, renamed, continued, removed; actions that really work."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from ai_conspects.chat import followups
from ai_conspects.engines.errors import EngineRejected
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.chat.conftest import Ask
from tests.pipeline.test_runner import failing
from tests.scripted import LECTURE


def quotes(answer: dict[str, Any]) -> list[str]:
    return [citation["quote"] for citation in answer["response"]["citations"]]


@pytest.mark.parametrize(
    ("question", "before", "expected"),
    [
        ("А чем её лечат?", ["Что такое переобучение нейронной сети?"], "переобучение нейронной сети"),
        ("And what does it cost?", ["Where is the blue car?"], "blue car"),
        ("Почему?", ["Сколько стоит ремонт подвески?"], "ремонт подвески"),
        ("А он?", ["Кто такой Пушкин?", "А он?"], "Пушкин"),
    ],
)
def test_a_question_that_leans_takes_the_words_of_the_one_before(
    question: str, before: list[str], expected: str
) -> None:
    language = "ru" if question[0] > "z" else "en"
    carried = followups.carried(question, before, language)
    assert carried is not None
    assert carried.startswith(question)
    assert set(expected.split()) <= set(carried.split())


@pytest.mark.parametrize(
    ("question", "before"),
    [("Сколько стоит ремонт передней подвески?", ["Кто такой Пушкин?"]), ("А он?", []), ("Он?", ["?"])],
)
def test_a_question_that_stands_by_itself_stays_as_it_is(question: str, before: list[str]) -> None:
    assert followups.carried(question, before, "ru") is None


def test_a_follow_up_is_understood_from_what_came_before(ask: Ask, client: TestClient, me: Device) -> None:
    first = ask("Что такое переобучение нейронной сети?")
    second = ask("А чем его лечат?", conversation_id=first["conversation_id"])
    assert LECTURE[4] in quotes(second)
    messages = client.get(f"/v1/chat/conversations/{first['conversation_id']}", headers=me.headers).json()["messages"]
    assert "переобучение" in messages[3]["asked_as"]


def test_what_the_notes_don_t_mention_is_told_once_and_not_at_every_follow_up(ask: Ask) -> None:
    first = ask("Чем космонавты лечат переобучение нейронной сети?")
    assert "заметки молчат: космонавты" in first["response"]["message"]
    second = ask("А чем его лечат шаманы?", conversation_id=first["conversation_id"])
    assert "заметки молчат: шаманы." in second["response"]["message"]


def test_words_that_were_only_carried_over_answer_nothing(ask: Ask) -> None:
    first = ask("Чем лечат переобучение нейронной сети?")
    second = ask("А сколько оно стоит?", conversation_id=first["conversation_id"])
    assert second["response"]["found"] is False


def test_conversations_are_listed_read_renamed_continued_and_removed(ask: Ask, client: TestClient, me: Device) -> None:
    first = ask("Чем лечат переобучение нейронной сети?")
    other = ask("Что купить вечером?")["conversation_id"]
    mine = f"/v1/chat/conversations/{first['conversation_id']}"
    renamed = client.patch(mine, headers=me.headers, json={"title": "  Лекция  "}).json()
    assert renamed["title"] == "Лекция"
    listed = client.get("/v1/chat/conversations", headers=me.headers).json()["items"]
    assert [one["id"] for one in listed] == [other, first["conversation_id"]]
    ask("Как учится сеть?", conversation_id=first["conversation_id"])
    pages = [client.get("/v1/chat/conversations?limit=1", headers=me.headers).json()]
    pages.append(
        client.get(f"/v1/chat/conversations?limit=1&cursor={pages[0]['next_cursor']}", headers=me.headers).json()
    )
    assert [page["items"][0]["title"] for page in pages] == ["Лекция", "Что купить вечером?"]
    assert pages[1]["next_cursor"] is None
    whole = client.get(mine, headers=me.headers).json()
    assert [one["role"] for one in whole["messages"]] == ["user", "assistant"] * 2
    assert whole["messages"][1]["response"] == first["response"]
    assert whole["messages"][1]["context_used"] == first["context_used"]
    assert whole["more"] is False
    assert client.delete(mine, headers=me.headers).status_code == 204
    assert client.get(mine, headers=me.headers).status_code == 404


def test_nobody_sees_changes_or_removes_anothers_conversation(ask: Ask, client: TestClient) -> None:
    path = f"/v1/chat/conversations/{ask('Что купить?')['conversation_id']}"
    other = register(client, "other")
    assert client.get("/v1/chat/conversations", headers=other.headers).json()["items"] == []
    for url in (path, f"/v1/chat/conversations/{uuid4()}"):
        answers = [
            client.get(url, headers=other.headers),
            client.patch(url, headers=other.headers, json={"title": "mine"}),
            client.delete(url, headers=other.headers),
        ]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert {answer.json()["code"] for answer in answers} == {"conversation_not_found"}


@pytest.mark.parametrize("title", ["", "  ", "x" * 201, "a\x00", None, 5])
def test_a_name_that_is_none_is_refused(ask: Ask, client: TestClient, me: Device, title: object) -> None:
    path = f"/v1/chat/conversations/{ask('Что купить?')['conversation_id']}"
    assert client.patch(path, headers=me.headers, json={"title": title}).status_code == 422


def test_every_suggested_action_works_as_it_is_given(ask: Ask, client: TestClient, me: Device) -> None:
    found = ask("Чем лечат переобучение нейронной сети?")["suggested_actions"]
    missed = ask("Когда родился император Наполеон Бонапарт?")["suggested_actions"]
    assert [action["type"] for action in found] == ["open_note", "create_note"]
    assert [action["type"] for action in missed] == ["search"]
    answers = {
        action["type"]: client.request(action["method"], action["path"], headers=me.headers, json=action["body"])
        for action in found + missed
    }
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "open_note": 200, "create_note": 201, "search": 200,
    }  # fmt: skip
    kept = answers["create_note"].json()
    assert LECTURE[4] in kept["content"]
    assert kept["title"] == "Чем лечат переобучение нейронной сети?"


def test_where_nothing_is_found_the_batch_that_failed_can_be_tried_again(
    ask: Ask, client: TestClient, me: Device, bench: Bench
) -> None:
    bench.speech.before = failing(0, EngineRejected("speech", "It fell over.", code="speech_failed"))
    (recording,) = bench.submit(me.user_id)
    bench.run_all()
    search, retry = ask("Когда родился император Наполеон Бонапарт?")["suggested_actions"]
    assert (search["type"], retry["type"]) == ("search", "retry_batch")
    assert retry["path"] == f"/v1/batches/{bench.batch_id(recording)}/retry"
    assert client.request(retry["method"], retry["path"], headers=me.headers).status_code == 202
    bench.run_all()
    again = ask("Когда родился император Наполеон Бонапарт?")["suggested_actions"]
    assert [action["type"] for action in again] == ["search"]
