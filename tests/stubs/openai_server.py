"""A model server on a loopback port that speaks `/v1/chat/completions`, `/v1/embeddings` and `/v1/models`.

What it says next is scripted; what it never takes (a way of asking for JSON, a parameter) is named in `refuses`.
"""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

from tests.stubs.serving import JSON, Handler, serving

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Say:
    """A well-formed answer of the model. A value becomes JSON; a function is given the request's body."""

    what: str | JsonObject | Callable[[JsonObject], JsonObject]
    finish_reason: str = "stop"
    refusal: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning: str | None = None


@dataclass(frozen=True)
class Fail:
    """An answer with a status of 4xx or 5xx, as OpenAI's look."""

    status: int
    code: str | None = None
    param: str | None = None
    message: str = "The stub was told to fail."
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """Status 200 with these bytes as the body. `promised` is the length it claims, `drip_s` a rest before each byte."""

    body: bytes
    content_type: str = "application/json"
    promised: int | None = None
    drip_s: float = 0


@dataclass(frozen=True)
class Silence:
    """No answer at all until the server stops."""


@dataclass(frozen=True)
class Stream:
    """Pieces of text as server-sent events, a rest before each but the first. `broken`: it ends without an end.

    `tokens` are those read and written, told at the end to whoever asks for them.
    """

    pieces: tuple[str, ...]
    rest_s: float = 0
    broken: bool = False
    tokens: tuple[int, int] | None = None


Answer = Say | Fail | Raw | Silence | Stream


