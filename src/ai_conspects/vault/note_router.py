"""One note: as JSON, as Markdown to a client that accepts that alone, and as a file (`/notes/{id}.md`)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from sqlalchemy.orm import Session

from ai_conspects.accounts.dependencies import SessionDep, SessionUser
from ai_conspects.core.conditional import names
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented
from ai_conspects.models import Note
from ai_conspects.notes import etags, repository, service
from ai_conspects.notes.answers import ETAG, note_answer, note_headers
from ai_conspects.notes.schemas import NoteOut
from ai_conspects.recordings.file_names import disposition
from ai_conspects.vault import note_file, reading

router = APIRouter(route_class=InOneThread, prefix="/notes", tags=["notes"], responses=documented(401, 404, 422, 503))

MARKDOWN = {"text/markdown": {"schema": {"type": "string"}}}
NOTE: dict[int | str, dict[str, Any]] = {200: {"headers": ETAG, "content": MARKDOWN}, 304: {"description": "Unchanged"}}
FILE: dict[int | str, dict[str, Any]] = {200: {"description": "Markdown", "content": MARKDOWN}}

IfNoneMatch = Annotated[str | None, Header(description="The `ETag` that you have: 304 while nothing has changed.")]


@router.get("/{note_id}.md", response_class=Response, responses=FILE)
def get_note_file(note_id: UUID, session: SessionDep, user: SessionUser) -> Response:
    """One note as Markdown with front matter, as the export has it. It isn't counted as a view."""
    note = service.find(session, user.id, note_id)
    name = disposition("attachment", note.title.replace("/", " ") + ".md")
    return _markdown(session, note, {"Content-Disposition": name})


@router.get("/{note_id}", response_model=NoteOut, responses=NOTE)
def get_note(
    note_id: UUID,
    session: SessionDep,
    user: SessionUser,
    if_none_match: IfNoneMatch = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "*/*",
    peek: Annotated[bool, Query(description="Read without being counted as a view.")] = False,
) -> Response:
    """One note; with `Accept: text/markdown` as its file has it.

    Each whole answer counts as a view unless you `peek`; a 304, a list, a search or an export doesn't.

    A view doesn't change the `ETag`, nor whether the note is read: that is yours to say.
    """
    note = service.find(session, user.id, note_id)
    found = service.shown_one(session, note)
    if names(if_none_match, etags.etag(found)):
        return Response(status_code=304, headers=note_headers(found))
    if not peek:
        service.count_view(session, note)
        found = found.model_copy(update={"view_count": found.view_count + 1})
    if accept.partition(";")[0].strip().lower() == "text/markdown":
        return _markdown(session, note, note_headers(found))
    return note_answer(found)


def _markdown(session: Session, note: Note, headers: dict[str, str]) -> Response:
    (whole,) = repository.whole(session, [note])
    text = note_file.written(whole, reading.surroundings_of_one(session, note))
    return Response(text.encode(), headers=headers, media_type="text/markdown; charset=utf-8")
