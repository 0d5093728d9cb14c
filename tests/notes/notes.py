"""Notes for tests, written as a person writes them, and the worker that follows them up."""

from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.models import NoteRefresh
from ai_conspects.pipeline.note_refresh import refresh


def write(client: TestClient, headers: dict[str, str], **fields: Any) -> dict[str, Any]:
    """A manual note, as `POST /notes` answers it."""
    answer = client.post("/v1/notes", json={"title": "A note", "content": "Some words."} | fields, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def refresh_all(parts: Parts) -> None:
    """What the worker does when it is rung for every note that waits."""
    with parts.database.transaction(as_system="a test") as session:
        waiting = session.scalars(select(NoteRefresh.note_id)).all()
    for note_id in waiting:
        assert refresh(parts.database, parts.embeddings, note_id)
