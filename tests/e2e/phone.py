"""A client of the public API, as the mobile app is one: it knows nothing but the protocol."""

import base64
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from tests.e2e.waiting import until

Json = dict[str, Any]

FINISHED = {"completed", "partial", "failed", "cancelled"}


class Phone:
    """A registered device. `secret` logs it in again."""

    def __init__(self, url: str, device_id: str | None = None, secret: str | None = None) -> None:
        self.device_id = device_id or f"phone-{uuid4()}"
        self.http = httpx.Client(base_url=f"{url}/v1", timeout=60, trust_env=False)
        given = self._asked(
            "POST",
            "/auth/register",
            json={"device_id": self.device_id, **({"device_secret": secret} if secret else {})},
        )
        self.secret: str = secret or given["device_secret"]
        self.http.headers["Authorization"] = f"Bearer {given['access_token']}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()

    def submit(self, batch_id: str, *recordings: bytes, filename: str = "recording.m4a", **settings: Any) -> Json:
        """Send a batch; its recordings are called `<batch_id>-0`, `<batch_id>-1`, …"""
        body = {
            "batch_id": batch_id,
            "device_id": self.device_id,
            "settings": settings,
            "recordings": [
                {
                    "id": f"{batch_id}-{number}",
                    "filename": filename,
                    "duration": 11.0,
                    "created_at": "2025-09-18T14:30:00Z",
                    "audio_data": base64.b64encode(audio).decode(),
                }
                for number, audio in enumerate(recordings)
            ],
        }
        return self._asked("POST", "/batches/submit", json=body)

    def status(self, batch_id: str) -> Json:
        return self._asked("GET", f"/batches/{batch_id}/status")

    def followed(self, batch_id: str, deadline_s: float = 120) -> list[Json]:
        """Every status that was told until the batch had ended."""
        told: list[Json] = []

        def ended() -> bool:
            told.append(self.status(batch_id))
            return told[-1]["status"] in FINISHED

        until(ended, deadline_s, every_s=0.1)
        return told

    def results(self, batch_id: str) -> Json:
        return self._asked("GET", f"/batches/{batch_id}/results")

    def ask(self, question: str) -> Json:
        return self._asked("POST", "/chat/query", json={"message": question})

    def _asked(self, method: str, path: str, **request: Any) -> Json:
        response = self.http.request(method, path, **request)
        assert response.status_code == 200, f"{method} {path}: {response.status_code} {response.text}"
        answer: Json = response.json()
        return answer
