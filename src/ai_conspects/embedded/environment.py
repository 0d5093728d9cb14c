"""Settings as environment variables: how the stack tells its children what it was told, and what it made itself."""

import json
from pathlib import Path

from pydantic import AliasChoices, BaseModel, SecretStr

from ai_conspects.core.settings import Settings

PREFIX = "AI_CONSPECTS_"


def of_settings(settings: Settings) -> dict[str, str]:
    """Variables from which `Settings()` reads the same settings again."""
    values: dict[str, object] = {}
    for name, field in type(settings).model_fields.items():
        value, alias = getattr(settings, name), field.validation_alias
        if isinstance(value, BaseModel):
            values |= {f"{PREFIX}{name}__{inner}".upper(): each for inner, each in value}
        elif isinstance(alias, AliasChoices):
            values[str(alias.choices[0])] = value
        else:
            values[f"{PREFIX}{name}".upper()] = value
    return {name: _text(value) for name, value in values.items() if value is not None}


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value) if isinstance(value, str | Path) else json.dumps(value)
