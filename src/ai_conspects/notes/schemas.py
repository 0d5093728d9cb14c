"""A note on the wire: the protocol's fields, and ours beside them."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from ai_conspects.models import Citation
from ai_conspects.notes.basis import Basis, ClaimBasis
from ai_conspects.notes.repository import WholeNote


class TagOut(BaseModel):
    """`confidence` is how strongly the note is about it, 0 to 1; null where a person set the tag."""

    name: str
    confidence: float | None
    color: str


class NoteMetadata(BaseModel):
    """`reading_time` is in minutes; `confidence` and `coverage` are shares from 0 to 1.

    `confidence` is null where a person wrote the note: nobody measured it.
    """

    reading_time: int
    confidence: float | None
    word_count: int
    complexity_level: str
    coverage: float | None
    engine: str


class SourceOut(BaseModel):
    """A page that a search really found. `type`: `web`, `encyclopedia`, `video`, `paper` or `document`.

    `quote` are words of the page; `url` is null for an article of an encyclopedia on the server; `published_on` is the
    day that page or engine tell, `found_at` when it was found.
    """

    title: str
    url: str | None
    type: str
    relevance: float
    quote: str | None
    published_on: date | None
    found_at: datetime


class CitationOut(BaseModel):
    """What `[position]` in the content stands on: where it was said, in seconds, and the words.

    Both times are null where the transcript was imported without any.
    """

    position: int
    recording_id: str | None
    start: float | None
    end: float | None
    quote: str


class ClaimOut(ClaimBasis):
    """A statement of the note as an engine made it. `citations` are positions; `section` is null in the summary.

    `support` is the share of its words that were said. `doubts` say what is wrong with it: such a claim is marked in
    the content. Both are about the engine's text, also where a person has changed the note since.
    """


class ProposalOut(BaseModel):
    """What was made anew for fields that you had edited: null where there is nothing new. Nothing was overwritten.

    `is_superseded`: made anew, the recording gave no such note; it stays for what you did to it.
    """

    made_at: datetime
    engine: str
    title: str | None
    summary: str | None
    content: str | None
    is_superseded: bool


class NoteOut(BaseModel):
    """A note. `source_recording_id` is the id that the client gave the recording."""

    id: UUID
    source_recording_id: str | None
    title: str
    summary: str | None
    content: str = Field(description="Markdown")
    tags: list[TagOut]
    metadata: NoteMetadata
    sources: list[SourceOut]
    related_topics: list[str] = Field(
        description="Titles of related notes, strongest first; then subjects that a model found named in the "
        "recording and that other notes may be about."
    )
    created_at: datetime
    updated_at: datetime
    type: str
    language: str
    is_read: bool
    is_favorite: bool
    view_count: int
    citations: list[CitationOut]
    claims: list[ClaimOut]
    template: str | None = Field(description="The form that was asked for when it was made.")
    edited_fields: list[str] = Field(description="What you wrote yourself: nothing made anew overwrites it.")
    proposal: ProposalOut | None


def note_out(whole: WholeNote, related_topics: Sequence[str]) -> NoteOut:
    """The note as clients see it. `related_topics` are the titles of related notes."""
    note = whole.note
    basis = Basis.model_validate(note.basis or {})
    return NoteOut(
        id=note.id,
        source_recording_id=whole.recording_client_id,
        title=note.title,
        summary=note.summary,
        content=note.content,
        tags=[TagOut(name=tag.name, confidence=tag.confidence, color=tag.color) for tag in whole.tags],
        metadata=NoteMetadata(
            reading_time=note.reading_time,
            confidence=None if note.confidence is None else round(note.confidence, 3),
            word_count=len(note.content.split()),
            complexity_level=note.complexity_level,
            coverage=None if note.coverage is None else round(note.coverage, 3),
            engine=note.engine,
        ),
        sources=[
            SourceOut(
                title=s.title,
                url=s.url,
                type=s.type,
                relevance=round(s.relevance, 3),
                quote=s.quote,
                published_on=s.published_on,
                found_at=s.created_at,
            )
            for s in whole.sources
        ],
        related_topics=list(dict.fromkeys([*related_topics, *basis.related_topics])),
        created_at=note.created_at,
        updated_at=note.updated_at,
        type=note.type,
        language=note.language,
        is_read=note.is_read,
        is_favorite=note.is_favorite,
        view_count=note.view_count,
        citations=[_citation_out(citation, whole.recording_client_id) for citation in whole.citations],
        claims=[ClaimOut.model_validate(claim, from_attributes=True) for claim in basis.claims],
        template=basis.template,
        edited_fields=note.edited_fields,
        proposal=None if note.proposal is None else ProposalOut.model_validate(note.proposal),
    )


def _citation_out(citation: Citation, recording_id: str | None) -> CitationOut:
    return CitationOut(
        position=citation.position,
        recording_id=recording_id,
        start=None if citation.start_s is None else round(citation.start_s, 2),
        end=None if citation.end_s is None else round(citation.end_s, 2),
        quote=citation.quote,
    )
