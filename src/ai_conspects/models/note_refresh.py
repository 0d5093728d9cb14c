"""Notes whose vectors and relationships have yet to follow their text: a row each, gone when they have."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, func, text
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, UserId


class NoteRefresh(Base):
    """`version` grows with each change, so that a worker which embedded an older text doesn't end the row.

    `attempt` counts tries of this version, the next of which is not made before `due_at`. `relate` says that the note's
    relationships are to be found anew as well.
    """

    __tablename__ = "note_refreshes"

    note_id: Mapped[UUID] = mapped_column(ForeignKey("notes.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UserId]
    version: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    attempt: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    relate: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    due_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
