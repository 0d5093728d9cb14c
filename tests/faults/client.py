"""A phone on a bad day: it asks again until it is told, with the same ids, and writes everything into the history."""

import base64
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

import httpx
import numpy as np

from tests.audio import wav
from tests.engines.speech_to_text.recordings import voice
from tests.faults.history import FINAL, History
from tests.stubs.openai_audio import heard, verbose
from tests.stubs.openai_server import JsonObject

SAID = "Градиентный спуск меняет веса сети."
SPOKEN: JsonObject = verbose(heard(SAID, 0.0, 2.9), language="russian")
"""What the tests' speech server hears in every clip."""


def clip(seed: int) -> bytes:
    """Three seconds of a voice, of bytes that no other seed has."""
    samples = voice(3.0)
    samples[-4:] = np.array([seed >> shift & 0x7FF for shift in (0, 11, 22, 33)], dtype=np.int16)
    return wav(samples)


@dataclass
class Client:
    """A registered device, logging into `history`. Its methods raise `httpx.HTTPError` where there is no answer."""

    url: str
    history: History
    device_id: str = field(default_factory=lambda: f"phone-{uuid4()}")
    user_id: str = ""

    def __enter__(self) -> "Client":
        self.http = httpx.Client(base_url=f"{self.url}/v1", timeout=30, trust_env=False)
        secret = token_urlsafe(32)  # its own, so that a registration whose answer was lost can be sent again
        for _ in self._tries(60):
            with suppress(httpx.HTTPError):
                asked = {"device_id": self.device_id, "device_secret": secret}
                answer = self._told(self.http.post("/auth/register", json=asked))
                if answer.status_code == 200:
                    break
        given = answer.json()
        self.user_id = given["user_id"]
        self.http.headers["Authorization"] = f"Bearer {given['access_token']}"
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def submit(self, batch: str, *audio: bytes) -> httpx.Response:
        """Send a batch once; a 200 is noted as the server's word."""
        answer = self._told(self.http.post("/batches/submit", json=self.body(batch, audio)))
        if answer.status_code == 200:
            for number, one in enumerate(audio):
                self.history.acknowledged(self.user_id, f"{batch}-{number}", one)
        return answer

    def insist(self, batch: str, *audio: bytes, deadline_s: float = 60) -> float:
        """Send a batch until it is taken; how long that took, in seconds."""
        since = time.monotonic()
        for _ in self._tries(deadline_s):
            try:
                if self.submit(batch, *audio).status_code == 200:
                    return time.monotonic() - since
            except httpx.HTTPError:
                continue
        raise AssertionError(f"{batch} was not taken within {deadline_s} s")

    def status(self, batch: str) -> dict[str, Any] | None:
        """How a batch stands, None where that can't be learnt now."""
        try:
            answer = self._told(self.http.get(f"/batches/{batch}/status"))
        except httpx.HTTPError:
            return None
        if answer.status_code != 200:
            return None
        told: dict[str, Any] = answer.json()
        self.history.status(self.user_id, batch, told)
        return told

    def ended(self, batch: str, deadline_s: float = 60) -> str:
        """Wait for the batch's end; its last status."""
        for _ in self._tries(deadline_s):
            told = self.status(batch)
            if told and told["status"] in FINAL:
                return str(told["status"])
        raise AssertionError(f"{batch} did not end within {deadline_s} s: {told}")

    def remove(self, batch: str, recordings: int, deadline_s: float = 60) -> None:
        """Remove a batch, whoever is at work on it, until the server says that it is gone."""
        for number in range(recordings):
            self.history.given_up(self.user_id, f"{batch}-{number}")
        for _ in self._tries(deadline_s):
            try:
                answer = self._told(self.http.delete(f"/batches/{batch}"))
            except httpx.HTTPError:
                continue
            if answer.status_code in {204, 404}:  # 404: an answer before this one was lost
                for number in range(recordings):
                    self.history.removed(self.user_id, f"{batch}-{number}")
                return
        raise AssertionError(f"{batch} was not removed within {deadline_s} s")

    def _told(self, answer: httpx.Response) -> httpx.Response:
        route = f"{answer.request.method} {answer.request.url.path}"
        self.history.answered(self.user_id, route, answer.status_code, answer.headers.get("retry-after"))
        return answer

    def body(self, batch: str, audio: tuple[bytes, ...]) -> dict[str, Any]:
        """What `submit` sends."""
        recordings = [
            {
                "id": f"{batch}-{number}",
                "filename": "lecture.wav",
                "duration": 3.0,
                "created_at": "2026-01-31T14:30:00Z",
                "audio_data": base64.b64encode(one).decode(),
            }
            for number, one in enumerate(audio)
        ]
        settings = {"language": "ru", "include_research": False}
        return {"batch_id": batch, "device_id": self.device_id, "settings": settings, "recordings": recordings}

    @staticmethod
    def _tries(deadline_s: float) -> Iterator[None]:
        deadline = time.monotonic() + deadline_s
        while time.monotonic() < deadline:
            yield
            time.sleep(0.1)
