"""`GET /v1/notes`: filters, orders, and pages that stay right while notes come and go."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.accounts.devices import register
from tests.bench import Bench
from tests.notes.notes import write


def listed(client: TestClient, headers: dict[str, str], **params: Any) -> list[str]:
    answer = client.get("/v1/notes", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return [note["title"] for note in answer.json()["items"]]


def walk(client: TestClient, headers: dict[str, str], **params: Any) -> list[str]:
    """Every page, one after the other."""
    seen: list[str] = []
    while True:
        page = client.get("/v1/notes", params=params, headers=headers).json()
        seen += [note["title"] for note in page["items"]]
        if page["next_cursor"] is None:
            return seen
        params["cursor"] = page["next_cursor"]


def test_filters_narrow_and_combine(client: TestClient, bench: Bench) -> None:
    me = register(client)
    (recording_id,) = bench.submit(me.user_id)
    bench.run_all()
    (spoken,) = listed(client, me.headers)
    write(client, me.headers, title="one", tags=["a", "b"], is_favorite=True, language="en")
    two = write(client, me.headers, title="two", tags=["A"], language="de")
    client.patch(f"/v1/notes/{two['id']}", json={"is_read": True}, headers=me.headers)
    for expected, params in (
        (["two", "one"], {"tag": "a"}),
        (["one"], {"tag": ["a", "B"]}),
        (["one"], {"is_favorite": True}),
        (["two", spoken], {"is_favorite": False}),
        (["two"], {"is_read": True}),
        (["two", "one"], {"type": "manual"}),
        ([spoken], {"type": "recording"}),
        (["two"], {"language": "de"}),
        ([spoken], {"recording_id": str(recording_id)}),
        ([], {"recording_id": "nobody-knows"}),
        ([], {"created_after": two["created_at"]}),
        (["one", spoken], {"created_before": two["created_at"]}),
        ([], {"tag": "a", "type": "recording"}),
        ([], {"tag": "no such tag"}),
    ):
        assert listed(client, me.headers, **params) == expected, params


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "updated_at", "-updated_at", "title", "-title"])
def test_every_order_pages_without_gap_or_double(client: TestClient, sort: str) -> None:
    me = register(client).headers
    titles = ["в", "Б", "а", "а", "г" * 500, "\U0001f600", "z"]
    for title in titles:
        write(client, me, title=title)
    whole = listed(client, me, sort=sort)
    assert sorted(whole) == sorted(titles)
    for limit in (1, 2, 3, 7):
        assert walk(client, me, sort=sort, limit=limit) == whole
    if sort == "-created_at":
        assert whole == titles[::-1]


def test_a_page_begins_where_the_last_ended_though_notes_came_and_went(client: TestClient) -> None:
    me = register(client).headers
    notes = [write(client, me, title=str(n)) for n in range(6)]
    page = client.get("/v1/notes", params={"limit": 3}, headers=me).json()
    assert [note["title"] for note in page["items"]] == ["5", "4", "3"]
    write(client, me, title="new")
    for gone in (3, 2):  # the very note that the cursor stands on, and the next one
        client.delete(f"/v1/notes/{notes[gone]['id']}", headers=me)
    rest = client.get("/v1/notes", params={"limit": 3, "cursor": page["next_cursor"]}, headers=me).json()
    assert [note["title"] for note in rest["items"]] == ["1", "0"]


def test_a_cursor_that_was_tampered_with_is_refused(client: TestClient) -> None:
    me = register(client).headers
    for n in range(3):
        write(client, me, title=str(n))
    cursor = client.get("/v1/notes", params={"limit": 1}, headers=me).json()["next_cursor"]
    spoilt = [cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :] for at in range(len(cursor))]
    for one in [*spoilt, cursor[:-1], cursor + "A", cursor + "=", "", "é", "x" * 4000, "e30"]:
        answer = client.get("/v1/notes", params={"limit": 1, "cursor": one}, headers=me)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor"), one
    for others in ({"sort": "title"}, {"is_read": True}, {"tag": "a"}):
        answer = client.get("/v1/notes", params={"cursor": cursor, **others}, headers=me)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor"), others
    assert client.get("/v1/tags", params={"cursor": cursor}, headers=me).status_code == 422


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"}, {"limit": "101"}, {"limit": "9" * 50}, {"sort": "id"}, {"tag": " "},
        {"is_read": "maybe"}, {"created_after": "yesterday"}, {"created_after": "9999-12-31T23:59:59-12:00"},
        {"recording_id": "../x"}, {"type": "x" * 99}, {"cursor": "x" * 4001},
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(client: TestClient, params: dict[str, str]) -> None:
    answer = client.get("/v1/notes", params=params, headers=register(client).headers)
    assert answer.status_code == 422, answer.text


def test_a_list_costs_the_same_statements_however_long_it_is(client: TestClient, bench: Bench) -> None:
    from sqlalchemy import event

    me = register(client).headers
    counts = []
    statements: list[str] = []
    event.listen(bench.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for _ in range(2):
        for n in range(5):
            write(client, me, title=str(n), tags=["a", str(n)])
        statements.clear()
        listed(client, me)
        counts.append(len(statements))
    assert counts[0] == counts[1]
