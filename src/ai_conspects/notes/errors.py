"""What can be wrong with a note."""

from uuid import UUID

from ai_conspects.core.errors import DomainError, NotFound


class NoteNotFound(NotFound):
    """No such note, or it is someone else's."""

    code = "note_not_found"

    def __init__(self, note_id: UUID) -> None:
        super().__init__("Note not found")
        self.note_id = note_id


class StaleNote(DomainError):
    """`If-Match` names an older state."""

    status = 412
    code = "note_changed"
    detail = "The note has changed since you read it. Read it again, then change it."
