"""Schemathesis over the API's own description: all its checks and phases, as two users who must not see each other.

`test_fuzz.py` runs a short round that is the same each time; `python -m tests.security.fuzz` a long one.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from tests.security.narrowed import is_narrowed

STRANGER = "zqxstranger"
"""The second user's device; the word stands in their tags and notes, and nowhere else."""

ENDING = ("delete_me", "end_session", "logout", "rotate_secret")
"""What would end the account or login that the rest of the run needs: each call of these is by a device of its own."""


@dataclass(frozen=True)
class Person:
    """Who fuzzes, or is fuzzed at; `owns` are ids of theirs, by the name that paths give them."""

    device_id: str
    secret: str
    owns: dict[str, str]


@dataclass
class Found:
    """What came of a run, by phase, check, status and operation."""

    cases: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    failures: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


@schemathesis.check
def nothing_of_the_strangers(ctx: Any, response: Any, case: Any) -> None:
    """Whatever is asked, with whatever id: no answer holds a word of the other user's."""
    assert STRANGER.encode() not in response.content, "the answer holds words of another user"


@schemathesis.serializer("application/zip", "application/offset+octet-stream")
def as_it_is(ctx: Any, value: Any) -> Any:
    """Bytes are sent as bytes."""
    return value if isinstance(value, bytes) else json.dumps(value, default=str).encode("utf-8", "replace")


def configuration(url: str, logins: Path, people: tuple[Person, Person], *, examples: int, seed: int | None) -> Any:
    """Everything is on; without a seed each run is the same. Of ids, most are one that the first or second user has."""
    known = {name: sorted({one.owns[name] for one in people}) for name in people[0].owns}
    generation = {"max-examples": examples, "deterministic": seed is None, "no-shrink": True, "database": "none"}
    names = [one.device_id for one in people]
    return SchemathesisConfig.from_dict(
        {
            "base-url": url,
            "continue-on-failure": True,
            "request-timeout": 20,
            "max-stream-events": 1,
            "dictionaries": {name: {"values": ids} for name, ids in known.items()},
            "parameters": {f"path.{name}": {"dictionary": name, "probability": 0.7} for name in known},
            "auth": {"wfc": {"path": str(logins), "user": names[0], "peers": names}},
            "generation": generation if seed is None else generation | {"deterministic": False},
            "phases": {"stateful": {"generation": {"max-examples": 3 * examples}}},
            # If-Match and Tus-Resumable name a state of this server, as ids do: no schema can say which
            "checks": {"positive_data_acceptance": {"expected-statuses": [*POSITIVE, "412"]}},
            # tus asks for 412, and not for 400, where its version is another
            "operations": [
                {
                    "include-path-regex": "^/v1/uploads",
                    "checks": {"negative_data_rejection": {"expected-statuses": [*NEGATIVE, "412"]}},
                }
            ],
            **({} if seed is None else {"seed": seed}),
        }
    )


POSITIVE = ("2xx", "3xx", "401", "403", "404", "409", "429", "5xx")
NEGATIVE = ("400", "401", "403", "404", "405", "406", "409", "415", "422", "428", "429", "5xx")
"""What Schemathesis itself expects; a 5xx is the matter of another check."""


def logins(into: Path, people: tuple[Person, Person]) -> Path:
    """How each logs in, in the form of Web Fuzzing Commons."""
    token = {
        "extractFrom": "body",
        "extractSelector": "/access_token",
        "sendIn": "header",
        "sendName": "Authorization",
        "sendTemplate": "Bearer {token}",
    }
    entries = [
        {
            "name": person.device_id,
            "loginEndpointAuth": {
                "endpoint": "/v1/auth/login",
                "verb": "POST",
                "contentType": "application/json",
                "payloadRaw": json.dumps({"device_id": person.device_id, "device_secret": person.secret}),
                "token": token,
            },
        }
        for person in people
    ]
    into.write_text(json.dumps({"auth": entries}))
    return into


def fuzz(description: dict[str, Any], config: Any, newcomer: Callable[[], str]) -> Found:
    """Run every phase. `newcomer` registers somebody and gives their access token."""
    schema = schemathesis.openapi.from_dict(description, config=config)

    class Newcomer:
        def get(self, case: Any, context: Any) -> str:
            return newcomer()

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    @schema.hook
    def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
        return not is_narrowed(failure, case.operation.path, response)

    schema.auth.auth(refresh_interval=None).apply_to(operation_id=list(ENDING))(Newcomer)
    schema.auth.providers.reverse()  # the first that fits counts
    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _take(found, event)
        elif isinstance(event, events.NonFatalError):
            found.errors.append(f"{event.phase} {event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return found


def _take(found: Found, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    found.cases[event.phase.value] += len(recorder.cases)
    found.operations |= {node.value.operation.label for node in recorder.cases.values()}
    answers = {case_id: one.response for case_id, one in recorder.interactions.items() if one.response}
    found.statuses.update(answer.status_code for answer in answers.values())
    for case_id, checks in recorder.checks.items():
        for check in checks:
            found.checks[check.name] += 1
            if check.status != Status.FAILURE or check.failure_info is None:
                continue
            said = (answers[case_id].content or b"").decode(errors="replace") if case_id in answers else ""
            operation = recorder.cases[case_id].value.operation.label
            told = [event.phase.value, check.failure_info.failure.message, check.failure_info.code_sample[:1500]]
            place = re.sub(r"\d+|\"request_id\": \"[^\"]*\"", "N", said)[-200:]
            found.failures.setdefault(f"{check.name} | {operation} | {place}", "\n".join([*told, said[:500]]))
