"""Why a backup or a restore is refused, in words for the operator."""

from ai_conspects.core.errors import Conflict, Unprocessable


class BackupDamaged(Unprocessable):
    """The file is cut, changed, or no backup. Nothing was changed."""

    code = "backup_damaged"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This file can't be restored: {reason}. Nothing was changed.")


class AudioMissing(Conflict):
    """What is in the database isn't in the store: a backup of it would hide that."""

    code = "audio_missing"

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"The object {key} {reason}, and its row is there. No backup was written.")


class NotEmpty(Conflict):
    """`what` is there already."""

    code = "not_empty"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}. Nothing was changed. Give --replace to remove all that is there.")


class InUse(Conflict):
    code = "database_in_use"

    def __init__(self, connections: int) -> None:
        super().__init__(
            f"The database has {connections} other connection(s). Stop the API and the workers first: nothing may "
            "write while it is restored. Nothing was changed."
        )


class OfLaterRelease(Unprocessable):
    code = "backup_of_later_release"

    def __init__(self, revision: str) -> None:
        super().__init__(f"The backup was made by a later release (its tables are at {revision}). Install that first.")
