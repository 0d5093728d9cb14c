"""Notes, the claims' citations, and the chunks by which notes are found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from numpy import float32
from numpy.typing import NDArray
from pgvector import SparseVector
from pgvector.sqlalchemy import SPARSEVEC, VECTOR
from sqlalchemy import Computed, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, JsonOrNull, Key, UpdatedAt, UserId
from ai_conspects.text.read import SPACE, Read, parted, read

Vector = NDArray[float32]

SEARCH_CONFIGURATIONS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Language subtag → PostgreSQL's text search configuration; every other language is searched by `simple`."""


def search_configuration_case(column: str) -> str:
    """SQL that turns a language column into a `regconfig`; immutable, so that a generated column may use it."""
    cases = " ".join(f"WHEN '{code}' THEN '{name}'::regconfig" for code, name in SEARCH_CONFIGURATIONS.items())
    return f"CASE split_part({column}, '-', 1) {cases} ELSE 'simple'::regconfig END"


class Note(Base):
    """What its owner keeps. `confidence` and `coverage` are shares from 0 to 1; `reading_time` is in minutes.

    `edited_fields` are those of `title`, `summary`, `content` and `tags` that a person wrote, last at `edited_at`. They
    are that person's: nothing that an engine makes later may overwrite them, nor remove a note that has any (or
    `is_favorite`). A note of type `manual` was written by a person as a whole; its `engine` is `person`, and its
    `confidence` is None, for nobody measured it.
    `origin_id` is the id under which the note was exported elsewhere, so that a second import doesn't double it.
    `basis` is what the content stands on: its claims, the sentences of the recording that are the note's, the template
    and the prompt (`notes.basis`). `proposal` is what an engine has made anew for fields that a person had edited.
    `embedding` is the direction of the note as a whole, made by `embedding_model`; only equal models are compared.
    A model without an embedding says that it was asked, and found no word to go by.
    """

    __tablename__ = "notes"
    __table_args__ = (
        Index("ix_notes_user_created", "user_id", text("created_at DESC")),
        Index("ix_notes_embedding_model", "embedding_model", "user_id"),
        UniqueConstraint("user_id", "origin_id"),
    )

    id: Mapped[Key]
    user_id: Mapped[UserId]
    source_recording_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("audio_recordings.id", ondelete="SET NULL"), index=True
    )
    position: Mapped[int] = mapped_column(server_default=text("0"), default=0)  # among its recording's notes
    title: Mapped[str] = mapped_column(String(500))
    summary: Mapped[str | None] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(String(20), server_default="recording", default="recording")
    language: Mapped[str] = mapped_column(String(35))
    complexity_level: Mapped[str] = mapped_column(String(20))
    confidence: Mapped[float | None]
    coverage: Mapped[float | None]
    engine: Mapped[str] = mapped_column(String(128))
    reading_time: Mapped[int]
    view_count: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    is_read: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    is_favorite: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    edited_at: Mapped[datetime | None]
    edited_fields: Mapped[list[str]] = mapped_column(ARRAY(String(32)), server_default=text("'{}'"), default=list)
    origin_id: Mapped[UUID | None]
    basis: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    proposal: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    embedding: Mapped[Vector | None] = mapped_column(VECTOR())
    embedding_model: Mapped[str | None] = mapped_column(String(128))


class Citation(Base):
    """The words on which a claim of a note stands. `position` is the number shown in the content as `[position]`."""

    __tablename__ = "citations"
    __table_args__ = (UniqueConstraint("note_id", "position"),)

    id: Mapped[Key]
    note_id: Mapped[UUID] = mapped_column(ForeignKey("notes.id", ondelete="CASCADE"))
    user_id: Mapped[UserId]
    recording_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("audio_recordings.id", ondelete="SET NULL"), index=True
    )
    position: Mapped[int]
    start_s: Mapped[float | None]  # none where a transcript was imported without times
    end_s: Mapped[float | None]
    quote: Mapped[str] = mapped_column(Text)


def sparse(weights: dict[int, float]) -> SparseVector:
    """Weights of dictionary forms as PostgreSQL multiplies them."""
    return SparseVector(weights, SPACE)


def _read(context: DefaultExecutionContext) -> Read:
    row = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return read(said(row["text"], row["sentences"]), row["language"])


def said(text: str, sentences: Sequence[Mapping[str, Any]]) -> list[str]:
    """The sentences of a chunk's text: its own where they are all of it, else by their marks (a title has none)."""
    own = [one["text"] for one in sentences]
    return own if " ".join(own) == text else parted(text)


class NoteChunk(Base):
    """About a thousand characters of a note, cut along sentences, with their place in the audio where they have one.

    `sentences` is a list of `{text, start_s, end_s, confidence}`: what a citation points to. The first chunk is the
    note's title and summary. `is_authored` chunks are cut from content that a person wrote; the others were said.
    `words` and `tokens` are the text as `text.read` reads it: what each dictionary form is worth, and all of it. A new
    text in an old row makes them null (a trigger); so do rows of the release before, until a search reads them.
    """

    __tablename__ = "note_chunks"
    __table_args__ = (
        UniqueConstraint("note_id", "position"),
        Index("ix_note_chunks_user_id_language", "user_id", "language"),
        Index("ix_note_chunks_embedding_model", "embedding_model", "user_id"),
    )

    id: Mapped[Key]
    note_id: Mapped[UUID] = mapped_column(ForeignKey("notes.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))  # found by the index above
    position: Mapped[int]
    language: Mapped[str] = mapped_column(String(35))
    text: Mapped[str] = mapped_column(Text)
    is_authored: Mapped[bool] = mapped_column(server_default=sql_text("false"), default=False)
    start_s: Mapped[float | None]
    end_s: Mapped[float | None]
    sentences: Mapped[list[Any]]
    tsv: Mapped[str] = mapped_column(
        TSVECTOR, Computed(f"to_tsvector({search_configuration_case('language')}, text)", persisted=True)
    )
    embedding: Mapped[Vector | None] = mapped_column(VECTOR())
    embedding_model: Mapped[str | None] = mapped_column(String(128))
    words: Mapped[SparseVector | None] = mapped_column(
        SPARSEVEC(SPACE), default=lambda context: sparse(_read(context).weights()), deferred=True
    )
    tokens: Mapped[bytes | None] = mapped_column(
        LargeBinary, default=lambda context: _read(context).packed(), deferred=True
    )
