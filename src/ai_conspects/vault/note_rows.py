"""Rows of imported notes, tags and relationships."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ai_conspects.core.ids import uuid7
from ai_conspects.models import Citation, Note, NoteChunk, NoteRelationship, NoteTag, Source, Tag
from ai_conspects.notes import chunking, editing, refreshing
from ai_conspects.notes.bodies import MOST_TAGS, NewNoteBody
from ai_conspects.tags import tagging
from ai_conspects.tags.schemas import Color, TagName
from ai_conspects.text.sentences import from_text
from ai_conspects.vault.data import KeptNote, KeptRelationship, KeptTag, Words
from ai_conspects.vault.note_file import obsidian_tag

_NAME: TypeAdapter[str] = TypeAdapter(TagName)
_COLOR: TypeAdapter[str] = TypeAdapter(Color)


@dataclass(frozen=True)
class ReadNote:
    """A note as its file has it. `kept` is what this server kept beside it, None where it was written elsewhere."""

    id: UUID
    words: Words
    kept: KeptNote | None
    fields: Mapping[str, Any]

    @property
    def tags(self) -> dict[str, float | None]:
        """Name → confidence. The file's own list counts where a person changed it."""
        listed = self.fields.get("tags") or []
        names = [str(name) for name in listed if name] if isinstance(listed, list) else str(listed).split(",")
        known = {} if self.kept is None else {tag.name: tag.confidence for tag in self.kept.tags}
        written = {obsidian_tag(name): name for name in known}
        if set(names) == set(written) - {""}:
            return known
        return {name: known.get(name) for one in names if (name := written.get(one) or _named(one))}

    @property
    def edited(self) -> set[str]:
        """The fields that a person changed in the file."""
        if self.kept is None:
            return set()
        changed = {name for name, digest in self.words.digests.items() if self.kept.digests.get(name) != digest}
        return changed | ({"tags"} if self.tags.keys() != {tag.name for tag in self.kept.tags} else set())


def existing(session: Session, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Of these ids of a vault, those whose notes the user has → their keys."""
    mine = (Note.user_id == user_id, or_(Note.id.in_(ids), Note.origin_id.in_(ids)))
    asked = set(ids)
    rows = session.execute(select(Note.id, Note.origin_id).where(*mine))
    return {origin: row.id for row in rows for origin in (row.id, row.origin_id) if origin in asked}


def make_tags(session: Session, user_id: UUID, listed: Sequence[KeptTag], notes: Collection[ReadNote]) -> None:
    """The tags of the vault that the user lacks, in their colours."""
    colors = {tag.name: tag.color for tag in [*listed, *(t for n in notes if n.kept for t in n.kept.tags)]}
    names = {tidy for name in [*colors, *(name for note in notes for name in note.tags)] if (tidy := _named(name))}
    rows = [{"user_id": user_id, "name": name, "color": _color(colors.get(name), name)} for name in names]
    if rows:
        in_order = sorted(rows, key=lambda row: str(row["name"]).lower())
        session.execute(insert(Tag).on_conflict_do_nothing(), in_order)


def add(session: Session, user_id: UUID, notes: Sequence[ReadNote], recordings: Mapping[str, UUID]) -> dict[UUID, UUID]:
    """The new notes; their ids in the vault → their keys. Their vectors are made in the background."""
    found = {one.id: _add(session, user_id, one, recordings) for one in notes}
    refreshing.request(session, user_id, list(found.values()), relate=False)
    return found


def _add(session: Session, user_id: UUID, one: ReadNote, recordings: Mapping[str, UUID]) -> UUID:
    if one.kept is None:
        return _written_elsewhere(session, user_id, one)
    kept, recording_id = one.kept, recordings.get(one.kept.recording_id or "")
    plain = kept.model_dump(
        exclude={"id", "recording_id", "tags", "sources", "citations", "chunks", "digests", "basis"}
    )
    plain["basis"] = kept.basis and kept.basis.model_dump(mode="json")
    note = Note(id=uuid7(), user_id=user_id, origin_id=one.id, source_recording_id=recording_id, **plain)
    note.title, note.summary, note.content = one.words.title, one.words.summary, one.words.content
    session.add(note)
    session.flush()
    hung = {"note_id": note.id, "user_id": user_id}
    session.add_all(Source(**hung, **_with_safe_url(source.model_dump())) for source in kept.sources)
    session.add_all(Citation(**hung, recording_id=recording_id, **c.model_dump()) for c in kept.citations)
    session.add_all(NoteChunk(**hung, language=note.language, **chunk.model_dump()) for chunk in kept.chunks)
    session.flush()
    _tag(session, note, one.tags)
    _follow(session, note, one.edited)
    return note.id


def _follow(session: Session, note: Note, edited: set[str]) -> None:
    """What a person changed in the file is found, and remembered as theirs."""
    if not edited:
        return
    editing.remember(note, edited)
    session.flush()
    if edited & {"title", "summary"}:
        chunking.rewrite_heading(session, note, sentences=from_text(note.summary or "", note.language))
    if "content" in edited:
        chunking.rewrite_content(session, note)


def _written_elsewhere(session: Session, user_id: UUID, one: ReadNote) -> UUID:
    """A Markdown file that this server never wrote: a note of a person's."""
    body = NewNoteBody.model_construct(
        title=one.words.title,
        content=one.words.content,
        summary=one.words.summary,
        tags=[name for name in one.tags if _named(name)][:MOST_TAGS],
        language="auto",
        is_favorite=one.fields.get("favorite") is True,
    )
    note = editing.write(session, user_id, body)
    note.origin_id = one.id
    session.flush()
    return note.id


def _tag(session: Session, note: Note, tags: Mapping[str, float | None]) -> None:
    known = tagging.find(session, note.user_id, [tidy for name in tags if (tidy := _named(name))])
    values = {tag_id: tags.get(name) for name, tag_id in known.items()}
    session.add_all(NoteTag(note_id=note.id, tag_id=tag_id, confidence=value) for tag_id, value in values.items())
    session.flush()


def relate(
    session: Session, user_id: UUID, relationships: Sequence[KeptRelationship], notes: Mapping[UUID, UUID]
) -> int:
    """The vault's relationships between notes that are here; how many are new. A pair that is related stays so."""
    count = 0
    for one in relationships:
        ends = (notes.get(one.note_1_id), notes.get(one.note_2_id))
        if ends[0] is None or ends[1] is None or ends[0] == ends[1]:
            continue
        leads = None if one.from_note_id is None else notes.get(one.from_note_id)
        values = one.model_dump(include={"relationship_type", "strength", "description"}) | {
            "user_id": user_id,
            "note_1_id": min(ends[0], ends[1]),  # UUIDv7: ordered by time
            "note_2_id": max(ends[0], ends[1]),
            "from_note_id": leads if leads in ends else None,
        }
        adding = insert(NoteRelationship).values(**values).on_conflict_do_nothing().returning(NoteRelationship.id)
        count += session.scalar(adding) is not None
    return count


def _with_safe_url(source: dict[str, Any]) -> dict[str, Any]:
    url = source["url"] or ""
    return source | {"url": url if url.startswith(("http://", "https://")) else None}


def _named(name: str) -> str | None:
    try:
        return _NAME.validate_python(name)
    except ValidationError:
        return None


def _color(color: str | None, name: str) -> str:
    try:
        return _COLOR.validate_python(color)
    except ValidationError:
        return tagging.color_of(name)
