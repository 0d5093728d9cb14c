"""What happened is delivered, signed, to who asked for it: now or hours later, and never twice at once."""

import base64
import hmac
import json
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from ai_conspects.core.db import Database
from ai_conspects.core.events import Event, EventType, publish
from ai_conspects.core.jobs import Job
from ai_conspects.core.outbound import Bounds, Outbound
from ai_conspects.models import Webhook, WebhookDelivery
from ai_conspects.webhooks import delivering
from ai_conspects.webhooks.delivering import SLOW_S, WAITS_S, deliver_next, retry_s, ring_due
from ai_conspects.webhooks.outbox import DELIVER
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.pipeline.test_races import at_once
from tests.stubs.receiver import Receiver, receiver


@pytest.fixture
def device(client: TestClient) -> Device:
    return register(client)


def create(client: TestClient, device: Device, url: str, *events: str) -> dict[str, Any]:
    wanted = {"url": url, "events": list(events or ("batch.finished", "note.created"))}
    answer = client.post("/v1/webhooks", json=wanted, headers=device.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]  # httpx types no JSON


def log_of(client: TestClient, device: Device, webhook: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/webhooks/{webhook['id']}/deliveries", headers=device.headers)
    return answer.json()["items"]  # type: ignore[no-any-return]  # as above


def note_created(database: Database, device: Device, title: str = "A note") -> None:
    with database.transaction(as_system="a test") as session:
        publish(session, Event(device.user_id, EventType.NOTE_CREATED, {"title": title}))


def make_due(database: Database) -> None:
    """As if the time of the next try had come."""
    with database.transaction(as_system="a test") as session:
        session.execute(update(WebhookDelivery).values(due_at=func.now()))
        session.execute(update(Webhook).values(paused_until=None))


def deliver_all(database: Database, outbound: Outbound) -> None:
    while deliver_next(database, outbound):
        pass


def verified(secret: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """What a receiver does, written from the specification; gives the body."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mine = base64.b64encode(hmac.new(key, signed, "sha256").digest()).decode()
    assert f"v1,{mine}" in headers["webhook-signature"].split()
    assert abs(time.time() - int(headers["webhook-timestamp"])) < 60
    return json.loads(body)  # type: ignore[no-any-return]  # as above


def test_a_finished_batch_and_its_notes_are_delivered_and_can_be_verified(
    client: TestClient, device: Device, bench: Bench, outbound: Outbound, rung: list[Job]
) -> None:
    with receiver() as kept:
        webhook = create(client, device, kept.url)
        (recording_id,) = bench.submit(device.user_id)
        bench.run_all()
        assert [job.name for job in rung].count(DELIVER) == 2
        deliver_all(bench.database, outbound)
    told = [verified(webhook["secret"], *each) for each in kept.received]
    assert [each["type"] for each in told] == ["note.created", "batch.finished"]
    assert told[1]["data"]["status"] == "completed"
    assert told[1]["data"]["batch_id"] == bench.batch_id(recording_id)
    assert told[0]["timestamp"].endswith("Z")
    log = log_of(client, device, webhook)
    assert [each["status"] for each in log] == ["delivered", "delivered"]
    assert log[0]["attempts"][0]["status"] == 204
    assert {each["id"] for each in log} == {headers["webhook-id"] for headers, _ in kept.received}


def test_only_what_was_asked_for_is_delivered_and_nothing_of_others(
    client: TestClient, device: Device, database: Database, outbound: Outbound
) -> None:
    with receiver() as kept, receiver() as theirs:
        create(client, device, kept.url, "batch.finished")
        create(client, register(client, "device-2"), theirs.url)
        note_created(database, device)
        assert deliver_next(database, outbound) is None
    assert kept.received == theirs.received == []


def test_what_was_undone_is_not_delivered(client: TestClient, device: Device, database: Database) -> None:
    with receiver() as kept:
        create(client, device, kept.url)
        with suppress(ZeroDivisionError), database.transaction(as_system="a test") as session:
            publish(session, Event(device.user_id, EventType.NOTE_CREATED, {}))
            raise ZeroDivisionError
    with database.transaction(as_system="a test") as session:
        assert session.scalars(select(WebhookDelivery)).all() == []


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, "It answered 500."), (302, "Redirects are not followed."), (404, "It answered 404.")],
)
def test_a_receiver_that_fails_is_tried_again_later_with_the_same_id(
    client: TestClient, device: Device, database: Database, outbound: Outbound, status: int, error: str
) -> None:
    with receiver(status) as kept:
        webhook = create(client, device, kept.url)
        note_created(database, device)
        assert deliver_next(database, outbound)
        assert deliver_next(database, outbound) is None  # not yet
        (entry,) = log_of(client, device, webhook)
        (attempt,) = entry["attempts"]
        assert (entry["status"], attempt["status"], attempt["error"]) == ("due", status, error)
        assert entry["next_attempt_at"] is not None
        make_due(database)
        assert deliver_next(database, outbound)
    (first, _), (second, _) = kept.received
    assert first["webhook-id"] == second["webhook-id"]
    (entry,) = log_of(client, device, webhook)
    assert (entry["status"], len(entry["attempts"])) == ("delivered", 2)


def test_a_receiver_that_hangs_costs_its_time_limit_and_no_more(
    client: TestClient, device: Device, database: Database, outbound: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "BOUNDS", Bounds(seconds=0.3))
    with receiver(0) as kept:
        webhook = create(client, device, kept.url)
        note_created(database, device)
        began = time.monotonic()
        deliver_next(database, outbound)
        assert time.monotonic() - began < 3
        (entry,) = log_of(client, device, webhook)
    assert entry["attempts"][0]["error"] == "It did not answer within 0.3 seconds."


def test_a_dead_receiver_is_left_alone_for_a_while_whatever_is_due_to_it(
    client: TestClient, device: Device, database: Database, outbound: Outbound
) -> None:
    with receiver(500) as dead, receiver() as alive:
        create(client, device, dead.url)
        create(client, device, alive.url)
        for title in ("one", "two"):
            note_created(database, device, title)
        deliver_all(database, outbound)
        assert (len(dead.received), len(alive.received)) == (1, 2)


def test_a_slow_receiver_rests_so_that_others_have_the_workers(
    client: TestClient, device: Device, database: Database, outbound: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "REST", 1_000.0)
    with receiver() as slow, receiver() as quick:
        slow.after_s = SLOW_S + 0.1
        create(client, device, slow.url)
        create(client, device, quick.url)
        for title in ("one", "two"):
            note_created(database, device, title)
        deliver_all(database, outbound)
        assert (len(slow.received), len(quick.received)) == (1, 2)
        slow.after_s = 0
        make_due(database)
        deliver_all(database, outbound)
        assert (len(slow.received), len(quick.received)) == (2, 2)


def test_after_hours_it_has_failed_and_can_be_asked_for_once_more(
    client: TestClient, device: Device, database: Database, outbound: Outbound
) -> None:
    with receiver(*[503] * 8) as kept:
        webhook = create(client, device, kept.url)
        note_created(database, device)
        for _ in range(len(WAITS_S) + 1):
            assert deliver_next(database, outbound)
            make_due(database)
        assert deliver_next(database, outbound) is None
        (entry,) = log_of(client, device, webhook)
        assert (entry["status"], len(entry["attempts"]), entry["next_attempt_at"]) == ("failed", 8, None)
        url = f"/v1/webhooks/{webhook['id']}/deliveries/{entry['id']}/redeliver"
        assert client.post(url, headers=device.headers).status_code == 202
        assert deliver_next(database, outbound)
        (entry,) = log_of(client, device, webhook)
        assert (entry["status"], len(entry["attempts"])) == ("delivered", 9)


def test_the_tries_spread_over_hours() -> None:
    waits = [retry_s(attempt) for attempt in range(1, 9)]
    assert waits[-1] is None
    assert all(0.8 * wait <= (got or 0) <= 1.2 * wait for wait, got in zip(WAITS_S, waits, strict=False))
    assert 15 * 3600 < sum(WAITS_S) < 24 * 3600


@pytest.mark.parametrize("how", ["gone", "long dead"])
def test_a_webhook_that_is_gone_or_long_dead_is_switched_off_until_its_owner_says_so(
    client: TestClient, device: Device, database: Database, outbound: Outbound, how: str
) -> None:
    with receiver(410 if how == "gone" else 500) as kept:
        webhook = create(client, device, kept.url)
        url = f"/v1/webhooks/{webhook['id']}"
        if how == "long dead":
            with database.transaction(as_system="a test") as session:
                session.execute(update(Webhook).values(failing_since=func.now() - timedelta(days=6)))
        note_created(database, device)
        note_created(database, device)
        deliver_next(database, outbound)
        shown = client.get(url, headers=device.headers).json()
        assert not shown["is_enabled"]
        assert shown["disabled_reason"]
        note_created(database, device, "while it is off")
        make_due(database)
        assert deliver_next(database, outbound) is None
        assert {entry["status"] for entry in log_of(client, device, webhook)} == {"failed"}
        again = client.patch(url, json={"is_enabled": True}, headers=device.headers).json()
        assert (again["is_enabled"], again["disabled_reason"], again["failing_since"]) == (True, None, None)
        note_created(database, device, "now")
        assert deliver_next(database, outbound)
    assert json.loads(kept.received[-1][1])["data"] == {"title": "now"}


def test_many_workers_at_once_deliver_each_once_and_one_at_a_time(
    client: TestClient, device: Device, database: Database, outbound: Outbound
) -> None:
    with receiver() as kept:
        create(client, device, kept.url)
        for number in range(6):
            note_created(database, device, str(number))

        def work() -> None:
            for _ in range(12):
                deliver_next(database, outbound)

        assert at_once(*[work] * 3) == []
        deliver_all(database, outbound)
    titles = [json.loads(body)["data"]["title"] for _, body in kept.received]
    assert sorted(titles) == [str(number) for number in range(6)]


def test_a_worker_that_died_in_the_middle_is_followed_by_another_and_a_late_word_changes_nothing(
    client: TestClient, device: Device, database: Database, outbound: Outbound, rung: list[Job]
) -> None:
    with receiver() as kept:
        webhook = create(client, device, kept.url)
        note_created(database, device)
        with database.transaction(as_system="a test") as session:
            claimed = delivering._claim(session)
        assert claimed is not None
        assert deliver_next(database, outbound) is None  # it is in hand
        with database.transaction(as_system="a test") as session:
            session.execute(update(WebhookDelivery).values(lease_until=func.now() - timedelta(seconds=1)))
        rung.clear()
        ring_due(database)
        assert [(job.name, job.id) for job in rung] == [(DELIVER, claimed.id)]
        assert deliver_next(database, outbound) == claimed.id
        with database.transaction(as_system="a test") as session:
            delivering._write(session, claimed, delivering.Tried(500, "It answered 500.", 1.0))
        (entry,) = log_of(client, device, webhook)
    assert (entry["status"], len(entry["attempts"])) == ("delivered", 1)


def test_one_whose_webhook_is_deleted_meanwhile_is_no_error(
    client: TestClient, device: Device, database: Database
) -> None:
    with receiver() as kept:
        webhook = create(client, device, kept.url)
        note_created(database, device)
        with database.transaction(as_system="a test") as session:
            claimed = delivering._claim(session)
        assert claimed is not None
        client.delete(f"/v1/webhooks/{webhook['id']}", headers=device.headers)
        with database.transaction(as_system="a test") as session:
            delivering._write(session, claimed, delivering.Tried(204, None, 0.1))
            assert session.get(WebhookDelivery, UUID(str(claimed.id))) is None


def test_what_ended_long_ago_is_forgotten(
    client: TestClient, device: Device, database: Database, outbound: Outbound
) -> None:
    with receiver() as kept:
        webhook = create(client, device, kept.url)
        _deliver_one(database, device, outbound, kept)
        with database.transaction(as_system="a test") as session:
            session.execute(update(WebhookDelivery).values(created_at=func.now() - timedelta(days=31)))
        note_created(database, device)
        delivering.remove_old(database)
        assert [entry["status"] for entry in log_of(client, device, webhook)] == ["due"]


def _deliver_one(database: Database, device: Device, outbound: Outbound, kept: Receiver) -> None:
    note_created(database, device)
    assert deliver_next(database, outbound)
    assert kept.received
