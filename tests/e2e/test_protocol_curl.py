"""The protocol's own curl examples, as it writes them, with real audio inside, on a server whose speech engine hears
Russian. Without `curl` on the machine the same bytes are sent by httpx."""

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from ai_conspects.embedded.stack import Stack
from tests.e2e.homes import new_home, offline
from tests.e2e.phone import FINISHED, Json
from tests.e2e.recordings import clip
from tests.e2e.waiting import until
from tests.stubs.openai_audio import heard, speech_server, verbose

BATCH = "123e4567-e89b-12d3-a456-426614174000"

SUBMIT = """{
    "batch_id": "123e4567-e89b-12d3-a456-426614174000",
    "device_id": "unique-device-identifier",
    "settings": {
      "language": "ru",
      "analysis_depth": "detailed",
      "include_research": true,
      "generate_tags": true
    },
    "recordings": [
      {
        "id": "recording-uuid-1",
        "filename": "recording_1234567890.m4a",
        "duration": 125.5,
        "created_at": "2025-09-18T14:30:00Z",
        "audio_data": "base64-encoded-audio-content"
      }
    ]
  }"""

CHAT = """{
    "message": "What did I study about SwiftUI?",
    "context": {
      "include_notes": true,
      "max_context_notes": 10
    }
  }"""

SAID = (
    "Сегодня мы разбираем градиентный спуск.",
    "Градиентный спуск шаг за шагом меняет веса нейронной сети в сторону уменьшения ошибки.",
    "Слишком большой шаг обучения делает обучение неустойчивым.",
)
"""Each a segment of three seconds."""


@dataclass(frozen=True)
class Server:
    """Where it answers. A request is given as the protocol's documents give it."""

    url: str

    def asked(self, method: str, path: str, token: str = "", body: str = "") -> Json:
        """`curl -X METHOD "…/v1/path" -H … -d '…'`: the JSON that came back."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Content-Type": "application/json"} if body else {}
        answer: Json = json.loads(self._sent(method, f"{self.url}/v1{path}", headers, body))
        return answer

    def _sent(self, method: str, url: str, headers: dict[str, str], body: str) -> str:
        if not shutil.which("curl"):
            with httpx.Client(timeout=60, trust_env=False) as client:
                return client.request(method, url, headers=headers, content=body.encode()).text
        told = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        argv = ["curl", "--silent", "--show-error", "--noproxy", "*", "-X", method, url, *told]
        done = subprocess.run([*argv, *(["-d", body] if body else [])], capture_output=True, timeout=60, check=True)
        return done.stdout.decode()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with new_home() as home, speech_server() as speech:
        speech.says(verbose(*(heard(text, 3.0 * at, 3.0 * at + 3) for at, text in enumerate(SAID)), language="russian"))
        engine = {"engine": "openai", "base_url": speech.url}
        with Stack(offline(home, speech=engine), port=0) as stack:
            yield Server(stack.url)


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    given = server.asked("POST", "/auth/register?device_id=unique-device-identifier")
    assert (given["token_type"], set(given) >= {"access_token", "user_id"}) == ("bearer", True)
    return str(given["access_token"])


@pytest.fixture(scope="module")
def ended(server: Server, token: str) -> Json:
    """The last status of the protocol's batch."""
    body = SUBMIT.replace("base64-encoded-audio-content", base64.b64encode(clip()).decode())
    accepted = server.asked("POST", "/batches/submit", token, body)
    assert (accepted["batch_id"], accepted["status"]) == (BATCH, "accepted"), accepted
    told: list[Json] = []

    def has_ended() -> bool:
        told.append(server.asked("GET", f"/batches/{BATCH}/status", token))
        return told[-1]["status"] in FINISHED

    until(has_ended, every_s=0.2)
    return told[-1]


def test_the_batch_is_done_under_the_ids_that_the_client_chose(ended: Json) -> None:
    assert (ended["batch_id"], ended["status"]) == (BATCH, "completed"), ended
    assert (ended["recordings_processed"], ended["total_recordings"]) == (1, 1)
    assert ended["recordings"][0]["id"] == "recording-uuid-1"
    assert ended["recordings"][0]["filename"] == "recording_1234567890.m4a"


def test_the_notes_are_in_russian_and_cite_the_recording(server: Server, token: str, ended: Json) -> None:
    results = server.asked("GET", f"/batches/{BATCH}/results", token)
    assert results["status"] == ended["status"]
    assert results["notes"]
    for note in results["notes"]:
        assert (note["language"], note["source_recording_id"]) == ("ru", "recording-uuid-1")
        assert note["tags"]
        for text in (note["title"], note["summary"], note["content"], *(tag["name"] for tag in note["tags"])):
            assert re.search("[а-яё]", text, re.IGNORECASE)
            assert not re.search("[a-z]", text, re.IGNORECASE)
        assert note["citations"]
        for citation in note["citations"]:
            assert citation["recording_id"] == "recording-uuid-1"
            assert citation["start"] == pytest.approx(3.0 * SAID.index(citation["quote"]), abs=0.1)


@pytest.mark.usefixtures("ended")
def test_the_chat_says_that_the_notes_hold_nothing_of_swiftui(server: Server, token: str) -> None:
    answer = server.asked("POST", "/chat/query", token, CHAT)
    assert set(answer) == {"response", "context_used", "suggested_actions", "conversation_id"}
    assert answer["response"]["message"] == "Your notes say nothing about this."
    assert (answer["response"]["citations"], answer["response"]["confidence"]) == ([], 0.0)


@pytest.mark.usefixtures("ended")
def test_the_chat_answers_what_the_notes_do_say(server: Server, token: str) -> None:
    body = CHAT.replace("What did I study about SwiftUI?", "Что меняет градиентный спуск?")
    said = server.asked("POST", "/chat/query", token, body)["response"]
    assert SAID[1] in [citation["quote"] for citation in said["citations"]]
    assert SAID[1] in said["message"]


@pytest.mark.usefixtures("ended")
def test_the_same_submit_again_is_the_same_batch(server: Server, token: str) -> None:
    body = SUBMIT.replace("base64-encoded-audio-content", base64.b64encode(clip()).decode())
    again = server.asked("POST", "/batches/submit", token, body)
    assert (again["batch_id"], again["status"], again["queue_position"]) == (BATCH, "completed", 0)
