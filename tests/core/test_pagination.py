"""Cursors that their owner has made up: the checksum is no secret."""

from base64 import urlsafe_b64encode
from datetime import datetime
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from ai_conspects.core import pagination
from ai_conspects.core.pagination import InvalidCursor
from tests.accounts.devices import register

KEY = "01a22de8-86ee-7707-8ac6-18d316bf18cb"


def test_a_place_comes_back_as_it_was_read() -> None:
    cursor = pagination.encode("list", ["2026-11-30T18:00:00+00:00", KEY])
    moment, key = pagination.decode("list", cursor, datetime.fromisoformat, UUID)
    assert (moment.isoformat(), str(key)) == ("2026-11-30T18:00:00+00:00", KEY)


@pytest.mark.parametrize(
    "place", [["yesterday", KEY], ["2026-11-30", "x"], [KEY], [], ["2026-11-30", KEY, KEY], [1, 2]]
)
def test_a_made_up_place_is_no_place(place: list[str]) -> None:
    with pytest.raises(InvalidCursor):
        pagination.decode("list", pagination.encode("list", place), datetime.fromisoformat, UUID)


@pytest.mark.parametrize("content", ["[1e999]", "[1]", "{}", "5", "null", "[" * 2_000, "["])
def test_what_is_no_list_of_texts_is_no_place(content: str) -> None:
    made_up = pagination._check("list", content.encode()) + content.encode()
    with pytest.raises(InvalidCursor):
        pagination.decode("list", urlsafe_b64encode(made_up).rstrip(b"=").decode(), int)


@pytest.mark.parametrize(
    ("path", "of"), [("batches", "batches None"), ("chat/conversations", "conversations"), ("tags", "tags")]
)
def test_it_is_refused_by_the_lists(client: TestClient, path: str, of: str) -> None:
    me = register(client).headers
    made_up = pagination.encode(of, ["yesterday", "x"])
    answer = client.get(f"/v1/{path}", params={"cursor": made_up}, headers=me)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")
