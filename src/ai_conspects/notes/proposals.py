"""What was made anew for a note that its owner has edited: shown beside it, taken or dismissed by its owner."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import delete
from sqlalchemy.orm import Session

from ai_conspects.core.clock import now
from ai_conspects.models import Citation, Note
from ai_conspects.notes import chunking, refreshing
from ai_conspects.notes.basis import Basis
from ai_conspects.notes.markdown import reading_time
from ai_conspects.text.markdown import words_of
from ai_conspects.text.sentences import from_text

Field = Literal["title", "summary", "content"]
FIELDS: tuple[Field, ...] = ("title", "summary", "content")


class ProposedCitation(BaseModel):
    """What `[position]` of the proposed content stands on."""

    position: int
    start_s: float | None
    end_s: float | None
    quote: str


class Proposal(BaseModel):
    """New texts for fields that a person has edited; None where there is none. With `content` comes what it stands on.

    `is_superseded`: the recording gives no such note any more; this one stays because its owner's hand is in it.
    """

    made_at: datetime
    engine: str
    title: str | None = None
    summary: str | None = None
    content: str | None = None
    citations: list[ProposedCitation] = []
    basis: Basis | None = None
    confidence: float | None = None
    coverage: float | None = None
    is_superseded: bool = False


def of_note(note: Note) -> Proposal | None:
    """What is proposed for it."""
    return None if note.proposal is None else Proposal.model_validate(note.proposal)


def propose(note: Note, fresh: Note, citations: list[Citation]) -> None:
    """Where the fresh texts differ from those that a person wrote, keep them beside."""
    edited = [
        field for field in FIELDS if field in note.edited_fields and getattr(fresh, field) != getattr(note, field)
    ]
    if not edited:
        note.proposal = None
        return
    proposal = Proposal(made_at=now(), engine=fresh.engine, **{field: getattr(fresh, field) for field in edited})
    if "content" in edited:
        proposal.citations = [ProposedCitation.model_validate(one, from_attributes=True) for one in citations]
        proposal.basis = Basis.model_validate(fresh.basis or {})
        proposal.confidence, proposal.coverage = fresh.confidence, fresh.coverage
    note.proposal = proposal.model_dump(mode="json")


def supersede(note: Note, engine: str) -> None:
    """The recording gives no such note any more."""
    note.proposal = Proposal(made_at=now(), engine=engine, is_superseded=True).model_dump(mode="json")


def take(session: Session, note: Note, wanted: Collection[Field], recording_id: UUID | None) -> None:
    """The proposed texts of these fields become the note's, which is an engine's there again. Others stay proposed."""
    proposal = of_note(note)
    if proposal is None:
        return
    taken = [field for field in FIELDS if field in wanted and getattr(proposal, field) is not None]
    for field in taken:
        setattr(note, field, getattr(proposal, field))
        setattr(proposal, field, None)
    note.edited_fields = [field for field in note.edited_fields if field not in taken]
    if "content" in taken:
        _stand_on(session, note, proposal, recording_id)
    if {"title", "summary"} & set(taken):
        sentences = from_text(words_of(note.summary or ""), note.language)
        chunking.rewrite_heading(session, note, sentences=sentences)
    left = any(getattr(proposal, field) is not None for field in FIELDS)
    note.proposal = proposal.model_dump(mode="json") if left else None
    if taken:
        refreshing.request(session, note.user_id, [note.id])
    session.flush()


def _stand_on(session: Session, note: Note, proposal: Proposal, recording_id: UUID | None) -> None:
    session.execute(delete(Citation).where(Citation.note_id == note.id))
    session.add_all(
        Citation(note_id=note.id, user_id=note.user_id, recording_id=recording_id, **one.model_dump())
        for one in proposal.citations
    )
    note.basis = proposal.basis.model_dump(mode="json") if proposal.basis else None
    note.confidence, note.coverage = proposal.confidence, proposal.coverage
    note.reading_time = reading_time(note.content)
    note.engine = proposal.engine
    chunking.drop_authored(session, note)
