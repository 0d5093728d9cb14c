"""A user's templates beside the server's, and the form that a recording's notes shall have."""

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ai_conspects.accounts import preferences
from ai_conspects.core.ids import uuid7
from ai_conspects.engines.language_model.base import FormSection, NoteForm
from ai_conspects.models import NoteTemplate
from ai_conspects.templates.builtin import DEFAULT, LANGUAGES, NAMES, built_in
from ai_conspects.templates.errors import TemplateExists, TemplateIsBuiltIn, TemplateNotFound, TooManyTemplates
from ai_conspects.templates.schemas import MOST_TEMPLATES, NewTemplate, SectionBody, TemplateChange, TemplateOut
from ai_conspects.text.languages import base


def listed(session: Session, user_id: UUID, language: str) -> list[TemplateOut]:
    """The server's templates in this language, then the user's own by name."""
    chosen = preferences.read(session, user_id).template or DEFAULT
    mine = select(NoteTemplate).where(NoteTemplate.user_id == user_id).order_by(NoteTemplate.name)
    own = [_own_out(row, chosen) for row in session.scalars(mine)]
    return [*(_built_in_out(name, language, chosen) for name in NAMES), *own]


def shown(session: Session, user_id: UUID, name: str, language: str) -> TemplateOut:
    """One template. Raises `TemplateNotFound`."""
    chosen = preferences.read(session, user_id).template or DEFAULT
    if name in NAMES:
        return _built_in_out(name, language, chosen)
    return _own_out(_own(session, user_id, name), chosen)


def make(session: Session, user_id: UUID, wanted: NewTemplate) -> TemplateOut:
    """A new template. Raises `TemplateExists`, `TooManyTemplates`."""
    if wanted.name in NAMES:
        raise TemplateExists
    known = select(func.count()).select_from(NoteTemplate).where(NoteTemplate.user_id == user_id)
    if session.scalars(known).one() >= MOST_TEMPLATES:
        raise TooManyTemplates(MOST_TEMPLATES)
    values = {"id": uuid7(), "user_id": user_id, **wanted.model_dump()}
    made = session.scalar(insert(NoteTemplate).values(values).on_conflict_do_nothing().returning(NoteTemplate))
    if made is None:
        raise TemplateExists
    return shown(session, user_id, wanted.name, "en")


def change(session: Session, user_id: UUID, name: str, wanted: TemplateChange) -> TemplateOut:
    """Change what is named. Notes that were made by it stay. Raises `TemplateNotFound`, `TemplateIsBuiltIn`."""
    row = _own(session, user_id, name)
    for field, value in wanted.model_dump(exclude_none=True).items():
        setattr(row, field, value)
    session.flush()
    return shown(session, user_id, name, "en")


def remove(session: Session, user_id: UUID, name: str) -> None:
    """Remove a template. Raises `TemplateNotFound`, `TemplateIsBuiltIn`."""
    row = _own(session, user_id, name)
    session.execute(delete(NoteTemplate).where(NoteTemplate.id == row.id))


def form_of(session: Session, user_id: UUID, name: str | None, language: str) -> tuple[NoteForm | None, str | None]:
    """The form of that name, else of the user's default; None is no form. The second says why another one was taken."""
    chosen = name or preferences.read(session, user_id).template or DEFAULT
    if chosen in NAMES:
        return _built_in_form(chosen, language), None
    row = _find(session, user_id, chosen)
    if row is None:
        return None, f"The template '{chosen}' isn't there, so the notes were made without one."
    sections = tuple(FormSection.model_validate(section) for section in row.sections)
    return NoteForm(name=chosen, sections=sections, wishes=row.wishes), None


def _built_in_form(name: str, language: str) -> NoteForm | None:
    found = built_in(name, language)
    if not found.sections and not found.wishes:
        return None
    translate = base(language) not in LANGUAGES
    return NoteForm(name=name, sections=found.sections, wishes=found.wishes, translate=translate)


def _find(session: Session, user_id: UUID, name: str) -> NoteTemplate | None:
    mine = (NoteTemplate.user_id == user_id, NoteTemplate.name == name)
    return session.scalar(select(NoteTemplate).where(*mine))


def _own(session: Session, user_id: UUID, name: str) -> NoteTemplate:
    if name in NAMES:
        raise TemplateIsBuiltIn
    row = _find(session, user_id, name)
    if row is None:
        raise TemplateNotFound
    return row


def _built_in_out(name: str, language: str, chosen: str) -> TemplateOut:
    found = built_in(name, language)
    sections = [SectionBody.model_validate(section.model_dump()) for section in found.sections]
    return TemplateOut(
        name=name,
        title=found.title,
        about=found.about,
        sections=sections,
        wishes=found.wishes,
        is_built_in=True,
        is_default=name == chosen,
    )


def _own_out(row: NoteTemplate, chosen: str) -> TemplateOut:
    return TemplateOut(
        name=row.name,
        title=row.title,
        about="",
        sections=[SectionBody.model_validate(section) for section in row.sections],
        wishes=row.wishes,
        is_built_in=False,
        is_default=row.name == chosen,
    )
