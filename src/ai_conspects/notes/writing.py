"""Writes the notes of a recording in place of those it had. By their places they stay the same notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ai_conspects.models import Citation, Note, NoteChunk, Source
from ai_conspects.notes import markdown, renewing
from ai_conspects.notes.basis import Basis
from ai_conspects.notes.grounding import GroundedNote, confidence
from ai_conspects.notes.telling import tell_created
from ai_conspects.tags import tagging
from ai_conspects.text.chunking import chunks
from ai_conspects.text.complexity import complexity
from ai_conspects.text.sentences import Sentence


@dataclass(frozen=True)
class NewSource:
    """A page that was really found. `relevance` is 0 to 1; `url` is None for an article of a file on this machine."""

    title: str
    url: str | None
    type: str
    relevance: float
    quote: str
    published_on: date | None = None


@dataclass(frozen=True)
class NewNote:
    """A note to be kept. `tags` are name → confidence; `sentences` are those that belong to it, cited or not.

    `coverage` is the share of the recording's speech that it cites, 0 to 1, None without times.
    """

    grounded: GroundedNote
    tags: dict[str, float]
    sentences: tuple[Sentence, ...]
    sources: tuple[NewSource, ...]
    coverage: float | None
    basis: Basis


def replace(
    session: Session,
    user_id: UUID,
    recording_id: UUID,
    notes: Sequence[NewNote],
    *,
    language: str,
    engine: str,
    only: UUID | None = None,
) -> None:
    """The recording's notes are now these, and only these; with `only`, that one is now the first of these.

    A note at the place of a known one is that note, with its id and all that its owner did to it.
    """
    known = _known(session, user_id, recording_id, only)
    tagging.make(session, user_id, (name for new in notes for name in new.tags))
    places = {0: known[0]} if only and known else {note.position: note for note in reversed(known)}
    written = set()
    for position, new in enumerate(notes[:1] if only else notes):
        old = places.get(position)
        if old is None and only:
            return  # its owner has deleted it meanwhile
        _write(session, old, new, _note(new, user_id, recording_id, position, language, engine))
        written |= {old.id} if old else set()
    if only is None:
        renewing.leave(session, [note for note in known if note.id not in written], engine)


def _known(session: Session, user_id: UUID, recording_id: UUID, only: UUID | None) -> list[Note]:
    """The recording's notes in their order, held until the transaction ends."""
    mine = [Note.user_id == user_id, Note.source_recording_id == recording_id]
    if only is not None:
        mine.append(Note.id == only)
    found = select(Note).where(*mine).order_by(Note.position, Note.id)
    return list(session.scalars(found.with_for_update(key_share=True).execution_options(populate_existing=True)))


def _write(session: Session, old: Note | None, new: NewNote, fresh: Note) -> None:
    recording_id = fresh.source_recording_id
    if old is None:
        session.add(fresh)
        session.flush()
        session.add_all(_citations(new.grounded, fresh, recording_id))
        tagging.attach(session, fresh.user_id, fresh.id, new.tags)
    else:
        renewing.renew(session, old, fresh, _citations(new.grounded, old, recording_id), new.tags)
    note = old or fresh
    session.add_all(_sources(new.sources, note))
    session.add_all(_chunks(new, note))
    if old is None:
        tell_created(session, note)
    else:
        session.flush()
        renewing.rewrite_owned_chunks(session, note)


def _note(new: NewNote, user_id: UUID, recording_id: UUID, position: int, language: str, engine: str) -> Note:
    content = markdown.content(new.grounded, language)
    return Note(
        user_id=user_id,
        source_recording_id=recording_id,
        position=position,
        title=new.grounded.title,
        summary=markdown.summary(new.grounded),
        content=content,
        language=language,
        complexity_level=complexity([sentence.text for sentence in new.sentences], language),
        confidence=confidence(new.grounded, new.sentences),
        coverage=new.coverage,
        basis=new.basis.model_dump(mode="json"),
        engine=engine,
        reading_time=markdown.reading_time(content),
    )


def _citations(grounded: GroundedNote, note: Note, recording_id: UUID | None) -> list[Citation]:
    return [
        Citation(
            note_id=note.id,
            user_id=note.user_id,
            recording_id=recording_id,
            position=position,
            start_s=quote.start_s,
            end_s=quote.end_s,
            quote=quote.text,
        )
        for position, quote in enumerate(grounded.quotes(), start=1)
    ]


def _sources(sources: Sequence[NewSource], note: Note) -> list[Source]:
    return [
        Source(
            note_id=note.id,
            user_id=note.user_id,
            title=source.title[:500],
            url=source.url,
            type=source.type,
            relevance=source.relevance,
            quote=source.quote,
            published_on=source.published_on,
        )
        for source in sources
    ]


def _chunks(new: NewNote, note: Note) -> list[NoteChunk]:
    """The note's own words first (title and summary), then all that was said, cited or not."""
    own = [NoteChunk(text=f"{note.title}. {note.summary}", sentences=_summary(new.grounded))]
    spoken = [
        NoteChunk(
            text=chunk.text,
            start_s=chunk.start_s,
            end_s=chunk.end_s,
            sentences=[_stored(sentence) for sentence in chunk.sentences],
        )
        for chunk in chunks(new.sentences)
    ]
    for position, chunk in enumerate([*own, *spoken]):
        chunk.note_id, chunk.user_id, chunk.position, chunk.language = note.id, note.user_id, position, note.language
    return [*own, *spoken]


def _summary(grounded: GroundedNote) -> list[dict[str, Any]]:
    """The summary's claims as sentences, each with the place and the ears' confidence of its first quote."""
    firsts = [(claim.text, claim.quotes[0]) for claim in grounded.summary]
    return [
        _stored(Sentence(id=0, text=text, start_s=quote.start_s, end_s=quote.end_s, confidence=quote.heard))
        for text, quote in firsts
    ]


def _stored(sentence: Sentence) -> dict[str, Any]:
    return sentence.model_dump(exclude={"id", "unsure"})
