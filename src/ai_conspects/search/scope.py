"""Where a search looks: one owner's chunks, of which only those of certain notes, if any are named.

What a chunk must meet is written with named parameters, so that a statement is built once and asked for everybody.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, any_, bindparam, exists, func, literal_column, select
from sqlalchemy.orm import Session

from ai_conspects.models import AudioRecording, Note, NoteChunk, NoteTag, Tag

Condition = ColumnElement[bool]

_OWNER = bindparam("owner", type_=Uuid())
_TAGS = func.unnest(bindparam("tags", type_=ARRAY(Text)))
_TAG_KEYS = select(func.lower(func.normalize(_TAGS, literal_column("NFKC"))))
_OF_NOTES: dict[str, Condition] = {
    "created_after": Note.created_at >= bindparam("created_after"),
    "created_before": Note.created_at < bindparam("created_before"),
    "is_favorite": Note.is_favorite == bindparam("is_favorite"),
    "type": Note.type == bindparam("type"),
    "recording_id": Note.source_recording_id.in_(
        select(AudioRecording.id).where(
            AudioRecording.user_id == _OWNER, AudioRecording.client_id == bindparam("recording_id")
        )
    ),
    "tags": exists(
        select(NoteTag.note_id)
        .join(Tag, Tag.id == NoteTag.tag_id)
        .where(NoteTag.note_id == Note.id, Tag.user_id == _OWNER, Tag.name_key.in_(_TAG_KEYS))
    ),
}
_NOTE_IDS = "note_ids"


@dataclass(frozen=True)
class Scope:
    """Whose notes, and which of them: empty and None mean all. `recording_id` is the client's; a note has a tag if it
    has any of `tags`, whatever their case."""

    user_id: UUID
    note_ids: tuple[UUID, ...] = ()
    tags: tuple[str, ...] = ()
    created_after: datetime | None = None
    created_before: datetime | None = None
    is_favorite: bool | None = None
    recording_id: str | None = None
    type: str | None = None

    @property
    def filters(self) -> frozenset[str]:
        """The names of what narrows it."""
        return frozenset(name for name in (_NOTE_IDS, *_OF_NOTES) if getattr(self, name) not in ((), None))

    def values(self) -> dict[str, Any]:
        """The parameters of `conditions`."""
        named = ((name, getattr(self, name)) for name in self.filters)
        return {
            "owner": self.user_id,
            **{name: list(value) if isinstance(value, tuple) else value for name, value in named},
        }

    def holds_anything(self, session: Session) -> bool:
        """Whether there is anything to look in at all."""
        return bool(
            session.scalar(select(exists(select(NoteChunk.id).where(*conditions(self.filters)))), self.values())
        )


def conditions(filters: Collection[str]) -> list[Condition]:
    """What a chunk must meet. The owner comes first, alone: by that index every search begins.

    Only a search that names more looks at the notes at all.
    """
    mine: list[Condition] = [NoteChunk.user_id == _OWNER]
    if _NOTE_IDS in filters:
        mine.append(NoteChunk.note_id == any_(bindparam(_NOTE_IDS, type_=ARRAY(Uuid))))
    of_notes = [condition for name, condition in _OF_NOTES.items() if name in filters]
    if of_notes:
        mine.append(NoteChunk.note_id.in_(select(Note.id).where(Note.user_id == _OWNER, *of_notes)))
    return mine
