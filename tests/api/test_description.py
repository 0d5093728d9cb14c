"""`/openapi.json` says of every operation what it is called, what it takes, and all that it may answer."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from ai_conspects.examples import BODIES

OPEN = {"register", "login", "recover", "refresh", "live", "ready", "metrics"}
"""What can be asked without a token."""


@pytest.fixture
def described(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, calls in described["paths"].items():
        for method, operation in calls.items():
            yield method, path, operation


def test_the_description_is_one(described: dict[str, Any]) -> None:
    validate(described)


def test_operations_have_names_of_their_own_that_read_as_functions(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert sorted(set(names)) == sorted(names)
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z_]{3,40}", name)] == []


def test_operations_say_what_they_do_and_all_that_they_answer(described: dict[str, Any]) -> None:
    lacking = []
    for method, path, operation in operations(described):
        told = set(operation["responses"])
        if not operation.get("summary") or not operation.get("description") or not operation.get("tags"):
            lacking.append((method, path, "words"))
        if operation["operationId"] not in OPEN and not (operation.get("security") and "401" in told):
            lacking.append((method, path, "401"))
        if not {"400", "500", "503"} <= told or ("/health/" not in path and "429" not in told):
            lacking.append((method, path, "what every route may answer"))
        if operation.get("parameters") and "422" not in told and path != "/v1/users/me/export":
            lacking.append((method, path, "422"))
        if "{" in path and "404" not in told:
            lacking.append((method, path, "404"))
    assert lacking == []


def test_every_json_body_has_an_example_that_fits(described: dict[str, Any]) -> None:
    bodies = {
        operation["operationId"]: content
        for _, _, operation in operations(described)
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
        if kind == "application/json"
    }
    assert sorted(BODIES.keys() - bodies.keys()) == []
    assert [name for name, content in bodies.items() if "example" not in content] == []
    assert {name: faults for name, content in bodies.items() if (faults := misfits(described, content))} == {}


def test_every_answer_but_bytes_has_an_example_that_fits(described: dict[str, Any]) -> None:
    lacking, seen = [], 0
    for _, _, operation in operations(described):
        for status, answer in operation["responses"].items():
            for kind, content in answer.get("content", {}).items():
                if content.get("schema", {}).get("format") == "binary":
                    continue
                seen += 1
                if "example" not in content or misfits(described, content):
                    lacking.append((operation["operationId"], status, kind))
            if not status.startswith(("2", "3")) and "application/problem+json" not in answer.get("content", {}):
                lacking.append((operation["operationId"], status, "no problem"))
    assert lacking == []
    assert seen > 500


def misfits(described: dict[str, Any], content: dict[str, Any]) -> list[str]:
    schema = {**content["schema"], "components": described["components"]}
    return [fault.message for fault in OAS31Validator(schema).iter_errors(content["example"])]
