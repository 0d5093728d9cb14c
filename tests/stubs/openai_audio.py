"""A speech server on a loopback port that speaks `/v1/audio/transcriptions` (multipart in, JSON out) and `/v1/models`.

It really decodes what it is sent, so that a test sees how long each request's audio was. What it says is scripted; a
response format or field that it doesn't take is named in `refuses`; a longer file than `most_bytes` is a 413.
"""

import io
import json
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from threading import Event
from typing import Any

import av

from tests.stubs.openai_server import Fail, JsonObject, Raw, Silence
from tests.stubs.serving import JSON, Handler, serving


@dataclass(frozen=True)
class Held:
    """An answer that is kept back until the test lets it go."""

    answer: JsonObject
    until: Event


Answer = JsonObject | Fail | Raw | Silence | Held


@dataclass(frozen=True)
class Asked:
    """A request as the server understood it. `fields` holds every text field, with all its values.

    `at_s` is when all of it had come, by the monotonic clock.
    """

    path: str
    authorization: str
    fields: dict[str, list[str]]
    file_bytes: int
    audio_s: float
    at_s: float = 0.0


@dataclass
class SpeechServer:
    """`answers` is what it says next; the last one stays. A `dict` is the body of a `verbose_json` answer.

    `looked` is the `Authorization` of everyone who asked for the models.
    """

    url: str = ""
    answers: deque[Answer] = field(default_factory=deque)
    refuses: set[str] = field(default_factory=set)
    refuses_as_fastapi: bool = False
    most_bytes: int = 26_214_400
    asked: list[Asked] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    stopping: Event = field(default_factory=Event)

    def says(self, *answers: Answer) -> None:
        """Script the next answers."""
        self.answers.extend(answers)

    def next_answer(self, asked: Asked) -> Answer:
        """The refusal of something that this server never takes, else the next scripted answer."""
        for name in sorted(self.refuses):
            if name in asked.fields or [name] == asked.fields.get("response_format"):
                return Fail(422 if self.refuses_as_fastapi else 400, None, name, f"{name} is not supported")
        if asked.file_bytes > self.most_bytes:
            return Fail(413, None, None, "Maximum content size limit exceeded")
        return self.answers.popleft() if len(self.answers) > 1 else self.answers[0]


@contextmanager
def speech_server() -> Iterator[SpeechServer]:
    """A running server on a free port."""
    stub = SpeechServer()
    with serving(_handler(stub)) as url:
        stub.url = f"{url}/v1"
        try:
            yield stub
        finally:
            stub.stopping.set()


def heard(text: str, start: float = 0.0, end: float = 1.0, **figures: float) -> JsonObject:
    """A segment as Whisper servers write it."""
    usual: dict[str, Any] = {"avg_logprob": -0.25, "no_speech_prob": 0.01, "compression_ratio": 1.2}
    return {
        "id": 0,
        "seek": 0,
        "start": start,
        "end": end,
        "text": text,
        "tokens": [],
        "temperature": 0,
        **usual,
    } | figures


def verbose(*segments: JsonObject, language: str = "english", words: list[JsonObject] | None = None) -> JsonObject:
    """A `verbose_json` body."""
    text = "".join(segment["text"] for segment in segments)
    body: JsonObject = {"task": "transcribe", "language": language, "duration": 1.0, "text": text}
    return body | {"segments": list(segments)} | ({"words": words} if words is not None else {})


def _handler(stub: SpeechServer) -> type[Handler]:
    class Hearing(Handler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            stub.looked.append(self.headers.get("Authorization", ""))
            self._send(200, {"object": "list", "data": [{"id": "stub", "object": "model"}]}, {})

        def do_POST(self) -> None:
            body, at_s = self.body(), time.monotonic()
            asked = replace(_understood(self.path, self.headers, body), at_s=at_s)
            stub.asked.append(asked)
            answer = stub.next_answer(asked)
            if isinstance(answer, Held):
                answer.until.wait(60)
                answer = answer.answer
            match answer:
                case Fail(422, _, str(param), message, headers):
                    detail = [{"type": "extra_forbidden", "loc": ["body", param], "msg": message}]
                    self._send(422, {"detail": detail}, headers)
                case Fail(status, code, param, message, headers):
                    self._send(status, {"error": {"message": message, "code": code, "param": param}}, headers)
                case Raw(body):
                    self.send(200, body, JSON)
                case Silence():
                    stub.stopping.wait(60)
                    self.close_connection = True
                case dict() if asked.fields["response_format"] == ["json"]:
                    self._send(200, {"text": answer["text"]}, {})
                case dict():
                    self._send(200, answer, {})

        def _send(self, status: int, value: JsonObject, headers: dict[str, str]) -> None:
            self.send(status, json.dumps(value).encode(), JSON | headers)

    return Hearing


def _understood(path: str, headers: Message, body: bytes) -> Asked:
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n"
    fields: dict[str, list[str]] = {}
    file = b""
    for part in BytesParser(policy=HTTP).parsebytes(head.encode() + body).walk():
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue  # the whole
        if part.get_filename():
            file = content
        else:
            name = str(part.get_param("name", header="content-disposition"))
            fields.setdefault(name, []).append(content.decode())
    return Asked(path, headers["Authorization"], fields, len(file), _duration_s(file))


def _duration_s(file: bytes) -> float:
    with av.open(io.BytesIO(file), "r") as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(container.streams.audio[0]))
