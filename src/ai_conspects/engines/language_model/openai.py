"""Any server that speaks OpenAI's `/chat/completions`: OpenAI, Ollama, vLLM, llama.cpp, LM Studio, OpenRouter.

An answer is always checked by Pydantic; a wrong one is sent back once with its faults, then the input is rejected.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Lock
from typing import Any

from ai_conspects.core import metrics
from ai_conspects.engines.cancelling import Cancellation
from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected
from ai_conspects.engines.language_model.base import Completion, Message, Meter, T, Usage, unmetered
from ai_conspects.engines.language_model.json_schema import strict_schema
from ai_conspects.engines.language_model.ladder import Rung, format_fields, wire_messages
from ai_conspects.engines.language_model.manners import LIMIT_NAMES, THOUGHT_TOKENS, Manner, gentler
from ai_conspects.engines.language_model.probing import Endpoint, Probe, known_context
from ai_conspects.engines.language_model.reply import Reply, checked, parse_reply
from ai_conspects.engines.language_model.streaming import Counted, pieces
from ai_conspects.engines.language_model.token_counts import TokenCounts
from ai_conspects.engines.language_model.understanding import Wrong, corrected, understood
from ai_conspects.engines.openai_server import OPENAI_URL, RequestRefused, Server

TEMPERATURE = 0.2
UNKNOWN_CONTEXT = 16_000
"""Taken where neither the setting nor the server says how much the model reads."""
PART_TOKENS = 8_000
SHARE_FOR_INPUT = 0.6
"""Of the context; the rest is for the instructions and the answer."""
_LEAST_ANSWER = 256
_ASK_AGAIN_S = 30.0
_SLACK = 64
"""Tokens that a chat template adds."""


class OpenAIModel:
    """A `LanguageModel` on an OpenAI-compatible server. An empty `base_url` means OpenAI's own.

    `context_tokens` of 0 means: what the server says. What a server can do is asked once, and what it refuses is
    learnt once; both are remembered for the life of the object. Safe to share between threads.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        model: str,
        context_tokens: int,
        timeout_s: float,
        part_tokens: int = PART_TOKENS,
    ) -> None:
        self.name = f"openai:{model}"
        self._model = model
        self._context_tokens = context_tokens
        self._part_tokens = part_tokens
        self._server = Server(self.name, "LANGUAGE_MODEL", base_url, api_key, timeout_s)
        old, new = LIMIT_NAMES
        self._manner = Manner(Rung.SCHEMA, new if self._server.is_openai else old)
        self._counts = TokenCounts()
        self._endpoint: Endpoint | None = None
        self._not_before = 0.0
        self._asking = Lock()

    @property
    def context_tokens(self) -> int:
        """The setting; else what the server says, else `UNKNOWN_CONTEXT`."""
        return self._context_tokens or self._known().context_tokens or UNKNOWN_CONTEXT

    @property
    def part_tokens(self) -> int:
        """The setting, but no more than leaves room for instructions and an answer."""
        return min(self._part_tokens, int(SHARE_FOR_INPUT * self.context_tokens))

    def tokens(self, text: str) -> int:
        """About how many tokens; by the server's own counts, once there are some."""
        return self._counts.estimate(text)

    def complete(self, request: Completion[T]) -> T:
        """The answer as a `T`.

        Raises, besides what the server's errors mean, `EngineRejected` with the code `model_answer_invalid`,
        `model_answer_cut` or `model_refused`.
        """
        self._known()
        first = self._attempt(request, self._manner)
        if not isinstance(first, Wrong):
            return first
        told = replace(self._manner, told=True)
        if not first.is_json:
            self._manner = told  # the server takes the schema and ignores it, as Ollama's cloud does
        second = self._attempt(corrected(request, first), told)
        if not isinstance(second, Wrong):
            return second
        said = f"The model's answer is no {request.output.__name__}, twice."
        raise EngineRejected(self.name, said, code="model_answer_invalid")

    def stream(
        self,
        messages: tuple[Message, ...],
        max_output_tokens: int,
        cancellation: Cancellation,
        meter: Meter = unmetered,
    ) -> Iterator[str]:
        """The text as it comes. What it costs is estimated where the server doesn't count a stream's tokens."""
        self._known()
        manner = self._manner
        while True:
            fields = self._plain(messages, max_output_tokens, manner)
            try:
                yield from self._pieces(fields, _sent(messages), fields[manner.limit_name], cancellation, meter)
                return
            except RequestRefused as refusal:
                if refusal.param not in {manner.limit_name, "temperature", "stream_options"}:
                    raise
                manner = self._manner = gentler(manner, refusal)

    def _pieces(
        self, fields: dict[str, Any], sent: str, limit: int, cancellation: Cancellation, meter: Meter
    ) -> Iterator[str]:
        """One call. It costs nothing where it fails before its first piece."""
        said, counts = 0, [Counted()]
        with meter(self._most(fields, limit)) as told:
            try:
                for piece in pieces(self._server, fields, cancellation, counts.append):
                    said += self.tokens(piece)
                    yield piece
            except EngineError:
                if said:
                    self._tell(told, sent, counts[-1].prompt_tokens, said)
                raise
            written = counts[-1].completion_tokens
            self._tell(told, sent, counts[-1].prompt_tokens, said if written is None else written)

    def _most(self, fields: dict[str, Any], limit: int) -> int:
        """The most tokens that a call takes: all that is sent, and the answer's limit."""
        return self.tokens(json.dumps(fields, ensure_ascii=False)) + limit

    def _plain(self, messages: tuple[Message, ...], max_output_tokens: int, manner: Manner) -> dict[str, Any]:
        return {
            "model": self._model,
            "messages": wire_messages(messages, None),
            manner.limit_name: max_output_tokens + (THOUGHT_TOKENS if manner.thinks else 0),
            **({"temperature": TEMPERATURE} if manner.with_temperature else {}),
            **({"stream_options": {"include_usage": True}} if manner.stream_counted else {}),
        }

    def _known(self) -> Endpoint:
        """What the server has said of itself. It is asked again where nobody answered."""
        with self._asking:
            if self._endpoint is None:
                if time.monotonic() < self._not_before:
                    return Endpoint(answered=False)
                asked = self._ask_server()
                if not asked.answered:
                    self._not_before = time.monotonic() + _ASK_AGAIN_S
                    return asked
                self._endpoint = asked
                kept = self._manner.with_temperature and asked.with_temperature
                self._manner = replace(self._manner, rung=asked.rung, with_temperature=kept)
            return self._endpoint

    def _ask_server(self) -> Endpoint:
        server = self._server
        if server.is_openai:
            return Endpoint(True, known_context(self._model))
        return Probe(server.base_url or OPENAI_URL, server.api_key, self._model, server.timeout_s).ask()

    def _attempt(self, request: Completion[T], manner: Manner) -> T | Wrong:
        """One answer, by the first manner that the server takes; that one is remembered."""
        reply, learnt = self._asked(request, manner)
        if reply.thought and not manner.thinks:
            self._manner = replace(self._manner, thinks=True)
            if reply.finish_reason == "length":  # its thoughts took the room of the answer
                reply, learnt = self._asked(request, replace(learnt, thinks=True))
        checked(self.name, reply)
        return understood(reply.text, request.output)

    def _asked(self, request: Completion[T], manner: Manner) -> tuple[Reply, Manner]:
        create = self._server.client.chat.completions.with_streaming_response.create
        learnt = manner
        while True:
            body = self._body(request, learnt)
            with request.meter(self._most(body, body[learnt.limit_name])) as told:
                try:
                    raw = self._server.ask(create, body)
                except RequestRefused as refusal:
                    learnt = gentler(learnt, refusal)
                    continue
                if learnt != manner:
                    self._manner = replace(learnt, told=self._manner.told)
                reply = parse_reply(self.name, raw)
                self._count(told, _sent(request.messages), reply)
                return reply, learnt

    def _body(self, request: Completion[T], manner: Manner) -> dict[str, Any]:
        schema, told = strict_schema(request.output), manner.told or not manner.rung.enforced
        messages = wire_messages(request.messages, schema if told else None)
        return {
            "model": self._model,
            "messages": messages,
            manner.limit_name: self._limit(request, manner),
            **({"temperature": TEMPERATURE} if manner.with_temperature else {}),
            **format_fields(manner.rung, request.output.__name__, schema),
        }

    def _limit(self, request: Completion[T], manner: Manner) -> int:
        """The answer's length: as asked, with room for thoughts, and within what the context has left."""
        wanted = request.max_output_tokens + (THOUGHT_TOKENS if manner.thinks else 0)
        left = self.context_tokens - self.tokens(_sent(request.messages)) - _SLACK
        most = self._known().output_tokens or wanted
        return max(_LEAST_ANSWER, min(wanted, most, left))

    def _tell(self, told: Callable[[Usage], None], sent: str, read: int | None, written: int) -> None:
        """Count what a call has cost. `read` is the server's count of the prompt, None where it gave none."""
        tokens_in = self.tokens(sent) if read is None else read
        metrics.MODEL_TOKENS.labels(engine=self.name, direction="in").inc(tokens_in)
        metrics.MODEL_TOKENS.labels(engine=self.name, direction="out").inc(written)
        told(Usage(calls=1, tokens_in=tokens_in, tokens_out=written, estimated_calls=int(read is None)))

    def _count(self, told: Callable[[Usage], None], sent: str, reply: Reply) -> None:
        """Tell what it cost, learn from it, and notice a prompt that the server cut without a word, as Ollama does."""
        read, written = reply.prompt_tokens, reply.completion_tokens
        self._tell(told, sent, read, self.tokens(reply.text) if written is None else written)
        if read is None:
            return
        if self._counts.was_cut(sent, read):
            raise EngineMisconfigured(
                self.name,
                f"The server read only {read} tokens of a text of {len(sent.encode())} bytes: raise its own context "
                "length, or lower AI_CONSPECTS_LANGUAGE_MODEL__CONTEXT_TOKENS.",
            )
        self._counts.learn(sent, read)


def _sent(messages: tuple[Message, ...]) -> str:
    return "\n".join(message.content for message in messages)
