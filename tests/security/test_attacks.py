"""Attacks of the threat table that no other part's tests try: what is sent, and what must not come of it."""

import json
import resource
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from ai_conspects.core.db import Database
from ai_conspects.engines.decoding.audio import DecodingLimits, probe
from ai_conspects.engines.errors import EngineError
from tests.accounts.devices import Device, register
from tests.api.processes import environment, process_of
from tests.audio import tone
from tests.bench import Bench
from tests.notes.notes import write

LIMITS = DecodingLimits(max_seconds=3600)


@pytest.fixture
def me(client: TestClient) -> Device:
    return register(client, "me")


def test_an_unknown_device_costs_the_same_work_as_a_wrong_secret(client: TestClient, database: Database) -> None:
    register(client, "known")
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    seen = []
    for device_id in ("known", "unknown"):
        statements.clear()
        answer = client.post("/v1/auth/login", json={"device_id": device_id, "device_secret": "x" * 43})
        told = {name: value for name, value in answer.json().items() if name != "request_id"}
        seen.append((answer.status_code, told, list(statements)))
    assert seen[0] == seen[1]


def test_no_body_says_whose_it_is(client: TestClient, me: Device) -> None:
    other = register(client, "other")
    forged = {"user_id": str(other.user_id), "id": str(other.user_id), "is_active": True, "token_version": 9}
    for body in ({"title": "mine", "content": "Some words."}, {"name": "mine"}):
        path = "/v1/notes" if "title" in body else "/v1/tags"
        assert client.post(path, json=body | forged, headers=me.headers).status_code == 422
        assert client.post(path, json=body, headers=me.headers).status_code == 201
        assert client.get(path, headers=other.headers).json()["items"] == []
    assert client.patch("/v1/users/me", json={"settings": {}} | forged, headers=me.headers).status_code == 422


PATHS = (
    "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f", "a%00b", "a%0d%0aX-Evil:%201", "....//", "/etc/passwd",
    "C:\\Windows", "%c0%ae%c0%ae%2f", "a\u202eb", ".", "..",
)  # fmt: skip


@pytest.mark.parametrize("name", PATHS)
def test_an_id_is_never_a_path(client: TestClient, me: Device, name: str, tmp_path: Path) -> None:
    sent = client.post(f"/v1/recordings?id={name}", content=tone(1.0), headers=me.headers)
    assert sent.status_code in {400, 422} or (sent.status_code == 201 and name in {".", ".."})
    for url in (f"/v1/recordings/{name}/audio", f"/v1/batches/{name}/status", f"/v1/uploads/{name}"):
        answer = client.get(url, headers=me.headers)
        assert answer.status_code in {400, 404, 405, 422}
        assert "root:" not in answer.text
        assert "X-Evil" not in answer.headers
    stored = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
    assert all(path.is_relative_to(tmp_path / "objects" / "audio" / str(me.user_id)) for path in stored)


NAMES = ("../../x.wav", "..\\x.wav", "x\r\nX-Evil: 1.wav", '"; rm -rf /.wav', "\u202egpj.exe", "/etc/passwd", "x" * 200)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_is_only_shown(client: TestClient, me: Device, name: str, tmp_path: Path) -> None:
    query = {"id": "one", "filename": name}
    sent = client.post("/v1/recordings", params=query, content=tone(1.0), headers=me.headers)
    assert sent.status_code in {201, 422}
    if sent.status_code == 201:
        answer = client.get("/v1/recordings/one/audio", headers=me.headers)
        assert answer.status_code == 200
        assert "X-Evil" not in answer.headers
        (stored,) = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
        assert stored.parent == tmp_path / "objects" / "audio" / str(me.user_id)


