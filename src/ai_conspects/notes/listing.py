"""Lists of one owner's notes: filtered, in an order, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, exists, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from ai_conspects.core import pagination
from ai_conspects.models import AudioRecording, Note, NoteTag, Tag
from ai_conspects.tags import tagging

Sort = Literal["created_at", "-created_at", "updated_at", "-updated_at", "title", "-title"]


class Filters(BaseModel):
    """Only notes that fit all of these. `recording_id` is the client's; both times are exclusive."""

    model_config = ConfigDict(frozen=True)

    tags: tuple[str, ...] = ()
    is_favorite: bool | None = None
    is_read: bool | None = None
    type: str | None = None
    language: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    recording_id: str | None = None


@dataclass(frozen=True)
class NotePage:
    """Some notes, and the way to those after them."""

    notes: Sequence[Note] = field(default_factory=list)
    next_cursor: str | None = None


def page(session: Session, user_id: UUID, filters: Filters, sort: Sort, cursor: str | None, limit: int) -> NotePage:
    """A page of the user's notes. Equal ones stand in the order of their ids. Raises `InvalidCursor`."""
    of = f"notes {sort} {filters.model_dump_json()}"
    column = _ORDERS[sort.removeprefix("-")]
    key: ColumnElement[Any] = func.lower(column) if column is Note.title else column.expression
    found = select(Note, key).where(Note.user_id == user_id, *_conditions(user_id, filters))
    if cursor is not None:
        readable = str if column is Note.title else datetime.fromisoformat
        place = tuple_(*pagination.decode(of, cursor, readable, UUID))
        here = tuple_(key, Note.id)
        found = found.where(here < place if sort.startswith("-") else here > place)
    order = (key.desc(), Note.id.desc()) if sort.startswith("-") else (key, Note.id)
    rows = session.execute(found.order_by(*order).limit(limit + 1).options(defer(Note.embedding))).all()
    notes = [row[0] for row in rows[:limit]]
    if len(rows) <= limit:
        return NotePage(notes)
    last: Any = rows[limit - 1][1]
    following = last if isinstance(last, str) else last.isoformat()
    return NotePage(notes, pagination.encode(of, (following, str(notes[-1].id))))


_ORDERS: dict[str, InstrumentedAttribute[Any]] = {
    "created_at": Note.created_at,
    "updated_at": Note.updated_at,
    "title": Note.title,
}


def _conditions(user_id: UUID, filters: Filters) -> list[ColumnElement[bool]]:
    equal = (
        (Note.is_favorite, filters.is_favorite),
        (Note.is_read, filters.is_read),
        (Note.type, filters.type),
        (Note.language, filters.language),
    )
    found: list[ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    if filters.created_after is not None:
        found.append(Note.created_at > filters.created_after)
    if filters.created_before is not None:
        found.append(Note.created_at < filters.created_before)
    if filters.recording_id is not None:
        mine = (AudioRecording.user_id == user_id, AudioRecording.client_id == filters.recording_id)
        found.append(Note.source_recording_id.in_(select(AudioRecording.id).where(*mine)))
    return [*found, *(_tagged(user_id, name) for name in filters.tags)]


def _tagged(user_id: UUID, name: str) -> ColumnElement[bool]:
    tag = select(Tag.id).where(Tag.user_id == user_id, Tag.name_key == tagging.folded(name)).scalar_subquery()
    return exists().where(NoteTag.note_id == Note.id, NoteTag.tag_id == tag)
