"""The application under Schemathesis: two users who have something in every table, one of whom asks for everything."""

from itertools import count
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import select

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.settings import RateSettings
from ai_conspects.main import create_app
from ai_conspects.models.base import Base
from tests.accounts.devices import register
from tests.bench import Bench
from tests.chat.serving import served
from tests.security.fuzzing import STRANGER, Found, Person, configuration, fuzz, logins
from tests.security.two_users import TUS, filled

MANY = 1_000_000
RATES = RateSettings(api_per_minute=MANY, submit_per_minute=MANY, chat_per_minute=MANY, auth_per_minute=MANY)
"""On, so that their headers are on every answer; too many to be reached."""


def fuzzed(parts: Parts, bench: Bench, folder: Path, *, examples: int, seed: int | None = None) -> Found:
    """What Schemathesis finds. That nothing of the stranger's is gone or changed is asserted."""
    app, numbers = create_app(parts), count()
    with served(app) as url, httpx.Client(base_url=url, trust_env=False, timeout=60) as http:

        def newcomer() -> str:
            return register(http, f"newcomer-{next(numbers)}").access_token  # type: ignore[arg-type]  # it posts as well

        people = (_person(http, bench, "fuzzer"), _person(http, bench, STRANGER))
        before = _rows(parts, people[1])
        config = configuration(url, logins(folder / "logins.json", people), people, examples=examples, seed=seed)
        found = fuzz(app.openapi(), config, newcomer)
        assert _rows(parts, people[1]) == before
    return found


def _person(http: httpx.Client, bench: Bench, name: str) -> Person:
    device = filled(http, bench, name)  # type: ignore[arg-type]  # TestClient is one of httpx's

    def newest(path: str) -> dict[str, str]:
        found: dict[str, str] = http.get(f"/v1/{path}", headers=device.headers).json()["items"][0]
        return found

    webhook_id = newest("webhooks")["id"]
    begun = http.post("/v1/uploads", headers=device.headers | TUS | {"Upload-Length": "7"})
    owns = {
        "note_id": newest("notes")["id"],
        "tag_id": newest("tags")["id"],
        "recording_id": newest("recordings")["id"],
        "batch_id": newest("batches")["batch_id"],
        "conversation_id": newest("chat/conversations")["id"],
        "session_id": newest("users/me/sessions")["id"],
        "webhook_id": webhook_id,
        "delivery_id": newest(f"webhooks/{webhook_id}/deliveries")["id"],
        "upload_id": begun.headers["Location"].rpartition("/")[2],
    }
    return Person(device.device_id, device.secret, owns)


def _rows(parts: Parts, person: Person) -> dict[str, list[str]]:
    """All that the stranger has, but for their logins, of which Schemathesis makes more."""
    tables = [table for table in Base.metadata.sorted_tables if "user_id" in table.c and table.name != "auth_sessions"]
    with parts.database.transaction(as_system="a test") as session:
        owner = session.scalar(select(Base.metadata.tables["users"].c.id).filter_by(device_id=person.device_id))
        assert isinstance(owner, UUID)
        return {
            table.name: sorted(map(repr, session.execute(select(table).where(table.c.user_id == owner))))
            for table in tables
        }
