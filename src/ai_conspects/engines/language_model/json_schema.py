"""The strict subset of JSON schema that model servers enforce, made from a Pydantic model; and no other schema work."""

from typing import Any

from pydantic import BaseModel

JsonSchema = dict[str, Any]

_KEPT = {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "description"}


def strict_schema(output: type[BaseModel]) -> JsonSchema:
    """Every field required, nothing besides, references written out, no keyword that some server refuses.

    Limits (`minLength`, `maximum`, …), titles, defaults and formats go: Pydantic checks the answer anyway. Raises
    `TypeError` for a model that can't be put so (free-form mappings, tuples, recursion).
    """
    schema = output.model_json_schema()
    return _strict(schema, schema.get("$defs", {}), ())


def _strict(node: JsonSchema, defs: JsonSchema, inside: tuple[str, ...]) -> JsonSchema:
    if "$ref" in node:
        name = str(node["$ref"]).removeprefix("#/$defs/")
        if name in inside:
            raise TypeError(f"{name} contains itself; no model server enforces that")
        return _strict({**defs[name], **{k: v for k, v in node.items() if k == "description"}}, defs, (*inside, name))
    if "prefixItems" in node:
        raise TypeError("tuples can't be asked of a model server; use a list or a model")
    kept = {key: value for key, value in node.items() if key in _KEPT}
    if "const" in node:
        kept["enum"] = [node["const"]]
    if "anyOf" in kept:
        kept["anyOf"] = [_strict(option, defs, inside) for option in node["anyOf"]]
    if "items" in kept:
        kept["items"] = _strict(node["items"], defs, inside)
    if kept.get("type") == "object":
        _close(kept, node, defs, inside)
    return kept


def _close(kept: JsonSchema, node: JsonSchema, defs: JsonSchema, inside: tuple[str, ...]) -> None:
    """An object has its named fields, all of them, and no others."""
    if "properties" not in node:
        raise TypeError("free-form mappings can't be asked of a model server; name the fields")
    kept["properties"] = {name: _strict(field, defs, inside) for name, field in node["properties"].items()}
    kept["required"] = list(node["properties"])
    kept["additionalProperties"] = False
