"""One OpenAI-compatible server: how it is asked, within a time and a size, and what its errors mean to the pipeline.

It knows nothing of what is asked; the engines of speech, language and embeddings do. The server's own words never
travel further: they may quote what was sent, and that is private. Only the status and the provider's short code do.
"""

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from ai_conspects.engines.cancelling import Cancellation
from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.retry_after import parse_retry_after

if TYPE_CHECKING:
    import openai

OPENAI_URL = "https://api.openai.com/v1"
CONNECT_TIMEOUT_S = 5.0
MAX_ANSWER_BYTES = 64 * 2**20

_TOO_LONG = {"context_length_exceeded", "string_above_max_length", "max_tokens_per_request"}
_TOO_LONG_WORDS = re.compile(r"context (length|window|size)|too long|too many tokens", re.IGNORECASE)
_NO_MODEL = {"model_not_found", "invalid_model", "model_not_available"}
_OUT_OF_MONEY = {"insufficient_quota", "billing_not_active", "billing_hard_limit_reached"}
_BUSY = {408, 409, 425, 429}
_REFUSED = "request_refused"
_PARAMETERS = re.compile(r"\b(max_completion_tokens|max_tokens|temperature|stream_options)\b")
TOO_LONG = "input_too_long"
"""The code of the error for more than the server takes at once."""

Part = TypeVar("Part", bytes, str)
StreamedAnswer = AbstractContextManager["openai.APIResponse[Any]"]


def import_ahead() -> None:
    """Import all of the SDK that a first call would: over a second of work, for a process that will have its call."""
    with Server("", "", "", "", timeout_s=1).client as client:
        for used in ("audio", "chat", "embeddings"):
            getattr(client, used)


class RequestRefused(EngineRejected):
    """Refused for no known reason: perhaps a part of the request (`param`, if the server names it) is unknown there."""

    def __init__(self, engine: str, message: str, param: str | None, status: int = 400) -> None:
        super().__init__(engine, message, code=_REFUSED)
        self.param, self._status = param, status

    def is_about(self, param: str) -> bool:
        """Whether it names this part; or none, by a status that says that some part is unknown."""
        return self.param == param or (self.param is None and self._status == 422)


