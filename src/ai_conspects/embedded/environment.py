"""Settings as environment variables: how the stack tells its children what it was told, and what it made itself."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import AliasChoices, BaseModel, SecretStr

from ai_conspects.core.settings import Settings

PREFIX = "AI_CONSPECTS_"


def of_settings(settings: Settings) -> dict[str, str]:
    """Variables from which `Settings()` reads the same settings again."""
    return dict(_variables(settings))


def of_child(settings: Settings) -> dict[str, str]:
    """What a Python child sees: our own environment, and over it the settings."""
    return {**os.environ, **of_settings(settings)}


def _variables(settings: Settings) -> Iterator[tuple[str, str]]:
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        alias = field.validation_alias
        if isinstance(value, BaseModel):
            for inner in type(value).model_fields:
                yield from _variable(f"{PREFIX}{name}__{inner}".upper(), getattr(value, inner))
        elif isinstance(alias, AliasChoices):
            yield from _variable(str(alias.choices[0]), value)
        else:
            yield from _variable(f"{PREFIX}{name}".upper(), value)


def _variable(name: str, value: object) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if isinstance(value, SecretStr):
        yield name, value.get_secret_value()
    elif isinstance(value, str | Path):
        yield name, str(value)
    else:
        yield name, json.dumps(value)
