"""Gives notes their tags. A user has each tag once, whatever note it came from."""

import zlib
from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ai_conspects.models import NoteTag, Tag

COLORS = ("blue", "green", "orange", "purple", "red", "teal", "pink", "yellow", "indigo", "brown", "gray")


def color_of(name: str) -> str:
    """A colour for a new tag: always the same for the same name."""
    return COLORS[zlib.crc32(name.encode()) % len(COLORS)]


def make(session: Session, user_id: UUID, names: Iterable[str]) -> None:
    """Make the tags that the user lacks. Once in a transaction, for all its notes: in one order, against deadlocks."""
    made = [{"user_id": user_id, "name": name, "color": color_of(name)} for name in sorted(set(names))]
    if made:
        session.execute(insert(Tag).on_conflict_do_nothing(), made)


def attach(session: Session, user_id: UUID, note_id: UUID, tags: Mapping[str, float]) -> None:
    """Give the note its tags, name → confidence; the user has them already (`make`)."""
    if not tags:
        return
    known = session.execute(select(Tag.id, Tag.name).where(Tag.user_id == user_id, Tag.name.in_(tags)))
    session.add_all(NoteTag(note_id=note_id, tag_id=tag_id, confidence=tags[name]) for tag_id, name in known)
