"""Gives notes their tags. A user has each tag once, whatever note it came from and however it is written."""

import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from ai_conspects.models import NoteTag, Tag

COLORS = ("blue", "green", "orange", "purple", "red", "teal", "pink", "yellow", "indigo", "brown", "gray")


def color_of(name: str) -> str:
    """A colour for a new tag: always the same for the same name."""
    return COLORS[zlib.crc32(name.encode()) % len(COLORS)]


def make(session: Session, user_id: UUID, names: Iterable[str]) -> None:
    """Make the tags that the user lacks. Once in a transaction, for all its notes: in one order, against deadlocks.

    A name that differs from a tag's only in case or Unicode form is that tag.
    """
    made = [
        {"user_id": user_id, "name": name, "color": color_of(name)} for name in sorted(dict.fromkeys(names), key=_order)
    ]
    if made:
        session.execute(insert(Tag).on_conflict_do_nothing(), made)


def _order(name: str) -> str:
    return unicodedata.normalize("NFKC", name).lower()


def find(session: Session, user_id: UUID, names: Iterable[str]) -> dict[str, UUID]:
    """The user's tags of these names, name as asked → key; those that are missing are not in it.

    They can't be removed before the transaction ends.
    """
    asked = sorted(set(names))
    if not asked:
        return {}
    wanted = func.unnest(cast(asked, ARRAY(Text))).table_valued("name").render_derived()
    found = select(wanted.c.name, Tag.id).join(Tag, Tag.name_key == folded(wanted.c.name))
    held = found.where(Tag.user_id == user_id).with_for_update(read=True, key_share=True, of=Tag)
    return {row.name: row.id for row in session.execute(held)}


def folded(name: ColumnElement[str] | str) -> ColumnElement[str]:
    """A name as `tags.name_key` has it."""
    return func.lower(func.normalize(name, text("NFKC")))


def attach(session: Session, user_id: UUID, note_id: UUID, tags: Mapping[str, float]) -> None:
    """Give the note its tags, name → confidence; the user has them already (`make`)."""
    strongest: dict[UUID, float] = {}
    for name, tag_id in find(session, user_id, tags).items():
        strongest[tag_id] = max(tags[name], strongest.get(tag_id, 0.0))
    session.add_all(NoteTag(note_id=note_id, tag_id=tag_id, confidence=value) for tag_id, value in strongest.items())