@pytest.fixture
def trap() -> Any:
    """A port of this machine at which nobody has any business; gives its number and how many called."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)

        def callers() -> int:
            try:
                listener.accept()
            except BlockingIOError:
                return 0
            return 1

        yield listener.getsockname()[1], callers


CALLING_HOME = {
    "an HLS playlist": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:{port}/a.ts\n",
    "a playlist": "#EXTM3U\nhttp://127.0.0.1:{port}/a.mp3\n",
    "a concat script": "ffconcat version 1.0\nfile http://127.0.0.1:{port}/a.wav\n",
    "a session description": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=audio {port} RTP/AVP 0\na=rtpmap:0 PCMU/8000\n",
    "a DASH manifest": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period>'
    '<AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1">'
    "<BaseURL>http://127.0.0.1:{port}/a.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>",
    "a redirect of Microsoft's": "[Reference]\nRef1=http://127.0.0.1:{port}/a.asf\n",
    "a list of MPEG-4's": "<smil><body><audio src='http://127.0.0.1:{port}/a'/></body></smil>",
}


@pytest.mark.parametrize("script", CALLING_HOME.values(), ids=CALLING_HOME)
def test_no_upload_makes_the_decoder_call_anybody(trap: Any, script: str, tmp_path: Path) -> None:
    port, callers = trap
    file = tmp_path / "audio"
    file.write_bytes(script.format(port=port).encode())
    with file.open("rb") as opened, pytest.raises(EngineError):
        probe(opened, LIMITS)
    assert callers() == 0


HOSTILE_TEXT = {
    "one letter": "a" * 100_000,
    "spaces": " " * 100_000 + "x",
    "dots": "." * 100_000,
    "digits": "1" * 100_000,
    "numbers and points": "1." * 50_000,
    "brackets": "[(" * 50_000,
    "quotes": '"' * 100_000,
    "hyphens": "a-" * 50_000,
    "at signs": "a@" * 50_000,
    "marks": "e\u0301" * 50_000,
    "newlines": "\n" * 100_000,
    "backslashes": "\\" * 100_000,
    "links": "[a](" * 25_000,
    "stars": "*a" * 50_000,
    "addresses": "http://" * 14_000,
}


PROCESSOR_S = 120
"""For all of them: about ten times what it takes. Where one takes quadratic time, it takes hours."""


@pytest.mark.timeout(240)
def test_notes_of_a_hundred_thousand_hostile_characters_are_kept_and_found(
    database_url: str, broker_url: str, tmp_path: Path
) -> None:
    """In a server process that is killed when it has used its processor time: a pattern that never ends fails this."""
    with process_of(environment(database_url, broker_url, tmp_path), tmp_path / "log") as (client, pid):
        resource.prlimit(pid, resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S))
        client.timeout = httpx.Timeout(200)
        token = client.post("/v1/auth/register", json={"device_id": "me"}).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        for name, hostile in HOSTILE_TEXT.items():
            answer = client.post("/v1/notes", json={"title": name, "content": hostile})
            assert answer.status_code in {201, 422}, name
            assert client.get("/v1/search", params={"q": hostile[:5_000]}).status_code in {200, 422}, name
            assert client.post("/v1/chat/query", json={"message": hostile}).status_code in {200, 422}, name
            found = client.get("/v1/search", params={"q": name}).text
            assert answer.status_code == 422 or f'"title":"{name}"' in found, name


@pytest.mark.timeout(60)
def test_words_and_searches_are_read_in_the_time_that_their_length_asks(tmp_path: Path) -> None:
    """In a process of its own, for the same reason."""
    read = (
        "import json, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (30, 30))\n"
        "from ai_conspects.search.asked import parse\n"
        "from ai_conspects.text.words import words\n"
        "for text in json.load(sys.stdin):\n"
        "    parse(text), words(text)\n"
    )
    texts = json.dumps(list(HOSTILE_TEXT.values())).encode()
    assert subprocess.run([sys.executable, "-c", read], input=texts, check=False).returncode == 0


def test_a_statement_that_takes_too_long_is_ended(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        assert session.scalar(text("SHOW statement_timeout")) == "30s"
        session.execute(text("SET LOCAL statement_timeout = '50ms'"))
        with pytest.raises(OperationalError):
            session.execute(text("SELECT pg_sleep(60)"))


def test_a_header_that_anybody_can_write_makes_no_new_address(client: TestClient) -> None:
    register(client, "known")
    wrong = {"device_id": "known", "device_secret": "x" * 43}
    answers = [
        client.post("/v1/auth/login", json=wrong, headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code
        for n in range(11)
    ]
    assert answers == [401] * 10 + [429]


CANARY = "xyzzycanary"


def test_no_word_of_a_note_a_question_or_a_search_gets_into_the_log(
    client: TestClient, me: Device, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as logs:
        note = write(client, me.headers, title=f"{CANARY} title", content=f"{CANARY} content", tags=[CANARY])
        client.patch(f"/v1/notes/{note['id']}", json={"content": f"{CANARY} again"}, headers=me.headers)
        client.get("/v1/search", params={"q": CANARY}, headers=me.headers)
        client.post("/v1/chat/query", json={"message": f"what is {CANARY}?"}, headers=me.headers)
        client.post("/v1/recordings", params={"filename": CANARY}, content=CANARY.encode(), headers=me.headers)
        bench.run_all()
        client.post("/v1/notes", content=f'{{"title": "{CANARY}', headers=me.headers)
        client.get(f"/v1/notes/{CANARY}", headers=me.headers)
    assert len(logs) >= 7
    assert CANARY not in json.dumps(logs, default=repr) + caplog.text


def test_random_bytes_under_every_name_end_in_a_refusal(tmp_path: Path) -> None:
    whole = tone(1.0)
    lies = [
        whole[:4] + b"\xff" * 8 + whole[12:],  # a length that isn't true
        whole[:20] + b"\xff\xff" + whole[22:],  # a codec that there isn't
        whole[:24] + b"\xff\xff\xff\x7f" + whole[28:],  # two thousand million samples a second
        whole[:22] + b"\xff\xff" + whole[24:],  # channels without number
        b"OggS" + bytes(60),
        b"fLaC" + b"\xff" * 60,
        b"ID3" + b"\x7f" * 60,
        bytes(100_000),
    ]
    heard = [_outcome(tmp_path / "audio", lie) for lie in lies]
    assert all(seconds is None or seconds < LIMITS.max_seconds for seconds in heard)
    assert None in heard


def _outcome(file: Path, content: bytes) -> float | None:
    """The seconds that were heard; None where it was refused."""
    file.write_bytes(content)
    try:
        return probe(file, LIMITS).duration_s
    except EngineError:
        return None


@pytest.mark.timeout(120)
def test_twenty_large_submits_at_once_hold_no_more_than_a_piece_each(client: TestClient, me: Device) -> None:
    """That memory stays flat is measured by `bench/submit`; here that each is whole and none disturbs another."""
    audio = tone(20.0)
    with ThreadPoolExecutor(20) as crowd:
        sent = list(
            crowd.map(
                lambda n: client.post("/v1/recordings", params={"id": f"r{n}"}, content=audio, headers=me.headers),
                range(20),
            )
        )
    assert [one.status_code for one in sent] == [201] * 20
    assert client.get("/v1/recordings/r7/audio", headers=me.headers).content == audio
