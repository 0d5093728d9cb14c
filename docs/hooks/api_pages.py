"""The API's reference as one page, made from the OpenAPI description that the server itself gives."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.db import connect
from ai_conspects.core.settings import Settings
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.engines.language_model.extractive import ExtractiveModel
from ai_conspects.engines.object_storage.local import local_store
from ai_conspects.main import create_app

HEAD = """\
# The API

Made from the server's own description: [openapi.json](openapi.json), which a running server gives at `/openapi.json`.
Errors are `application/problem+json` with `detail`, `code`, `request_id` and `errors[]`. Every call but those under
*authentication* and *operations* wants `Authorization: Bearer …`."""

Json = dict[str, Any]


def description() -> Json:
    """What `/openapi.json` answers. Nothing is connected to."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, home=Path(folder), jwt_secret_key="only-to-describe-the-api-" * 2)
        database = connect("postgresql://nobody@127.0.0.1/none", ring=lambda _: None)
        store = local_store(Path(folder) / "objects")
        app = create_app(Parts(settings, database, store, ExtractiveModel(), HashedEmbeddings(384)))
        database.dispose()
        return app.openapi()


def as_json(described: Json) -> str:
    """The description as a file."""
    return json.dumps(described, ensure_ascii=False, indent=1)


def page(described: Json) -> str:
    """Operations by tag, each with what it takes and answers; then the bodies' fields."""
    tags: dict[str, list[str]] = {}
    for path, calls in described["paths"].items():
        for method, operation in calls.items():
            for tag in operation.get("tags", ["other"])[:1]:
                tags.setdefault(tag, []).append(_operation(method, path, operation))
    parts = [f"## {tag[:1].upper()}{tag[1:]}\n\n" + "\n\n".join(operations) for tag, operations in sorted(tags.items())]
    schemas = described["components"]["schemas"].items()
    bodies = [_schema(name, schema) for name, schema in sorted(schemas) if schema.keys() & {"properties", "enum"}]
    return "\n\n".join([HEAD, *parts, "## Bodies", *bodies]) + "\n"


def _operation(method: str, path: str, operation: Json) -> str:
    lines = [f"### `{method.upper()} {path}`", operation.get("description") or operation.get("summary", "")]
    if rows := list(_parameters(operation)):
        lines.append("\n".join(["| parameter | in | type | |", "|---|---|---|---|", *rows]))
    body = operation.get("requestBody", {}).get("content", {})
    if body:
        lines.append(
            "Takes " + ", ".join(f"`{kind}` {_type(what.get('schema', {}))}" for kind, what in body.items()) + "."
        )
    answers = [_answer(status, answer) for status, answer in operation["responses"].items()]
    lines.append("Answers " + " · ".join(answers))
    return "\n\n".join(line for line in lines if line)


def _parameters(operation: Json) -> Iterator[str]:
    for one in operation.get("parameters", []):
        name = f"`{one['name']}`" + (" *" if one.get("required") else "")
        yield f"| {name} | {one['in']} | {_type(one.get('schema', {}))} | {_cell(one.get('description', ''))} |"


def _answer(status: str, answer: Json) -> str:
    contents = [_type(what.get("schema", {})) for what in answer.get("content", {}).values()]
    return " ".join([f"**{status}**", *dict.fromkeys(content for content in contents if content != "any")])


def _schema(name: str, schema: Json) -> str:
    if "enum" in schema:
        return "\n\n".join(part for part in (f"### {name}", schema.get("description", ""), _type(schema)) if part)
    needed = set(schema.get("required", ()))
    rows = [
        f"| `{field}`{' *' if field in needed else ''} | {_type(what)} | {_cell(what.get('description', ''))} |"
        for field, what in schema["properties"].items()
    ]
    about = schema.get("description", "")
    return "\n\n".join(
        part for part in (f"### {name}", about, "\n".join(["| field | type | |", "|---|---|---|", *rows])) if part
    )


def _type(schema: Json) -> str:
    """A type in words; another body's as a link to its fields."""
    if reference := schema.get("$ref", ""):
        name = reference.rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})" if "Validation" not in name else name
    if several := schema.get("anyOf", schema.get("oneOf")):
        return " or ".join(dict.fromkeys(_type(each) for each in several))
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