@dataclass(frozen=True)
class Server:
    """Where the server is, and how long one answer may take. An empty `base_url` means OpenAI's own.

    `engine` is the name shown in errors, `group` the settings' group (`LANGUAGE_MODEL`) that errors point to.
    """

    engine: str
    group: str
    base_url: str
    api_key: str
    timeout_s: float

    @property
    def is_openai(self) -> bool:
        """Whether it is OpenAI's own server."""
        return (self.base_url or OPENAI_URL).rstrip("/") == OPENAI_URL

    @cached_property
    def client(self) -> "openai.OpenAI":
        """The SDK's client, made at first use. It never retries by itself: the pipeline decides when to come back."""
        import openai  # slow to import, and not every process talks to a model

        return openai.OpenAI(
            base_url=self.base_url or OPENAI_URL,
            api_key=self.api_key or "none",  # a local server needs no key, but an empty bearer is no legal header
            timeout=openai.Timeout(self.timeout_s, connect=min(CONNECT_TIMEOUT_S, self.timeout_s)),
            max_retries=0,
            # an idle connection would not outlive a fork, nor a proxy's patience
            default_headers={"Connection": "close"},
        )

    def ask(self, create: Callable[..., StreamedAnswer], fields: dict[str, Any]) -> bytes:
        """The body of the answer to `create(**fields)`, which is a `client.….with_streaming_response.create`.

        Raises `RequestRefused` and the engines' other errors, never the SDK's.
        """
        with self._meant(), create(**fields) as response:
            return self._read(response)

    def lines(
        self, create: Callable[..., StreamedAnswer], fields: dict[str, Any], cancellation: Cancellation
    ) -> Iterator[str]:
        """The lines of an answer as they come, within the time-out as a whole; none more once it is cancelled.

        Raises as `ask`. Closing it, or cancelling, ends the connection, so that the server stops its work.
        """
        deadline = time.monotonic() + self.timeout_s
        with self._meant(), create(**fields) as response:
            cancellation.on_cancel(lambda: _hang_up(response))
            lines = response.iter_lines()
            while not cancellation.cancelled and (line := self._next(lines, cancellation)) is not None:
                if time.monotonic() > deadline:
                    raise EngineUnavailable(self.engine, "The model server did not finish its answer in time.")
                yield line

    @contextmanager
    def _meant(self) -> Iterator[None]:
        """Turns the SDK's errors into the engines'."""
        import openai

        try:
            yield
        except openai.APIStatusError as error:
            raise self._meaning(error) from None
        except openai.APITimeoutError:
            raise EngineUnavailable(self.engine, "The model server did not answer in time.") from None
        except openai.APIConnectionError:
            said = f"The model server can't be reached; see {self._setting('BASE_URL')}."
            raise EngineUnavailable(self.engine, said) from None
        except openai.OpenAIError as error:
            said = f"The model server's answer can't be read ({type(error).__name__})."
            raise EngineUnavailable(self.engine, said) from None

    def _read(self, response: "openai.APIResponse[Any]") -> bytes:
        """The whole body. The time-out counts for all of it, so that a server that drips can't hold a worker."""
        deadline = time.monotonic() + self.timeout_s
        chunks, body = response.iter_bytes(), bytearray()
        while (chunk := self._next(chunks)) is not None:
            body += chunk
            if time.monotonic() > deadline:
                raise EngineUnavailable(self.engine, "The model server did not finish its answer in time.")
            if len(body) > MAX_ANSWER_BYTES:
                raise EngineUnavailable(self.engine, "The model server's answer has no end.")
        return bytes(body)

    def _next(self, chunks: Iterator[Part], cancellation: Cancellation | None = None) -> Part | None:
        """The next part of a body, None at its end. Whatever breaks here is the connection."""
        try:
            return next(chunks, None)
        except Exception as error:
            if cancellation is not None and cancellation.cancelled:
                return None
            said = f"The model server's answer broke off ({type(error).__name__})."
            raise EngineUnavailable(self.engine, said) from None

    def _meaning(self, error: "openai.APIStatusError") -> EngineError:
        """The engines' error for an answer with a status of 4xx or 5xx."""
        engine, status, code = self.engine, error.status_code, _code(error)
        said = f"status {status}" + (f", {code}" if code else "")
        key = f"{self._setting('API_KEY')} (or OPENAI_API_KEY)"
        if code in _OUT_OF_MONEY:
            return EngineMisconfigured(engine, f"The account behind {key} is out of quota ({said}).")
        if status in {401, 403}:
            return EngineMisconfigured(engine, f"The model server refuses the key ({said}); see {key}.")
        if status == 404 or code in _NO_MODEL:
            what = f"{self._setting('MODEL')} and {self._setting('BASE_URL')}"
            return EngineMisconfigured(engine, f"The server knows no such model or path ({said}); see {what}.")
        if status == 413 or code in _TOO_LONG or (status == 400 and _TOO_LONG_WORDS.search(error.message)):
            return EngineRejected(engine, f"The input is too long for the model ({said}).", code=TOO_LONG)
        if status >= 500 or status in _BUSY:
            after = parse_retry_after(error.response.headers.get("retry-after", ""))
            return EngineUnavailable(engine, f"The model server is busy or failing ({said}).", retry_after=after)
        refusal = f"The model server refuses the request ({said})."
        if status in {400, 422}:
            return RequestRefused(engine, refusal, _param(error) or _named(error.message), status)
        return EngineRejected(engine, refusal, code=_REFUSED)

    def _setting(self, name: str) -> str:
        """The name of the environment variable that mends it."""
        return f"AI_CONSPECTS_{self.group}__{name}"


def _named(message: str) -> str | None:
    """The parameter that a server complains of in words alone; only these few names leave them."""
    found = _PARAMETERS.search(message)
    return found.group() if found else None


def _code(error: "openai.APIStatusError") -> str:
    """The provider's own word for the error, empty where there is none or it is no plain word."""
    code = error.code or error.type or ""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", code) else ""


def _param(error: "openai.APIStatusError") -> str | None:
    """The part of the request that it names: as OpenAI does, or as FastAPI (`{"detail": [{"loc": ["body", …]}]}`)."""
    if error.param or not isinstance(error.body, dict):
        return error.param
    match error.body.get("detail"):
        case [{"loc": [*_, str(part)]}, *_]:
            return part
    return None


def _hang_up(response: "openai.APIResponse[Any]") -> None:
    """End the connection under a thread that reads from it; closing alone wouldn't wake it."""
    stream = response.http_response.extensions.get("network_stream")
    line = stream.get_extra_info("socket") if stream is not None else None
    if line is not None:
        with suppress(OSError):  # it has ended already
            line.shutdown(socket.SHUT_RDWR)
