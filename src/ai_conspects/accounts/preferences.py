"""What a user has set for all recordings, as `users.settings` keeps it, and how it goes over the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Session

from ai_conspects.core.http import storable
from ai_conspects.engines.speech_to_text.base import Vocabulary
from ai_conspects.models import User

MOST_WORDS = 200

HotWord = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(storable)
]
TEMPLATE_NAME = r"^[a-z0-9][a-z0-9_-]{0,39}$"
TemplateName = Annotated[str, Field(pattern=TEMPLATE_NAME, description="Of a template: see `/templates`.")]
Prompt = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000), AfterValidator(storable)]


def _each_once(words: list[str]) -> list[str]:
    return list(dict.fromkeys(words))


class VocabularySettings(BaseModel):
    """Names and terms that are likely to be said, for speech engines that take them.

    `words`: at most 200 of at most 60 characters each; `prompt`: a text in the spelling that is wanted, at most 1,000.
    """

    model_config = ConfigDict(extra="forbid")

    words: Annotated[list[HotWord], Field(max_length=MOST_WORDS), AfterValidator(_each_once)] = []
    prompt: Prompt = ""


class UserSettings(BaseModel):
    """A user's settings; what is not set has its default. In a `PATCH`, only what is there is changed.

    `template` is the form of notes where a submit names none; null is the server's `default`.
    """

    model_config = ConfigDict(extra="forbid")

    vocabulary: VocabularySettings = VocabularySettings()
    template: TemplateName | None = None


def read(session: Session, user_id: UUID) -> UserSettings:
    """The user's settings."""
    return UserSettings.model_validate(session.scalars(select(User.settings).where(User.id == user_id)).one())


def change(session: Session, user_id: UUID, wanted: UserSettings) -> UserSettings:
    """Set what `wanted` names, and nothing else; the settings as they are then."""
    user = session.scalars(select(User).where(User.id == user_id).with_for_update(key_share=True)).one()
    kept = UserSettings.model_validate(user.settings)
    named = {name: getattr(wanted.vocabulary, name) for name in wanted.vocabulary.model_fields_set}
    template = wanted.template if "template" in wanted.model_fields_set else kept.template
    changed = UserSettings(vocabulary=kept.vocabulary.model_copy(update=named), template=template)
    user.settings = changed.model_dump(mode="json")
    session.flush()
    return changed


def vocabulary(session: Session, user_id: UUID) -> Vocabulary | None:
    """What the user's recordings are likely to say, None where nothing is set."""
    told = read(session, user_id).vocabulary
    return Vocabulary(tuple(told.words), told.prompt) or None
