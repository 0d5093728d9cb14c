"""A note as a response, with the `ETag` of its state."""

from typing import Any

from fastapi import Response

from ai_conspects.notes import etags
from ai_conspects.notes.schemas import NoteOut

ETAG: dict[str, Any] = {"ETag": {"description": "Of this state of the note.", "schema": {"type": "string"}}}


def note_answer(note: NoteOut, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """The note as JSON."""
    head = note_headers(note) | (headers or {})
    return Response(note.model_dump_json(), status, head, media_type="application/json")


def note_headers(note: NoteOut) -> dict[str, str]:
    """What names its state. Whether it is JSON or Markdown hangs on what the client accepts."""
    return {"ETag": etags.etag(note), "Cache-Control": "private, no-cache", "Vary": "Accept"}
