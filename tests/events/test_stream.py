"""What a listener is told: all of its own, in order, once; and when something is lost, that it is."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import SO_RCVBUF, SOL_SOCKET, socket

import httpx
import pytest
import redis
from pydantic import SecretStr
from sqlalchemy import func, update

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core import event_stream
from ai_conspects.core.db import Database, connect
from ai_conspects.core.event_stream import KEPT, announcer
from ai_conspects.core.events import Event, EventType, publish
from ai_conspects.core.settings import EventSettings
from ai_conspects.embedded import paths, programs
from ai_conspects.embedded.child import Child
from ai_conspects.embedded.valkey import Valkey
from ai_conspects.events import sse
from ai_conspects.models import ProcessingBatch
from tests.builders import a_batch
from tests.events.listening import Listening, Serving, Stream, serving, until
from tests.servers import short_folder


@pytest.fixture
def user(api: Serving) -> Listening:
    return api.register()


def numbers(stream: Stream, count: int) -> list[int]:
    return [stream.until("recording.step")["data"]["number"] for _ in range(count)]


def test_events_come_as_they_happen_each_with_an_id(user: Listening) -> None:
    with user.stream() as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        hello = stream.next()
        user.happens(1, 2)
        first, second = stream.next(), stream.next()
    assert (hello["type"], hello["id"]) == ("hello", "0-0")
    assert (first["type"], first["batch_id"], first["data"]) == ("recording.step", "b", {"number": 1})
    assert first["id"] < second["id"]
    assert first["at"].endswith("Z")


def test_an_id_of_a_far_future_is_no_fault_of_the_server(user: Listening) -> None:
    with user.stream(since="999999999999999-1") as stream:
        assert [stream.next()["type"] for _ in range(2)] == ["hello", "reset"]  # what happens before it is read again
        user.happens(1)
        assert stream.until("recording.step")["data"] == {"number": 1}


def test_what_was_missed_is_replayed_from_the_last_id_and_then_it_goes_on(user: Listening) -> None:
    with user.stream() as stream:
        user.happens(1, 2, 3)
        seen = [stream.until("recording.step") for _ in range(3)]
    user.happens(4)
    with user.stream(since=seen[0]["id"]) as again:
        assert numbers(again, 3) == [2, 3, 4]
        user.happens(5)
        assert numbers(again, 1) == [5]
    with user.stream({"Last-Event-ID": seen[2]["id"]}) as browser:
        assert numbers(browser, 2) == [4, 5]


def test_a_client_that_comes_back_time_and_again_has_no_gap_and_nothing_twice(user: Listening) -> None:
    since, seen, told = "0-0", list[int](), 0
    for _ in range(8):
        with user.stream(since=since) as stream:
            for _ in range(5):
                told += 1
                user.happens(told)
            user.happens(told + 1)
            told += 1
            for _ in range(3):  # and leaves the others behind
                event = stream.until("recording.step")
                seen.append(event["data"]["number"])
                since = event["id"]
    with user.stream(since=since) as stream:
        seen += numbers(stream, told - len(seen))
    assert seen == list(range(1, told + 1))
    assert all(event["type"] != "reset" for event in stream.seen)


def test_nobody_elses_events_are_seen_and_a_batch_can_be_picked_out(api: Serving, user: Listening) -> None:
    other = api.register()
    with user.stream() as mine, user.stream(batch_id="c") as one_batch, other.stream() as theirs:
        user.happens(1, batch_id="b")
        other.happens(100, batch_id="b")
        user.happens(2, batch_id="c")
        assert numbers(mine, 2) == [1, 2]
        assert numbers(one_batch, 1) == [2]
        assert numbers(theirs, 1) == [100]
    with other.stream(since="1-0") as foreign:  # a cursor that is none of theirs
        assert [foreign.next()["type"] for _ in range(2)] == ["hello", "reset"]


def test_a_stream_that_was_emptied_says_reset_and_goes_on(user: Listening) -> None:
    with user.stream() as live:
        user.happens(1)
        (last,) = [live.until("recording.step")]
        with closing(redis.Redis.from_url(user.api.parts.settings.events_redis_url)) as client:
            client.flushall()
        user.happens(2)
        assert live.next()["type"] == "reset"
        user.happens(3)
        assert numbers(live, 1) == [3]
    with user.stream(since=last["id"]) as late:
        assert [late.next()["type"] for _ in range(2)] == ["hello", "reset"]
        user.happens(4)
        assert numbers(late, 1) == [4]


def test_a_cursor_beyond_what_is_kept_says_reset(user: Listening) -> None:
    user.happens(0)
    with user.stream(since="0-0") as stream:
        first = stream.until("recording.step")["id"]
    user.happens(*range(1, 2 * KEPT))
    with user.stream(since=first) as stream:
        assert [stream.next()["type"] for _ in range(2)] == ["hello", "reset"]
        user.happens(7)
        assert numbers(stream, 1) == [7]
    with closing(redis.Redis.from_url(user.api.parts.settings.events_redis_url)) as client:
        assert client.xlen(event_stream.key(user.user_id)) < 1.5 * KEPT
        assert 0 < int(client.ttl(event_stream.key(user.user_id))) <= event_stream.KEPT_S


@pytest.mark.parametrize("since", ["x", "1", "-1-1", "1-1-1", "1-99999999999999999999", "9" * 50])
def test_what_is_no_cursor_is_refused(user: Listening, since: str) -> None:
    answer = httpx.get(f"{user.api.url}/v1/events", params={"since": since}, headers=user.headers, trust_env=False)
    assert answer.status_code == 422


def test_silence_is_filled_with_signs_of_life(parts: Parts) -> None:
    quick = parts.settings.model_copy(update={"events": EventSettings(heartbeat_s=0.05)})
    with serving(replace(parts, settings=quick)) as api:
        user = api.register()
        with user.stream() as stream:
            stream.next()
            for _ in range(6):  # a comment and its empty line
                next(stream.lines)
            user.happens(1)
            stream.next()
        with user.socket() as socket:
            said = [socket.recv(timeout=10) for _ in range(3)]
        assert '{"type":"ping"}' in said[1:]


class Stoppable:
    """A Valkey that a test can kill and start again."""

    def __init__(self, folder: Path) -> None:
        data = folder / "valkey"
        paths.own(data)
        self.server = Valkey(programs.valkey(), data, folder / "v.sock", "test-password")
        self.child = Child(self.server.service(), folder)
        self.start()

    def start(self) -> None:
        self.child.start()
        self.child.wait_ready()

    def kill(self) -> None:
        pid = self.child.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        until(lambda: self.child.pid is None)


@pytest.fixture
def own_valkey() -> Iterator[Stoppable]:
    with short_folder() as folder:
        made = Stoppable(folder)
        yield made
        made.child.stop()


@pytest.fixture
def taken_away(parts: Parts, own_valkey: Stoppable, database_url: str) -> Iterator[Serving]:
    """An API over that Valkey."""
    url = own_valkey.server.url
    settings = parts.settings.model_copy(update={"redis_url": SecretStr(url)})
    database = connect(database_url, ring=lambda _: None, announce=announcer(url))
    with serving(replace(parts, settings=settings, database=database)) as api:
        yield api
    database.dispose()


def test_redis_killed_and_back_costs_no_request_and_listeners_are_told_what_they_missed(
    taken_away: Serving, own_valkey: Stoppable
) -> None:
    user = taken_away.register()
    with user.stream() as stream:
        user.happens(1)
        assert numbers(stream, 1) == [1]
        own_valkey.kill()
        user.happens(2)  # is committed, and told to nobody
        until(lambda: not taken_away.hub.hears)
        refused = httpx.get(f"{taken_away.url}/v1/events", headers=user.headers, trust_env=False)
        assert (refused.status_code, refused.json()["code"]) == (503, "events_unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        own_valkey.start()
        until(lambda: taken_away.hub.hears)
        assert stream.next()["type"] == "reset"
        until(lambda: _told(user))
        assert numbers(stream, 1) == [3]


def _told(user: Listening) -> bool:
    """Tell the third event, until it is in the stream: Redis isn't asked for some seconds after it was away."""
    with closing(redis.Redis.from_url(user.api.parts.settings.events_redis_url)) as client:
        before = client.xlen(event_stream.key(user.user_id))
        user.happens(3)
        return int(client.xlen(event_stream.key(user.user_id))) > int(before)


