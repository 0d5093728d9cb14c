"""`/tags`: the words by which a user sorts their notes."""

from uuid import UUID

from fastapi import APIRouter, Response

from ai_conspects.accounts.dependencies import SessionDep, SessionUser
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented
from ai_conspects.core.pagination import CursorParam, Limit, Page
from ai_conspects.tags import service
from ai_conspects.tags.schemas import Merge, NewTag, TagChange, TagDetails

router = APIRouter(route_class=InOneThread, prefix="/tags", tags=["tags"], responses=documented(401, 422, 503))


@router.get("")
def list_tags(
    session: SessionDep, user: SessionUser, limit: Limit = 100, cursor: CursorParam = None
) -> Page[TagDetails]:
    """Your tags by name, each with the number of notes that have it."""
    return service.page(session, user.id, cursor, limit)


@router.post("", status_code=201, responses=documented(409))
def create_tag(wanted: NewTag, session: SessionDep, user: SessionUser) -> TagDetails:
    """Make a tag. One of the same name, in whatever case or Unicode form, is a 409."""
    return service.make(session, user.id, wanted)


@router.get("/{tag_id}", responses=documented(404))
def get_tag(tag_id: UUID, session: SessionDep, user: SessionUser) -> TagDetails:
    """One tag, with the number of notes that have it."""
    return service.details(session, user.id, tag_id)


@router.patch("/{tag_id}", responses=documented(404, 409))
def change_tag(tag_id: UUID, wanted: TagChange, session: SessionDep, user: SessionUser) -> TagDetails:
    """Rename or recolour a tag. The name of another tag is a 409: merge the two instead."""
    return service.change(session, user.id, tag_id, wanted)


@router.post("/{tag_id}/merge", responses=documented(404))
def merge_tag(tag_id: UUID, wanted: Merge, session: SessionDep, user: SessionUser) -> TagDetails:
    """Give every note of this tag the other one, and remove this one."""
    return service.merge(session, user.id, tag_id, wanted.into)


@router.delete("/{tag_id}", status_code=204, response_class=Response, responses=documented(404))
def delete_tag(tag_id: UUID, session: SessionDep, user: SessionUser) -> None:
    """Remove a tag from the list and from every note. The notes stay."""
    service.remove(session, user.id, tag_id)