@dataclass
class OpenAIServer:
    """`chat` and `embeddings` are what it says next; when they are used up it repeats the last, or embeds by itself.

    `pages` are what else it has, by path: `tests.stubs.dialects` has those of real servers. `probes` are asked paths.
    """

    url: str = ""
    chat: deque[Answer] = field(default_factory=deque)
    embeddings: deque[Answer] = field(default_factory=deque)
    refuses: set[str] = field(default_factory=set)
    native_dimensions: int = 1536
    pages: dict[str, Any] = field(default_factory=dict)
    probes: list[str] = field(default_factory=list)
    requests: list[tuple[str, JsonObject]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    stopping: Event = field(default_factory=Event)
    left: Event = field(default_factory=Event)
    """Set when a client has gone while it was being told something."""
    at_a_time: int = 0
    most_at_a_time: int = 0
    counting: Lock = field(default_factory=Lock)

    def says(self, *answers: Answer) -> None:
        """Script the next answers of the chat."""
        self.chat.extend(answers)

    def refusal(self, body: JsonObject) -> Fail | None:
        """The 400 for something in the request that this server never takes."""
        wanted = body.get("response_format", {}).get("type")
        for name in sorted(self.refuses):
            if name in body:
                return Fail(400, "unsupported_parameter", name)
            if wanted == name:
                return Fail(400, None, None, f"'response_format.type' must not be '{name}'")
        return None

    def next_chat(self) -> Answer:
        """The next scripted answer; the last one stays."""
        with self.counting:
            return self.chat.popleft() if len(self.chat) > 1 else self.chat[0]

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count the chats that are answered at the same time."""
        with self.counting:
            self.at_a_time += 1
            self.most_at_a_time = max(self.most_at_a_time, self.at_a_time)
        try:
            yield
        finally:
            with self.counting:
                self.at_a_time -= 1


@contextmanager
def openai_server() -> Iterator[OpenAIServer]:
    """A running server on a free port."""
    stub = OpenAIServer()
    with serving(_handler(stub)) as url:
        stub.url = f"{url}/v1"
        try:
            yield stub
        finally:
            stub.stopping.set()


def embedding(text: str, dimensions: int) -> list[float]:
    """A vector that depends on the text's words: texts with words in common point in related directions."""
    vector = [0.0] * dimensions
    for word in text.lower().split():
        digest = hashlib.sha256(word.encode()).digest()
        vector[int.from_bytes(digest[:4]) % dimensions] += 3.0
    return vector


def _handler(stub: OpenAIServer) -> type[Handler]:
    class Writing(Handler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            models = {"object": "list", "data": [{"id": "stub", "object": "model"}]}
            self._page({"/v1/models": models} | stub.pages)

        def do_POST(self) -> None:
            body = json.loads(self.body())
            if not self.path.startswith("/v1/"):
                return self._page(stub.pages)
            stub.requests.append((self.path, body))
            stub.headers.append({name.lower(): value for name, value in self.headers.items()})
            refused = stub.refusal(body)
            if refused:
                return self._answer(refused, body)
            if self.path == "/v1/chat/completions":
                with stub.busy():
                    return self._answer(stub.next_chat(), body)
            if self.path == "/v1/embeddings":
                return self._embed(body)
            return self._answer(Fail(404), body)

        def _page(self, pages: dict[str, Any]) -> None:
            stub.probes.append(self.path)
            page = pages.get(self.path)
            page = page(stub) if callable(page) else page
            if isinstance(page, bytes):
                return self._send_raw(Raw(page, "text/html"))
            return self._send(404, {"error": "not found"}) if page is None else self._send(200, page)

        def _embed(self, body: JsonObject) -> None:
            if stub.embeddings:
                return self._answer(stub.embeddings.popleft(), body)
            length = body.get("dimensions", stub.native_dimensions)
            rows = [
                {"object": "embedding", "index": index, "embedding": embedding(text, length)}
                for index, text in enumerate(body["input"])
            ]
            return self._send(200, {"object": "list", "data": rows[::-1], "model": body["model"]})

        def _answer(self, answer: Answer, body: JsonObject) -> None:
            match answer:
                case Stream():
                    self._stream(answer, body)
                case Say() if body.get("stream"):
                    self._stream(Stream((str(answer.what),)), body)
                case Say():
                    self._send(200, _completion(answer, body))
                case Fail(status, code, param, message, headers):
                    self._send(status, {"error": {"message": message, "code": code, "param": param}}, headers)
                case Raw():
                    self._send_raw(answer)
                case Silence():
                    stub.stopping.wait(60)
                    self.close_connection = True

        def _send(self, status: int, value: JsonObject, headers: dict[str, str] | None = None) -> None:
            self.send(status, json.dumps(value).encode(), JSON | (headers or {}))

        def _stream(self, stream: Stream, body: JsonObject) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.close_connection = True
            try:
                for at, piece in enumerate(stream.pieces):
                    if at and stub.stopping.wait(stream.rest_s):
                        return
                    self._event({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
                if not stream.broken:
                    self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
                    if stream.tokens and body.get("stream_options", {}).get("include_usage"):
                        counts = dict(zip(("prompt_tokens", "completion_tokens"), stream.tokens, strict=True))
                        self._event({"choices": [], "usage": counts})
                    self.wfile.write(b"data: [DONE]\n\n")
            except OSError:
                stub.left.set()

        def _event(self, value: JsonObject) -> None:
            self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())
            self.wfile.flush()

        def _send_raw(self, raw: Raw) -> None:
            self.send_response(200)
            self.send_header("Content-Type", raw.content_type)
            self.send_header("Content-Length", str(raw.promised or len(raw.body)))
            self.end_headers()
            self.close_connection = True
            for position in range(len(raw.body)) if raw.drip_s else ():
                if stub.stopping.wait(raw.drip_s):
                    return
                self.wfile.write(raw.body[position : position + 1])
            if not raw.drip_s:
                self.wfile.write(raw.body)

    return Writing


def _completion(say: Say, body: JsonObject) -> JsonObject:
    what = say.what(body) if callable(say.what) else say.what
    text = what if isinstance(what, str) else json.dumps(what, ensure_ascii=False)
    message: JsonObject = {"role": "assistant", "content": text, "refusal": say.refusal}
    if "tools" in body:
        call = {"id": "call_1", "type": "function", "function": {"name": "answer", "arguments": text}}
        message |= {"content": None, "tool_calls": [call]}
    if say.reasoning is not None:
        message["reasoning_content"] = say.reasoning
    usage = {"prompt_tokens": say.prompt_tokens, "completion_tokens": say.completion_tokens}
    choice = {"index": 0, "message": message, "finish_reason": say.finish_reason}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": body["model"],
        "choices": [choice],
        "usage": usage if say.prompt_tokens is not None else None,
    }
