"""Two users who each have something in every table, made through the API wherever it makes such rows."""

from uuid import UUID

from fastapi.testclient import TestClient

from ai_conspects.core.clock import now
from ai_conspects.models import (
    CodePurpose,
    DayUsage,
    NoteRelationship,
    OneTimeCode,
    RelationshipType,
    Source,
    Spent,
    UploadPart,
    WebhookDelivery,
    WebSearchRow,
)
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.notes.notes import write

TUS = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": "filename YS5tNGE="}


def filled(client: TestClient, bench: Bench, name: str) -> Device:
    """A user with a row or more in every table."""
    me = register(client, name)
    bench.submit(me.user_id)
    bench.run_all()
    notes = [UUID(write(client, me.headers, tags=[f"of {name}"])["id"]) for _ in range(2)]
    asked = client.post("/v1/chat/query", json={"message": "Что такое нейрон?"}, headers=me.headers)
    assert asked.status_code == 200, asked.text
    hook = {"url": "https://93.184.216.34/hook", "events": ["note.created"]}
    made = client.post("/v1/webhooks", json=hook, headers=me.headers)
    assert made.status_code == 201, made.text
    template = {"name": "form", "title": "Form"}
    assert client.post("/v1/templates", json=template, headers=me.headers).status_code == 201
    begun = client.post("/v1/uploads", headers=me.headers | TUS)
    assert begun.status_code == 201, begun.text
    _rows_of_workers(bench, me.user_id, notes, UUID(made.json()["id"]), UUID(begun.headers["Location"].split("/")[-1]))
    return me


def _rows_of_workers(bench: Bench, user_id: UUID, notes: list[UUID], webhook_id: UUID, upload_id: UUID) -> None:
    with bench.database.transaction(as_user=user_id) as session:
        code = OneTimeCode(purpose=CodePurpose.RECOVERY, code_sha256=user_id.bytes * 2, user_id=user_id)
        code.expires_at = now()
        kind, (first, second) = RelationshipType.RELATED, sorted(notes)
        session.add_all(
            [
                code,
                NoteRelationship(
                    user_id=user_id, note_1_id=first, note_2_id=second, relationship_type=kind, strength=1.0
                ),
                Source(note_id=first, user_id=user_id, title="t", type="web", relevance=1.0),
                UploadPart(upload_id=upload_id, start=0, size=1, key=f"uploads/{upload_id}/0"),
                DayUsage(user_id=user_id, kind=Spent.TOKENS, day=now().date(), amount=1),
                WebSearchRow(user_id=user_id, key=b"k" * 32, engine="searxng"),
                WebhookDelivery(user_id=user_id, webhook_id=webhook_id, type="note.created", payload={}),
            ]
        )
