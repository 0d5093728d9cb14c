"""One action on many notes of a user's, in one transaction."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, defer

from ai_conspects.models import Note
from ai_conspects.notes import editing, refreshing
from ai_conspects.notes.bodies import BulkAnswer, BulkBody, BulkResult
from ai_conspects.tags import tagging

_MARKS = {
    "favorite": (Note.is_favorite, True),
    "unfavorite": (Note.is_favorite, False),
    "read": (Note.is_read, True),
    "unread": (Note.is_read, False),
}


def act(session: Session, user_id: UUID, wanted: BulkBody) -> BulkAnswer:
    """Do it to those of the notes that are the user's; a result for each id."""
    held = select(Note).where(Note.user_id == user_id, Note.id.in_(wanted.ids)).options(defer(Note.embedding))
    locked = held.order_by(Note.id).with_for_update(key_share=True)
    found = {note.id: note for note in session.scalars(locked.execution_options(populate_existing=True))}
    done = _done(session, user_id, list(found), wanted)
    return BulkAnswer(
        results=[
            BulkResult(id=one, status="not_found" if one not in found else "done" if one in done else "unchanged")
            for one in wanted.ids
        ]
    )


def _done(session: Session, user_id: UUID, ids: Sequence[UUID], wanted: BulkBody) -> set[UUID]:
    """The notes that it changed."""
    if wanted.action == "delete":
        return set(session.scalars(delete(Note).where(Note.id.in_(ids)).returning(Note.id)))
    if wanted.action in _MARKS:
        column, value = _MARKS[wanted.action]
        marking = update(Note).where(Note.id.in_(ids), column != value)
        values = {column: value, Note.updated_at: func.clock_timestamp()}
        return set(session.scalars(marking.values(values).returning(Note.id)))
    if wanted.action == "tag":
        changed = editing.add_tags(session, ids, sorted(set(editing.made(session, user_id, wanted.tags).values())))
    else:
        known = tagging.find(session, user_id, wanted.tags)
        changed = editing.remove_tags(session, ids, sorted(set(known.values())))
    _remember_tags(session, changed)
    refreshing.request(session, user_id, sorted(changed))
    return changed


def _remember_tags(session: Session, note_ids: set[UUID]) -> None:
    """The notes' tags are a person's from now on."""
    by_hand = func.array_append(func.array_remove(Note.edited_fields, "tags"), "tags")
    values = {"edited_fields": by_hand, "edited_at": func.now(), "updated_at": func.clock_timestamp()}
    session.execute(update(Note).where(Note.id.in_(note_ids)).values(**values))