def test_a_change_that_no_event_told_of_is_found_in_the_database(parts: Parts, database: Database) -> None:
    quick = parts.settings.model_copy(update={"events": EventSettings(heartbeat_s=0.2)})
    silent = replace(database, announce=lambda _: None)  # a worker that died between its commit and its word
    with serving(replace(parts, settings=quick)) as api:
        user = api.register()
        with user.stream() as stream:
            assert stream.next()["type"] == "hello"
            with silent.transaction(as_system="a test") as session:
                a_batch(session, user.user_id)
            with silent.transaction(
                as_system="a test"
            ) as session:  # as if it were long ago that it should have been told
                later = func.now() + timedelta(seconds=60)
                session.execute(update(ProcessingBatch).values(updated_at=later))
            assert "reset" not in [told["type"] for told in stream.seen]
            with silent.transaction(as_system="a test") as session:
                session.execute(update(ProcessingBatch).values(updated_at=func.now()))
            stream.until("reset")


def test_of_two_states_of_a_batch_told_in_the_wrong_order_the_later_one_stands(user: Listening) -> None:
    with user.stream() as stream:
        with user.api.parts.database.transaction(as_system="a test") as session:
            for percentage, second in ((10, 1), (30, 3), (20, 2), (40, 4)):
                at = datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
                data = {"progress_percentage": percentage}
                publish(session, Event(user.user_id, EventType.BATCH_PROGRESS, data, "b", at))
        assert [stream.until("batch.progress")["data"]["progress_percentage"] for _ in range(3)] == [10, 30, 40]


