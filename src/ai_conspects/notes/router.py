"""`/notes`: a user's notes, listed, read, written, changed, and many at once."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from pydantic import StringConstraints

from ai_conspects.accounts.dependencies import SessionDep, SessionUser
from ai_conspects.batches.schemas import ClientId, Moment
from ai_conspects.core.http import PlainText
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented
from ai_conspects.core.pagination import CursorParam, Page
from ai_conspects.notes import bulk, listing, service
from ai_conspects.notes.answers import ETAG, note_answer
from ai_conspects.notes.bodies import BulkAnswer, BulkBody, NewNoteBody, NoteChange
from ai_conspects.notes.listing import Filters, Sort
from ai_conspects.notes.schemas import NoteOut
from ai_conspects.tags.schemas import TagName

router = APIRouter(route_class=InOneThread, prefix="/notes", tags=["notes"], responses=documented(401, 422, 503))

Word = Annotated[PlainText, StringConstraints(min_length=1, max_length=35)]
IfMatch = Annotated[
    str | None, Header(description="The note's `ETag`: 412 if it was changed since. Without it, the last change wins.")
]


@router.get("")
def list_notes(
    session: SessionDep,
    user: SessionUser,
    tag: Annotated[list[TagName], Query(max_length=20, description="Only notes with all of these.")] = [],  # noqa: B006  # FastAPI copies it
    is_favorite: bool | None = None,
    is_read: bool | None = None,
    type: Annotated[Word | None, Query(description="`recording` or `manual`.")] = None,
    language: Annotated[Word | None, Query(description="A BCP 47 tag, as notes have it.")] = None,
    created_after: Moment | None = None,
    created_before: Moment | None = None,
    recording_id: Annotated[ClientId | None, Query(description="Only notes of this recording.")] = None,
    sort: Annotated[Sort, Query(description="A minus in front: the last first.")] = "-created_at",
    limit: Annotated[int, Query(ge=1, le=100, description="Notes on a page, at most.")] = 50,
    cursor: CursorParam = None,
) -> Page[NoteOut]:
    """Your notes that fit all the filters, newest first unless asked otherwise. A listed note isn't counted as viewed.

    The next page begins after the last note of this one, whatever was made or removed in between.
    """
    filters = Filters(
        tags=tuple(tag),
        is_favorite=is_favorite,
        is_read=is_read,
        type=type,
        language=language,
        created_after=created_after,
        created_before=created_before,
        recording_id=recording_id,
    )
    found = listing.page(session, user.id, filters, sort, cursor, limit)
    return Page(items=service.shown(session, user.id, found.notes), next_cursor=found.next_cursor)


@router.post("", status_code=201, response_model=NoteOut, responses={201: {"headers": ETAG}})
def create_note(wanted: NewNoteBody, session: SessionDep, user: SessionUser) -> Response:
    """Write a note. Search finds it at once by its words, and within seconds by its meaning."""
    made = service.write(session, user.id, wanted)
    return note_answer(made, 201, {"Location": f"/v1/notes/{made.id}"})


@router.post("/bulk")
def change_notes(wanted: BulkBody, session: SessionDep, user: SessionUser) -> BulkAnswer:
    """Mark, tag or delete up to 500 notes at once: all that are there, or, where it fails, none."""
    return bulk.act(session, user.id, wanted)


@router.patch("/{note_id}", response_model=NoteOut, responses=documented(404, 412) | {200: {"headers": ETAG}})
def change_note(
    note_id: UUID, wanted: NoteChange, session: SessionDep, user: SessionUser, if_match: IfMatch = None
) -> Response:
    """Change a note. What you wrote stays yours: notes that are made anew never overwrite it."""
    return note_answer(service.change(session, user.id, note_id, wanted, if_match=if_match))


@router.delete("/{note_id}", status_code=204, response_class=Response, responses=documented(404, 412))
def delete_note(note_id: UUID, session: SessionDep, user: SessionUser, if_match: IfMatch = None) -> None:
    """Remove a note with its citations, sources and relationships. Its recording stays."""
    service.remove(session, user.id, note_id, if_match=if_match)
