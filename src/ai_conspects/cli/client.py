"""The command line's own client of the public API: what the mobile app does, in Python."""

import base64
import json
import secrets
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from ai_conspects.embedded.secrets import write_private
from ai_conspects.engines.decoding.audio import DecodingLimits, probe
from ai_conspects.engines.errors import EngineRejected

PIECE_BYTES = 192 * 1024  # of audio; a multiple of 3, so that the base64 of the pieces is that of the whole
LONGEST_S = 72 * 3600.0
LONGEST_PAGE = 100
SILENCE_S = 60.0
"""A stream that says nothing for so long, not even that it is there, is broken; the server speaks every 15 s."""


class ApiError(Exception):
    """The server said no; `detail` is its own sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"{detail} ({status})")
        self.status = status
        self.detail = detail


@dataclass(frozen=True)
class Device:
    """Who this command line is for the server. `known`: it has an account already, and none must be made for it."""

    device_id: str
    secret: str
    known: bool = False

    @classmethod
    def of(cls, file: Path) -> "Device":
        """The device of this file, which only its owner can read; made on its first use."""
        if not file.exists():
            made = {
                "device_id": f"cli-{socket.gethostname()}-{secrets.token_hex(4)}",
                "secret": secrets.token_urlsafe(32),
            }
            write_private(file, json.dumps(made))
        return cls(**json.loads(file.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Upload:
    """A recording to be sent. `duration_s` is for the server's estimate; 0 where the file can't be read as audio."""

    id: str
    path: Path
    duration_s: float
    recorded_at: datetime

    @classmethod
    def of(cls, path: Path) -> "Upload":
        """The recording in this file; whether it is audio is for the server to say."""
        try:
            duration_s = probe(path, DecodingLimits(max_seconds=LONGEST_S)).duration_s
        except EngineRejected:
            duration_s = 0.0
        return cls(str(uuid4()), path, duration_s, datetime.fromtimestamp(path.stat().st_mtime, UTC))


class Client:
    """A logged-in client. Every method raises `ApiError` where the server refuses."""

    def __init__(self, url: str, device: Device) -> None:
        self._http = httpx.Client(base_url=f"{url}/v1", timeout=httpx.Timeout(30, read=300), trust_env=False)
        self._device = device

    def __enter__(self) -> "Client":
        self.log_in()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def log_in(self) -> None:
        """Register with a secret of our own: the first time makes the account, later ones find it."""
        body = {"device_id": self._device.device_id, "device_secret": self._device.secret}
        token = self._asked("POST", f"/auth/{'login' if self._device.known else 'register'}", json=body)["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def submit(self, batch_id: str, uploads: Sequence[Upload], settings: dict[str, Any]) -> dict[str, Any]:
        """Send the recordings as one batch, read from disk as they are sent: once, so with a fresh token."""
        self.log_in()
        body = _body(batch_id, self._device.device_id, uploads, settings)
        return self._asked("POST", "/batches/submit", content=body, headers={"Content-Type": "application/json"})

    def status(self, batch_id: str) -> dict[str, Any]:
        """Where the batch stands."""
        return self._asked_again("GET", f"/batches/{batch_id}/status")

    def results(self, batch_id: str) -> dict[str, Any]:
        """The finished batch's notes."""
        return self._asked_again("GET", f"/batches/{batch_id}/results")

    def ask(self, question: str, conversation_id: str | None = None) -> dict[str, Any]:
        """An answer from the notes; with an id, as the next turn of that conversation."""
        return self._asked_again("POST", "/chat/query", json={"message": question, "conversation_id": conversation_id})

    def notes(self, limit: int, **filters: Any) -> list[dict[str, Any]]:
        """The newest notes that the filters of `GET /notes` let through, page after page up to `limit`."""
        return self._pages("/notes", limit, filters)

    def note(self, note_id: str) -> dict[str, Any]:
        """One note, whole."""
        return self._asked_again("GET", f"/notes/{quote(note_id, safe='')}")

    def search(self, query: str, limit: int, **filters: Any) -> list[dict[str, Any]]:
        """The best hits, best first."""
        page = self._asked_again("GET", "/search", params=_given({"q": query, "limit": limit, **filters}))
        hits: list[dict[str, Any]] = page["items"]
        return hits

    @contextmanager
    def streamed(self, path: str, **parameters: Any) -> Iterator[httpx.Response]:
        """An answer that goes on as long as both sides like."""
        unending = httpx.Timeout(30, read=SILENCE_S)
        with self._http.stream("GET", path, params=_given(parameters), timeout=unending) as response:
            if response.is_error:
                response.read()
                raise ApiError(response.status_code, _detail(response))
            yield response

    def _pages(self, path: str, limit: int, filters: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while len(found) < limit:
            wanted = {**filters, "limit": min(limit - len(found), LONGEST_PAGE), "cursor": cursor}
            page = self._asked_again("GET", path, params=_given(wanted))
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        return found

    def _asked_again(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """As `_asked`; logs in once more when the token has run out meanwhile."""
        try:
            return self._asked(method, path, **request)
        except ApiError as error:
            if error.status != httpx.codes.UNAUTHORIZED:
                raise
            self.log_in()
            return self._asked(method, path, **request)

    def _asked(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        response = self._http.request(method, path, **request)
        if response.is_error:
            raise ApiError(response.status_code, _detail(response))
        answer: dict[str, Any] = response.json()
        return answer


def _given(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


def _detail(response: httpx.Response) -> str:
    try:
        problem = response.json()
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.get("errors") or [])
        return f"{problem['detail']}{f' — {faults}' if faults else ''}"
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase


def _body(batch_id: str, device_id: str, uploads: Sequence[Upload], settings: dict[str, Any]) -> Iterator[bytes]:
    """The JSON of a submit, a piece at a time, so that a long recording needs no memory here either."""
    head = json.dumps({"batch_id": batch_id, "device_id": device_id, "settings": settings})
    yield f'{head[:-1]}, "recordings": ['.encode()
    for number, upload in enumerate(uploads):
        facts = json.dumps(
            {
                "id": upload.id,
                "filename": upload.path.name,
                "duration": upload.duration_s,
                "created_at": upload.recorded_at.isoformat(),
            }
        )
        yield f'{", " if number else ""}{facts[:-1]}, "audio_data": "'.encode()
        with upload.path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield base64.b64encode(piece)
        yield b'"}'
    yield b"]}"
