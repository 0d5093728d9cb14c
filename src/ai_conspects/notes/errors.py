"""What can be wrong with a note."""

from ai_conspects.core.errors import DomainError, NotFound


class NoteNotFound(NotFound):
    """No such note, or it is someone else's."""

    code = "note_not_found"
    detail = "Note not found"


class StaleNote(DomainError):
    """`If-Match` names an older state."""

    status = 412
    code = "note_changed"
    detail = "The note has changed since you read it. Read it again, then change it."
