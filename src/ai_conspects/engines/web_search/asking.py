"""How search servers are asked over HTTP: within a time and a size, at the operator's address alone, and what their
errors mean. It knows nothing of what any of them answers.
"""

import time
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.retry_after import parse_retry_after

MAX_ANSWER_BYTES = 4 * 2**20

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True)
class SearchServer:
    """`name` and `label` are the engine's for machines and people; `setting` is what mends a refused key.

    `refused`: statuses that mean so here. The query and the key stay out of every error's text.
    """

    name: str
    label: str
    url: str
    setting: str
    timeout_s: float
    refused: frozenset[int] = frozenset({401, 403})
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self, kind: type[Answer], *, params: dict[str, str | int] | None = None, json: dict[str, Any] | None = None
    ) -> Answer:
        """The answer to a GET with parameters, or to a POST of JSON. Raises the engines' errors."""
        body = self._body("POST" if json is not None else "GET", params, json)
        try:
            return kind.model_validate_json(body)
        except ValidationError:
            raise EngineUnavailable(self.name, f"{self.label}'s answer can't be read.") from None

    def _body(self, method: str, params: dict[str, str | int] | None, json: dict[str, Any] | None) -> bytes:
        """No proxy of the environment, no redirect: the key goes to this address only."""
        timeout = httpx.Timeout(self.timeout_s, connect=min(5.0, self.timeout_s))
        try:
            with (
                httpx.Client(trust_env=False, follow_redirects=False, timeout=timeout, headers=self.headers) as client,
                client.stream(method, self.url, params=params, json=json) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise self._from_status(response)
                return self._read(response)
        except httpx.TimeoutException:
            raise EngineUnavailable(self.name, f"{self.label} did not answer in time.") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EngineUnavailable(self.name, f"{self.label} can't be reached ({type(error).__name__}).") from None

    def _read(self, response: httpx.Response) -> bytes:
        deadline, body = time.monotonic() + self.timeout_s, bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise EngineUnavailable(self.name, f"{self.label}'s answer is too large.")
            if time.monotonic() > deadline:
                raise EngineUnavailable(self.name, f"{self.label} did not finish its answer in time.")
        return bytes(body)

    def _from_status(self, response: httpx.Response) -> EngineError:
        status = response.status_code
        if status in self.refused:
            return EngineMisconfigured(self.name, f"{self.label} refuses us (status {status}); see {self.setting}.")
        if status >= 500 or status in {408, 429}:
            after = parse_retry_after(response.headers.get("retry-after", ""))
            return EngineUnavailable(
                self.name, f"{self.label} is busy or failing (status {status}).", retry_after=after
            )
        return EngineRejected(self.name, f"{self.label} refuses this search (status {status}).")
