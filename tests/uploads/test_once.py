"""Whatever is sent twice, cut, sent at once or left behind: one recording, and every byte that was counted."""

import io
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from fastapi.testclient import TestClient
from sqlalchemy import select, update

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.clock import now
from ai_conspects.models import Upload, UploadPart
from ai_conspects.uploads.sweeping import finish_full, remove_expired, remove_lost_parts
from tests.batches.submits import NOTHING, audio, batch, left_behind, recording
from tests.batches.test_cut_submits import served, wait_until
from tests.uploads.tus import BYTES, Tus

ONE = {"batches": 1, "recordings": 1, "steps": 6, "objects": 1}


def test_the_same_creation_again_is_the_same_upload(tus: Tus) -> None:
    url = tus.created(10, recording_id="a", filename="a.m4a")
    assert tus.patch(url, 0, b"abc").status_code == 204
    assert tus.created(10, recording_id="a", filename="a.m4a") == url
    assert tus.offset(url) == 3
    other = tus.create(11, recording_id="a", filename="a.m4a")
    assert (other.status_code, other.json()["code"]) == (409, "upload_exists")


def test_a_client_that_lost_the_last_answer_finds_its_upload_finished(tus: Tus, parts: Parts) -> None:
    url = tus.created(6, recording_id="a")
    assert tus.patch(url, 0, b"abcdef").status_code == 204
    assert tus.offset(url) == 6
    assert tus.patch(url, 6, b"").status_code == 204
    assert tus.created(6, recording_id="a") == url
    assert tus.patch(url, 0, b"abcdef").status_code == 409
    assert left_behind(parts) == ONE


def test_an_id_that_a_recording_has_is_refused_before_bytes_are_sent(tus: Tus) -> None:
    assert tus.patch(tus.created(3, recording_id="a"), 0, b"abc").status_code == 204
    assert tus.asked("DELETE", tus.created(3, recording_id="a")).status_code == 204
    answer = tus.create(3, recording_id="a")
    assert (answer.status_code, answer.json()["code"]) == (409, "recording_exists")


def test_fifty_creations_at_once_are_one_upload(tus: Tus) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: tus.create(3, recording_id="a"), range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.headers["location"] for answer in answers}) == 1


def test_while_one_appends_another_is_told_to_wait(tus: Tus, parts: Parts) -> None:
    url = tus.created(6)
    with half_sent(tus, parts, url) as first:
        second = tus.patch(url, 0, b"ABCDEF")
        assert (second.status_code, second.json()["code"]) == (423, "upload_locked")
        assert second.headers["retry-after"]
        first.sendall(b"def")
        assert first.recv(4096).startswith(b"HTTP/1.1 204")
    assert left_behind(parts) == ONE


def test_twenty_that_append_at_once_append_once(tus: Tus, parts: Parts) -> None:
    url = tus.created(2000)
    data = audio(1, 1000)
    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(lambda _: tus.patch(url, 0, data), range(20)))
    assert statuses[0] == 204
    assert set(statuses[1:]) <= {409, 423}
    assert tus.offset(url) == 1000
    assert len(stored(parts, url)) == 1


def test_a_request_that_lost_its_turn_changes_nothing(tus: Tus, parts: Parts) -> None:
    url = tus.created(6)
    with half_sent(tus, parts, url) as first:
        with parts.database.transaction(as_system="a test") as session:  # it was silent for longer than its lease
            session.execute(update(Upload).values(lease_until=now() - timedelta(seconds=1)))
        assert tus.patch(url, 0, b"ABCDE").status_code == 204
        first.sendall(b"def")
        assert first.recv(4096).startswith(b"HTTP/1.1 423")
    assert tus.offset(url) == 5
    assert tus.patch(url, 5, b"F").status_code == 204
    assert tus.asked("GET", f"/v1/recordings/{url.rsplit('/', 1)[1]}/audio").content == b"ABCDEF"
    assert left_behind(parts) == ONE


def test_an_upload_ended_while_bytes_come_leaves_nothing(tus: Tus, parts: Parts) -> None:
    url = tus.created(6)
    with half_sent(tus, parts, url) as first:
        assert tus.asked("DELETE", url).status_code == 204
        first.sendall(b"def")
        assert first.recv(4096).startswith(b"HTTP/1.1 423")
    assert left_behind(parts) == NOTHING


def test_what_came_before_a_cut_counts(tus: Tus, parts: Parts) -> None:
    whole = audio(1, 12 * 2**20)
    url = tus.created(len(whole), recording_id="cut")
    with served(parts) as port:
        for part in (0.2, 0.5, 0.95):
            start = tus.offset(url)
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(head(tus, url, start, len(whole) - start))
                client.sendall(whole[start : int(len(whole) * part)])
            wait_until(partial(has_gone_on, tus, parts, url, start))
    start = tus.offset(url)
    assert 0.9 * len(whole) < start < len(whole)
    assert tus.patch(url, start, whole[start:]).status_code == 204
    assert tus.asked("GET", "/v1/recordings/cut/audio").content == whole
    assert left_behind(parts) == ONE


def test_a_full_upload_whose_server_died_is_finished_by_the_sweeper_once(tus: Tus, parts: Parts) -> None:
    url = tus.created(6, recording_id="a")
    assert tus.patch(url, 0, b"abc").status_code == 204
    full(parts, url, b"def")
    assert [finish_full(parts.database, parts.store) for _ in range(3)] == [1, 0, 0]
    assert tus.asked("GET", "/v1/recordings/a/audio").content == b"abcdef"
    assert left_behind(parts) == ONE


