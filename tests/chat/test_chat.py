"""`POST /chat/query`: answers from one's own notes, each statement with its place, or that they say nothing."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from ai_conspects.models import ChatMessage, Conversation
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.scripted import LECTURE


def ask(client: TestClient, who: Device, message: str, **more: object) -> dict[str, Any]:
    answer = client.post("/v1/chat/query", headers=who.headers, json={"message": message, **more})
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def test_an_answer_quotes_what_was_said_and_where(client: TestClient, me: Device) -> None:
    answer = client.post(
        "/v1/chat/query", headers=me.headers, json={"message": "Чем лечат переобучение нейронной сети?"}
    ).json()
    assert set(answer) == {"response", "context_used", "suggested_actions", "conversation_id"}
    said = answer["response"]
    assert said["found"] is True
    assert "регуляризацией" in said["message"]
    assert "[1]" in said["message"]
    first = said["citations"][0]
    assert first["quote"] == LECTURE[4]
    assert (first["start"], first["end"]) == (8.0, 10.0)
    assert 0 < said["confidence"] <= 1
    assert answer["context_used"][0]["note_id"] == first["note_id"]
    assert answer["context_used"][0]["relevance"] == 1.0
    action = answer["suggested_actions"][0]
    assert (action["type"], action["note_id"], action["start"]) == ("open_note", first["note_id"], 8.0)


def test_what_the_notes_do_not_say_is_not_made_up(client: TestClient, me: Device) -> None:
    said = ask(client, me, "Когда родился император Наполеон Бонапарт?")["response"]
    assert said["found"] is False
    assert said["message"] == "Об этом в ваших заметках ничего нет."
    assert (said["confidence"], said["citations"]) == (0.0, [])


def test_someone_without_notes_is_told_so(client: TestClient, me: Device) -> None:
    other = register(client, "other")
    answer = ask(client, other, "Чем лечат переобучение нейронной сети?")
    assert answer["response"]["message"] == "Заметок, в которых можно искать, нет."
    assert answer["context_used"] == []


def test_only_the_named_notes_or_tags_are_looked_in(client: TestClient, me: Device) -> None:
    question = "Чем лечат переобучение нейронной сети?"
    everywhere = ask(client, me, question)
    lecture = everywhere["context_used"][0]["note_id"]
    nowhere = ask(client, me, question, context={"note_ids": [str(uuid4())]})
    only = ask(client, me, question, context={"note_ids": [lecture]})
    untagged = ask(client, me, question, context={"tags": ["no such tag"]})
    without = ask(client, me, question, context={"include_notes": False})
    assert [note["note_id"] for note in only["context_used"]] == [lecture]
    assert nowhere["context_used"] == untagged["context_used"] == without["context_used"] == []


def test_a_conversation_goes_on_and_is_kept(client: TestClient, me: Device, bench: Bench) -> None:
    first = ask(client, me, "Чем лечат переобучение нейронной сети?")
    second = ask(client, me, "Что купить вечером?", conversation_id=first["conversation_id"])
    assert second["conversation_id"] == first["conversation_id"]
    with bench.database.transaction(as_system="a test") as session:
        (conversation,) = session.scalars(select(Conversation)).all()
        messages = session.scalars(select(ChatMessage).order_by(ChatMessage.created_at, ChatMessage.id)).all()
    assert conversation.title == "Чем лечат переобучение нейронной сети?"
    assert [message.is_from_user for message in messages] == [True, False, True, False]
    assert messages[1].details is not None
    assert messages[1].details["context_used"] == first["context_used"]


def test_someone_elses_conversation_is_the_same_404_as_none(client: TestClient, me: Device) -> None:
    mine = ask(client, me, "Что купить?")["conversation_id"]
    other = register(client, "other")
    answers = [
        client.post("/v1/chat/query", headers=other.headers, json={"message": "?", "conversation_id": conversation_id})
        for conversation_id in (mine, str(uuid4()))
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() | {"request_id": ""} == answers[1].json() | {"request_id": ""}


@pytest.mark.parametrize("message", ["", "   ", "x" * 4_001, "a\x00b", None, 5])
def test_a_question_that_is_none_is_refused(client: TestClient, message: object) -> None:
    answer = client.post("/v1/chat/query", headers=register(client).headers, json={"message": message})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"][-1] == "message"


@pytest.mark.parametrize("message", ["'; DROP TABLE notes; --", "& | ! <-> ()", ":*", "\\", "''", "???", "🙂"])
def test_no_question_breaks_the_search(client: TestClient, me: Device, message: str) -> None:
    assert ask(client, me, message)["response"]
