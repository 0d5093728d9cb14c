"""Transcripts and their segments. Segments are written as they are heard, so a crash costs a minute, not an hour."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, UpdatedAt, UserId


class Transcript(Base):
    """`done_until_s` is how far it has come; `is_complete` says that it came to the end. `confidence` is 0 to 1.

    `revision` grows with every write to it or its segments.
    """

    __tablename__ = "transcripts"

    id: Mapped[Key]
    recording_id: Mapped[UUID] = mapped_column(ForeignKey("audio_recordings.id", ondelete="CASCADE"), unique=True)
    user_id: Mapped[UserId]
    language: Mapped[str | None] = mapped_column(String(35))
    language_probability: Mapped[float | None]
    engine: Mapped[str] = mapped_column(String(128))
    notice: Mapped[str | None] = mapped_column(Text)
    confidence: Mapped[float | None]
    done_until_s: Mapped[float] = mapped_column(server_default=sql_text("0"), default=0.0)
    is_complete: Mapped[bool] = mapped_column(server_default=sql_text("false"), default=False)
    revision: Mapped[int] = mapped_column(server_default=sql_text("0"), default=0)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class Segment(Base):
    """A stretch of speech. `words` is a list of `{text, start_s, end_s, confidence}`; `flags` says what is doubtful.

    Times are None where it was imported without any. `raw_text` is what the engine wrote, None where it stands so in
    `text`, neither cleaned nor corrected. `is_corrected` says that a person vouches for the text; a segment that a
    person deleted stays, and is shown to nobody.
    """

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("transcript_id", "position"),)

    id: Mapped[Key]
    transcript_id: Mapped[UUID] = mapped_column(ForeignKey("transcripts.id", ondelete="CASCADE"))
    user_id: Mapped[UserId]
    position: Mapped[int]
    start_s: Mapped[float | None]
    end_s: Mapped[float | None]
    text: Mapped[str] = mapped_column(Text)
    raw_text: Mapped[str | None] = mapped_column(Text)
    confidence: Mapped[float | None]
    speaker: Mapped[str | None] = mapped_column(String(64))
    flags: Mapped[list[str]] = mapped_column(ARRAY(String(32)), server_default=sql_text("'{}'"), default=list)
    words: Mapped[list[Any]] = mapped_column(server_default=sql_text("'[]'"), default=list)
    is_corrected: Mapped[bool] = mapped_column(server_default=sql_text("false"), default=False)
    is_deleted: Mapped[bool] = mapped_column(server_default=sql_text("false"), default=False)