def test_or_by_its_client_with_an_empty_patch(tus: Tus, parts: Parts) -> None:
    url = tus.created(6, recording_id="a")
    assert tus.patch(url, 0, b"abc").status_code == 204
    full(parts, url, b"def")
    assert tus.patch(url, 6, b"").status_code == 204
    assert left_behind(parts) == ONE


def test_an_id_taken_meanwhile_is_told_and_the_bytes_are_kept(tus: Tus, parts: Parts, client: TestClient) -> None:
    url = tus.created(6, recording_id="recording-uuid-1")
    assert tus.patch(url, 0, b"abc").status_code == 204
    submitted = client.post("/v1/batches/submit", json=batch(recording()), headers=tus.device.headers)
    assert submitted.status_code == 200
    answer = tus.patch(url, 3, b"def")
    assert (answer.status_code, answer.json()["code"]) == (409, "recording_exists")
    assert tus.offset(url) == 6
    tries = fence(parts, url)
    assert [finish_full(parts.database, parts.store) for _ in range(3)] == [0, 0, 0]
    assert fence(parts, url) == tries  # its bytes are not read and joined at each sweep for nothing
    assert left_behind(parts) == {**ONE, "objects": 3}
    assert tus.asked("DELETE", f"/v1/batches/{submitted.json()['batch_id']}").status_code == 204
    assert finish_full(parts.database, parts.store) == 1  # the id is free again
    assert tus.asked("GET", "/v1/recordings/recording-uuid-1/audio").content == b"abcdef"


def test_neither_are_the_bytes_of_one_whose_batch_was_taken(tus: Tus, parts: Parts, client: TestClient) -> None:
    url = tus.created(3, recording_id="a", batch_id=batch()["batch_id"])
    full(parts, url, b"abc")
    submitted = client.post("/v1/batches/submit", json=batch(recording()), headers=tus.device.headers)
    assert submitted.status_code == 200
    assert finish_full(parts.database, parts.store) == 0
    assert fence(parts, url) == 0
    answer = tus.patch(url, 3, b"")
    assert (answer.status_code, answer.json()["code"]) == (409, "batch_exists")


def test_an_expired_upload_is_gone_with_its_bytes(tus: Tus, parts: Parts) -> None:
    url = tus.created(6, recording_id="a")
    assert tus.patch(url, 0, b"abc").status_code == 204
    assert remove_expired(parts.database, parts.store) == 0
    with parts.database.transaction(as_system="a test") as session:
        session.execute(update(Upload).values(expires_at=now() - timedelta(seconds=1)))
    assert tus.asked("HEAD", url).status_code == 404
    assert remove_expired(parts.database, parts.store) == 1
    assert left_behind(parts) == NOTHING
    assert tus.create(7, recording_id="a").status_code == 201


def test_bytes_without_a_row_are_swept_when_they_are_old(tus: Tus, parts: Parts) -> None:
    url = tus.created(6)
    assert tus.patch(url, 0, b"abc").status_code == 204
    parts.store.put_file(f"uploads/{tus.device.user_id}/x/y", io.BytesIO(b"lost"))
    assert remove_lost_parts(parts.database, parts.store, older_than_h=24, now=now()) == 0
    assert remove_lost_parts(parts.database, parts.store, older_than_h=24, now=now() + timedelta(hours=25)) == 1
    assert tus.patch(url, 3, b"def").status_code == 204


@contextmanager
def half_sent(tus: Tus, parts: Parts, url: str) -> Iterator[socket.socket]:
    """A connection that has the turn, and has sent three of its six bytes."""
    with served(parts) as port, socket.create_connection(("127.0.0.1", port)) as first:
        first.sendall(head(tus, url, 0, 6) + b"abc")
        wait_until(lambda: fence(parts, url) == 1)
        yield first


def full(parts: Parts, url: str, rest: bytes) -> None:
    """The last bytes counted, and nothing after it: a server killed just then."""
    upload_id = url.rsplit("/", 1)[1]
    with parts.database.transaction(as_system="a test") as session:
        upload = session.scalars(select(Upload)).one()
        assert str(upload.id) == upload_id
        key = f"uploads/{upload.user_id}/{upload_id}/last"
        session.add(UploadPart(upload_id=upload.id, start=upload.received, size=len(rest), key=key))
        upload.received += len(rest)
    parts.store.put_file(key, io.BytesIO(rest))


def head(tus: Tus, url: str, offset: int, length: int) -> bytes:
    lines = [
        f"PATCH {url} HTTP/1.1",
        "Host: localhost",
        f"Authorization: {tus.device.headers['Authorization']}",
        "Tus-Resumable: 1.0.0",
        f"Content-Type: {BYTES}",
        f"Upload-Offset: {offset}",
        f"Content-Length: {length}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def row(parts: Parts, url: str) -> Upload:
    with parts.database.transaction(as_system="a test") as session:
        return session.scalars(select(Upload).where(Upload.id == url.rsplit("/", 1)[1])).one()


def fence(parts: Parts, url: str) -> int:
    return row(parts, url).fence


def has_gone_on(tus: Tus, parts: Parts, url: str, start: int) -> bool:
    """Whether bytes were counted and nobody appends any more."""
    return row(parts, url).lease_until is None and tus.offset(url) > start


def stored(parts: Parts, url: str) -> list[str]:
    return [found.key for found in parts.store.list("uploads") if url.rsplit("/", 1)[1] in found.key]
