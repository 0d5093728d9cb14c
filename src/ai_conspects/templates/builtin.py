"""The templates that come with the server: files in both languages, for everybody, that nobody changes."""

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel

from ai_conspects.engines.language_model.base import FormSection
from ai_conspects.text.languages import base

FORMS = "ai_conspects.templates.forms"
NAMES = ("default", "lecture", "meeting", "diary", "interview")
DEFAULT = "default"
LANGUAGES = ("en", "ru")


class BuiltIn(BaseModel, frozen=True):
    """A template of the server's, in one language."""

    title: str
    about: str
    wishes: str = ""
    sections: tuple[FormSection, ...] = ()


@cache
def built_in(name: str, language: str) -> BuiltIn:
    """The template in that language, in English where it isn't there. Raises `KeyError` for a name that is none."""
    if name not in NAMES:
        raise KeyError(name)
    written = base(language) if base(language) in LANGUAGES else "en"
    return BuiltIn.model_validate(tomllib.loads((files(FORMS) / f"{name}.{written}.toml").read_text("utf-8")))
