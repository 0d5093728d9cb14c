"""Where a search looks: one owner's chunks, of which only those of certain notes, if any are named."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, literal_column, select
from sqlalchemy.orm import Session

from ai_conspects.models import AudioRecording, Note, NoteChunk, NoteTag, Tag


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

    def holds_anything(self, session: Session) -> bool:
        """Whether there is anything to look in at all."""
        return bool(session.scalar(select(exists(select(NoteChunk.id).where(*self.conditions())))))

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a chunk must meet. The owner comes first, alone: by that index every search begins.

        Only a search that names more looks at the notes at all.
        """
        mine: list[ColumnElement[bool]] = [NoteChunk.user_id == self.user_id]
        if self.note_ids:
            mine.append(NoteChunk.note_id.in_(self.note_ids))
        of_notes = self._of_notes()
        if of_notes:
            wanted: Select[UUID] = select(Note.id).where(Note.user_id == self.user_id, *of_notes)
            mine.append(NoteChunk.note_id.in_(wanted))
        return mine

    def _of_notes(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.created_after is not None:
            found.append(Note.created_at >= self.created_after)
        if self.created_before is not None:
            found.append(Note.created_at < self.created_before)
        if self.is_favorite is not None:
            found.append(Note.is_favorite == self.is_favorite)
        if self.type is not None:
            found.append(Note.type == self.type)
        if self.recording_id is not None:
            named = select(AudioRecording.id).where(
                AudioRecording.user_id == self.user_id, AudioRecording.client_id == self.recording_id
            )
            found.append(Note.source_recording_id.in_(named))
        if self.tags:
            keys = [func.lower(func.normalize(name, literal_column("NFKC"))) for name in self.tags]
            tagged = select(NoteTag.note_id).join(Tag, Tag.id == NoteTag.tag_id)
            found.append(
                exists(tagged.where(NoteTag.note_id == Note.id, Tag.user_id == self.user_id, Tag.name_key.in_(keys)))
            )
        return found
