"""Prints the reference of all settings, made from `core/settings.py` alone: `docs/configuration.md`.

python -m ai_conspects.cli.reference > docs/configuration.md
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import AliasChoices, BaseModel, SecretStr
from pydantic.fields import FieldInfo

from ai_conspects.core.settings import Settings

PREFIX = "AI_CONSPECTS_"

HEAD = """\
# Configuration

Made from `core/settings.py` by `python -m ai_conspects.cli.reference > docs/configuration.md`; a test compares the two.

Every setting is an environment variable, or a line of `.env` in the working folder; the environment wins. Case doesn't
matter. A value out of its bounds stops the start. Secrets are empty unless set, and are never shown. Any of them may
stand in a file: with `_FILE` behind its name, the variable holds the file's path
(`JWT_SECRET_KEY_FILE=/run/secrets/jwt`). A variable that has a value of its own wins over its file."""

COLUMNS = "| variable | default | values | meaning |\n|---|---|---|---|"


def reference() -> str:
    """The whole page, as Markdown."""
    fields = Settings.model_fields
    aliased = {name: field for name, field in fields.items() if isinstance(field.validation_alias, AliasChoices)}
    groups = {name: _group(field) for name, field in fields.items()}
    plain = {name: field for name, field in fields.items() if name not in aliased and groups[name] is None}
    parts = [
        HEAD,
        _table("The protocol's names", "`S3_ENDPOINT` and `S3_REGION` stand beside them.", "", aliased),
        _table("The server", "", PREFIX, plain),
    ]
    for name, group in groups.items():
        if group is not None:
            prefix = f"{PREFIX}{name}__".upper()
            title = name.replace("_", " ").capitalize()
            parts.append(_table(title, (group.__doc__ or "").strip(), prefix, group.model_fields))
    return "\n\n".join(parts) + "\n"


def variables() -> list[str]:
    """The name of every variable, in the order of the page."""
    return [line.split("`")[1] for line in reference().splitlines() if line.startswith("| `")]


def _group(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _table(title: str, about: str, prefix: str, fields: dict[str, FieldInfo]) -> str:
    rows = [row(prefix, name, field) for name, field in fields.items()]
    return "\n\n".join(part for part in (f"## {title}", about, "\n".join([COLUMNS, *rows])) if part)


def row(prefix: str, name: str, field: FieldInfo) -> str:
    """The row of one setting."""
    alias = field.validation_alias
    variable = str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"{prefix}{name}".upper()
    meaning = (field.description or "").replace("|", "\\|")
    return f"| `{variable}` | {_default(field)} | {_values(field)} | {meaning} |"


def _default(field: FieldInfo) -> str:
    """A secret's is never shown, whatever it is."""
    value = field.default
    if field.annotation is SecretStr:
        return "–"
    if value is None or value == "":
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _values(field: FieldInfo) -> str:
    kind: Any = field.annotation
    if get_origin(kind) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(kind))
    if kind is bool:
        return "`true`, `false`"
    if kind in (int, float):
        return " ".join(["whole number" if kind is int else "number", ", ".join(_bounds(field))])
    if kind is SecretStr:
        return "secret"
    return "folder" if Path in get_args(kind) else "text"


def _bounds(field: FieldInfo) -> Iterator[str]:
    for bound in field.metadata:
        match bound:
            case Ge(ge=value):
                yield f"≥ {value}"
            case Gt(gt=value):
                yield f"> {value}"
            case Le(le=value):
                yield f"≤ {value}"
            case Lt(lt=value):
                yield f"< {value}"


if __name__ == "__main__":
    print(reference(), end="")