def test_a_client_that_doesnt_read_is_sent_away_and_others_hear_everything(user: Listening) -> None:
    big = "x" * 20_000
    with user.silent_socket(max_size=None) as asleep, user.stream() as awake:
        asleep.send(json.dumps({"type": "auth", "token": user.token}))
        asleep.recv(timeout=10)
        asleep.recv_bufsize = 0
        until(lambda: len(user.api.hub.everybody()) == 2)
        asleep.socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 4_096)
        for at in range(0, 1_200, 50):
            with user.api.parts.database.transaction(as_system="a test") as session:
                for number in range(at, at + 50):
                    data = {"number": number, "much": big}
                    publish(session, Event(user.user_id, EventType.RECORDING_STEP, data))
            assert numbers(awake, 50) == list(range(at, at + 50))
        until(lambda: len(user.api.hub.everybody()) == 1)


def test_a_stream_that_nobody_reads_is_dropped_and_others_hear_everything(
    user: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain connection that asks for its stream and then reads no byte of it."""
    monkeypatch.setattr(sse, "PATIENCE_S", 3.0)
    big = "x" * 20_000
    host, port = user.api.url.removeprefix("http://").split(":")
    with socket() as asleep, user.stream() as awake:
        asleep.setsockopt(SOL_SOCKET, SO_RCVBUF, 4_096)
        asleep.connect((host, int(port)))
        asked = f"GET /v1/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: {user.headers['Authorization']}\r\n\r\n"
        asleep.sendall(asked.encode())
        until(lambda: len(user.api.hub.everybody()) == 2)
        for at in range(0, 1_200, 50):
            with user.api.parts.database.transaction(as_system="a test") as session:
                for number in range(at, at + 50):
                    data = {"number": number, "much": big}
                    publish(session, Event(user.user_id, EventType.RECORDING_STEP, data))
            assert numbers(awake, 50) == list(range(at, at + 50))
        until(lambda: len(user.api.hub.everybody()) == 1)
        user.happens(1_200)
        assert numbers(awake, 1) == [1_200]
