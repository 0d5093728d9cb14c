"""A client of one OpenAI-compatible server: how it is made, and how an answer is read within a time and a size.

It knows nothing of what is asked; the engines of speech, language and embeddings do.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ai_conspects.engines.errors import EngineUnavailable
from ai_conspects.engines.openai_errors import translated

if TYPE_CHECKING:
    import openai

OPENAI_URL = "https://api.openai.com/v1"
CONNECT_TIMEOUT_S = 5.0
MAX_ANSWER_BYTES = 64 * 2**20

StreamedAnswer = AbstractContextManager["openai.APIResponse[Any]"]


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
            default_headers={
                "Connection": "close"
            },  # an idle connection would not outlive a fork, nor a proxy's patience
        )

    def translated(self) -> AbstractContextManager[None]:
        """Turns the SDK's errors into the engines' own."""
        return translated(self.engine, self.group)

    def read(self, answer: StreamedAnswer) -> bytes:
        """The whole body of an answer (`client.….with_streaming_response.create(…)`).

        The time-out counts for the whole of it, so that a server that drips bytes can't hold a worker. Raises what the
        SDK raises for a refusal, and `EngineUnavailable` for a body that breaks off, drips or has no end.
        """
        deadline = time.monotonic() + self.timeout_s
        with answer as response:
            chunks, body = response.iter_bytes(), bytearray()
            while (chunk := self._next(chunks)) is not None:
                body += chunk
                if time.monotonic() > deadline:
                    raise EngineUnavailable(self.engine, "The model server did not finish its answer in time.")
                if len(body) > MAX_ANSWER_BYTES:
                    raise EngineUnavailable(self.engine, "The model server's answer has no end.")
        return bytes(body)

    def _next(self, chunks: Iterator[bytes]) -> bytes | None:
        """The next bytes of a body, None at its end. Whatever breaks here is the connection."""
        try:
            return next(chunks, None)
        except Exception as error:
            said = f"The model server's answer broke off ({type(error).__name__})."
            raise EngineUnavailable(self.engine, said) from None
