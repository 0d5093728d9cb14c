"""What can be wrong with a tag."""

from ai_conspects.core.errors import Conflict, FieldError, NotFound, Unprocessable


class TagNotFound(NotFound):
    """No such tag, or it is someone else's."""

    code = "tag_not_found"
    detail = "Tag not found"


class TagExists(Conflict):
    """The user has a tag of this name, written this way or another."""

    code = "tag_exists"

    def __init__(self, name: str) -> None:
        super().__init__(f"You already have a tag called “{name}”. To make two tags one, merge them.")


class MergedIntoItself(Unprocessable):
    """Both tags of a merge are the same."""

    def __init__(self) -> None:
        fault = FieldError(("body", "into"), "is the tag itself")
        super().__init__("A tag can't be merged into itself.", errors=(fault,))
