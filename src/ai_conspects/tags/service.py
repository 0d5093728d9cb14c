"""Decides about a user's tags: made once, renamed, merged, removed."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ai_conspects.core import pagination
from ai_conspects.core.pagination import Page
from ai_conspects.models import Tag
from ai_conspects.tags import repository, tagging
from ai_conspects.tags.errors import MergedIntoItself, TagExists, TagNotFound
from ai_conspects.tags.repository import CountedTag
from ai_conspects.tags.schemas import NewTag, TagChange, TagDetails

_LIST = "tags"


def page(session: Session, user_id: UUID, cursor: str | None, limit: int) -> Page[TagDetails]:
    """A page of the user's tags, by name. Raises `InvalidCursor`."""
    place = None if cursor is None else pagination.decode(_LIST, cursor, str, UUID)
    found = repository.page(session, user_id, place, limit + 1)
    more = found[limit - 1].tag if len(found) > limit else None
    following = None if more is None else pagination.encode(_LIST, (more.name_key, str(more.id)))
    return Page(items=[_details(one) for one in found[:limit]], next_cursor=following)


def make(session: Session, user_id: UUID, wanted: NewTag) -> TagDetails:
    """A new tag. Of many that make it at once, one succeeds. Raises `TagExists`."""
    tag_id = repository.add(session, user_id, wanted.name, wanted.color or tagging.color_of(wanted.name))
    if tag_id is None:
        raise TagExists(_as_written(session, user_id, wanted.name))
    return details(session, user_id, tag_id)


def details(session: Session, user_id: UUID, tag_id: UUID) -> TagDetails:
    """The user's tag. Raises `TagNotFound`."""
    found = repository.counted(session, user_id, tag_id)
    if found is None:
        raise TagNotFound
    return _details(found)


def change(session: Session, user_id: UUID, tag_id: UUID, wanted: TagChange) -> TagDetails:
    """Rename or recolour. The notes that have it stay as they are. Raises `TagNotFound`, `TagExists`."""
    tag = _lock(session, user_id, tag_id)
    tag.color = wanted.color or tag.color
    if wanted.name is not None and wanted.name != tag.name:
        _rename(session, tag, wanted.name)
    session.flush()
    return details(session, user_id, tag_id)


def _rename(session: Session, tag: Tag, name: str) -> None:
    try:
        with session.begin_nested():
            tag.name = name
            session.flush()
    except IntegrityError:
        raise TagExists(_as_written(session, tag.user_id, name)) from None


def merge(session: Session, user_id: UUID, tag_id: UUID, into: UUID) -> TagDetails:
    """The notes of one tag get the other, and the first is gone. Raises `TagNotFound`, `MergedIntoItself`."""
    both = repository.lock(session, user_id, [tag_id, into])
    if not {tag_id, into} <= both.keys():
        raise TagNotFound
    if tag_id == into:
        raise MergedIntoItself
    repository.move_notes(session, tag_id, into)
    session.delete(both[tag_id])
    session.flush()
    return details(session, user_id, into)


def remove(session: Session, user_id: UUID, tag_id: UUID) -> None:
    """The tag is gone, from every note too; the notes stay. Raises `TagNotFound`."""
    session.delete(_lock(session, user_id, tag_id))


def _lock(session: Session, user_id: UUID, tag_id: UUID) -> Tag:
    tag = repository.lock(session, user_id, [tag_id]).get(tag_id)
    if tag is None:
        raise TagNotFound
    return tag


def _as_written(session: Session, user_id: UUID, name: str) -> str:
    """The name of the tag that is in the way, as its owner wrote it."""
    found = select(Tag.name).where(Tag.user_id == user_id, Tag.name_key == tagging.folded(name))
    return session.scalar(found) or name


def _details(found: CountedTag) -> TagDetails:
    tag = found.tag
    return TagDetails(id=tag.id, name=tag.name, color=tag.color, note_count=found.note_count, created_at=tag.created_at)
