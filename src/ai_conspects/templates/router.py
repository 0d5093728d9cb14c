"""`/templates`: forms for notes, the server's and one's own."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from ai_conspects.accounts.dependencies import SessionDep, SessionUser
from ai_conspects.accounts.preferences import TEMPLATE_NAME
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented
from ai_conspects.templates import service
from ai_conspects.templates.schemas import NewTemplate, TemplateChange, TemplateOut, Templates

router = APIRouter(
    route_class=InOneThread, prefix="/templates", tags=["templates"], responses=documented(401, 422, 503)
)

Name = Annotated[str, Path(pattern=TEMPLATE_NAME)]
Language = Annotated[
    str, Query(max_length=35, pattern="^[A-Za-z0-9-]+$", description="Of the server's templates: `ru` or `en`.")
]


@router.get("")
def list_templates(session: SessionDep, user: SessionUser, language: Language = "ru") -> Templates:
    """What `settings.template` of a submit may name: the server's templates and your own."""
    return Templates(items=service.listed(session, user.id, language))


@router.post("", status_code=201, responses=documented(409))
def create_template(wanted: NewTemplate, session: SessionDep, user: SessionUser) -> TemplateOut:
    """Make a template of your own, at most 50 of them."""
    return service.make(session, user.id, wanted)


@router.get("/{name}", responses=documented(404))
def get_template(name: Name, session: SessionDep, user: SessionUser, language: Language = "ru") -> TemplateOut:
    """One template."""
    return service.shown(session, user.id, name, language)


@router.patch("/{name}", responses=documented(404, 409))
def change_template(name: Name, wanted: TemplateChange, session: SessionDep, user: SessionUser) -> TemplateOut:
    """Change a template of your own. Notes made by it stay as they are."""
    return service.change(session, user.id, name, wanted)


@router.delete("/{name}", status_code=204, response_class=Response, responses=documented(404, 409))
def delete_template(name: Name, session: SessionDep, user: SessionUser) -> None:
    """Remove a template of your own. Recordings that still wait for it get notes without a form, and a notice."""
    service.remove(session, user.id, name)
