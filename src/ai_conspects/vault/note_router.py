"""`/notes/{id}.md`: one note as a file."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from ai_conspects.accounts.dependencies import CurrentUser, SessionDep
from ai_conspects.core.problems import documented
from ai_conspects.notes import repository, service
from ai_conspects.recordings.file_names import disposition
from ai_conspects.vault import note_file, reading

router = APIRouter(prefix="/notes", tags=["notes"], responses=documented(401, 404, 422, 503))

MARKDOWN: dict[int | str, dict[str, Any]] = {
    200: {"description": "Markdown", "content": {"text/markdown": {"schema": {"type": "string"}}}}
}


@router.get("/{note_id}.md", response_class=Response, responses=MARKDOWN)
def get_note_file(note_id: UUID, session: SessionDep, user: CurrentUser) -> Response:
    """One note as Markdown with front matter, as the export has it. It isn't counted as a view."""
    note = service.find(session, user.id, note_id)
    (whole,) = repository.whole(session, [note])
    text = note_file.written(whole, reading.surroundings_of_one(session, note))
    headers = {"Content-Disposition": disposition("attachment", note.title.replace("/", " ") + ".md")}
    return Response(text.encode(), headers=headers, media_type="text/markdown; charset=utf-8")
