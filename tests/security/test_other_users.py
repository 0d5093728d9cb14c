"""Whatever route there is: another user's id is answered as one that nobody has, word for word."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from ai_conspects.examples import BODIES
from ai_conspects.models import WebhookDelivery
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.notes.notes import write
from tests.security.two_users import TUS

NOT_OWNED = {"kind", "name"}
"""Parts of paths that are no ids: a format, and the name of a template, which is unique for its user."""


def what_is_theirs(client: TestClient, bench: Bench) -> tuple[Device, dict[str, str]]:
    """A user and one of everything that has an id, by the name that paths give it."""
    me = register(client, "theirs")
    (recording_id,) = bench.submit(me.user_id)
    bench.run_all()
    note = write(client, me.headers, tags=["theirs"])
    asked = client.post("/v1/chat/query", json={"message": "Что такое нейрон?"}, headers=me.headers).json()
    tags = client.get("/v1/tags", headers=me.headers).json()["items"]
    sessions = client.get("/v1/users/me/sessions", headers=me.headers).json()
    hook = {"url": "https://93.184.216.34/hook", "events": ["note.created"]}
    webhook = client.post("/v1/webhooks", json=hook, headers=me.headers).json()["id"]
    with bench.database.transaction(as_user=me.user_id) as session:
        delivery = WebhookDelivery(user_id=me.user_id, webhook_id=UUID(webhook), type="note.created", payload={})
        session.add(delivery)
    upload = client.post("/v1/uploads", headers=me.headers | TUS)
    return me, {
        "note_id": note["id"],
        "tag_id": tags[0]["id"],
        "recording_id": str(recording_id),
        "batch_id": bench.batch_id(recording_id),
        "conversation_id": asked["conversation_id"],
        "webhook_id": webhook,
        "delivery_id": str(delivery.id),
        "upload_id": upload.headers["Location"].split("/")[-1],
        "session_id": (sessions["items"] if "items" in sessions else sessions["sessions"])[0]["id"],
    }


def routes(client: TestClient) -> list[tuple[str, str, dict[str, Any]]]:
    """Every operation whose path holds an id."""
    paths = client.get("/openapi.json").json()["paths"]
    return [
        (method, path, operation)
        for path, calls in paths.items()
        for method, operation in calls.items()
        if set(re.findall(r"{(\w+)}", path)) - NOT_OWNED
    ]


@pytest.mark.timeout(120)
def test_every_route_answers_another_users_id_as_one_that_nobody_has(client: TestClient, bench: Bench) -> None:
    _, theirs = what_is_theirs(client, bench)
    me = register(client, "mine").headers
    tried = set()
    for method, path, operation in routes(client):
        names = set(re.findall(r"{(\w+)}", path)) - NOT_OWNED
        nobodys = dict.fromkeys(names, str(uuid4()))
        answers = [
            ask(client, method, path, operation, me, ids) for ids in ({one: theirs[one] for one in names}, nobodys)
        ]
        assert answers[0] == answers[1], (method, path)
        assert answers[0][0] == 404, (method, path, answers)
        tried.add(operation["operationId"])
    assert len(tried) >= 20, tried
    for ids in theirs.values():
        assert ids not in client.get("/v1/webhooks", headers=me).text
    for ids in theirs.values():
        assert ids not in client.get("/v1/notes", headers=me).text


def ask(
    client: TestClient, method: str, path: str, operation: dict[str, Any], headers: dict[str, str], ids: dict[str, str]
) -> tuple[int, Any]:
    """The status, and the body but for what tells one request from another."""
    url = path.replace("{kind}", "srt")
    for name, value in ids.items():
        url = url.replace(f"{{{name}}}", value)
    body = BODIES.get(operation["operationId"])
    if "/uploads/" in path:
        headers = headers | TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    answer = client.request(method, url, json=body, headers=headers)
    told = answer.json() if answer.content else None
    if isinstance(told, dict):
        told = {name: value for name, value in told.items() if name != "request_id"}
    return answer.status_code, told
